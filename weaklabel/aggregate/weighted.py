"""Weighted vote: the spans that the weightiest sources agree on, the longest first.

Votes on boundaries alone are not read. What silence means here: a token that no winning span covers
is *outside* if an applicable source could have spoken about it, and unknown otherwise. A source all
of whose votes are on boundaries could not: its silence about types says nothing. A token for which
a losing reading is nearly as strong as the winning one keeps the tags of both readings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from weaklabel.aggregate.patterns import Cell, patterns
from weaklabel.aggregate.placement import Spans, covered, laid
from weaklabel.aggregate.protocol import Reading
from weaklabel.aggregate.winners import Candidate, Collected
from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, to_mapping
from weaklabel.ground.spans import BOUNDARIES
from weaklabel.ground.types import Bools
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes

_OUTSIDE, _UNKNOWN = 0, 1  # where a table of votes lists them


@dataclass(frozen=True)
class WeightedReader:
    """Reads votes by the weights it was given.

    Attributes:
        options: the weights.
        scheme: the tags of the labels it makes.

    >>> from weaklabel.votes import Vote
    >>> corpus = Corpus.from_texts(["acute renal failure"])
    >>> rows = [Vote(0, 1, 3, "Disease", "dictionary"), Vote(0, 0, 3, "Disease", "rule")]
    >>> scheme = TagScheme(("Disease",), TagStyle.BIO)
    >>> votes = Votes.of(rows, n_sentences=1)
    >>> reading = WeightedVote().fit(corpus, votes, scheme).read(corpus, votes)
    >>> reading.agreed.spans(0)
    [Span(start=0, end=3, label='Disease', score=1.0, concepts=())]
    >>> [scheme.names[tag] for tag in reading.labels.hard_tags]
    ['B-Disease', 'I-Disease', 'I-Disease']
    """

    kind: ClassVar[str] = "weighted"
    options: WeightedVote
    scheme: TagScheme

    def read(self, corpus: Corpus, votes: Votes) -> Reading:
        """The winning spans, and the tags that they leave allowed."""
        silence = self._silence_speaks(votes)
        votes = votes.where(~_on_boundaries(votes))  # not read here
        winners, losers = Collected(votes), Collected(votes)
        for pattern in patterns(votes):
            candidates = self._candidates(pattern.cells, votes.sources)
            won = chosen(candidates)
            for each in won:
                winners.take(pattern, each)
            for each in candidates:
                if each not in won and self._stays_open(each, won):
                    losers.take(pattern, each)
        labels = self._labels(corpus, votes, winners.spans(), losers.spans(), silence)
        return Reading(winners.votes(), labels)

    def describe(self) -> dict[str, Any]:
        """Weights and tags."""
        scheme = {"types": list(self.scheme.types), "style": str(self.scheme.style)}
        return {"options": to_mapping(self.options), "scheme": scheme}

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> WeightedReader:
        """The reader that :meth:`describe` tells of.

        Raises:
            ConfigError: for an unknown option or a wrong value.
        """
        scheme = TagScheme(tuple(about["scheme"]["types"]), TagStyle(about["scheme"]["style"]))
        return cls(checked(WeightedVote, about["options"]), scheme)

    def _candidates(self, cells: tuple[Cell, ...], sources: tuple[str, ...]) -> list[Candidate]:
        """Every span anyone voted for, with the weights of all who did, the first in rank first."""
        said: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for place, cell in enumerate(cells):
            said[cell.start, cell.end, cell.label].append(place)
        found = []
        for (start, end, label), places in said.items():
            weights = (self.options.weights.get(sources[cells[p].source], 1.0) for p in places)
            strength = sum(w * cells[p].score for w, p in zip(weights, places, strict=True))
            if strength >= self.options.min_strength:
                entry = next((p for p in places if cells[p].has_entry), -1)
                found.append(Candidate(start, end, label, strength, tuple(places), entry))
        return sorted(found, key=_rank)

    def _stays_open(self, loser: Candidate, winners: list[Candidate]) -> bool:
        """Whether a losing reading of a winner's very tokens is nearly as strong."""
        if loser.label in (_OUTSIDE, _UNKNOWN):
            return False
        rivals = [w for w in winners if w.start < loser.end and loser.start < w.end]
        return bool(rivals) and all(
            (w.start, w.end) == (loser.start, loser.end)
            and w.label != _OUTSIDE
            and loser.strength >= self.options.open_margin * w.strength
            for w in rivals
        )

    def _labels(
        self, corpus: Corpus, votes: Votes, won: Spans, lost: Spans, silence: Bools
    ) -> Examples:
        """The tags that are allowed, token by token."""
        of_scheme = np.array([label in self.scheme.types for label in votes.labels])
        outside = np.repeat(silence, corpus.lengths)
        outside[covered(corpus, won)] = False
        outside[covered(corpus, won.where(won.label == _OUTSIDE))] = True
        named = laid(corpus, won.where(of_scheme[won.label]), votes.labels, self.scheme)
        beside = laid(corpus, lost.where(of_scheme[lost.label]), votes.labels, self.scheme)
        kept = np.isin(beside.token, named.token)
        silent = np.flatnonzero(outside)
        token = np.concatenate([named.token, beside.token[kept], silent])
        tag = np.concatenate([named.tag, beside.tag[kept], np.zeros(len(silent), np.int64)])
        return Examples.of(self.scheme, corpus.token_splits, token, tag, provenance="weighted vote")

    def _silence_speaks(self, votes: Votes) -> Bools:
        """``(S,)``: sentences in which silence was a statement of some applicable source."""
        asked = np.zeros(votes.n_sentences, np.bool_)
        aside = _of_boundaries_alone(votes)
        for name in votes.sources:
            if name not in aside:
                asked |= votes.is_applicable(name)
        return asked & self.options.decide_silence


