"""What a format is, and what reading a file gives: documents, spans, problems and notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

from weaklabel.errors import DataError, FormatError
from weaklabel.ground.segment import Offsets
from weaklabel.text import Annotation, Annotations, Corpus, CorpusBuilder, Gold


class Problem(NamedTuple):
    """An annotation that was left out.

    >>> print(Problem("dev.pubtator", 40, "8808605", "the span 9-9 is empty"))
    dev.pubtator:40 (document 8808605): the span 9-9 is empty
    """

    path: str
    line: int
    document: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} (document {self.document}): {self.message}"


@dataclass(frozen=True)
class Reading:
    """A file that was read.

    Attributes:
        gold: its corpus and annotations (none where the file has none).
        format: the name of the format it was read as.
        problems: annotations that were left out, one by one.
        notes: what was recognised, assumed or ignored, a sentence each.
    """

    gold: Gold
    format: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


class Mention(NamedTuple):
    """A typed character span of one document."""

    start: int
    end: int
    label: str
    concepts: tuple[str, ...] = ()
    score: float | None = None


@dataclass
class Document:
    """A document as a format's reader finds it; handed to :meth:`Collector.add`.

    Attributes:
        id: unique in the corpus.
        text: kept as it is.
        line: where it starts in its file, for messages.
        title: the character at which the title ends, -1 without one.
        tokens: offsets of each sentence's tokens, where the file brings its own.
        mentions: its annotations.
        problems: annotations left out, as (line, message).
    """

    id: str
    text: str
    line: int
    title: int = -1
    tokens: Sequence[Sequence[Offsets]] | None = None
    mentions: list[Mention] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def mention(self, line: int, mention: Mention) -> None:
        """Add an annotation; one that leaves the text becomes a problem."""
        start, end = mention.start, mention.end
        if 0 <= start < end <= len(self.text):
            self.mentions.append(mention)
        elif start >= end:
            self.problems.append((line, f"the span {start}-{end} is empty or negative"))
        else:
            length = len(self.text)
            self.problems.append(
                (line, f"the span {start}-{end} leaves a text of {length} characters")
            )


class Collector:
    """Takes documents from readers, keeps ids unique, and makes a :class:`Reading` of them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._builder = CorpusBuilder()
        self._rows: list[Annotation] = []
        self._problems: list[Problem] = []
        self._seen: dict[str, tuple[Path, Document]] = {}
        self._repeated = 0
        self._own_tokens = False

    def __len__(self) -> int:
        return len(self._builder)

    def add(self, path: Path, document: Document) -> None:
        """Add a document; one that was added before, equal in all, is counted and skipped.

        Raises:
            FormatError: if the id was used for another text or other annotations, if tokens do
                not fit the text, or if the text cannot be stored as UTF-8.
        """
        earlier = self._seen.get(document.id)
        if earlier is not None:
            self._refuse_other(path, document, *earlier)
            self._repeated += 1
            return
        row = len(self._builder)
        self._build(path, document)
        self._seen[document.id] = (path, document)
        self._rows.extend(Annotation(row, *mention) for mention in document.mentions)
        self._problems.extend(
            Problem(str(path), line, document.id, message) for line, message in document.problems
        )

    def _build(self, path: Path, document: Document) -> None:
        labels = {mention.label for mention in document.mentions}
        for string in (document.id, document.text, *labels):
            _refuse_surrogates(string, path, document.line)
        self._own_tokens |= document.tokens is not None
        try:
            self._builder.add(
                document.id, document.text, title=document.title, tokens=document.tokens
            )
        except DataError as error:
            raise FormatError(str(error), path=path, line=document.line) from None

    def _refuse_other(
        self, path: Path, document: Document, first_path: Path, first: Document
    ) -> None:
        same_text = document.text == first.text
        if same_text and sorted(map(repr, document.mentions)) == sorted(map(repr, first.mentions)):
            return
        where = f"{first_path}:{first.line}"
        what = "annotations" if same_text else "text"
        raise FormatError(
            f"document {document.id!r} occurs twice, with other {what} than at {where}; "
            "ids must be unique",
            path=path,
            line=document.line,
        )

    def build(self, path: Path, format: str, type_map: Mapping[str, str]) -> Reading:
        """The reading of all that was added, types renamed.

        Raises:
            FormatError: if there is no token in it: an empty corpus.
        """
        corpus = self._builder.build()
        if not corpus.n_tokens:
            raise FormatError(
                f"holds no document with text (read as {format!r}): the corpus is empty", path=path
            )
        given = {row.label for row in self._rows}
        rows = [row._replace(label=type_map.get(row.label, row.label)) for row in self._rows]
        notes = list(dict.fromkeys(self.notes))
        if self._repeated:
            notes.append(f"{_count(self._repeated, 'document')} occurred twice and was read once")
        if self._problems:
            total = len(self._rows) + len(self._problems)
            notes.append(
                f"{len(self._problems):,} of {total:,} annotations do not fit their text; "
                "they were left out"
            )
        unused = sorted(set(type_map) - given) if given else []
        if unused:
            notes.append(f"type map: no annotation has the type {', '.join(unused)}")
        if not self._own_tokens and _is_tokenised(corpus):
            notes.append("the documents look already tokenised (spaces before full stops)")
        return Reading(
            Gold(corpus, Annotations.of(rows)), format, tuple(self._problems), tuple(notes)
        )


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _refuse_surrogates(string: str, path: Path, line: int) -> None:
    if string.isascii():
        return
    try:
        string.encode()
    except UnicodeEncodeError as error:
        raise FormatError(
            f"character {error.start} of {string[:30]!r}… is half of a surrogate pair, "
            "not a character",
            path=path,
            line=line,
        ) from None


_STOPS = re.compile(r"(\s?)[.,;](?=\s)")
_SAMPLE_DOCUMENTS, _SAMPLE_STOPS = 50, 20


def _is_tokenised(corpus: Corpus) -> bool:
    spaces = [
        match.group(1) != ""
        for row in range(min(_SAMPLE_DOCUMENTS, corpus.n_documents))
        for match in _STOPS.finditer(corpus.document_text(row)[:20_000])
    ]
    return len(spaces) >= _SAMPLE_STOPS and sum(spaces) > 0.8 * len(spaces)


Writer = Callable[[TextIO, Corpus, Annotations], None]


@dataclass(frozen=True)
class Format:
    """A file format of corpora: one module, one entry in ``FORMATS``.

    Attributes:
        name: what ``--format`` calls it.
        about: one line for people who must choose.
        suffixes: of file names, lower case, the one written first.
        recognises: whether the first 64 KiB of a file look like it; checked before suffixes,
            so it must not take a file of another format for its own.
        read: read a file (path) into the collector. The third argument is the folder the
            file was found in, or None: formats that name documents by file need it.
        write: write a corpus with annotations, or None where it cannot be written.
    """

    name: str
    about: str
    suffixes: tuple[str, ...]
    recognises: Callable[[str], bool]
    read: Callable[[Path, Collector, Path | None], None]
    write: Writer | None = None
