"""Every door to an optional package names an extra that there is, and that installs the package."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from weaklabel.errors import MissingDependency
from weaklabel.ground.optional import require

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    extra: {re.split(r"[^\w-]", requirement)[0] for requirement in needs}
    for extra, needs in PROJECT["optional-dependencies"].items()
}


class Door(NamedTuple):
    """One call of :func:`require`; ``module`` is None where it is no plain text."""

    place: str
    module: str | None
    extra: str | None


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def doors(code: str, place: str) -> Iterator[Door]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "require":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                module = node.args[0] if node.args else given.get("module")
                at = f"{place}:{node.lineno}"
                yield Door(at, text_of(module), text_of(given.get("extra")))


DOORS = [
    door
    for path in sorted((ROOT / "weaklabel").rglob("*.py"))
    for door in doors(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.place)
def test_the_extra_is_declared_and_installs_the_module(door: Door) -> None:
    assert door.extra in EXTRAS, f"{door.place}: pyproject.toml declares no extra {door.extra!r}"
    if door.module is not None:
        assert door.module.split(".")[0] in EXTRAS[door.extra]


def test_the_doors_are_found() -> None:
    assert {door.module for door in DOORS} >= {"pandas", "httpx", "gensim.models.word2vec", None}
    code = 'optional.require("x.y", extra="z", what="W")\nrequire(module, extra=name)'
    assert list(doors(code, "f")) == [Door("f:1", "x.y", "z"), Door("f:2", None, None)]


def test_what_is_absent_is_named_with_how_to_install_it() -> None:
    with pytest.raises(MissingDependency, match=r"A source needs 'no_such_.*'weaklabel\[fuzzy\]'"):
        require("no_such_package.part", extra="fuzzy", what="A source")
