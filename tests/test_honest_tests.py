"""No test is one that cannot fail, as far as its source shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.honesty import Function, faults

ROOT = Path(__file__).resolve().parent
FILES = sorted(ROOT.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def functions(tree: ast.Module) -> dict[str, Function]:
    """Functions of a module, and methods of its classes, by name."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name: node for node in ast.walk(tree) if isinstance(node, kinds)}


def imported(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions of the modules beside it that a test module imports, by what it calls them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = alias.asname or alias.name
                there = of_module(node.module)
                if alias.name in there:
                    yield name, there[alias.name]
                for other, function in of_module(f"{node.module}.{alias.name}").items():
                    yield f"{name}.{other}", function


def of_module(name: str) -> dict[str, Function]:
    """Functions of a module of the tests; none of any other."""
    path = ROOT.joinpath(*name.removeprefix("tests.").split(".")).with_suffix(".py")
    return functions(TREES[path]) if path in TREES else {}


def of_source(source: str) -> list[str]:
    tree = ast.parse(source)
    return [fault.what for fault in faults(tree, functions(tree))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_test_is_one_that_cannot_fail(path: Path) -> None:
    tree = TREES[path]
    helpers = {**dict(imported(tree)), **functions(tree)}
    assert [f"{path}:{line}: {what}" for line, what in faults(tree, helpers)] == []


# ---- what is found, and what is not -------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "x = work()",
        "work()",
        "helper_without(x)",
        "subprocess.run(x)",
        "subprocess.run(x, check=False)",
    ],
)
def test_a_test_that_asserts_nothing_is_found(statement: str) -> None:
    source = f"def helper_without(x): return x\ndef test_it():\n    {statement}\n"
    assert of_source(source) == ["test_it asserts nothing"]


@pytest.mark.parametrize(
    "statement",
    [
        "assert work()",
        "torch.testing.assert_close(x, y)",
        "with pytest.raises(ValueError): work()",
        "subprocess.run(x, check=True)",
        "helper(x)",
        "in_turn(x)",
        "each(helper)",
    ],
)
def test_asserting_may_be_left_to_others(statement: str) -> None:
    helpers = "def helper(x): assert x\ndef in_turn(x): helper(x)\n"
    assert of_source(f"{helpers}def test_it():\n    {statement}\n") == []


def test_helpers_that_call_each_other_assert_nothing_together() -> None:
    source = "def a(): b()\ndef b(): a()\ndef test_it(): a()\n"
    assert of_source(source) == ["test_it asserts nothing"]


@pytest.mark.parametrize(
    "test",
    [
        "True", "'text'", "1", "(x == 1, 'as it should')", "f'{x}'", "1 == 1", "not False",
        "x == x", "0 < x.y[0] <= x.y[0]", "x or True",
        "len(x) >= 0", "len(x) > -1", "(a for a in x)",
    ],
)  # fmt: skip
def test_what_is_always_true_is_found(test: str) -> None:
    (found,) = of_source(f"def test_it(x):\n    assert {test}\n")
    assert found.startswith("is always true")


@pytest.mark.parametrize(
    "test",
    [
        "x", "x == y", "x[0] == x[1]", "len(x) >= 1", "len(x) > 0", "x or y", "x in (1, 2)",
        "not x", "work(x) == work(x)",
    ],
)  # fmt: skip
def test_what_may_be_false_is_not(test: str) -> None:
    assert of_source(f"def test_it(x, y):\n    assert {test}\n") == []


@pytest.mark.parametrize("rows", ["[]", "()", "{}", "''", "set()", "dict()", "range(0)"])
@pytest.mark.parametrize("over", ["for a in {}: assert a", "assert all(a for a in {})"])
def test_loops_over_nothing_are_found(rows: str, over: str) -> None:
    assert of_source(f"def test_it():\n    {over.format(rows)}\n") == [f"goes over nothing: {rows}"]


def test_no_cases_are_found() -> None:
    source = "@pytest.mark.parametrize('x', [])\ndef test_it(x): assert x\n"
    assert of_source(source) == ["is parametrized with no cases, so it is skipped"]


@pytest.mark.parametrize("name", ["torch.testing.assert_close", "np.array_equal", "torch.equal"])
def test_comparisons_of_a_value_with_itself_are_found(name: str) -> None:
    call = f"{name}(x.y, x.y)"
    assert f"compares with itself: {call}" in of_source(f"def test_it(x):\n    assert {call}\n")
    assert of_source(f"def test_it(x):\n    assert {name}(x.y, x.z)\n") == []
