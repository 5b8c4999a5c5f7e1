"""Labels made elsewhere: trained on as they are, while the tagger still sees its sources' vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from weaklabel.aggregate.protocol import Reading
from weaklabel.aggregate.weighted import WeightedReader, WeightedVote
from weaklabel.ground.config import VALUE
from weaklabel.on_tokens import as_votes
from weaklabel.tags import TagScheme
from weaklabel.text import Annotations, Corpus
from weaklabel.votes import Votes

LABELS = "labels"
"""How given labels are listed where they are a source."""
AS_THEY_ARE = WeightedVote(min_strength=0.0, open_margin=0.0)
"""How given labels are read: none is too weak, and of two types of the same tokens both may be
right. How the *sources'* votes are weighed says nothing about them."""


@dataclass(frozen=True)
class GivenReader:
    """Reads the sources' votes by weight; of the training corpus it has the labels.

    Attributes:
        weighted: reads the sources' votes.
        corpus: fingerprint of the corpus whose labels it has.
        given: the labels, as votes; not saved with the model, which is to read other text.
    """

    kind: ClassVar[str] = "given"
    weighted: WeightedReader
    corpus: str = ""
    given: Votes | None = field(default=None, repr=False)

    def read(self, corpus: Corpus, votes: Votes) -> Reading:
        """The sources' agreed votes; labels of its own corpus, or of the vote on any other."""
        reading = self.weighted.read(corpus, votes)
        if self.given is None or corpus.fingerprint != self.corpus:
            return reading
        labels = WeightedReader(AS_THEY_ARE, self.weighted.scheme).read(corpus, self.given).labels
        return Reading(reading.agreed, labels)

    def describe(self) -> dict[str, Any]:
        """How votes are weighed."""
        return self.weighted.describe()

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> GivenReader:
        """The reader that :meth:`describe` tells of, without labels."""
        return cls(WeightedReader.from_description(about))


@dataclass(frozen=True)
class Given:
    """Labels of the training corpus that were made elsewhere, taken as they are.

    A label counts whatever its score, and what no label covers is outside; tokens labelled ``?``
    stay unknown. Of labels that overlap, the longest counts.

    Attributes:
        labels: character spans over the training corpus; ``None`` for those of the vote.
        vote: how the sources' votes are weighed for the tagger to see.
    """

    kind: ClassVar[str] = "given"
    learnt: ClassVar[type] = GivenReader
    labels: Annotations | None = field(default=None, metadata={VALUE: True})
    vote: WeightedVote = field(default_factory=WeightedVote)

    @property
    def types(self) -> tuple[str, ...]:
        """The types it can produce, whatever the sources say."""
        return () if self.labels is None else self.labels.labels

    def fit(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> GivenReader:
        """The reader that knows the labels of this corpus, and no other's."""
        weighted = self.vote.fit(corpus, votes, scheme)
        if self.labels is None:
            return GivenReader(weighted)
        scored = as_votes(corpus, self.labels, source=LABELS)
        given = replace(scored, score=np.ones_like(scored.score))
        return GivenReader(weighted, corpus.fingerprint, given)
