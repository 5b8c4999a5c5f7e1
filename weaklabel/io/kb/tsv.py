"""TSV and CSV dictionaries: ``type, name[, concept ids]``, with a header or without.

Without a header the columns are type, name, concept ids; or name, type, concept ids where the
second column's words come again and again and the first one's do not. With one, the columns called
type and name are taken wherever they stand; concept ids are in the third column, whatever it is
called, if type and name are the first two, else in a column called id, ids, concept… A column of
synonyms (parted by "|"), of a synonym's scope, of parents or tree numbers, and of the source of
each name are taken by their headers (:data:`weaklabel.io.kb.columns.HEADERS`). Several types of a
name are parted by ",", concept ids by ";" or "|". Where a type is given with the file there need be
no type column; if there is one, the given type wins.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from weaklabel.errors import FormatError
from weaklabel.ground.lines import each_line, split_lines
from weaklabel.io.kb.columns import Columns, Row, columns_of
from weaklabel.io.kb.hierarchy import Branches, TreeNumbers, settled
from weaklabel.io.kb.ontology import NO_BRANCH, OTHER_TYPE, other_scope
from weaklabel.io.kb.reading import SCOPES, Entries, KbFormat, Wanted

_LICENCE = re.compile(r"""#\s*licen[sc]e(?: of ("(?:[^"]|"")*"|.+?))?:\s*(.+)""", re.IGNORECASE)
_SEPARATOR = re.compile(r""""?sep=[,;\t]"?""")
"""What Excel writes above a table, to say how it is parted."""
_SAMPLE = 200
"""Rows that tell which column is what."""

Kinds = Callable[[int, list[str]], tuple[str, ...]]
"""Line and cells of a row → its types; none if it is not wanted."""


def read(path: Path, wanted: Wanted) -> Entries:
    """Read a TSV or CSV dictionary.

    Raises:
        FormatError: if there is no type column and no type is given; for a row with too few
            columns, or an empty type.
    """
    entries = Entries(fault=wanted.fault)
    rows = _rows(path, each_line(path), entries)
    sample = list(islice(rows, _SAMPLE))
    if not sample:
        return entries
    columns = columns_of(path, sample, wanted)
    entries.how = columns.told(sample[0][1])
    entries.met |= columns.given
    # All but the first rows are read while they are used: a file of millions is never held.
    rows = chain(sample[columns.header :], rows)
    if wanted.branches and columns.tree_numbers is None and columns.parents is not None:
        held = list(rows)
        _take(path, held, columns, _by_parents(held, columns, wanted, entries), wanted, entries)
    else:
        _take(path, rows, columns, _kinds(path, columns, wanted, entries), wanted, entries)
    return entries


def _take(
    path: Path,
    rows: Iterable[Row],
    columns: Columns,
    kinds_of: Kinds,
    wanted: Wanted,
    entries: Entries,
) -> None:
    name_at, concepts_at, source_at, needed = (
        columns.name, columns.concepts, columns.source, columns.needed,
    )  # fmt: skip
    add, source = entries.add, path.name
    last, concepts = "", split("", ";")
    for line, cells in rows:
        n = len(cells)
        if n < needed:
            raise _too_few(path, line, cells, needed)
        kinds = kinds_of(line, cells)
        if not kinds:
            continue
        if concepts_at is not None:
            cell = cells[concepts_at] if n > concepts_at else ""
            if cell != last:  # names of a concept mostly follow one another: they share a tuple
                last, concepts = cell, split(cell.replace("|", ";"), ";")
        if source_at is not None:
            source = (cells[source_at].strip() if n > source_at else "") or path.name
        if columns.scope is None or _in_scope(_cell(cells, columns.scope), wanted, entries):
            add(line, cells[name_at], kinds, concepts, source)
        if columns.synonyms is not None:
            synonyms = split(_cell(cells, columns.synonyms), "|")
            if "exact" in wanted.scopes:
                for synonym in synonyms:
                    add(line, synonym, kinds, concepts, source)
            elif synonyms:
                entries.skipped[other_scope("exact")] += len(synonyms)


