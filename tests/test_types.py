"""Array types have one name each, and it is used."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import weaklabel
from weaklabel.ground import types

ROOT = Path(weaklabel.__file__).parent
NAMES = {
    "bool_": "Bools",
    "int32": "Ints",
    "int64": "Longs",
    "float32": "Floats",
    "float64": "Doubles",
}
FILES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if path.relative_to(ROOT).parts[0] not in ("_shipped", "crf")  # the CRF is a house of its own
    and path != ROOT / "ground/types.py"
)


@pytest.mark.parametrize(("dtype", "name"), NAMES.items())
def test_each_name_means_one_dtype(dtype: str, name: str) -> None:
    array = np.zeros(3, getattr(np, dtype))
    _, of = getattr(types, name).__args__
    assert of.__args__ == (type(array[0]),)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_array_type_is_spelled_out_or_named_again(path: Path) -> None:
    spelled = {f"np.{dtype}" for dtype in NAMES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Subscript):
            what, of = ast.unparse(node.value), ast.unparse(node.slice)
            named = what.endswith(("NDArray", "dtype")) and of in spelled
            assert not named, f"{path}:{node.lineno}: weaklabel.ground.types has a name for {of}"
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            assert node.id not in NAMES.values(), f"{path}:{node.lineno}: {node.id} named again"
