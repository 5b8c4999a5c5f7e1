"""read(): the rows of a dataset → documents with annotations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from weaklabel.errors import DataError, FormatError
from weaklabel.ground.segment import Offsets
from weaklabel.io.dataset.columns import NAME, Columns, Rows, opened
from weaklabel.io.reading import Collector, Document, Mention
from weaklabel.io.tokens import in_sentences, offsets_of
from weaklabel.tags import TagScheme, TagStyle, canonical, notation


@dataclass
class _Part:
    """A row, its offsets counted in its own text.

    Attributes:
        row: its number, from 0.
        document: the name of the document it belongs to.
        text: as given, or its words joined by spaces.
        words: its tokens; ``None`` where it has only text.
        offsets: of the words that are not white space.
        tags: of the words; ``None`` where it has none.
        mentions: its annotations.
        start: where it begins in its document; ``None`` if that is not said.
        title: where the title of its document ends.
    """

    row: int
    document: str
    text: str = ""
    words: list[str] | None = None
    offsets: list[Offsets] = field(default_factory=list)
    tags: list[str] | None = None
    mentions: list[Mention] = field(default_factory=list)
    start: int | None = None
    title: int = -1


def read(dataset: Rows, collect: Collector) -> None:
    """Read the rows of a dataset into the collector.

    Raises:
        FormatError: if there is no column of text or tokens, or a row cannot be read; it is named
            as ``dataset:ROW``.
    """
    columns, rows = opened(dataset)
    split = getattr(dataset, "split", None)
    path = Path(f"{NAME}[{split}]" if split else NAME)
    parts: list[_Part] = []
    for number, row in enumerate(rows):
        try:
            parts.append(_part(row, number, columns))
        except DataError as error:
            raise FormatError(str(error), path=path, line=number) from None
    collect.notes += _spans_of_tags(parts)
    one = (lambda part: part.document) if columns.document else (lambda part: part.row)
    for _, group in itertools.groupby(parts, key=one):
        collect.add(path, _document(list(group), columns, path))
    if columns.tags and columns.spans:
        collect.notes.append(f'annotations are those of "{columns.spans}", not of "{columns.tags}"')
    if columns.left_out:
        collect.notes.append(f"columns left out: {', '.join(columns.left_out)}")


# ---- rows -----------------------------------------------------------------------------------
def _part(row: Mapping[str, Any], number: int, columns: Columns) -> _Part:
    name = columns.document or columns.id
    part = _Part(number, str(row[name]) if name else str(number))
    if columns.text:
        part.text = row[columns.text]
        if not isinstance(part.text, str):
            raise DataError(f'"{columns.text}" must be a string, got {part.text!r}')
    if columns.tokens:
        part.words = _words(row[columns.tokens])
        if columns.own:
            part.start, part.title = int(row["text_start"]), int(row["title_end"])
            part.offsets = list(zip(row["token_start"], row["token_end"], strict=True))
        elif columns.text:
            part.offsets = offsets_of(part.words, part.text)
        else:
            part.text, part.offsets = _joined(part.words)
    if columns.spans:
        part.mentions = [_mention(span, columns) for span in _objects(row[columns.spans])]
    elif columns.tags:
        part.tags = _tags(row[columns.tags], columns, len(part.words or ()))
    return part


def _words(given: Any) -> list[str]:
    if isinstance(given, str | None) or not all(isinstance(word, str) for word in given):
        raise DataError(f'"tokens" must be a list of strings, got {str(given)[:80]}')
    return list(given)


def _joined(words: Sequence[str]) -> tuple[str, list[Offsets]]:
    """Words joined by spaces, and where they stand; white space is no word."""
    solid = [word for word in words if word.strip()]
    ends = [end - 1 for end in itertools.accumulate(len(word) + 1 for word in solid)]
    return " ".join(solid), [(b - len(word), b) for word, b in zip(solid, ends, strict=True)]


def _tags(given: Any, columns: Columns, count: int) -> list[str] | None:
    """A row's tags in our letters; None where it has none (-1, as in test sets that hide them)."""
    if given is None:
        return None
    if not isinstance(given, Sequence) or len(given) != count:
        raise DataError(f'"{columns.tags}" must hold a tag for each of {count} tokens')
    if any(isinstance(value, int) and value < 0 for value in given):
        return None
    return [_tag(value, columns) for value in given]


