"""Span, Sentence: a stretch of tokens with a type, and the view of one sentence it lies in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final, NamedTuple

from weaklabel.errors import SpanError
from weaklabel.segment import Offsets

OUTSIDE: Final = "O"
"""What a source says of tokens that are *not* part of an entity."""
UNKNOWN: Final = "?"
"""What a source says of an entity whose type it cannot name. Silence is abstention."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled run of tokens of one sentence, half-open: ``start <= i < end``.

    Raises:
        SpanError: unless ``0 <= start < end``.
    """

    start: int
    end: int
    label: str
    score: float | None = field(default=None, compare=False)
    concepts: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise SpanError(
                f"a span needs 0 <= start < end, got start={self.start}, end={self.end} "
                f"({self.label!r})"
            )


class Found(NamedTuple):
    """A match of a regular expression in a sentence, in tokens."""

    sentence: Sentence
    match: re.Match[str]

    def span_as(self, label: str) -> Span:
        """The tokens the match touches, as a span.

        Raises:
            SpanError: if the match touches no token (it is empty or only white space).
        """
        first, last = self.match.span()
        base = self.sentence.start
        touched = [
            i
            for i, (start, end) in enumerate(self.sentence.offsets)
            if start - base < last and first < end - base
        ]
        if not touched:
            raise SpanError(f"{self.match.re.pattern!r} matched no token in {self.sentence.text!r}")
        return Span(touched[0], touched[-1] + 1, label)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a corpus: a view, made when asked for.

    Attributes:
        document_id: the document it is from.
        index: its row in the corpus.
        document_text: the text its offsets point into.
        offsets: character offsets of its tokens, into the document's text.
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
        return (Found(self, m) for m in re.finditer(pattern, self.text))

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
