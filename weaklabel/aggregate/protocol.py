"""What an aggregator is: it learns once how to read votes; its reader then reads any of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes

WINNER = "vote"
"""The source name of agreed votes."""


class Reading(NamedTuple):
    """One reading of many votes.

    Attributes:
        agreed: the winning spans, which do not overlap, as votes of one source called "vote", each
            with its entry and concept ids: what a tagger sees.
        labels: what a tagger learns from, made in the same pass.
    """

    agreed: Votes
    labels: Examples


class Reader(Protocol):
    """Reads votes on any corpus as it has learnt to. Frozen; saved with the model."""

    @property
    def kind(self) -> str:
        """That of the aggregator that made it."""
        ...

    def read(self, corpus: Corpus, votes: Votes) -> Reading:
        """One reading of votes.

        Args:
            corpus: the text the votes are about; not the one it learnt from, as a rule.
            votes: of the sources it learnt to read.
        """
        ...

    def describe(self) -> Mapping[str, Any]:
        """All it knows, as plain JSON values; ``from_description`` of its class is the inverse."""
        ...


class Aggregator(Protocol):
    """Learns how far each source is to be trusted. A frozen dataclass that is its options."""

    @property
    def kind(self) -> str:
        """How it is chosen."""
        ...

    def fit(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> Reader:
        """Learn from votes on the training corpus.

        Args:
            corpus: the training corpus; no annotation is seen.
            votes: what the sources said of it.
            scheme: the tags of the labels to be made.
        """
        ...
