"""Weighted vote: the spans that the weightiest sources agree on, the longest first.

What silence means here, and it is the only place that decides it: a token that no winning span
covers is *outside* if an applicable source could have spoken about it, and unknown otherwise
(another aggregator may leave it open). A token for which a losing reading is nearly as strong as
the winning one is left with the tags of both readings allowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from weaklabel.errors import ConfigError
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

WINNER = "vote"
"""The source name of resolved votes."""


@dataclass(frozen=True)
class VoteSettings:
    """How votes weigh.

    Attributes:
        weights: weight of a source's vote; a source that is not listed weighs 1.
        open_margin: a losing reading keeps its tags allowed where its strength is at least this
            share of the winner's; above 1, no reading is left open.
        min_strength: a span needs this total weight to be taken at all.
        decide_silence: whether a token nobody voted for is outside; false leaves it unknown.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    open_margin: float = 0.8
    min_strength: float = 0.5
    decide_silence: bool = True

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if weight < 0:
                raise ConfigError(f"aggregation.weights.{name} must not be negative, got {weight}")


class Reading(NamedTuple):
    """A candidate span of one sentence with all that was said for it."""

    start: int
    end: int
    label: str
    strength: float
    entry: str
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class WeightedVote:
    """Aggregates votes by weight; see the module."""

    settings: VoteSettings = field(default_factory=VoteSettings)

    def resolve(self, corpus: Corpus, votes: Votes) -> Votes:
        """The winning spans: no two overlap; OUTSIDE winners are left out."""
        rows = []
        for sentence in range(len(corpus)):
            for r in chosen(self._readings(votes, sentence)):
                if r.label not in (OUTSIDE, UNKNOWN):
                    rows.append(
                        Vote(
                            sentence,
                            r.start,
                            r.end,
                            r.label,
                            WINNER,
                            r.strength,
                            r.entry,
                            r.concepts,
                        )
                    )
        return Votes.of(rows, n_sentences=len(corpus), sources=[WINNER], types=votes.labels)

    def __call__(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> Examples:
        """Allowed tags for every token."""
        outside = np.uint64(1)
        everything = np.uint64(2 ** len(scheme) - 1)
        allowed = np.full(corpus.n_tokens, outside)
        known = np.repeat(self._spoken_about(votes), corpus.lengths)
        for sentence in range(len(corpus)):
            base = int(corpus.token_splits[sentence])
            readings = self._readings(votes, sentence)
            winners = chosen(readings)
            for r in winners:
                _lay(allowed, known, base, r, scheme, everything)
            for loser in readings:
                if loser not in winners and self._stays_open(loser, winners):
                    _open(allowed, known, base, loser, scheme)
        bits = np.uint64(1) << np.arange(len(scheme), dtype=np.uint64)
        token, tag = np.nonzero(((allowed[:, None] & bits) != 0) & known[:, None])
        return Examples.of(scheme, corpus.token_splits, token, tag, provenance="weighted vote")

    def _spoken_about(self, votes: Votes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """``(S,)``: sentences in which silence was a statement of some applicable source."""
        asked = np.zeros(votes.n_sentences, np.bool_)
        for name in votes.sources:
            asked |= votes.is_applicable(name)
        return asked & self.settings.decide_silence

    def _readings(self, votes: Votes, sentence: int) -> list[Reading]:
        """Every span anyone voted for, with the weights of all who did, strongest first."""
        a, b = votes.sentence_splits[sentence : sentence + 2]
        said: dict[tuple[int, int, str], list[Vote]] = defaultdict(list)
        for i in range(a, b):
            vote = votes.row(i)
            said[vote.start, vote.end, vote.label].append(vote)
        readings = []
        for (start, end, label), group in said.items():
            strength = sum(self.settings.weights.get(v.source, 1.0) * v.score for v in group)
            if strength < self.settings.min_strength:
                continue
            concepts = tuple(dict.fromkeys(c for v in group for c in v.concepts))
            entry = next((v.entry for v in group if v.entry), "")
            readings.append(Reading(start, end, label, strength, entry, concepts))
        return sorted(readings, key=_rank)

    def _stays_open(self, loser: Reading, winners: list[Reading]) -> bool:
        """Whether a losing reading of a winner's very tokens is nearly as strong."""
        if loser.label in (OUTSIDE, UNKNOWN):
            return False
        rivals = [w for w in winners if w.start < loser.end and loser.start < w.end]
        return bool(rivals) and all(
            (w.start, w.end) == (loser.start, loser.end)
            and w.label != OUTSIDE
            and loser.strength >= self.settings.open_margin * w.strength
            for w in rivals
        )


def _rank(r: Reading) -> tuple[float, ...]:
    """Longer before shorter, then stronger, then OUTSIDE (a veto) before a type, then earlier."""
    return (r.start - r.end, r.label != OUTSIDE, -r.strength, r.start)


def chosen(readings: list[Reading]) -> list[Reading]:
    """The readings that win: in order of rank, each that overlaps none before it.

    >>> a, b = Reading(0, 2, "D", 1, "", ()), Reading(1, 2, "C", 3, "", ())
    >>> [r.label for r in chosen(sorted([b, a], key=_rank))]
    ['D']
    """
    winners: list[Reading] = []
    for r in readings:
        if all(r.end <= w.start or w.end <= r.start for w in winners):
            winners.append(r)
    return sorted(winners)


def _lay(
    allowed: np.ndarray[tuple[int], np.dtype[np.uint64]],
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    base: int,
    r: Reading,
    scheme: TagScheme,
    everything: np.uint64,
) -> None:
    span = slice(base + r.start, base + r.end)
    if r.label == UNKNOWN or (r.label != OUTSIDE and r.label not in scheme.types):
        allowed[span], known[span] = everything, False
        return
    known[span] = True
    if r.label == OUTSIDE:
        allowed[span] = np.uint64(1)
        return
    tags = scheme.span_tags(r.end - r.start, r.label)
    allowed[span] = np.uint64(1) << np.array(tags, np.uint64)


def _open(
    allowed: np.ndarray[tuple[int], np.dtype[np.uint64]],
    known: np.ndarray[tuple[int], np.dtype[np.bool_]],
    base: int,
    r: Reading,
    scheme: TagScheme,
) -> None:
    if r.label not in scheme.types:
        return
    tags = np.array(scheme.span_tags(r.end - r.start, r.label), np.uint64)
    span = slice(base + r.start, base + r.end)
    allowed[span] |= np.where(known[span], np.uint64(1) << tags, np.uint64(0))
