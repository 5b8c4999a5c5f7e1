"""The house rules that a machine can hold; the import star is written here as data."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import weaklabel

ROOT = Path(weaklabel.__file__).parent
LAYERS = [
    {"errors"},
    {"atomic", "segment", "optional", "config", "shipped", "lines", "fingerprint"},
    {"annotations", "spans", "normal", "vectors", "arrays", "vote", "components"},
    {"columns", "knowledge"},
    {"kernels"},
    {"corpus_file"},
    {"text"},
    {"tags", "lexicon", "agreement"},
    {"votes", "targets"},
    {"io", "sources", "aggregate", "clean", "nn", "evaluate"},  # none knows another
    {"train", "report"},  # save these two: see BESIDE
    {"running"},
    {"pipeline"},
    {"recipes", "demo"},
    {"cli"},
]
"""From the ground to the roof: a module imports its own room and what lies below it."""
BESIDE = {"train": {"nn"}, "report": {"io", "evaluate"}}
ROOMS = {room for layer in LAYERS if layer & {"io", "train"} for room in layer}
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
HEAVY = ("torch", "spacy", "transformers", "datasets", "pandas")
LONGEST = 400
"""Lines of the longest file."""

FILES = sorted(path for path in ROOT.rglob("*.py") if "_shipped" not in path.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[tuple[str, int]]:
    """Rooms a file imports, at its head or inside functions; not for type checking alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "weaklabel":
                names = [f"weaklabel.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            head, _, rest = name.partition(".")
            if head == "weaklabel" and rest and rest.split(".")[0] != "__version__":
                yield rest.split(".")[0], node.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_at_the_ground(path: Path) -> None:
    here = room_of(path)
    if here in ("__init__", "__main__"):
        return
    assert here in RANK, f"{here} has no place in LAYERS"
    for there, line in imported_rooms(path):
        below = RANK[there] < RANK[here] and (there not in ROOMS or here not in ROOMS)
        beside = there in BESIDE.get(here, set())
        assert there == here or below or beside, f"{path}:{line}: {here} must not import {there}"


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
