"""What a source is, and how several are applied to a corpus.

A source speaks about text: it yields spans, or says nothing, which is abstention. Three shapes
fit: a plain function with ``@source``, an object with a faster ``label(corpus)``, and one that
builds on what others said (``follow(corpus, votes)``), such as abbreviations of matched names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, overload, runtime_checkable

import numpy as np

from weaklabel.errors import SpanError, WeaklabelError
from weaklabel.text import Corpus, Sentence, Span
from weaklabel.votes import Vote, Votes, concat

log = logging.getLogger(__name__)


@runtime_checkable
class Source(Protocol):
    """Anything with a name that yields spans. Silence is abstention.

    A source must not change the sentence, may yield overlapping spans, and must yield the same
    spans each time it is asked.
    """

    @property
    def name(self) -> str:
        """How it is listed."""
        ...

    def __call__(self, sentence: Sentence) -> Iterable[Span]:
        """The spans it sees."""
        ...


@runtime_checkable
class CorpusSource(Protocol):
    """A source that labels a whole corpus at once."""

    @property
    def name(self) -> str:
        """How it is listed."""
        ...

    def label(self, corpus: Corpus) -> Votes:
        """Its votes on a corpus."""
        ...


@runtime_checkable
class FollowingSource(Protocol):
    """A source that builds on the votes of the sources before it."""

    @property
    def name(self) -> str:
        """How it is listed."""
        ...

    def follow(self, corpus: Corpus, votes: Votes) -> Votes:
        """Its votes, given the votes before it."""
        ...


AnySource = Source | CorpusSource | FollowingSource
Labeller = Callable[[Sentence], Iterable[Span]]


@dataclass(frozen=True)
class FunctionSource:
    """A labelling function with a name; made by :func:`source`.

    Attributes:
        function: takes a sentence, yields spans.
        name: how it is listed.
        types: the types it may yield; empty means any.
        applies: which sentences it could speak about; silence elsewhere is no evidence.
    """

    function: Labeller
    name: str
    types: tuple[str, ...] = ()
    applies: Callable[[Sentence], bool] | None = None

    def __call__(self, sentence: Sentence) -> Iterator[Span]:
        """The function's spans, checked.

        Raises:
            SpanError: if a span leaves the sentence, or has a type that was not announced.
            WeaklabelError: if the function fails; names it and the sentence.
        """
        try:
            for span in self.function(sentence):
                yield self._checked(span, sentence)
        except WeaklabelError:
            raise
        except Exception as error:
            raise WeaklabelError(
                f"source {self.name!r} failed on sentence {sentence.index} of document "
                f"{sentence.document_id!r}: {type(error).__name__}: {error}"
            ) from error

    def _checked(self, span: Span, sentence: Sentence) -> Span:
        if span.end > len(sentence):
            raise SpanError(
                f"source {self.name!r} returned {span} for a sentence of {len(sentence)} tokens "
                f"(document {sentence.document_id!r}). Offsets count tokens, not characters, and "
                f"`end` is one past the last token."
            )
        if self.types and span.label not in self.types:
            raise SpanError(
                f"source {self.name!r} returned the type {span.label!r}; "
                f"it announced {', '.join(self.types)}"
            )
        return span


@overload
def source(function: Labeller, /) -> FunctionSource: ...
@overload
def source(
    *,
    name: str | None = None,
    types: Sequence[str] = (),
    applies: Callable[[Sentence], bool] | None = None,
) -> Callable[[Labeller], FunctionSource]: ...
def source(
    function: Labeller | None = None,
    /,
    *,
    name: str | None = None,
    types: Sequence[str] = (),
    applies: Callable[[Sentence], bool] | None = None,
) -> FunctionSource | Callable[[Labeller], FunctionSource]:
    """Make a labelling source of a function that yields spans; bare or with options.

    >>> @source
    ... def itis(sentence):
    ...     for i, word in enumerate(sentence.words):
    ...         if word.endswith("itis"):
    ...             yield Span(i, i + 1, "Disease")
    >>> itis.name
    'itis'
    >>> [s.start for s in itis(Corpus.from_texts(["Severe hepatitis."])[0])]
    [1]
    """
    if function is not None:
        return FunctionSource(function, function.__name__)

    def named(wrapped: Labeller) -> FunctionSource:
        return FunctionSource(wrapped, name or wrapped.__name__, tuple(types), applies)

    return named


def apply_sources(corpus: Corpus, sources: Iterable[AnySource]) -> Votes:
    """Ask every source about every sentence, in order; later ones may build on earlier ones.

    >>> corpus = Corpus.from_texts(["Severe hepatitis."])
    >>> @source
    ... def itis(sentence):
    ...     return [Span(1, 2, "Disease")]
    >>> apply_sources(corpus, [itis]).spans(0)
    [Span(start=1, end=2, label='Disease', score=1.0, concepts=())]
    """
    votes = Votes.of([], n_sentences=len(corpus))
    for each in sources:
        votes = concat([votes, _ask(each, corpus, votes)])
        log.debug("source %s: %d votes so far", each.name, len(votes))
    return votes


def _ask(each: AnySource, corpus: Corpus, votes: Votes) -> Votes:
    if isinstance(each, FollowingSource):
        return each.follow(corpus, votes)
    if isinstance(each, CorpusSource):
        return each.label(corpus)
    return label_sentences(each, corpus)


def label_sentences(each: Source, corpus: Corpus) -> Votes:
    """Ask a sentence-wise source about a corpus. Each distinct surface is an entry of its own."""
    applies = getattr(each, "applies", None)
    asked = np.ones(len(corpus), np.bool_)
    rows: list[Vote] = []
    for i, sentence in enumerate(corpus):
        if applies is not None and not applies(sentence):
            asked[i] = False
            continue
        for span in each(sentence):
            score = 1.0 if span.score is None else span.score
            entry = sentence.surface(span).casefold()
            rows.append(
                Vote(i, span.start, span.end, span.label, each.name, score, entry, span.concepts)
            )
    return Votes.of(
        rows,
        n_sentences=len(corpus),
        sources=[each.name],
        types=getattr(each, "types", ()),
        applicable={} if asked.all() else {each.name: asked},
    )
