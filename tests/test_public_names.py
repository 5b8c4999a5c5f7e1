"""What a type checker knows of the lazy names, and what a reader finds with them."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import weaklabel
from weaklabel import sources

LAZY = pytest.mark.parametrize("package", [weaklabel, sources], ids=lambda p: p.__name__)


def typed_names(package: ModuleType) -> dict[str, str]:
    """Name → module, as a package imports them for type checkers alone."""
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    (block,) = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    found: dict[str, str] = {}
    for line in block.body:
        assert isinstance(line, ast.ImportFrom), ast.unparse(line)
        for alias in line.names:
            assert alias.asname == alias.name, f"not a public re-export: {ast.unparse(line)}"
            found[alias.name] = str(line.module)
    return found


@LAZY
def test_the_lazy_table_and_the_typed_names_agree(package: ModuleType) -> None:
    at_run_time = {name: f"{package.__name__}.{home}" for name, home in package._HOME.items()}
    for module in getattr(package, "_MODULES", ()):
        at_run_time[module] = package.__name__
    assert typed_names(package) == at_run_time


@LAZY
def test_all_lists_what_is_lazy(package: ModuleType) -> None:
    assert set(package.__all__) - {"__version__"} == set(package._HOME)
    assert dir(package) == sorted(package.__all__)


NAMES = [f"wl.{name}" for name in weaklabel.__all__] + [f"sources.{n}" for n in sources.__all__]
WRONG = ["wl.trane", "sources.trane"]


@pytest.fixture(scope="module")
def said_by_mypy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What mypy says of each expression, with the project's own settings and cache."""
    script = tmp_path_factory.mktemp("asked") / "asked.py"
    head = ["import weaklabel as wl", "from weaklabel import sources"]
    asked = [*head, *(f"reveal_type({name})" for name in NAMES), *WRONG]
    script.write_text("\n".join(asked) + "\n", encoding="utf-8")
    root = Path(weaklabel.__file__).parent.parent
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    said = re.findall(r"asked\.py:(\d+): (.*)", done.stdout)
    assert said, done.stdout + done.stderr
    return {[*head, *NAMES, *WRONG][int(line) - 1]: message for line, message in said}


@pytest.mark.slow
def test_mypy_reveals_a_type_for_every_public_name(said_by_mypy: dict[str, str]) -> None:
    told = {name: said_by_mypy.get(name, "nothing") for name in NAMES}
    assert not {n: said for n, said in told.items() if not said.startswith("note: Revealed type")}
    unknown = re.compile(r'"(builtins\.object|Any|.*\bUnknown\b.*)"')
    assert not {n: said for n, said in told.items() if unknown.search(said)}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_mypy_refuses_a_name_that_is_not_there(said_by_mypy: dict[str, str], name: str) -> None:
    assert said_by_mypy[name].startswith("error: Module has no attribute")


@LAZY
def test_each_name_is_where_the_table_says(package: ModuleType) -> None:
    for name, home in package._HOME.items():
        module = importlib.import_module(f"{package.__name__}.{home}")
        assert getattr(package, name) is getattr(module, name, module)


# ---- examples -------------------------------------------------------------------------------
CONSTANTS = {"APART", "OUTSIDE", "TOGETHER", "UNKNOWN", "__version__"}
"""Strings: they have no docstring at run time."""


def example_of(name: str) -> str:
    return "\n".join(
        example.source + example.want
        for example in doctest.DocTestParser().get_examples(getattr(weaklabel, name).__doc__ or "")
    )


@pytest.mark.parametrize("name", sorted({*weaklabel.__all__} - CONSTANTS))
def test_a_public_name_has_an_example(name: str) -> None:
    """What it says is run by pytest's ``--doctest-modules``, as everything in the package."""
    assert re.search(rf"\b{name}\b", example_of(name), re.IGNORECASE), (
        f"{name}: its docstring does not show it"
    )
