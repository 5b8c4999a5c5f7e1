"""Equal values have equal fingerprints in any process; what differs has another."""

from __future__ import annotations

import importlib
import logging
import re
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from weaklabel.errors import DataError
from weaklabel.ground.fingerprint import fingerprint


@dataclass(frozen=True)
class Options:
    rate: float = 0.1


@dataclass(frozen=True)
class Others:
    rate: float = 0.1


class Learnt:
    kind: ClassVar[str] = "learnt"

    def __init__(self, known: dict[str, int]) -> None:
        self.known = known

    def describe(self) -> dict[str, int]:
        return self.known


class Shade(Enum):
    LIGHT = "light"
    DARK = "dark"


def scaled(by: int) -> Any:
    def step(x: int) -> int:
        return by * x

    return step


def other_step(x: int, by: int = 1) -> int:
    return x + by


LOOPED: list[Any] = [1]
LOOPED.append(LOOPED)

DIFFERENT = [
    None, 0, 1, True, 1.0, "1", b"1", (1,), [1], {"a": 1}, {"a": 2}, {"b": 1}, {1}, {1, 2},
    Options(), Options(0.2), Others(), Learnt({"a": 1}), Learnt({"a": 2}),
    np.arange(3), np.arange(3.0), np.arange(4), np.arange(4).reshape(2, 2), np.int64(1),
    Shade.LIGHT, Shade.DARK, Path("a"), Path("b"), scaled(2), scaled(3), other_step,
    partial(other_step, 1), partial(other_step, 2), Learnt, len, LOOPED,
]  # fmt: skip


def test_different_values_differ() -> None:
    found = [fingerprint(value) for value in DIFFERENT]
    assert len(set(found)) == len(DIFFERENT)


@pytest.mark.parametrize("value", DIFFERENT, ids=range(len(DIFFERENT)))
def test_a_value_is_itself(value: Any) -> None:
    assert fingerprint(value) == fingerprint(value)
    assert fingerprint([value, value]) != fingerprint([value])


def test_closures_and_defaults_count() -> None:
    assert fingerprint(scaled(2)) == fingerprint(scaled(2))
    assert fingerprint(lambda x: x + 1) != fingerprint(lambda x: x + 2)


def test_it_is_the_same_in_another_process() -> None:
    code = (
        "from weaklabel.ground.fingerprint import fingerprint\n"
        "print(fingerprint({'b': {'x', 'y', 'z'}, 'a': (1, 2.5, None)}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint({"a": (1, 2.5, None), "b": {"z", "y", "x"}})


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(DataError, match="cannot tell whether"):
        fingerprint({"a": iter([1])})


def made_by(source: str, name: str = "made", **known: Any) -> Any:
    """What a notebook's cell defines: code without a file."""
    namespace: dict[str, Any] = {"__name__": "__main__", **known}
    exec(source, namespace)
    return namespace[name]


def words_in(words: set[str]) -> Any:
    return made_by("def made(s): return s in WORDS", WORDS=words)


def test_the_globals_that_a_function_reads_count() -> None:
    assert fingerprint(words_in({"a"})) == fingerprint(words_in({"a"}))
    assert fingerprint(words_in({"a"})) != fingerprint(words_in({"b"}))


def test_helpers_count_and_may_call_each_other() -> None:
    source = "def made(x): return helper(x)\ndef helper(x): return made(x) if x else RATE"
    one, two = made_by(source, RATE=1), made_by(source, RATE=2)
    assert fingerprint(one) == fingerprint(made_by(source, RATE=1))
    assert fingerprint(one) != fingerprint(two)


def test_globals_read_in_a_nested_function_count() -> None:
    source = "def made(x): return [one for one in x if (lambda y: y in WORDS)(one)]"
    assert fingerprint(made_by(source, WORDS=[1])) != fingerprint(made_by(source, WORDS=[2]))


def test_a_global_that_cannot_be_read_counts_by_its_type() -> None:
    source = "def made(x): return LOG or x"
    assert fingerprint(made_by(source, LOG=iter([1]))) == fingerprint(made_by(source, LOG=iter([])))
    log = logging.getLogger("rules")
    assert fingerprint(made_by(source, LOG=log)) != fingerprint(made_by(source, LOG=iter([1])))


def test_what_was_tried_in_vain_is_not_taken_for_seen() -> None:
    source = "def made(x): return (A_LOG, helper, x)\ndef helper(x): return RATE"
    one, two = (made_by(source, RATE=rate) for rate in (1, 2))
    for each in (one, two):
        each.__globals__["A_LOG"] = [each.__globals__["helper"], iter([1])]
    assert fingerprint(one) != fingerprint(two)


def test_classes_without_source_count_by_their_code() -> None:
    source = "class made:\n    def __call__(self, x): return x + {}"
    assert fingerprint(made_by(source.format(1))()) != fingerprint(made_by(source.format(2))())
    base = "class Base:\n    def f(self): return {}\nclass made(Base): pass"
    assert fingerprint(made_by(base.format(1))()) != fingerprint(made_by(base.format(2))())


def test_a_module_of_the_users_own_counts_by_its_file(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, text in (("deeper_one", "W = 1"), ("helper_one", "import deeper_one\nV = 1")):
        (tmp_path / f"{name}.py").write_text(text)
    function = made_by(
        "def made(x): return helpers.V", helpers=importlib.import_module("helper_one")
    )
    found = [fingerprint(function)]
    for name, text in (("deeper_one", "W = 2"), ("helper_one", "import deeper_one\nV = 2")):
        (tmp_path / f"{name}.py").write_text(text)
        found.append(fingerprint(function))
    assert len(set(found)) == 3


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Slotted:
    __slots__ = ("__dict__", "__y", "x")

    def __init__(self, x: int, y: int = 0) -> None:
        self.x, self.__y = x, y


def array_of(*values: Any) -> Any:
    """An array of objects none of which is shared with another array's."""
    return np.array([f"{value}." for value in values], object)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Text("a"), Text("b")), (Text("a"), "a"), (Whole(1), Whole(2)),
        (Slotted(1), Slotted(2)), (Slotted(1, 1), Slotted(1, 2)),
        (re.compile("a"), re.compile("b")), (re.compile("a"), re.compile("a", re.I)),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
        (array_of("a"), array_of("b")), ({"a"}.__contains__, {"b"}.__contains__),
        (np.random.default_rng(1), np.random.default_rng(2)),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_equal_attributes_are_not_all(one: Any, two: Any) -> None:
    assert fingerprint(one) != fingerprint(two)
    assert fingerprint(one) == fingerprint(one)


def test_arrays_of_objects_do_not_count_by_address() -> None:
    assert fingerprint(array_of("a", 1)) == fingerprint(array_of("a", 1))


def test_weights_count() -> None:
    import torch

    assert fingerprint(torch.zeros(3)) != fingerprint(torch.ones(3))
    assert fingerprint(torch.zeros(3)) != fingerprint(torch.zeros(3, 1))
    assert fingerprint(torch.zeros((), dtype=torch.bfloat16)) != fingerprint(torch.zeros(()))
    one, two = torch.nn.LSTM(2, 2), torch.nn.LSTM(2, 2)
    assert fingerprint(one) != fingerprint(two)
    two.load_state_dict(one.state_dict())
    assert fingerprint(one) == fingerprint(two.eval())
    assert fingerprint(torch.nn.Dropout(0.1)) != fingerprint(torch.nn.Dropout(0.2))
