"""Finds tests that cannot fail, as far as their source alone shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
CHECKS = {"raises", "warns", "fail", "opcheck"}
"""Calls that fail a test, beside those whose name begins with ``assert``."""
EQUAL = {"assert_allclose", "assert_array_equal", "assert_close", "assert_equal"}
EQUAL |= {"allclose", "array_equal", "equal"}
EMPTY = {"dict", "frozenset", "list", "set", "tuple"}


class Fault(NamedTuple):
    """What cannot fail, and the line that says so."""

    line: int
    what: str


def faults(tree: ast.Module, helpers: Mapping[str, Function]) -> Iterator[Fault]:
    """The faults of a test module.

    ``helpers`` are the functions it may call, its own and those it imports, by what it calls them
    (``helper``, ``module.helper``): a test that leaves asserting to one of them asserts.
    """
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name.startswith("test_"):
                if not asserts(node, helpers, frozenset()):
                    yield Fault(node.lineno, f"{node.name} asserts nothing")
            case ast.Assert(test=test) if always_true(test):
                yield Fault(node.lineno, f"is always true: assert {ast.unparse(test)}")
            case ast.For(iter=rows) | ast.comprehension(iter=rows) if is_empty(rows):
                yield Fault(rows.lineno, f"goes over nothing: {ast.unparse(rows)}")
            case ast.Call() if compares_with_itself(node):
                yield Fault(node.lineno, f"compares with itself: {ast.unparse(node)}")
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[_, cases, *_]) if is_empty(
                cases
            ):
                yield Fault(node.lineno, "is parametrized with no cases, so it is skipped")


def asserts(function: Function, helpers: Mapping[str, Function], seen: frozenset[str]) -> bool:
    """Whether a function, or a helper that it calls or hands on, holds something that fails."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and is_check(node)):
            return True
        name = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if name in helpers.keys() - seen and asserts(helpers[name], helpers, seen | {name}):
            return True
    return False


def is_check(call: ast.Call) -> bool:
    """Whether a call fails a test by itself; so does ``subprocess.run(…, check=True)``."""
    name = name_of(call)
    strict = any(
        keyword.arg == "check" and isinstance(keyword.value, ast.Constant) and keyword.value.value
        for keyword in call.keywords
    )
    return name.startswith("assert") or name in CHECKS or strict


def name_of(call: ast.Call) -> str:
    """The called name, without the module or object it is looked up in."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def always_true(test: ast.expr) -> bool:
    """Whether an asserted expression is true whatever the code under test does."""
    match test:
        case ast.Tuple(elts=elements):
            return bool(elements)  # assert (a, b): the parentheses make it a tuple
        case ast.JoinedStr() | ast.Lambda() | ast.GeneratorExp():
            return True
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(always_true, values))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(always_true, values))
        case ast.Compare(left=ast.Call() as left, ops=[op], comparators=[bound]):
            return name_of(left) == "len" and is_no_bound(op, bound)
        case ast.Compare(left=left, comparators=others):
            sides = (left, *others)
            same = any(map(is_same, sides, sides[1:]))
            return same or is_constant(test)
    return is_constant(test)


def is_same(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions are one; what is called twice may answer differently."""
    called = any(isinstance(node, ast.Call) for node in ast.walk(one))
    return not called and ast.dump(one) == ast.dump(other)


def is_no_bound(op: ast.cmpop, bound: ast.expr) -> bool:
    """Whether every length fulfils a comparison."""
    match op, bound:
        case ast.GtE(), ast.Constant(value=0):
            return True
        case ast.Gt(), ast.UnaryOp(op=ast.USub()):
            return True
    return False


def is_constant(test: ast.expr) -> bool:
    """Whether an expression asks nothing of the code: it holds no name."""
    return not any(isinstance(node, ast.Name) for node in ast.walk(test))


def is_empty(rows: ast.expr) -> bool:
    """Whether a loop over an expression never enters."""
    match rows:
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]) | ast.Constant(value=""):
            return True
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name in EMPTY
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(n))]):
            return n <= 0
    return False


def compares_with_itself(call: ast.Call) -> bool:
    """Whether a comparing function is given the same expression twice."""
    match call.args:
        case [one, other, *_]:
            return name_of(call) in EQUAL and is_same(one, other)
    return False
