"""The pages: links lead somewhere, and the reference has every public name."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import weaklabel

ROOT = Path(weaklabel.__file__).parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "weaklabel/demo/README.md"]
    + [ROOT / folder / "README.md" for folder in ("models", "dictionaries")]
)
REFERENCE = sorted((ROOT / "docs" / "api").glob("*.md"))
_LINK = re.compile(r"\[[^\]]*\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")
_HEAD = re.compile(r"^#+ +(.*)$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not REFERENCE, reason="no checkout: the pages are not there")


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links."""
    heads = _HEAD.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def dead_links(page: Path) -> list[str]:
    found = []
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / target).resolve() if target else page
        known = there.exists() and (not anchor or anchor in anchors(there))
        found += [] if known else [f"{target}#{anchor}"]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# On a GPU\n[a](no.md) [b](page.md) [c](#on-a-gpu) [d](#gone) [e](http://x)")
    assert dead_links(page) == ["no.md#", "#gone"]


def listed() -> list[str]:
    """What the reference is asked to show."""
    pages = [page.read_text(encoding="utf-8") for page in REFERENCE]
    return [name for text in pages for name in re.findall(r"^::: (\S+)$", text, re.MULTILINE)]


def test_the_reference_has_every_public_name() -> None:
    assert {f"weaklabel.{name}" for name in weaklabel.__all__} - {*listed()} == {
        "weaklabel.__version__"
    }


def test_the_reference_has_every_name_of_evaluate() -> None:
    tree = ast.parse((ROOT / "weaklabel/evaluate/__init__.py").read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    names = {f"weaklabel.evaluate.{alias.name}" for node in imports for alias in node.names}
    assert names <= {*listed()}


@pytest.mark.parametrize("name", listed())
def test_what_the_reference_shows_is_there(name: str) -> None:
    found: Any = weaklabel
    path = "weaklabel"
    for part in name.split(".")[1:]:
        path += f".{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(path)
    assert len(listed()) == len({*listed()})
