"""Spans that another tool wrote down: Prodigy, GLiNER, doccano, or anything alike, as JSONL.

One object a line. It names its text by ``id`` (also ``doc_id``, ``meta.id``), by ``text``, or by
both; the text may be a whole document or one sentence. Its spans stand under ``spans``,
``entities``, ``labels`` or ``label``, each ``[start, end, type]`` or an object with ``start`` and
``end`` (``start_offset`` and ``end_offset``), ``label`` and, if known, ``text`` and ``score``.
GLiNER's training form, ``tokenized_text`` with ``ner`` as ``[first, last, type]``, is read too.
Of Prodigy's answers only "accept" counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isnan
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from weaklabel.errors import FormatError
from weaklabel.ground.config import to_mapping
from weaklabel.sources.fitting import DIFFERS, Fitting
from weaklabel.sources.options import ConfiguredSource, check_share
from weaklabel.text import Corpus
from weaklabel.votes import Votes

_SPAN_KEYS = ("spans", "entities", "labels", "label")
NO_DOCUMENT = "no such document"
NOT_ACCEPTED = "answer is not accept"


@dataclass(frozen=True)
class ExportedOptions:
    """Which file, and what of it counts.

    Attributes:
        path: the JSONL file.
        name: how the source is listed.
        type_map: the file's types → ours; empty keeps all as they are.
        min_score: spans with a lower ``score`` are left out, 0 to 1.
    """

    path: str
    name: str = "exported"
    type_map: dict[str, str] = field(default_factory=dict)
    min_score: float = 0.0

    def __post_init__(self) -> None:
        check_share("min_score", self.min_score)


@dataclass(frozen=True)
class ExportedSource(ConfiguredSource[ExportedOptions]):
    """Votes for the spans of a file; silent, and not applicable, where the file says nothing.

    A saved model does not take the file along: brought back, the source is silent everywhere.

    Attributes:
        options: the file and what of it counts; with an empty path there is none.
        content: a hash of the file that a saved model was trained with; empty for the path's.
    """

    content: str = ""
    kind: ClassVar[str] = "exported"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus.

        Raises:
            FormatError: if the file cannot be read, or a line is no such object (file:line).
        """
        wanted = self.options
        fitting = Fitting(corpus, self.name, type_map=wanted.type_map, min_score=wanted.min_score)
        applicable = np.zeros(len(corpus), np.bool_)
        texts = _Texts(corpus) if wanted.path else None
        for record in read_exported(wanted.path) if wanted.path else ():
            if not record.accepted:
                fitting.lose(NOT_ACCEPTED)
                continue
            places = texts.find(record) if texts else []
            if not places:
                fitting.lose(NO_DOCUMENT, f"line {record.line}, {record.shown()}")
            for place in places:
                applicable[place.sentences] |= not place.differs
                _take(fitting, record, place)
        return fitting.votes(applicable=applicable)

    def describe(self) -> dict[str, Any]:
        """What a saved model keeps of it: its options and a hash of the file, not the spans.

        Raises:
            FormatError: if the file cannot be read.
        """
        about: dict[str, Any] = to_mapping(replace(self.options, path=""))
        content = self.content
        if self.options.path:
            content = hashlib.blake2b(_bytes(self.options.path), digest_size=16).hexdigest()
        return about | {"content": content}

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> ExportedSource:
        """The silent source that :meth:`describe` tells of."""
        options = {name: value for name, value in about.items() if name != "content"}
        return cls(cls.options_of(options), about["content"])


def from_options(options: ExportedOptions, base: Path) -> ExportedSource:
    """The source of a table of options.

    Raises:
        FormatError: if the file is not there.
    """
    if not (base / options.path).is_file():
        raise FormatError("no such file", path=base / options.path)
    return ExportedSource(replace(options, path=str(base / options.path)))


# ---- reading --------------------------------------------------------------------------------
class ExportedSpan(NamedTuple):
    """A span of a file, in characters of its record's text."""

    start: int
    end: int
    label: str
    score: float = 1.0
    text: str | None = None


