"""Equal values have equal fingerprints in any process; what differs has another."""

from __future__ import annotations

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
