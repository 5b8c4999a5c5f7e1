"""Where sources speak, meet and contradict: coverage, overlap, conflict, sentence by sentence.

Two votes *meet* if they are of two sources and share a token. They *agree* if they have the same
boundaries and the same label, or one of them is UNKNOWN where the other has a type; otherwise they
contradict each other. Meetings are found by sorting votes by
sentence and start and looking each end up among the starts, in blocks, so that millions of votes
take seconds and their memory is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

from weaklabel.ground.spans import BOUNDARIES
from weaklabel.ground.types import Bools, Ints, Longs
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus

BLOCK = 1 << 21
"""Pairs held at a time; bounds memory, changes no number."""


class Table(Protocol):
    """What is read of ``V`` votes: columns that :class:`~weaklabel.votes.Votes` has."""

    @property
    def sentence(self) -> Ints:
        """``(V,)`` sentence row."""
        ...

    @property
    def start(self) -> Ints:
        """``(V,)`` first token within the sentence."""
        ...

    @property
    def end(self) -> Ints:
        """``(V,)`` one past the last token."""
        ...

    @property
    def label(self) -> Ints:
        """``(V,)`` index into ``labels``."""
        ...

    @property
    def source(self) -> Ints:
        """``(V,)`` index into ``sources``."""
        ...

    @property
    def entry(self) -> Ints:
        """``(V,)`` the thing that fired, -1 where there is none."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Types, OUTSIDE and UNKNOWN among them."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """Those who were asked."""
        ...

    @property
    def n_sentences(self) -> int:
        """Sentences of the corpus voted on."""
        ...


class Meetings(NamedTuple):
    """Pairs of votes of different sources that share a token, as rows of the table.

    Attributes:
        one, other: ``(P,)`` rows, in the order of sentence and start.
        agree: ``(P,)`` whether boundaries are equal, and no type is denied.
    """

    one: Longs
    other: Longs
    agree: Bools


def meetings(votes: Table, *, block: int = BLOCK) -> Iterator[Meetings]:
    """Every pair of votes of two sources that share a token, each once, in blocks.

    Args:
        votes: in any order; in that of sentence and start nothing has to be sorted.
        block: about so many pairs at a time.
    """
    order, starts, ends = _placed(votes)
    after = np.searchsorted(starts, ends, side="left")
    partners = after - np.arange(len(starts)) - 1  # the rows that start before this one ends
    done = np.concatenate([[0], np.cumsum(partners)])
    first = 0
    while first < len(starts):
        last = max(first + 1, int(np.searchsorted(done, done[first] + block, side="right")) - 1)
        count = partners[first:last]
        one = np.repeat(np.arange(first, last), count)
        ahead = np.arange(len(one)) - np.repeat(done[first:last] - done[first], count)
        other = one + 1 + ahead
        yield _of_two_sources(votes, order[one], order[other])
        first = last


def _placed(votes: Table) -> tuple[Longs, Longs, Longs]:
    """The order by sentence and start, and where each vote starts and ends on one long line."""
    step = np.int64(1 + (int(votes.end.max()) if len(votes.start) else 0))
    line = votes.sentence.astype(np.int64) * step
    starts, ends = line + votes.start, line + votes.end
    if (starts[1:] >= starts[:-1]).all():
        return np.arange(len(starts)), starts, ends
    order = np.argsort(starts, kind="stable")
    return order, starts[order], ends[order]


def _of_two_sources(votes: Table, one: Longs, other: Longs) -> Meetings:
    boundaries = [i for i, name in enumerate(votes.labels) if name in BOUNDARIES]
    kept = votes.source[one] != votes.source[other]
    for side in (one, other):  # what speaks of boundaries alone contradicts no type
        kept &= ~np.isin(votes.label[side], boundaries)
    one, other = one[kept], other[kept]
    agree = (votes.start[one] == votes.start[other]) & (votes.end[one] == votes.end[other])
    labels = votes.label[one], votes.label[other]
    agree &= (labels[0] == labels[1]) | _one_type(votes, *labels)
    return Meetings(one, other, agree)


def _one_type(votes: Table, one: Ints, other: Ints) -> Bools:
    """Whether one of two labels is UNKNOWN, and the other does not deny that there is a name."""
    unknown, outside = (votes.labels.index(name) for name in (UNKNOWN, OUTSIDE))
    found: Bools = (one == unknown) | (other == unknown)
    found &= (one != outside) & (other != outside)
    return found


def source_summary(votes: Table, corpus: Corpus) -> list[dict[str, float | int | str]]:
    """One row a source; see :meth:`weaklabel.votes.Votes.summary`."""
    touched, disputed = _met(votes)
    base = corpus.token_splits[:-1]
    rows: list[dict[str, float | int | str]] = []
    for code, name in enumerate(votes.sources):
        mine = np.flatnonzero(votes.source == code)
        entries, at = votes.entry[mine], base[votes.sentence[mine]]
        covered = _covered(at + votes.start[mine], at + votes.end[mine])
        rows.append(
            {
                "source": name,
                "spans": len(mine),
                "entries": len(np.unique(entries[entries >= 0])),
                "coverage": covered / max(1, corpus.n_tokens),
                "overlap": float(touched[mine].mean()) if len(mine) else 0.0,
                "conflict": float(disputed[mine].mean()) if len(mine) else 0.0,
            }
        )
    return rows


def _covered(start: Longs, end: Longs) -> int:
    """How many tokens lie in at least one of some ranges."""
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    reached = np.maximum.accumulate(end)
    new = end.copy()
    new[1:] = np.maximum(end[1:], reached[:-1])
    begun = start.copy()
    begun[1:] = np.maximum(start[1:], reached[:-1])
    return int((new - begun).sum())


def _met(votes: Table) -> tuple[Bools, Bools]:
    """For each vote: does another source touch it, and does one contradict it?"""
    touched = np.zeros(len(votes.start), np.bool_)
    disputed = np.zeros(len(votes.start), np.bool_)
    for pairs in meetings(votes):
        for rows in (pairs.one, pairs.other):
            touched[rows] = True
            disputed[rows[~pairs.agree]] = True
    return touched, disputed


def overlap_matrix(votes: Table) -> Longs:
    """How often each two sources meet, ``(sources, sources)``.

    Above the diagonal pairs of spans that agree, below it pairs that touch and contradict;
    the diagonal holds each source's spans.
    """
    n = len(votes.sources)
    matrix = np.diag(np.bincount(votes.source, minlength=n)).astype(np.int64)
    for pairs in meetings(votes):
        two = np.sort(np.stack([votes.source[pairs.one], votes.source[pairs.other]]), axis=0)
        low, high = two.astype(np.int64)
        cell = np.where(pairs.agree, low * n + high, high * n + low)
        matrix += np.bincount(cell, minlength=n * n).reshape(n, n)
    return matrix


def disputes(votes: Table) -> Longs:
    """``(S,)``: pairs of votes in each sentence that contradict each other."""
    counts = np.zeros(votes.n_sentences, np.int64)
    for pairs in meetings(votes):
        where = votes.sentence[pairs.one[~pairs.agree]]
        counts += np.bincount(where, minlength=votes.n_sentences)
    return counts