def _tag(value: Any, columns: Columns) -> str:
    names = columns.tag_names
    if isinstance(value, int):
        if value >= len(names):
            raise DataError(
                f'"{columns.tags}" holds the number {value}, which has no name. Name them: '
                f'dataset.cast_column("{columns.tags}", List(ClassLabel(names=["O", …])))'
            )
        value = names[value]
    tag = canonical(str(value).strip())
    if tag is None:
        raise DataError(f'expected a tag such as "O" or "B-Disease", got {value!r}')
    return tag


def _objects(given: Any) -> list[Mapping[str, Any]]:
    """A list of objects, also where it is kept as an object of lists."""
    if isinstance(given, Mapping):
        rows = zip(*given.values(), strict=True)
        return [dict(zip(given, row, strict=True)) for row in rows]
    return list(given or ())


def _mention(span: Mapping[str, Any], columns: Columns) -> Mention:
    label = span.get("label", span.get("type"))
    if isinstance(label, int) and 0 <= label < len(columns.span_names):
        label = columns.span_names[label]
    start, end = span.get("start"), span.get("end")
    if not isinstance(start, int) or not isinstance(end, int) or not isinstance(label, str):
        raise DataError(
            f'a span of "{columns.spans}" needs whole numbers "start" and "end" and a text '
            f'"label" (or a ClassLabel), got {dict(span)}'
        )
    concepts = tuple(map(str, span.get("concepts") or ()))
    return Mention(start, end, label, concepts, span.get("score"))


def _spans_of_tags(parts: Sequence[_Part]) -> list[str]:
    """Add what tags say to the annotations; the style is told from all rows. Notes on it."""
    tagged = [part for part in parts if part.tags is not None]
    style = notation(part.tags for part in tagged if part.tags is not None)
    scheme = TagScheme((), TagStyle.BIOES if style.name == "BIOES" else TagStyle.BIO)
    for part in tagged:
        pairs = zip(part.tags or (), part.words or (), strict=True)
        for span in scheme.repair([tag for tag, word in pairs if word.strip()]):
            start, end = part.offsets[span.start][0], part.offsets[span.end - 1][1]
            part.mentions.append(Mention(start, end, span.label))
    notes = [f"{style.name} tags recognised"] if style.name else []
    if style.malformed:
        notes.append(
            f"{style.malformed:,} tags do not follow {style.name}; they were repaired as "
            "conlleval reads them"
        )
    if tagged and len(tagged) < len(parts):
        notes.append(f"{len(parts) - len(tagged):,} of {len(parts):,} rows have no tags")
    return notes


# ---- documents ------------------------------------------------------------------------------
def _document(parts: Sequence[_Part], columns: Columns, path: Path) -> Document:
    """Rows as one document: put together as they were cut, or a line each."""
    document = Document(parts[0].document, "", parts[0].row, title=parts[0].title)
    tokens: list[Sequence[Offsets]] = []
    begins: list[int] = []
    for part in parts:
        if begins and part.start is None:
            document.text += "\n"
        at = len(document.text)
        if part.start not in (None, at):
            raise FormatError(
                f"this row begins at character {part.start} of document {part.document!r}, but the "
                f"rows before it hold {at}: rows are missing or out of order. "
                'dataset.remove_columns(["document_id", "text_start"]) makes each row a document',
                path=path,
                line=part.row,
            )
        begins.append(at)
        document.text += part.text
        rows: Sequence[Sequence[Offsets]] = [part.offsets]
        if columns.text and not columns.document:  # a text may be more than a sentence
            rows = in_sentences(part.offsets, part.text)
        tokens += [[(at + start, at + end) for start, end in row] for row in rows]
    if columns.tokens:
        document.tokens = tokens
    for at, part in zip(begins, parts, strict=True):
        for m in part.mentions:
            document.mention(part.row, m._replace(start=at + m.start, end=at + m.end))
    return document
