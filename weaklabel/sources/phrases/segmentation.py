"""The likeliest way to tile a stream with single words and phrases (Viterbi, 1967).

All runs are worked on side by side, a position at a time. Of equally likely tilings the one whose
last segments are shortest is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from weaklabel.ground.types import Doubles, Longs


def score_table(ids: Longs, scores: Sequence[Doubles]) -> Doubles:
    """``(M, L)``: the log score of the sequence that begins at each word, -inf for none.

    A single word that no table has is allowed at the score of the least likely one.

    Args:
        ids: ``(M, L)`` sequences by the word they begin at, -1 for none.
        scores: for each length ``(C_n,)`` log scores.
    """
    table = np.full(ids.shape, -np.inf)
    for n, column in enumerate(scores):
        known = ids[:, n] >= 0
        table[known, n] = column[ids[known, n]]
    single = scores[0][np.isfinite(scores[0])] if len(scores[0]) else scores[0]
    floor = float(single.min()) if len(single) else 0.0
    table[:, 0] = np.where(np.isfinite(table[:, 0]), table[:, 0], floor)
    return table


def tile(table: Doubles, runs: Longs) -> Longs:
    """``(M,)``: at each word the length of the segment that begins there, 0 inside one.

    Args:
        table: ``(M, L)`` log scores of the sequences that begin at each word.
        runs: ``(M,)`` ascending; no segment crosses from one run to the next.

    >>> table = np.array([[-2.0, -1.0], [-2.0, -9.0], [-2.0, -np.inf]])
    >>> tile(table, np.array([0, 0, 0])).tolist()
    [2, 0, 1]
    """
    total, longest = table.shape
    lengths = np.zeros(total, np.int64)
    if not total:
        return lengths
    starts = np.flatnonzero(np.diff(runs, prepend=runs[0] - 1))
    sizes = np.diff(np.append(starts, total))
    order = np.argsort(-sizes, kind="stable")
    starts, sizes = starts[order], sizes[order]
    # Word i of run r has its score before it in slot i + r, and a run one slot more than words.
    slots = starts + order
    best = np.full(total + len(starts), -np.inf)
    back = np.zeros(len(best), np.int64)
    best[slots] = 0.0
    for t in range(int(sizes[0])):
        active = int(np.searchsorted(-sizes, -t, side="left"))
        into = slots[:active] + t + 1
        for n in range(1, min(longest, t + 1) + 1):
            through = best[into - n] + table[starts[:active] + t + 1 - n, n - 1]
            better = through > best[into]
            best[into[better]] = through[better]
            back[into[better]] = n
    at = sizes.copy()
    while (open_ := at > 0).any():
        n = back[slots[open_] + at[open_]]
        at[open_] -= n
        lengths[starts[open_] + at[open_]] = n
    return lengths


def rectified(ids: Longs, lengths: Longs, sizes: Sequence[int]) -> tuple[Doubles, ...]:
    """For each length ``(C_n,)``: how often each sequence is a segment of its own.

    Args:
        ids: ``(M, L)`` sequences by the word they begin at.
        lengths: ``(M,)`` a tiling.
        sizes: ``C_n`` of each length.
    """
    found = []
    for n, size in enumerate(sizes, 1):
        chosen = ids[lengths == n, n - 1]
        found.append(np.bincount(chosen[chosen >= 0], minlength=size).astype(np.float64))
    return tuple(found)


def log_scores(
    frequencies: Sequence[Doubles], qualities: Sequence[Doubles], penalty: float
) -> tuple[Doubles, ...]:
    """Log score of a segment: its share of its length's occurrences, its quality, its length.

    A sequence of several words that never is a segment cannot be one; a single word always can.

    Args:
        frequencies: for each length ``(C_n,)`` occurrences, rectified or raw.
        qualities: for each length ``(C_n,)`` in 0 … 1.
        penalty: taken off for each word after the first.
    """
    scores = []
    for n, (counts, quality) in enumerate(zip(frequencies, qualities, strict=True)):
        seen = np.maximum(counts, _SELDOM) if n == 0 else counts
        with np.errstate(divide="ignore"):
            share = np.log(seen) - np.log(max(float(seen.sum()), _SELDOM))
        scores.append(share + np.log(np.maximum(quality, _LEAST)) - n * penalty)
    return tuple(scores)


_SELDOM = 0.1
"""Occurrences of a single word that stands in phrases only."""
_LEAST = 1e-3
"""The least quality: a forest's "never" is not quite never."""


def length_penalty(
    rows: Sequence[Longs],
    frequencies: Sequence[Doubles],
    qualities: Sequence[Doubles],
    *,
    max_split: float,
) -> float:
    """The largest penalty that leaves known phrases whole, but for a share of them.

    Args:
        rows: each known phrase as the ``(n, L)`` ids of its own words and sequences.
        frequencies: as for :func:`log_scores`.
        qualities: as for :func:`log_scores`.
        max_split: the share of the phrases that may be split.
    """
    if not rows:
        return 0.0
    ids = np.concatenate(rows)
    runs = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    first = np.flatnonzero(np.diff(runs, prepend=-1))
    sizes = np.array([len(row) for row in rows])

    def split(penalty: float) -> float:
        lengths = tile(score_table(ids, log_scores(frequencies, qualities, penalty)), runs)
        return float((lengths[first] != sizes).mean())

    low, high = -_WIDEST, _WIDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if split(middle) <= max_split else (low, middle)
    return low


_WIDEST = 64.0
_HALVINGS = 24
