"""JSONL: a document a line, spans as character offsets.

::

    {"id": "1", "text": "Aspirin helps.", "spans": [{"start": 0, "end": 7, "label": "Chemical"}]}

A span may have ``score`` and ``concepts``; it may also be a list ``[start, end, label]``, under
``spans``, ``entities``, ``labels`` or ``label``. ``tokens`` (optional) holds offsets
``[start, end]``, flat or a list a sentence, objects with ``start`` and ``end`` (Prodigy), or
strings found one after the other in the text. Prodigy's rejected and ignored examples are skipped
and counted. ``title_end`` (optional) is where the title ends. Other keys are ignored.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from weaklabel.errors import DataError, FormatError, SpanError
from weaklabel.ground.lines import each_line
from weaklabel.ground.segment import Offsets
from weaklabel.io.reading import Collector, Document, Format, Mention
from weaklabel.io.tokens import in_sentences, offsets_of
from weaklabel.text import Annotation, Annotations, Corpus, CorpusBuilder

_SPAN_KEYS = ("spans", "entities", "labels", "label")


class _Wrong(Exception):
    """What is wrong with a line; becomes a FormatError with file and line."""


def read(path: Path, collect: Collector, folder: Path | None = None) -> None:
    """Read a JSONL file into the collector.

    Raises:
        FormatError: for a line that is no such object; for an id used twice.
    """
    skipped = unnamed = 0
    for number, line in enumerate(each_line(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                raise _Wrong('expected an object with "text"')
            if row.get("answer", "accept") != "accept":
                skipped += 1
                continue
            name = _name(row)
            unnamed += name is None
            document = _document(row, str(number) if name is None else name, number)
        except json.JSONDecodeError as error:
            raise _error(
                f"not JSON: {error.msg} at column {error.colno}", line, path, number
            ) from None
        except _Wrong as error:
            raise _error(str(error), line, path, number) from None
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 1,000 brackets
            raise _error(f"not usable JSON: {error}", line, path, number) from None
        collect.add(path, document)
    if skipped:
        collect.notes.append(f"{skipped:,} rejected or ignored examples were skipped")
    if unnamed:
        collect.notes.append(f'{unnamed:,} documents have no "id"; they are called by their line')


def _error(message: str, line: str, path: Path, number: int) -> FormatError:
    return FormatError(f"{message}, got {line[:80]!r}", path=path, line=number)


def _name(row: dict[str, Any]) -> str | None:
    meta = row.get("meta")
    name = row.get("id", meta.get("id") if isinstance(meta, dict) else None)
    return None if name is None else str(name)


def _document(row: dict[str, Any], name: str, line: int) -> Document:
    text = row["text"]
    title = row.get("title_end", -1)
    if type(title) is not int or not -1 <= title <= len(text):
        raise _Wrong('"title_end" must be a character of the text')
    document = Document(name, text, line, title=title)
    if row.get("tokens") is not None:
        document.tokens = _tokens(row["tokens"], text)
    spans: list[Any] = next((row[key] for key in _SPAN_KEYS if isinstance(row.get(key), list)), [])
    for span in spans:
        document.mention(line, _mention(span))
    return document


def _mention(span: Any) -> Mention:
    if isinstance(span, list) and len(span) == 3:
        span = dict(zip(("start", "end", "label"), span, strict=True))
    if not isinstance(span, dict):
        raise _Wrong('expected a span {"start": …, "end": …, "label": …}')
    start, end, label = (span.get(key) for key in ("start", "end", "label"))
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        raise _Wrong('a span needs whole numbers "start" and "end" and a text "label"')
    score = span.get("score")
    if score is not None and type(score) not in (int, float):
        raise _Wrong('"score" must be a number')
    concepts = span.get("concepts") or ()
    if isinstance(concepts, str):
        concepts = (concepts,)
    return Mention(start, end, label, tuple(map(str, concepts)), score)


# ---- tokens ---------------------------------------------------------------------------------
def _tokens(given: Any, text: str) -> Sequence[Sequence[Offsets]]:
    if not isinstance(given, list):
        raise _Wrong('"tokens" must be a list')
    if given and all(isinstance(row, list) and all(map(_is_pair, row)) for row in given):
        return [[(start, end) for start, end in row] for row in given]
    if all(isinstance(token, str) for token in given):
        return in_sentences(_placed(given, text), text)
    if all(map(_is_pair, given)):
        return in_sentences([(start, end) for start, end in given], text)
    if all(isinstance(t, dict) and _is_pair([t.get("start"), t.get("end")]) for t in given):
        return in_sentences([(token["start"], token["end"]) for token in given], text)
    raise _Wrong('"tokens" must hold offsets [start, end], objects with them, or strings')


def _placed(words: list[str], text: str) -> list[Offsets]:
    try:
        return offsets_of(words, text)
    except DataError as error:
        raise _Wrong(str(error)) from None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)


# ---- writing --------------------------------------------------------------------------------
def write(out: TextIO, corpus: Corpus, annotations: Annotations) -> None:
    """Write a document a line; tokens only where our rules would find others.

    Raises:
        SpanError: if a span leaves its document's text.
    """
    for row in range(corpus.n_documents):
        text = corpus.document_text(row)
        record: dict[str, Any] = {"id": corpus.document_id(row), "text": text}
        if corpus.titles[row] >= 0:
            record["title_end"] = int(corpus.titles[row])
        tokens = _own_tokens(corpus, row, text)
        if tokens is not None:
            record["tokens"] = tokens
        record["spans"] = [_span(a, record) for a in annotations.of_document(row)]
        line = json.dumps(record, ensure_ascii=False)
        # Line ends to some readers, though not in JSON.
        for character in "\x85\u2028\u2029":
            line = line.replace(character, f"\\u{ord(character):04x}")
        out.write(line + "\n")


def _span(annotation: Annotation, record: dict[str, Any]) -> dict[str, Any]:
    if annotation.end > len(record["text"]):
        raise SpanError(
            f"document {record['id']!r}: the span {annotation.start}-{annotation.end} leaves a "
            f"text of {len(record['text'])} characters"
        )
    span: dict[str, Any] = {
        "start": annotation.start,
        "end": annotation.end,
        "label": annotation.label,
    }
    if annotation.score is not None:
        span["score"] = float(str(np.float32(annotation.score)))
    if annotation.concepts:
        span["concepts"] = list(annotation.concepts)
    return span


def _own_tokens(corpus: Corpus, row: int, text: str) -> list[list[list[int]]] | None:
    builder = CorpusBuilder()
    builder.add("", text, title=int(corpus.titles[row]))
    ours = builder.build()
    first, last = corpus.sentence_splits[row : row + 2].tolist()
    splits = corpus.token_splits[first : last + 1]
    starts, ends = (a[splits[0] : splits[-1]] for a in (corpus.token_start, corpus.token_end))
    same = (
        np.array_equal(ours.token_splits, splits - splits[0])
        and np.array_equal(ours.token_start, starts)
        and np.array_equal(ours.token_end, ends)
    )
    if same:
        return None
    pairs = np.stack([starts, ends], 1).tolist()
    base = (splits - splits[0]).tolist()
    return [pairs[a:b] for a, b in itertools.pairwise(base)]


def recognises(head: str) -> bool:
    """Whether the first line is a JSON object with a text."""
    first = next((line for line in head.split("\n") if line.strip()), "")
    return first.lstrip().startswith("{") and '"text"' in first


FORMAT = Format(
    "jsonl",
    'a JSON object a line: {"id", "text", "spans": [{"start", "end", "label"}]}',
    (".jsonl", ".ndjson"),
    recognises,
    read,
    write,
)
