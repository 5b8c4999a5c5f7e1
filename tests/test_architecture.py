"""The house rules that a machine can hold; the import star is written here as data."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import weaklabel

ROOT = Path(weaklabel.__file__).parent
LAYERS = [
    {"errors"},
    {"ground"},
    {"components"},
    {"knowledge", "vectors"},
    {"kernels"},
    {"crf"},
    {"corpus_file"},
    {"text"},
    {"tags", "lexicon", "agreement"},
    {"votes", "targets"},
    {"on_tokens"},
    {"io", "sources", "aggregate", "clean", "nn", "evaluate"},  # none knows another
    {"train", "report"},  # save these two: see BESIDE
    {"tagger"},
    {"judging", "tailoring"},
    {"experiment"},
    {"keeping"},
    {"wiring"},
    {"steps"},
    {"stages"},
    {"pipeline"},
    {"recipes", "demo"},
    {"tables"},
    {"cli"},
]
"""From the ground to the roof: a module imports its own room and what lies below it."""
STANDS_ON = {"crf": {"errors", "kernels"}}
"""Houses of their own, which could be packages of their own: nothing else below them is theirs."""
BESIDE = {"train": {"nn"}, "report": {"io", "evaluate"}}
ROOMS = {room for layer in LAYERS if layer & {"io", "train"} for room in layer}
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
HEAVY = ("torch", "spacy", "transformers", "datasets", "pandas")
LONGEST = 400
"""Lines of the longest file."""

FILES = sorted(path for path in ROOT.rglob("*.py") if "_shipped" not in path.parts)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


class Import(NamedTuple):
    name: str  # of a module
    line: int
    typed: bool  # for type checking alone


@cache
def imports(path: Path) -> list[Import]:
    """What a file imports, at its head or inside functions.

    ``from weaklabel.x import y`` is ``weaklabel.x.y`` if that is a module.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typed = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    statements = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            wholes = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [
                whole if whole in MODULES or node.module == "weaklabel" else node.module
                for whole in wholes
            ]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        statements += [Import(name, node.lineno, id(node) in typed) for name in names]
    return statements


def imported_rooms(path: Path) -> Iterator[tuple[str, int]]:
    """Rooms a file imports, at its head or inside functions; not for type checking alone."""
    for name, line, typed in imports(path):
        head, _, rest = name.partition(".")
        if not typed and head == "weaklabel" and rest and rest.split(".")[0] != "__version__":
            yield rest.split(".")[0], line


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_at_the_ground(path: Path) -> None:
    here = room_of(path)
    if here in ("__init__", "__main__"):
        return
    assert here in RANK, f"{here} has no place in LAYERS"
    for there, line in imported_rooms(path):
        below = RANK[there] < RANK[here] and (there not in ROOMS or here not in ROOMS)
        beside = there in BESIDE.get(here, set())
        fine = there == here or (there in STANDS_ON.get(here, {there}) and (below or beside))
        assert fine, f"{path}:{line}: {here} must not import {there}"


def circles(leads: dict[str, set[str]]) -> list[set[str]]:
    """Groups of nodes from each of which every other can be reached.

    >>> circles({"a": {"b"}, "b": {"a", "c"}, "c": set()}) == [{"a", "b"}]
    True
    """

    def reached(node: str) -> set[str]:
        found: set[str] = set()
        ahead = [node]
        while ahead:
            new = leads[ahead.pop()] - found
            found |= new
            ahead += new
        return found

    ends = {node: reached(node) for node in leads}
    round_trips = ({other for other in ends[node] if node in ends[other]} for node in leads)
    return [set(group) for group in {frozenset(group) for group in round_trips if group}]


@pytest.mark.parametrize("types", [False, True], ids=["when it runs", "for types too"])
def test_no_files_import_each_other(types: bool) -> None:
    names = MODULES.keys() - {"weaklabel"}  # which names everything, for users
    leads = {
        name: {there.name for there in imports(path) if types or not there.typed} & names - {name}
        for name, path in MODULES.items()
    }
    found = [sorted(name.removeprefix("weaklabel.") for name in g) for g in circles(leads)]
    assert not found, f"these import each other: {found}"


def test_import_is_light() -> None:
    code = f"import sys, weaklabel; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", weaklabel.__all__)
def test_public_names_exist(name: str) -> None:
    assert getattr(weaklabel, name) is not None


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trane'"):
        _ = weaklabel.trane


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_hold_one_idea(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert path.name != "utils.py", "a helper used by two rooms is a noun that has no name yet"
    assert lines <= LONGEST, f"{path}: {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_pickled_and_the_library_does_not_print(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        where = f"{path}:{node.lineno}"
        assert not called.startswith(("pickle.", "dill.", "joblib.", "cloudpickle.")), where
        assert called != "print" or room_of(path) == "cli", f"{where}: print"
        if called == "torch.load":
            assert "weights_only=True" in ast.unparse(node), f"{where}: torch.load"


def test_the_demo_is_where_it_says() -> None:
    paths = importlib.import_module("weaklabel.demo").paths()
    assert all(path.is_file() for path in paths.values())