class Record(NamedTuple):
    """A line of the file."""

    line: int
    id: str | None
    text: str | None
    spans: tuple[ExportedSpan, ...]
    accepted: bool = True

    def shown(self) -> str:
        """Its name for a message."""
        return f"id {self.id!r}" if self.id is not None else repr((self.text or "")[:60])


class _Wrong(Exception):
    """What is wrong with a line; becomes a FormatError with file and line."""


def read_exported(path: str | Path) -> Iterator[Record]:
    """The records of a file, in order.

    Raises:
        FormatError: if it cannot be opened, is not UTF-8, or a line is no such object.
    """
    raw = _bytes(path).removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield _record(json.loads(line.decode("utf-8")), number)
        except UnicodeDecodeError as error:
            raise FormatError(f"not UTF-8 at byte {error.start}", path=path, line=number) from None
        except json.JSONDecodeError as error:
            raise FormatError(
                f"not JSON: {error.msg} at column {error.colno}, got "
                f"{line[:80].decode('utf-8', 'replace')!r}",
                path=path,
                line=number,
            ) from None
        except _Wrong as error:
            raise FormatError(str(error), path=path, line=number) from None
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 1,000 brackets
            raise FormatError(f"not usable JSON: {error}", path=path, line=number) from None


def _bytes(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", path=path) from None


def _record(row: Any, line: int) -> Record:
    if not isinstance(row, dict):
        raise _Wrong(f"expected an object, got {str(row)[:60]!r}")
    if isinstance(row.get("tokenized_text"), list):
        return _tokenized(row, line)
    meta = row.get("meta")
    name = row.get("id", row.get("doc_id"))
    if name is None and isinstance(meta, dict):
        name = meta.get("id", meta.get("doc_id"))
    text = row.get("text")
    if text is not None and not isinstance(text, str):
        raise _Wrong('"text" must be a text')
    if text is None and name is None:
        raise _Wrong('expected "id" or "text", to know which document is meant')
    given: list[Any] = next((row[k] for k in _SPAN_KEYS if isinstance(row.get(k), list)), [])
    accepted = row.get("answer", "accept") == "accept"
    spans = tuple(_span(span) for span in given)
    return Record(line, None if name is None else str(name), text, spans, accepted)


def _span(given: Any) -> ExportedSpan:
    if isinstance(given, list) and len(given) == 3:
        given = dict(zip(("start", "end", "label"), given, strict=True))
    if not isinstance(given, dict):
        raise _Wrong(f'expected a span {{"start": …, "end": …, "label": …}}, got {given!r}')
    start = given.get("start", given.get("start_offset"))
    end = given.get("end", given.get("end_offset"))
    label, score, text = given.get("label"), given.get("score"), given.get("text")
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        raise _Wrong(f'a span needs whole numbers "start" and "end" and a "label", got {given!r}')
    if not label.isprintable() and any("\ud800" <= character <= "\udfff" for character in label):
        raise _Wrong(f"{label!r} holds half of a surrogate pair, which is no character")
    if score is not None and (type(score) not in (int, float) or isnan(score)):
        raise _Wrong(f'"score" must be a number, got {score!r}')
    return ExportedSpan(
        start, end, label, 1.0 if score is None else float(score), text and str(text)
    )


def _tokenized(row: dict[str, Any], line: int) -> Record:
    """GLiNER's training form; the tokens are joined by spaces, ``last`` is inclusive."""
    tokens, given = row["tokenized_text"], row.get("ner", [])
    if not all(isinstance(token, str) for token in tokens) or not isinstance(given, list):
        raise _Wrong('"tokenized_text" must be a list of texts and "ner" a list')
    starts = np.cumsum([0, *(len(token) + 1 for token in tokens)]).tolist()
    spans = []
    for span in given:
        good = isinstance(span, list) and len(span) >= 3 and isinstance(span[2], str)
        if not good or type(span[0]) is not int or type(span[1]) is not int:
            raise _Wrong(f'"ner" needs [first, last, type], got {span!r}')
        first, last = span[:2]
        if not 0 <= first <= last < len(tokens):
            raise _Wrong(f"{span!r} does not fit {len(tokens)} tokens")
        spans.append(ExportedSpan(starts[first], starts[last] + len(tokens[last]), span[2]))
    name = row.get("id")
    return Record(line, None if name is None else str(name), " ".join(tokens), tuple(spans))


# ---- matching -------------------------------------------------------------------------------
class _Place(NamedTuple):
    """Where a record's text stands in the corpus, as offsets of its own characters."""

    document: int
    sentences: slice
    shift: int = 0
    characters: tuple[int, ...] | None = None
    differs: bool = False


class _Texts:
    """Finds the document, or the sentences, that a record speaks about.

    By id, if the text (where there is one) agrees; else by the text of a document; else by the
    text of a sentence. Texts are compared as they are, and then without white space. A text
    that stands in several places speaks about all of them.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._documents: dict[str, list[int]] = {}
        self._sentences: dict[str, list[int]] | None = None
        for row in range(corpus.n_documents):
            text = _squeezed(corpus.document_text(row))
            self._documents.setdefault(text, []).append(row)

    def find(self, record: Record) -> list[_Place]:
        named = self.corpus.document_rows.get(record.id) if record.id is not None else None
        if record.text is None:
            return [self._document(named)] if named is not None else []
        key = _squeezed(record.text)
        rows = self._documents.get(key, []) if key else []
        if named is not None and named in rows:
            rows = [named]
        if rows:
            return [self._document(row, record.text) for row in rows]
        found = [self._sentence(row, record.text) for row in self._by_sentence().get(key, ())]
        if not found and named is not None:
            return [self._document(named)._replace(differs=True)]
        return found

    def _by_sentence(self) -> dict[str, list[int]]:
        if self._sentences is None:
            self._sentences = {}
            for sentence in self.corpus:
                key = _squeezed(sentence.text)
                self._sentences.setdefault(key, []).append(sentence.index)
        return self._sentences

    def _document(self, row: int, text: str | None = None) -> _Place:
        sentences = slice(*self.corpus.sentence_splits[row : row + 2].tolist())
        place = _Place(row, sentences)
        ours = self.corpus.document_text(row)
        return place if text is None or text == ours else _aligned(place, text, ours)

    def _sentence(self, row: int, text: str) -> _Place:
        sentence = self.corpus[row]
        document = int(self.corpus.sentence_document[row])
        place = _Place(document, slice(row, row + 1), sentence.start)
        return place if text == sentence.text else _aligned(place, text, sentence.text)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _aligned(place: _Place, theirs: str, ours: str) -> _Place:
    """The place with a map of their characters to ours; both are equal but for white space."""
    solid = [i for i, character in enumerate(ours) if not character.isspace()]
    characters, seen = [], 0
    for character in theirs:
        characters.append(solid[seen] if seen < len(solid) else len(ours))
        seen += not character.isspace()
    return place._replace(characters=(*characters, len(ours)))


def _take(fitting: Fitting, record: Record, place: _Place) -> None:
    if place.differs:
        fitting.lose(DIFFERS, f"line {record.line}, {record.shown()}", len(record.spans))
        return
    for span in record.spans:
        start, end = span.start, span.end
        if record.text is not None and not 0 <= start < end <= len(record.text):
            start, end = -1, -1  # leaves the text: counted as such
        elif place.characters is not None and record.text is not None:
            while end > start and record.text[end - 1].isspace():
                end -= 1
            last = place.characters[end - 1] + 1
            start, end = place.characters[start], last
        surface = span.text if place.characters is None else None
        if start < 0:
            surface = None
        fitting.take(
            place.document,
            start + place.shift if start >= 0 else -1,
            end + place.shift,
            span.label,
            score=span.score,
            surface=surface,
        )
