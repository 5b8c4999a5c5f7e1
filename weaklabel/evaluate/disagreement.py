"""disagreements(): the sentences in which sources contradict each other most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from weaklabel.agreement import disputes, meetings
from weaklabel.ground.spans import APART, TOGETHER
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus, Sentence, Span
from weaklabel.votes import Vote, Votes

Said = tuple[str, str, str]

_WORDS = {OUTSIDE: "no entity", UNKNOWN: "some type", TOGETHER: "together", APART: "apart"}

LOOKED_AT = 40
"""Sentences looked at for each one that is shown."""


def disagreements(corpus: Corpus, votes: Votes, *, most: int = 5) -> list[dict[str, Any]]:
    """Sentences where sources disagree most, and what each of them reads there.

    Sentences come by the number of pairs of votes that contradict each other (another label or
    other boundaries), but one that only repeats disputes shown before waits until there are no
    others: the same two readings of "heart failure" are one thing to mend, however often.

    Args:
        corpus: what was voted on.
        votes: what the sources said of it.
        most: sentences returned at most.

    Returns:
        ``document`` (its id), ``sentence`` (row of the corpus), ``text``, ``disputes`` (pairs),
        and ``readings``: ``[source, [(start, end, label), …]]`` of every source in the dispute,
        the disputed spans only, in characters of ``text``.
    """
    counts = disputes(votes)
    busy = np.flatnonzero(counts)
    ranked = busy[np.argsort(-counts[busy], kind="stable")][: max(0, most) * LOOKED_AT]
    if not len(ranked):
        return []
    few = votes.where(np.isin(votes.sentence, ranked))
    pairs = _contradictions(few)
    chosen: list[int] = []
    told: set[frozenset[Said]] = set()
    for at in ranked.tolist():
        said = {i: _said(corpus[at], few.row(i)) for pair in pairs[at] for i in pair}
        fresh = {frozenset((said[i], said[j])) for i, j in pairs[at]} - told
        if fresh and len(chosen) < most:
            chosen.append(at)
            told |= fresh
    chosen += [at for at in ranked.tolist() if at not in chosen][: most - len(chosen)]
    return [
        {
            "document": corpus[at].document_id,
            "sentence": at,
            "text": corpus[at].text,
            "disputes": int(counts[at]),
            "readings": _readings(corpus[at], few, {i for pair in pairs[at] for i in pair}),
        }
        for at in chosen
    ]


def in_words(label: str) -> str:
    """A vote's label for people.

    >>> in_words("O"), in_words("Disease")
    ('no entity', 'Disease')
    """
    return _WORDS.get(label, label)


def _contradictions(votes: Votes) -> dict[int, list[tuple[int, int]]]:
    """Sentence → the pairs of rows that contradict each other in it."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for met in meetings(votes):
        apart = ~met.agree
        for i, j in zip(met.one[apart].tolist(), met.other[apart].tolist(), strict=True):
            found[int(votes.sentence[i])].append((i, j))
    return found


def _said(sentence: Sentence, row: Vote) -> Said:
    """A vote, wherever it stands: who said what of which words."""
    return row.source, sentence.surface(Span(*row[1:4])).casefold(), row.label


def _readings(sentence: Sentence, votes: Votes, rows: Iterable[int]) -> list[list[Any]]:
    spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for row in map(votes.row, sorted(rows)):
        start = sentence.offsets[row.start][0] - sentence.start
        end = sentence.offsets[row.end - 1][1] - sentence.start
        spans[row.source].append((start, end, row.label))
    return [[name, spans[name]] for name in votes.sources if name in spans]
