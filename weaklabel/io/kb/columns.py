"""Which column of a TSV or CSV dictionary is what: by its header, or by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from weaklabel.errors import ConfigError
from weaklabel.io.kb.reading import Wanted, no_type

HEADERS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "names", "term", "synonym", "mention", "string", "label"),
    "type": (
        "type", "types", "entity type", "semantic type", "semantic types", "category", "tui",
        "label",
    ),
    "id": (
        "id", "ids", "concept", "concepts", "concept id", "concept ids", "cui", "ui", "identifier",
    ),
    "synonyms": ("synonyms", "aliases", "alternative names", "alternative labels"),
    "scope": ("scope", "synonym scope"),
    "parents": (
        "parents", "parent", "parent ids", "parent id", "is a", "subclassof", "subclass of",
        "broader",
    ),
    "tree numbers": ("tree numbers", "tree number", "treenumbers", "treenumber"),
    "source": ("source", "sources", "vocabulary"),
}  # fmt: skip
"""What a column is → how its header may be called, the surest first."""

_CONCEPT = re.compile(r"[A-Za-z]\w*[:_]\S+|[A-Z]{1,4}\d{3,}")

FEW = 10
"""Of fewer rows nothing is told by what comes again."""

Row = tuple[int, list[str]]
"""Line and cells."""


class Columns(NamedTuple):
    """Positions from 0; None for what the file does not have.

    ``header`` tells whether the first row is one, ``given`` which headers the caller named.
    """

    name: int
    type: int | None = None
    concepts: int | None = None
    header: bool = False
    synonyms: int | None = None
    scope: int | None = None
    parents: int | None = None
    tree_numbers: int | None = None
    source: int | None = None
    given: frozenset[str] = frozenset()

    @property
    def needed(self) -> int:
        """The least number of columns a row must have."""
        return max(self.name, -1 if self.type is None else self.type) + 1

    def told(self, header: list[str]) -> str:
        """Which column was taken for what, for people."""
        places = {
            "name": self.name, "type": self.type, "id": self.concepts, "synonyms": self.synonyms,
            "scope": self.scope, "parents": self.parents, "tree numbers": self.tree_numbers,
            "source": self.source,
        }  # fmt: skip
        used = {what: at for what, at in places.items() if at is not None and at < len(header)}
        if not self.header:
            return "no header; " + ", ".join(
                f"{what} in column {at + 1}" for what, at in used.items()
            )
        text = ", ".join(f"{what} from `{header[at].strip()}`" for what, at in used.items())
        others = [cell.strip() for at, cell in enumerate(header) if at not in used.values()]
        return f"{text}; not used: {', '.join(others)}" if others else text


def columns_of(path: Path, rows: list[Row], wanted: Wanted) -> Columns:
    """The columns of a file by its first rows.

    Raises:
        ConfigError: for a column that cannot be named.
        FormatError: if there is no type column, no branch and no type is given.
    """
    unknown = sorted(wanted.columns.keys() - HEADERS.keys())
    if unknown:
        raise ConfigError(f"no column {unknown[0]!r} to name; there are {', '.join(HEADERS)}")
    columns = _from_header(rows, wanted.columns)
    if columns is None and _is_foreign_header([cells for _, cells in rows]):
        columns = _without_header(rows[1:], wanted)._replace(header=True)
    columns = columns or _without_header(rows, wanted)
    by_branch = wanted.branches and (columns.tree_numbers, columns.parents) != (None, None)
    if columns.type is None and wanted.type is None and not by_branch:
        has = "the header names" if columns.header else "there is"
        why = f"expected type, name[, concept ids]; {has} no type column"
        raise no_type(path, rows[0][0], why)
    return columns


def _plain(cell: str) -> str:
    return cell.strip().lstrip("#").strip().casefold().replace("_", " ")


def _from_header(rows: list[Row], given: Mapping[str, str]) -> Columns | None:
    """The columns by the first row's words; None if it is a row of data."""
    header = [_plain(cell) for cell in rows[0][1]]
    at = {
        what: header.index(_plain(word)) for what, word in given.items() if _plain(word) in header
    }
    taken = frozenset(at.values())
    name = at.get("name", _position(header, "name", taken))
    if name is None:
        name = _left_over(header)
    if name is None:
        return None
    found = {
        what: at.get(what, _position(header, what, taken | {name}))
        for what in HEADERS
        if what != "name"
    }
    type, concepts = found["type"], found["id"]
    claimed = {found[what] for what in ("synonyms", "scope", "parents", "tree numbers")}
    if type is None and concepts is None and name == 1 and not at:
        # "group, name": a header if "group" is not a type that other rows have.
        if any(cells[0] == rows[0][1][0] for _, cells in rows[1:]):
            return None
        if 0 not in claimed:
            type = 0
    if {type, name} == {0, 1} and "id" not in at and 2 not in claimed:
        concepts = 2 if len(header) > 2 else None
    elif concepts is None and type is None and name == 0 and len(header) == 2 and 1 not in claimed:
        concepts = 1
    return Columns(
        name,
        type,
        concepts,
        True,
        found["synonyms"],
        found["scope"],
        found["parents"],
        found["tree numbers"],
        None if found["source"] == concepts else found["source"],
        frozenset(given[what] for what in at),
    )


def _left_over(header: list[str]) -> int | None:
    """The only column whose header is not understood, of at least three: "nom, type, id"."""
    words = {word for known in HEADERS.values() for word in known}
    left = [at for at, cell in enumerate(header) if cell not in words]
    return left[0] if len(left) == 1 and len(header) >= 3 and header[left[0]] else None


def _is_foreign_header(rows: list[list[str]]) -> bool:
    """Whether the first row has words where all others have ids, and nothing that comes again."""
    first, rest = rows[0], rows[1:]
    if len(rest) < FEW or any(len(cells) < len(first) for cells in rest):
        return False
    columns = [[cells[at].strip() for cells in rest] for at in range(len(first))]
    if any(cell.strip() in column for cell, column in zip(first, columns, strict=True)):
        return False
    return any(
        cell.strip() and not _is_id(cell) and all(map(_is_id, column))
        for cell, column in zip(first, columns, strict=True)
    )


def _is_id(cell: str) -> bool:
    return _CONCEPT.fullmatch(cell.split(";")[0].strip()) is not None


def _position(header: list[str], what: str, taken: frozenset[int]) -> int | None:
    found = (header.index(word) for word in HEADERS[what] if word in header)
    return next((at for at in found if at not in taken), None)


def _without_header(rows: list[Row], wanted: Wanted) -> Columns:
    sample = [cells for _, cells in rows]
    if all(len(cells) == 1 for cells in sample):
        return Columns(0)
    second = [cells[1] for cells in sample if len(cells) == 2]
    ids = sum(map(_is_id, second))
    if len(second) == len(sample) and ids > 0.9 * len(second):
        return Columns(0, concepts=1)  # name, concept ids
    return Columns(0, 1, 2) if _name_comes_first(sample) else Columns(1, 0, 2)


def _name_comes_first(sample: list[list[str]]) -> bool:
    """Whether the second column holds types: names mostly differ, types come again and again."""
    if len(sample) < FEW or any(len(cells) < 2 for cells in sample):
        return False
    names, types = ({cells[at].strip() for cells in sample} for at in (0, 1))
    return len(names) > len(sample) / 2 and len(types) < len(sample) / 5
