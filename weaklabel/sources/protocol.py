"""What a source is.

A source speaks about text: it yields spans, or says nothing, which is abstention. Three shapes
fit: a plain function with ``@source``, an object with a faster ``label(corpus)``, and one that
builds on what others said (``follow(corpus, votes)``), such as abbreviations of matched names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from weaklabel.text import Corpus, Sentence
from weaklabel.votes import Votes


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

    def __call__(self, sentence: Sentence, /) -> Iterable[Any] | None:
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
