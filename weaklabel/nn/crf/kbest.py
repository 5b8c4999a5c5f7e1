"""The best few paths of each sentence of a batch, compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.kernels.compiling import aside, compiled, inner
from weaklabel.nn.crf.filtering import fill_tables, fill_tags
from weaklabel.nn.crf.sweeps import sentence_length


@compiled
def best_few(
    emissions: Any, mask: Any, allowed: Any, limited: bool, moves: Any,
    start: Any, base: Any, end: Any, paths: Any, scores: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """The best paths of the sentences ``begin`` to ``stop``, best first, none twice.

    Each tag of each token keeps its best beginnings, which differ in the tag before or in their
    rank there (the list Viterbi algorithm; Seshadri and Sundberg, 1994). Of equal paths the lowest
    last tag comes first, then the lowest tag before it.

    Args:
        emissions: ``(B, T, K)``, contiguous.
        mask, allowed: as for a sweep; ``limited``: whether ``allowed`` is looked at.
        moves: ``(B, T, K, K)``, contiguous, added to ``base``; ``(0, 0, 0, 0)`` for none.
        start, base, end: float64 scores, ``-inf`` where forbidden.
        paths: ``(B, count, T)`` int64 out; zeros at padding and where there is no path.
        scores: ``(B, count)`` float64 out; ``-inf`` where there is no path.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    count = scores.shape[1]
    many = len(moves) > 0
    tables = np.empty((steps if many else 1) * k * k)
    into = np.empty((k, k))
    tags = np.empty(steps * k)
    kept = np.empty((2, count, k))  # by rank, so that the sums of all tags lie side by side
    back = np.empty((steps, k, count), np.int32)
    sums, best, which = np.empty(k), np.empty(count), np.empty(count, np.int32)
    if not many:
        tables[:] = base.reshape(k * k)
        into[:] = base.T
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        fill_tags(emissions, allowed, limited, b, n, tags, k, wrong)
        if many and not wrong[0]:
            fill_tables(moves, base, b, n, tables, k * k, wrong)
        if wrong[0]:
            return
        kept[:] = -math.inf
        for j in range(k):
            kept[0, 0, j] = start[j] + tags[j]
        for t in range(1, n):
            if many:
                table = tables[t * k * k : (t + 1) * k * k].reshape(k, k)
                for j in range(k):
                    for i in range(k):
                        into[j, i] = table[i, j]
            now, after = kept[(t - 1) % 2], kept[t % 2]
            for j in range(k):
                keep(now, into[j], sums, best, which)
                for r in range(count):
                    after[r, j] = best[r] + tags[t * k + j]
                    back[t, j, r] = which[r]
        last = kept[(n - 1) % 2]
        keep(last, end, sums, best, which)
        for r in range(count):
            scores[b, r] = best[r]
            path = paths[b, r]
            path[:] = 0
            if best[r] == -math.inf:
                continue
            at = which[r]
            for t in range(n - 1, -1, -1):
                path[t] = at // count
                if t:
                    at = back[t, at // count, at % count]


@aside
def keep(now: Any, into: Any, sums: Any, best: Any, which: Any) -> None:
    """The best of all beginnings by one more score.

    Args:
        now: ``(count, K)``: the best beginnings that stand at each tag, best first.
        into: ``(K,)``: what to add.
        sums: ``(K,)``, a place to work in.
        best: ``(count,)`` out, best first; ``-inf`` where there are fewer.
        which: ``(count,)`` out: tag times ``count``, and rank.
    """
    count, k = now.shape
    for i in range(k):
        sums[i] = now[0, i] + into[i]
    for r in range(count):
        best[r] = -math.inf
        which[r] = 0
    lowest = -math.inf
    for i in range(k):
        total = sums[i]
        for r in range(count):
            if not total > lowest:  # nor are those that come after it
                break
            insert(total, i * count + r, best, which)
            lowest = best[count - 1]
            total = now[r + 1, i] + into[i] if r + 1 < count else -math.inf


@inner
def insert(total: float, place: int, best: Any, which: Any) -> None:
    """Put a sum where it belongs, after those that equal it; the last one falls out."""
    at = len(best) - 1
    while at > 0 and best[at - 1] < total:
        best[at], which[at] = best[at - 1], which[at - 1]
        at -= 1
    best[at], which[at] = total, place
