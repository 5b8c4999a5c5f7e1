"""Distinct patterns of overlapping votes: what many sentences have in common is decided once.

Votes that overlap, directly or through others, form a *cluster*; what is decided of one cluster
depends on no other. Clusters whose votes lie alike (same widths and distances, labels, sources and
scores) have one *pattern*, and a large corpus has few of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from weaklabel.ground.types import Ints, Longs
from weaklabel.votes import Votes


class Cell(NamedTuple):
    """One vote of a pattern; ``start`` and ``end`` count tokens from the pattern's first one."""

    start: int
    end: int
    label: int
    source: int
    score: float
    has_entry: bool


class Pattern(NamedTuple):
    """A pattern and its clusters.

    Attributes:
        cells: the votes, by start.
        first: ``(C,)`` row of the first vote of each cluster; the others follow it.
    """

    cells: tuple[Cell, ...]
    first: Longs


def cluster_splits(votes: Votes) -> Longs:
    """Row splits, clusters → votes.

    >>> from weaklabel.votes import Vote
    >>> rows = [Vote(0, 0, 2, "X", "s"), Vote(0, 1, 3, "X", "t"), Vote(0, 3, 4, "X", "s")]
    >>> cluster_splits(Votes.of(rows, n_sentences=1)).tolist()
    [0, 2, 3]
    """
    if not len(votes):
        return np.zeros(1, np.int64)
    width = int(votes.end.max()) + 1
    base = votes.sentence.astype(np.int64) * width
    reach = np.maximum.accumulate(base + votes.end)
    begins = np.flatnonzero((base + votes.start)[1:] >= reach[:-1]) + 1
    splits: Longs = np.concatenate([[0], begins, [len(votes)]]).astype(np.int64)
    return splits


def patterns(votes: Votes) -> Iterator[Pattern]:
    """The distinct patterns of some votes, each with its clusters."""
    splits = cluster_splits(votes)
    sizes = np.diff(splits)
    for size in np.unique(sizes).tolist():
        first = splits[:-1][sizes == size]
        rows = first[:, None] + np.arange(size)
        columns = (
            votes.start[rows] - votes.start[first][:, None],
            votes.end[rows] - votes.start[first][:, None],
            votes.label[rows],
            votes.source[rows],
            votes.score[rows].view(np.int32),
            (votes.entry[rows] >= 0).astype(np.int32),
        )
        keys = np.stack(columns, 2).reshape(len(first), -1)
        distinct, which = np.unique(keys, axis=0, return_inverse=True)
        order = np.argsort(which, kind="stable")
        ends = np.cumsum(np.bincount(which.ravel(), minlength=len(distinct)))
        for key, members in zip(distinct, np.split(order, ends[:-1]), strict=True):
            yield Pattern(_cells(key.reshape(size, 6)), first[members])


def _cells(table: Ints) -> tuple[Cell, ...]:
    scores = np.ascontiguousarray(table[:, 4]).view(np.float32).tolist()
    rows = zip(table[:, :4].tolist(), scores, table[:, 5].tolist(), strict=True)
    return tuple(
        Cell(start, end, label, source, score, bool(entry))
        for (start, end, label, source), score, entry in rows
    )