def _cell(cells: list[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _in_scope(value: str, wanted: Wanted, entries: Entries) -> bool:
    """Whether a name is wanted by its scope; a word that is no scope is taken for a name's."""
    scope = value.casefold()
    if scope not in SCOPES or scope in wanted.scopes:
        return True
    entries.skipped[other_scope(scope)] += 1
    return False


def split(cell: str, separator: str) -> tuple[str, ...]:
    """The parts of a cell, without surrounding white space, empty and doubled ones."""
    if separator not in cell:
        return (cell.strip(),) if cell.strip() else ()
    parts = (part.strip() for part in cell.split(separator))
    return tuple(dict.fromkeys(part for part in parts if part))


# ---- types ----------------------------------------------------------------------------------
def _kinds(path: Path, columns: Columns, wanted: Wanted, entries: Entries) -> Kinds:
    """How the types of a row are told, but for branches by parents."""
    if wanted.branches and columns.tree_numbers is not None:
        return _by_tree_numbers(columns.tree_numbers, wanted, entries)
    given: tuple[str, ...] = () if wanted.type is None else (wanted.type,)
    if columns.type is None or (given and not wanted.semantic_types):
        return lambda line, cells: given
    at, known = columns.type, dict[str, tuple[str, ...]]()

    def by_column(line: int, cells: list[str]) -> tuple[str, ...]:
        cell = cells[at]
        kinds = known.get(cell)
        if kinds is None:
            kinds = known[cell] = _types(cell, wanted, entries)
        if not kinds:
            if not wanted.semantic_types:
                raise FormatError(f"an empty type in {cells!r}", path=path, line=line)
            entries.skipped[OTHER_TYPE] += 1
        return kinds

    return by_column


def _types(cell: str, wanted: Wanted, entries: Entries) -> tuple[str, ...]:
    if not wanted.semantic_types:
        return split(cell, ",")
    values = split(cell.replace("|", ",").replace(";", ","), ",")
    found = [value for value in values if value in wanted.semantic_types]
    entries.met |= set(found)
    return tuple(dict.fromkeys(wanted.semantic_types[value] for value in found))


def _by_tree_numbers(at: int, wanted: Wanted, entries: Entries) -> Kinds:
    tree = TreeNumbers(wanted.branches, entries.met)
    given: tuple[str, ...] = () if wanted.type is None else (wanted.type,)

    def kinds(line: int, cells: list[str]) -> tuple[str, ...]:
        found = settled(tree.types_of(_cell(cells, at)), given)
        if not found:
            entries.skipped[NO_BRANCH] += 1
        return found

    return kinds


def _by_parents(rows: list[Row], columns: Columns, wanted: Wanted, entries: Entries) -> Kinds:
    """Parents may be told by their ids or by their names."""
    above: dict[str, list[str]] = {}
    for _, cells in rows:
        own = split(_cell(cells, columns.concepts), ";")
        parents = split(_cell(cells, columns.parents).replace("|", ";"), ";")
        name = _cell(cells, columns.name)
        for key in own or (name,):
            above.setdefault(key, []).extend(parents)
        if own:
            above.setdefault(name, []).extend(own)
    entries.met |= wanted.branches.keys() & above.keys()
    branches = Branches(wanted.branches, above)
    given: tuple[str, ...] = () if wanted.type is None else (wanted.type,)

    def kinds(line: int, cells: list[str]) -> tuple[str, ...]:
        own = split(_cell(cells, columns.concepts), ";") or (_cell(cells, columns.name),)
        above = {kind for key in own for kind in branches.types_of(key)}
        found = settled(tuple(sorted(above)), given)
        if not found:
            entries.skipped[NO_BRANCH] += 1
        return found

    return kinds


# ---- rows -----------------------------------------------------------------------------------
def _rows(path: Path, lines: Iterator[str], entries: Entries) -> Iterator[Row]:
    first = 0
    for line in lines:
        first += 1
        if not _is_comment(line, entries):
            lines = chain([line], lines)
            break
    else:
        return
    head = list(islice(lines, 50))
    lines = chain(head, lines)
    separator = _separator(path, head)
    if separator == "\t":
        for number, line in enumerate(lines, first):
            if '"' in line:
                yield number, _unquoted(line.split("\t"))
            elif line and not line.isspace():
                yield number, line.split("\t")
        return
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield first - 1 + reader.line_num, cells
    except csv.Error as error:
        number = first - 1 + reader.line_num
        raise FormatError(f"not CSV: {error}", path=path, line=number) from None


def _source_named(source: str) -> str:
    """A source's name: in quotation marks, doubled within, where a colon in it would end it."""
    quoted = len(source) > 1 and source[0] == source[-1] == '"'
    return source[1:-1].replace('""', '"') if quoted else source


def _is_comment(line: str, entries: Entries) -> bool:
    """Whether a line before the first row is none; a "# licence: …" among them is kept."""
    if licence := _LICENCE.match(line):
        if licence.group(1):
            entries.licences[_source_named(licence.group(1))] = licence.group(2).strip()
        else:
            entries.licence = licence.group(2).strip()
        return True
    if _SEPARATOR.fullmatch(line):
        return True
    return not line.strip() or (line.startswith("#") and "\t" not in line and "," not in line)


def _separator(path: Path, lines: list[str]) -> str:
    sample = [line for line in lines if line.strip()]
    if sum("\t" in line for line in sample) * 2 > len(sample) or path.suffix.lower() != ".csv":
        return "\t"
    commas, semicolons = (sum(c in line for line in sample) for c in ",;")
    return "," if commas >= semicolons else ";"


def _unquoted(cells: list[str]) -> list[str]:
    return [c[1:-1].replace('""', '"') if len(c) > 1 and c[0] == c[-1] == '"' else c for c in cells]


def _too_few(path: Path, line: int, cells: list[str], wanted: int) -> FormatError:
    got = f"one column: {cells[0][:80]!r}" if len(cells) == 1 else f"{len(cells)} columns"
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