@dataclass(frozen=True)
class WeightedVote:
    """The spans that the weightiest sources agree on, the longest first. Learns nothing.

    Attributes:
        weights: weight of a source's vote; a source that is not listed weighs 1.
        open_margin: a losing reading keeps its tags allowed where its strength is at least this
            share of the winner's; above 1, no reading is left open.
        min_strength: a span needs this total weight to be taken at all.
        decide_silence: whether a token nobody voted for is outside; false leaves it unknown.
    """

    kind: ClassVar[str] = "weighted"
    learnt: ClassVar[type] = WeightedReader
    weights: Mapping[str, float] = field(default_factory=dict)
    open_margin: float = 0.8
    min_strength: float = 0.5
    decide_silence: bool = True

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if weight < 0:
                raise ConfigError(f"aggregator.weights.{name} must not be negative, got {weight}")

    def fit(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> WeightedReader:
        """The reader with these weights."""
        return WeightedReader(self, scheme)


def _on_boundaries(votes: Votes) -> Bools:
    """``(V,)``: votes on boundaries alone."""
    mine = [votes.labels.index(label) for label in BOUNDARIES if label in votes.labels]
    return np.isin(votes.label, mine)


def _of_boundaries_alone(votes: Votes) -> set[str]:
    """The sources that voted, and on nothing but boundaries."""
    aside = _on_boundaries(votes)
    spoke, named = np.unique(votes.source[aside]), np.unique(votes.source[~aside])
    return {votes.sources[code] for code in np.setdiff1d(spoke, named).tolist()}


def _rank(c: Candidate) -> tuple[float, ...]:
    """Longer first; of one length OUTSIDE (a veto) at any strength, then stronger, then earlier."""
    return (c.start - c.end, c.label != _OUTSIDE, -c.strength, c.start)


def chosen(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates that win: in order of rank, each that overlaps none before it."""
    winners: list[Candidate] = []
    for c in candidates:
        if all(c.end <= w.start or w.end <= c.start for w in winners):
            winners.append(c)
    return winners
