"""agreed(): one reading of votes, where nothing is to be kept of how they are read."""

from __future__ import annotations

from weaklabel.aggregate.protocol import Aggregator
from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.tags import TagScheme
from weaklabel.text import Corpus
from weaklabel.votes import Votes


def agreed(corpus: Corpus, votes: Votes, aggregator: Aggregator | None = None) -> Votes:
    """The winning spans of votes, as votes of one source.

    Args:
        corpus: what the votes are about.
        votes: of any sources.
        aggregator: learns from these votes how to read them; the weighted vote if not given.

    >>> from weaklabel.votes import Vote
    >>> corpus = Corpus.from_texts(["acute renal failure"])
    >>> rows = [Vote(0, 1, 3, "Disease", "dictionary"), Vote(0, 0, 3, "Disease", "rule")]
    >>> agreed(corpus, Votes.of(rows, n_sentences=1)).spans(0)
    [Span(start=0, end=3, label='Disease', score=1.0, concepts=())]
    """
    reader = (aggregator or WeightedVote()).fit(corpus, votes, scheme_of(votes))
    return reader.read(corpus, votes).agreed


def scheme_of(votes: Votes) -> TagScheme:
    """Tags of the types that votes speak of."""
    return TagScheme(votes.types)
