"""The weighted vote, sentence by sentence and token by token: the oracle of the fast one."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.ground.spans import APART, TOGETHER
from weaklabel.tags import TagScheme
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes


class SlowReading(NamedTuple):
    start: int
    end: int
    label: str
    strength: float
    entry: str
    concepts: tuple[str, ...]


def readings_of(options: WeightedVote, votes: Votes, sentence: int) -> list[SlowReading]:
    a, b = votes.sentence_splits[sentence : sentence + 2]
    said: dict[tuple[int, int, str], list[Vote]] = defaultdict(list)
    for i in range(a, b):
        vote = votes.row(i)
        if vote.label in (TOGETHER, APART):
            continue
        said[vote.start, vote.end, vote.label].append(vote)
    found = []
    for (start, end, label), group in said.items():
        strength = sum(options.weights.get(v.source, 1.0) * v.score for v in group)
        if strength >= options.min_strength:
            concepts = tuple(dict.fromkeys(c for v in group for c in v.concepts))
            entry = next((v.entry for v in group if v.entry), "")
            found.append(SlowReading(start, end, label, strength, entry, concepts))
    return sorted(found, key=lambda r: (r.start - r.end, r.label != OUTSIDE, -r.strength, r.start))


def winners_of(readings: list[SlowReading]) -> list[SlowReading]:
    winners: list[SlowReading] = []
    for r in readings:
        if all(r.end <= w.start or w.end <= r.start for w in winners):
            winners.append(r)
    return winners


def slow_agreed(options: WeightedVote, votes: Votes) -> Votes:
    rows = [
        Vote(s, r.start, r.end, r.label, "vote", r.strength, r.entry, r.concepts)
        for s in range(votes.n_sentences)
        for r in winners_of(readings_of(options, votes, s))
        if r.label not in (OUTSIDE, UNKNOWN)
    ]
    return Votes.of(rows, n_sentences=votes.n_sentences, sources=["vote"], types=votes.labels)


def speaks_of_types(votes: Votes, source: str) -> bool:
    """Whether silence of a source says something: not if it votes on boundaries and no more."""
    said = {row.label for row in votes.rows() if row.source == source}
    return not said or bool(said - {TOGETHER, APART})


def slow_allowed(
    options: WeightedVote, corpus: Corpus, votes: Votes, scheme: TagScheme
) -> list[set[int]]:
    """The allowed tags of each token, empty where nothing is known."""
    allowed: list[set[int]] = []
    heard = [name for name in votes.sources if speaks_of_types(votes, name)]
    for s in range(len(corpus)):
        asked = any(votes.is_applicable(name)[s] for name in heard)
        tokens = [{0} if asked and options.decide_silence else set() for _ in corpus[s].words]
        readings = readings_of(options, votes, s)
        winners = winners_of(readings)
        for r in winners:
            tags = []
            if r.label in scheme.types:
                tags = scheme.span_tags(r.end - r.start, r.label)
            for i in range(r.start, r.end):
                tokens[i] = {0} if r.label == OUTSIDE else set()
                if tags:
                    tokens[i] = {tags[i - r.start]}
        for r in readings:
            rivals = [w for w in winners if w.start < r.end and r.start < w.end]
            stays = all(
                (w.start, w.end) == (r.start, r.end)
                and w.label != OUTSIDE
                and r.strength >= options.open_margin * w.strength
                for w in rivals
            )
            if r in winners or r.label not in scheme.types or not rivals or not stays:
                continue
            for i, tag in zip(
                range(r.start, r.end), scheme.span_tags(r.end - r.start, r.label), strict=True
            ):
                if tokens[i]:
                    tokens[i].add(tag)
        allowed += tokens
    return allowed


def rows_of(votes: Votes) -> list[tuple[object, ...]]:
    return [
        (v.sentence, v.start, v.end, v.label, np.float32(v.score), v.entry, v.concepts)
        for v in votes.rows()
    ]
