"""TSV and CSV dictionaries: ``type, name[, concept ids]``, with a header or without.

Without a header the columns are type, name, concept ids. With one, the columns called type and
name are taken wherever they stand; concept ids are in the third column, whatever it is called, if
type and name are the first two, else in a column called id, ids, concept… Several types of a name
are parted by ",", concept ids by ";" or "|". Where a type is given with the file there need be no
type column; if there is one, the given type wins.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from weaklabel.errors import FormatError
from weaklabel.io.kb.reading import Entries, KbFormat, no_type
from weaklabel.io.lines import read_lines, split_lines
from weaklabel.lexicon import Term

_TYPE_HEADERS = ("type", "types", "entity type", "semantic type", "category", "label")
_NAME_HEADERS = ("name", "names", "term", "synonym", "mention", "string", "label")
_ID_HEADERS = (
    "id",
    "ids",
    "concept",
    "concepts",
    "concept id",
    "concept ids",
    "cui",
    "ui",
    "identifier",
)
_CONCEPT = re.compile(r"[A-Za-z]\w*[:_]\S+|[A-Z]{1,4}\d{3,}")
_LICENCE = re.compile(r"#\s*licen[sc]e:\s*(.+)", re.IGNORECASE)

Row = tuple[int, list[str]]
"""Line and cells."""


class _Columns(NamedTuple):
    type: int | None
    name: int
    concepts: int | None
    header: bool


def read(path: Path, type: str | None) -> Entries:
    """Read a TSV or CSV dictionary.

    Raises:
        FormatError: if there is no type column and no type is given; for a row with too few
            columns, or an empty type or name.
    """
    entries = Entries()
    lines = read_lines(path)
    first = _skip_comments(lines, entries)
    rows = list(_rows(path, lines, first))
    if not rows:
        return entries
    columns = _columns(path, rows, type)
    source = path.name
    types: dict[str, tuple[str, ...]] = {}
    given: tuple[str, ...] = () if type is None else (type,)
    for line, cells in rows[columns.header :]:
        if len(cells) <= max(columns.name, -1 if columns.type is None else columns.type):
            raise _too_few(path, line, cells, columns, rows)
        name = cells[columns.name].strip()
        kinds = given
        if not kinds and columns.type is not None:
            cell = cells[columns.type]
            if cell not in types:
                types[cell] = _split(cell, ",")
            kinds = types[cell]
        if not name or not kinds:
            what = "an empty name" if not name else "an empty type"
            raise FormatError(f"{what} in {cells!r}", path=path, line=line)
        concepts: tuple[str, ...] = ()
        if columns.concepts is not None and len(cells) > columns.concepts:
            concepts = _split(cells[columns.concepts].replace("|", ";"), ";")
        entries.terms.append(Term(name, kinds, concepts, source))
    return entries


def _split(cell: str, separator: str) -> tuple[str, ...]:
    if separator not in cell:
        return (cell.strip(),) if cell.strip() else ()
    parts = (part.strip() for part in cell.split(separator))
    return tuple(dict.fromkeys(part for part in parts if part))


def _skip_comments(lines: list[str], entries: Entries) -> int:
    """The first line that is not a comment; a "# licence: …" among them is kept."""
    for number, line in enumerate(lines):
        if line.strip() and not (line.startswith("#") and "\t" not in line and "," not in line):
            return number
        if licence := _LICENCE.match(line):
            entries.licence = licence.group(1).strip()
    return len(lines)


def _rows(path: Path, lines: list[str], first: int) -> Iterator[Row]:
    separator = _separator(path, lines[first:])
    if separator == "\t":
        for number in range(first, len(lines)):
            line = lines[number]
            if line and not line.isspace():
                yield number + 1, _unquoted(line.split("\t")) if '"' in line else line.split("\t")
        return
    reader = csv.reader((line + "\n" for line in lines[first:]), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield first + reader.line_num, cells
    except csv.Error as error:
        line_number = first + reader.line_num
        raise FormatError(f"not CSV: {error}", path=path, line=line_number) from None


def _separator(path: Path, lines: list[str]) -> str:
    sample = [line for line in lines[:50] if line.strip()]
    if sum("\t" in line for line in sample) * 2 > len(sample) or path.suffix.lower() != ".csv":
        return "\t"
    commas, semicolons = (sum(c in line for line in sample) for c in ",;")
    return "," if commas >= semicolons else ";"


def _unquoted(cells: list[str]) -> list[str]:
    return [c[1:-1].replace('""', '"') if len(c) > 1 and c[0] == c[-1] == '"' else c for c in cells]


# ---- which column is what -------------------------------------------------------------------
def _columns(path: Path, rows: list[Row], type: str | None) -> _Columns:
    line = rows[0][0]
    columns = _from_header(rows) or _without_header(rows, type)
    if columns.type is None and type is None:
        has = "the header names" if columns.header else "there is"
        raise no_type(path, line, f"expected type, name[, concept ids]; {has} no type column")
    return columns


def _from_header(rows: list[Row]) -> _Columns | None:
    """The columns by the first row's words; None if it is a row of data."""
    header = [c.strip().lstrip("#").strip().casefold().replace("_", " ") for c in rows[0][1]]
    name = _position(header, _NAME_HEADERS)
    if name is None:
        return None
    type = _position(header, _TYPE_HEADERS, taken=name)
    concepts = _position(header, _ID_HEADERS)
    if type is None and concepts is None and name == 1:
        # "group, name": a header if "group" is not a type that other rows have.
        if any(cells[0] == rows[0][1][0] for _, cells in rows[1:]):
            return None
        type = 0
    if {type, name} == {0, 1}:
        concepts = 2 if len(header) > 2 else None
    elif concepts is None and type is None and name == 0 and len(header) == 2:
        concepts = 1
    return _Columns(type, name, concepts, True)


def _position(header: list[str], wanted: tuple[str, ...], taken: int = -1) -> int | None:
    found = (header.index(w) for w in wanted if w in header)
    return next((at for at in found if at != taken), None)


def _without_header(rows: list[Row], type: str | None) -> _Columns:
    sample = [cells for _, cells in rows[:200]]
    if all(len(cells) == 1 for cells in sample):
        return _Columns(None, 0, None, False)
    second = [cells[1] for cells in sample if len(cells) == 2]
    ids = sum(
        _CONCEPT.fullmatch(part) is not None for cell in second for part in _split(cell, ";")[:1]
    )
    if len(second) == len(sample) and ids > 0.9 * len(second):
        return _Columns(None, 0, 1, False)  # name, concept ids
    return _Columns(0, 1, 2, False)


def _too_few(
    path: Path, line: int, cells: list[str], columns: _Columns, rows: list[Row]
) -> FormatError:
    got = f"one column: {cells[0][:80]!r}" if len(cells) == 1 else f"{len(cells)} columns"
    wanted = max(columns.name, columns.type or 0) + 1
    expected = '"type<TAB>name"' if wanted == 2 else f"at least {wanted} columns"
    return FormatError(
        f"expected {expected}, got {got}\n"
        "    Columns are split at tabs, not spaces (at commas in a .csv file).",
        path=path,
        line=line,
    )


def recognises(head: str) -> bool:
    """Whether most lines have a tab."""
    lines = [line for line in split_lines(head)[:200] if line.strip() and line[0] != "#"]
    return sum("\t" in line for line in lines) > 0.5 * len(lines)


FORMAT = KbFormat(
    "tsv",
    "type, name[, concept ids] in columns (.tsv, .csv), with a header or without",
    (".tsv", ".csv", ".tab"),
    recognises,
    read,
)
