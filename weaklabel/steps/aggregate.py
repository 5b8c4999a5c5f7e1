"""The second step: learn to read the votes, and read them."""

from __future__ import annotations

from typing import NamedTuple

from weaklabel.aggregate import Aggregator, Reader
from weaklabel.keeping.folder import RunFolder
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes


class Aggregated(NamedTuple):
    """How votes are read, and what was read: winners for the tagger to see, labels to learn."""

    reader: Reader
    agreed: Votes
    labels: Examples


def aggregate(
    here: RunFolder, *, corpus: Corpus, votes: Votes, aggregator: Aggregator, scheme: TagScheme
) -> Aggregated:
    """Learn to read the votes, and read them."""
    reader = aggregator.fit(corpus, votes, scheme)
    return Aggregated(reader, *reader.read(corpus, votes))
