"""Span, Sentence, Document: a stretch of tokens with a type, and the views it is found in."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final, NamedTuple

from weaklabel.errors import SpanError
from weaklabel.ground.segment import Offsets

OUTSIDE: Final = "O"
"""What a source says of tokens that are *not* part of an entity."""
UNKNOWN: Final = "?"
"""What a source says of an entity whose type it cannot name. Silence is abstention."""
TOGETHER: Final = "+"
"""What a source says of neighbouring tokens that are one mention or none: no boundary lies between
them, as inside a hyphened word. Evidence without a type; a reader may ignore it."""
APART: Final = "|"
"""What a source says of neighbouring tokens that are not of one mention, as before a possessive."""
BOUNDARIES: Final = (TOGETHER, APART)
"""Labels that speak of boundaries alone."""
NO_TYPES: Final = (OUTSIDE, UNKNOWN, *BOUNDARIES)
"""Labels that name no type."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled run of tokens of one sentence, half-open: ``start <= i < end``.

    Attributes:
        start, end: half-open token range within the sentence.
        label: its type.
        score: how sure the source is, 0 to 1; ``None`` for certain.
        concepts: concept ids.
        widened: the characters it was made of cut a token; it is the whole tokens they touch.

    Raises:
        SpanError: unless ``0 <= start < end``.

    >>> span = Span(1, 3, "Disease")
    >>> ["Severe", "acute", "hepatitis", "."][span.start : span.end]
    ['acute', 'hepatitis']
    """

    start: int
    end: int
    label: str
    score: float | None = field(default=None, compare=False)
    concepts: tuple[str, ...] = field(default=(), compare=False)
    widened: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise SpanError(
                f"a span needs 0 <= start < end, got start={self.start}, end={self.end} "
                f"({self.label!r})"
            )


class Touched(NamedTuple):
    """The tokens that a stretch of characters touches, half-open; empty if ``start == end``.

    Attributes:
        start, end: the tokens.
        cut: whether the stretch begins or ends inside a token.
    """

    start: int
    end: int
    cut: bool


def touched(offsets: Sequence[Offsets], first: int, last: int) -> Touched:
    """The tokens that the characters ``first`` to ``last`` touch.

    Args:
        offsets: of tokens, in order.
        first: character, counted as the offsets are.
        last: one past the last character.

    >>> touched([(0, 4), (5, 7), (7, 8)], 2, 7)
    Touched(start=0, end=2, cut=True)
    """
    start = bisect_right(offsets, first, key=lambda token: token[1])
    end = bisect_left(offsets, last, key=lambda token: token[0])
    if start >= end or first >= last:
        return Touched(start, start, False)
    return Touched(start, end, first > offsets[start][0] or last < offsets[end - 1][1])


class Found(NamedTuple):
    """A match of a regular expression in a sentence, in tokens."""

    sentence: Sentence
    match: re.Match[str]

    def span_as(self, label: str) -> Span:
        """The tokens the match touches, as a span; one that cuts a token takes it whole.

        Raises:
            SpanError: if the match touches no token (it is empty or only white space).
        """
        first, last = (at + self.sentence.start for at in self.match.span())
        start, end, cut = touched(self.sentence.offsets, first, last)
        if start == end:
            raise SpanError(f"{self.match.re.pattern!r} matched no token in {self.sentence.text!r}")
        return Span(start, end, label, widened=cut)


class Placed(NamedTuple):
    """A span and the sentence it lies in: what a source of documents yields.

    Attributes:
        sentence: row of the sentence in the corpus.
        span: tokens of that sentence.
    """

    sentence: int
    span: Span


class FoundInDocument(NamedTuple):
    """A match of a regular expression in a document, in tokens."""

    document: Document
    match: re.Match[str]

    def span_as(self, label: str) -> Placed:
        """The tokens the match touches, as a span of the sentence it begins in.

        A match that runs on into the next sentence gives a span that is longer than its
        sentence; where sources are applied it is left out and counted.

        Raises:
            SpanError: if the match touches no token (it is empty or only white space).
        """
        first, last = self.match.span()
        rows = self.document.sentences
        at = bisect_right(rows, first, key=lambda sentence: sentence.end)
        tokens = [offsets for s in rows[at:] if s.start < last for offsets in s.offsets]
        start, end, cut = touched(tokens, first, last)
        if start == end:
            raise SpanError(
                f"{self.match.re.pattern!r} matched no token at character {first} of document "
                f"{self.document.id!r}"
            )
        return Placed(rows[at].index, Span(start, end, label, widened=cut))


def _compiled(pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    """A pattern that is compiled, by :mod:`re` or by a package like it, stays as it is."""
    return re.compile(pattern) if isinstance(pattern, str) else pattern


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a corpus: a view, made when asked for.

    Attributes:
        document_id: the document it is from.
        index: its row in the corpus.
        document_text: the text its offsets point into.
        offsets: character offsets of its tokens, into the document's text.

    >>> from weaklabel.text import Corpus
    >>> sentence = Corpus.from_texts(["So. Aspirin helps."])[1]
    >>> sentence.words, sentence.offsets[0], sentence.text
    (['Aspirin', 'helps', '.'], (4, 11), 'Aspirin helps.')
    >>> sentence.surface(Span(0, 2, "?"))
    'Aspirin helps'
    """

    document_id: str
    index: int
    document_text: str = field(repr=False)
    offsets: tuple[Offsets, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.offsets)

    @property
    def start(self) -> int:
        """Character at which the first token starts."""
        return self.offsets[0][0] if self.offsets else 0

    @property
    def end(self) -> int:
        """Character after the last token."""
        return self.offsets[-1][1] if self.offsets else 0

    @property
    def text(self) -> str:
        """The sentence as it stands in the document."""
        return self.document_text[self.start : self.end]

    @property
    def words(self) -> list[str]:
        """Its tokens, as strings."""
        return [self.document_text[start:end] for start, end in self.offsets]

    def finditer(self, pattern: str | re.Pattern[str]) -> Iterator[Found]:
        r"""Matches of a regular expression in the sentence's text.

        >>> from weaklabel.text import Corpus
        >>> sentence = Corpus.from_texts(["We gave 5 mg/kg daily."])[0]
        >>> [m.span_as("Dose") for m in sentence.finditer(r"\d+\s?mg/kg")]
        [Span(start=2, end=6, label='Dose', score=None, concepts=())]
        """
        return (Found(self, m) for m in _compiled(pattern).finditer(self.text))

    def surface(self, span: Span) -> str:
        """The text a span covers.

        Raises:
            SpanError: if the span does not fit the sentence.
        """
        if span.end > len(self):
            raise SpanError(
                f"{span} does not fit a sentence of {len(self)} tokens: {self.text[:80]!r}"
            )
        return self.document_text[self.offsets[span.start][0] : self.offsets[span.end - 1][1]]

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)} <small>{escape(self.document_id)}</small></p>"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus: a view, made when asked for.

    Attributes:
        id: its id.
        text: as it was read; offsets point into it.
        sentences: its sentences, in order; none if it holds no token.

    A function that labels documents is given one:

    >>> import weaklabel as wl
    >>> @wl.source(per="document")
    ... def repeated(document):
    ...     if len(document.sentences) > 1:
    ...         yield from (m.span_as("Disease") for m in document.finditer("colic"))
    >>> wl.apply_sources(wl.Corpus.from_texts(["He had colic. No more colic."]), [repeated])
    <Votes: 2 on 2 sentences, by repeated>
    """

    id: str
    text: str = field(repr=False)
    sentences: tuple[Sentence, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.sentences)

    def finditer(self, pattern: str | re.Pattern[str]) -> Iterator[FoundInDocument]:
        r"""Matches of a regular expression in the document's text.

        >>> sentence = Sentence("d", 7, "Dose: 5 mg", ((0, 4), (4, 5), (6, 7), (8, 10)))
        >>> document = Document("d", sentence.document_text, (sentence,))
        >>> [m.span_as("Dose") for m in document.finditer(r"\d+ mg")]
        [Placed(sentence=7, span=Span(start=2, end=4, label='Dose', score=None, concepts=()))]
        """
        return (FoundInDocument(self, m) for m in _compiled(pattern).finditer(self.text))


def checked_offsets(
    document_id: str, text: str, tokens: Sequence[Sequence[Offsets]]
) -> list[Sequence[Offsets]]:
    """The tokens of a document's sentences, those of no token left out.

    Raises:
        SpanError: if a token is empty, out of order, or leaves the text.
    """
    before = 0
    for start, end in (offsets for row in tokens for offsets in row):
        if not before <= start < end <= len(text):
            raise SpanError(
                f"document {document_id!r}: token {start}-{end} is empty, out of order, or "
                f"leaves a text of {len(text)} characters"
            )
        before = end
    return [row for row in tokens if row]
