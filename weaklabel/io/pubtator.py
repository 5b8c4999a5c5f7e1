r"""PubTator: ``ID|t|title``, ``ID|a|abstract``, then a line an annotation, columns split at tabs.

Offsets are code points into title + one separator + abstract, and that is the document's text;
where the abstract is empty the text is the title alone. A seventh column (the parts of a
composite mention) and relation lines are counted and ignored. An annotation is kept if its
mention equals the text at its offsets, letter case and Unicode normalisation apart.

A corpus of another origin is written so that reading it back gives the same spans: line breaks
and tabs become spaces one for one, a document without title is written as a title alone, and
``|``, tabs and line breaks in ids are written as ``%7C``, ``%09``, ``%0A``, ``%0D``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from weaklabel.errors import FormatError, SpanError
from weaklabel.ground.lines import each_line, escaped, unescaped
from weaklabel.io.reading import Collector, Document, Format, Mention
from weaklabel.text import Annotation, Annotations, Corpus

_EXPECTED = 'expected "ID|t|title", "ID|a|abstract" or "ID<TAB>start<TAB>end<TAB>mention<TAB>type"'
_NUMBER = re.compile(r"-?[0-9]+")
_NO_CONCEPT = frozenset({"", "-", "-1"})


@dataclass
class _Draft:
    """A document while its lines come in."""

    id: str
    line: int
    title: str | None = None
    abstract: str | None = None
    annotations: list[tuple[int, list[str]]] = field(default_factory=list)


def read(path: Path, collect: Collector, folder: Path | None = None) -> None:
    """Read a PubTator file into the collector.

    Raises:
        FormatError: for a line that is none of the format's, or an id used twice.
    """
    drafts: list[_Draft] = []
    latest: dict[str, _Draft] = {}
    relations = composites = 0
    for number, line in enumerate(each_line(path), 1):
        head, _, rest = line.partition("|")
        if rest[:2] in ("t|", "a|") and "\t" not in head:
            _text_line(drafts, latest, head, rest[0], rest[2:], number)
        elif line.strip():
            cells = line.split("\t")
            if len(cells) >= 3 and not _NUMBER.fullmatch(cells[1]):
                relations += 1
                continue
            _check_annotation(path, number, line, cells, latest)
            latest[cells[0]].annotations.append((number, cells))
            composites += len(cells) > 6 and cells[6] != ""
    for draft in drafts:
        collect.add(path, _document(draft))
    if relations:
        collect.notes.append(f"{relations:,} relation lines were ignored")
    if composites:
        collect.notes.append(f"{composites:,} composite mentions were read as one span each")


def _text_line(
    drafts: list[_Draft], latest: dict[str, _Draft], name: str, part: str, text: str, number: int
) -> None:
    draft = latest.get(name)
    attribute = "title" if part == "t" else "abstract"
    if draft is None or draft is not drafts[-1] or getattr(draft, attribute) is not None:
        draft = latest[name] = _Draft(name, number)
        drafts.append(draft)
    setattr(draft, attribute, text)


def _check_annotation(
    path: Path, number: int, line: str, cells: list[str], latest: dict[str, _Draft]
) -> None:
    if len(cells) < 5 or not _NUMBER.fullmatch(cells[2]) or not cells[4].strip():
        raise FormatError(f"{_EXPECTED}, got {line[:80]!r}", path=path, line=number)
    if cells[0] not in latest:
        raise FormatError(
            f"an annotation of document {cells[0]!r}, whose text is not above it",
            path=path,
            line=number,
        )


def _document(draft: _Draft) -> Document:
    if draft.title is None:
        document = Document(unescaped(draft.id), draft.abstract or "", draft.line)
    else:
        text = f"{draft.title} {draft.abstract}" if draft.abstract else draft.title
        document = Document(unescaped(draft.id), text, draft.line, title=len(draft.title))
    for number, cells in draft.annotations:
        start, end, surface = int(cells[1]), int(cells[2]), cells[3]
        found = document.text[max(0, start) : max(0, end)]
        if 0 <= start < end <= len(document.text) and not _same(found, surface):
            message = f'the text at {start}-{end} is "{found}", the annotation says "{surface}"'
            document.problems.append((number, message))
            continue
        concepts = _concepts(cells[5]) if len(cells) > 5 else ()
        document.mention(number, Mention(start, end, unescaped(cells[4].strip()), concepts))
    return document


def _same(found: str, surface: str) -> bool:
    return found == surface or _folded(found) == _folded(surface)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_VARIANT = re.compile(r"(?:^|[|;])[cgmnpr]\|[A-Z]+\|")


def _concepts(cell: str) -> tuple[str, ...]:
    """Concept ids of a cell; "|" splits, "," and ";" where every part has a digit.

    >>> _concepts("D002318|D012131"), _concepts(" D008661"), _concepts("-1")
    (('D002318', 'D012131'), ('D008661',), ())
    >>> _concepts("4086,4090"), _concepts("c|SUB|G|Ex2+860|C;Gene:3577")
    (('4086', '4090'), ('c|SUB|G|Ex2+860|C;Gene:3577',))
    """
    if _VARIANT.search(cell):
        return (cell.strip(),)
    parts = re.split(r"[|,;]", cell)
    if not all(any(map(str.isdigit, part)) for part in parts):
        parts = cell.split("|")
    found = (part.strip() for part in parts)
    return tuple(dict.fromkeys(unescaped(part) for part in found if part not in _NO_CONCEPT))


# ---- writing --------------------------------------------------------------------------------
_BREAKS = str.maketrans("\t\n\r", "   ")


def write(out: TextIO, corpus: Corpus, annotations: Annotations) -> None:
    """Write a corpus as PubTator. The format has no place for scores.

    Raises:
        SpanError: if a span leaves its document's text.
    """
    for row in range(corpus.n_documents):
        if row:
            out.write("\n")
        name = escaped(corpus.document_id(row), "|")
        text = corpus.document_text(row).translate(_BREAKS)
        title, abstract = _parts(text, int(corpus.titles[row]))
        out.write(f"{name}|t|{title}\n{name}|a|{abstract}\n")
        for annotation in annotations.of_document(row):
            out.write(_annotation_line(name, text, annotation))


def _parts(text: str, title: int) -> tuple[str, str]:
    """Title and abstract; all in the title where one separator between them would not do."""
    if 0 <= title < len(text) - 1 and text[title] == " ":
        return text[:title], text[title + 1 :]
    return text, ""


def _annotation_line(name: str, text: str, annotation: Annotation) -> str:
    start, end = annotation.start, annotation.end
    if end > len(text):
        raise SpanError(
            f"document {name!r}: the span {start}-{end} leaves a text of {len(text)} characters"
        )
    cells = [name, str(start), str(end), text[start:end], escaped(annotation.label)]
    if annotation.concepts:
        cells.append("|".join(escaped(concept, "|,;") for concept in annotation.concepts))
    return "\t".join(cells) + "\n"


def recognises(head: str) -> bool:
    """Whether the first line that is not blank is a title or abstract line."""
    first = next((line for line in head.split("\n") if line.strip()), "")
    name, _, rest = first.partition("|")
    return rest[:2] in ("t|", "a|") and "\t" not in name


FORMAT = Format(
    "pubtator",
    'titles, abstracts and annotations with offsets ("ID|t|…", "ID|a|…")',
    (".pubtator", ".pubtator.txt"),
    recognises,
    read,
    write,
)
