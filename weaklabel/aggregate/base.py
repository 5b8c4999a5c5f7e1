"""What an aggregator is."""

from __future__ import annotations

from typing import Protocol

from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes


class Aggregator(Protocol):
    """Makes one reading of many votes."""

    def resolve(self, corpus: Corpus, votes: Votes) -> Votes:
        """The winning spans, which do not overlap, as votes of one source called "vote"."""
        ...

    def __call__(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> Examples:
        """Labels ready for training."""
        ...
