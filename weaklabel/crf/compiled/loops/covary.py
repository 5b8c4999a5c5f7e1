"""Covariances of tags and moves with what a path scores, one sentence after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from weaklabel.kernels.compiling import compiled


@compiled
def covary(
    own: Any, tags: Any, pairs: Any, moves: Any, end: Any, lengths: Any, weights: Any,
    single: Any, counts: Any, found: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """Weighed covariances of the sentences ``begin`` to ``stop``; all float64 and contiguous.

    Args:
        own: ``(B, T, K)``, what a tag itself scores.
        tags: ``(B, T, K)`` and
        pairs: ``(B, T, K, K)``: how likely each is.
        moves: ``(B, T, K, K)``, or ``(1, 1, K, K)`` if all moves score alike; no infinities.
        end: ``(B, K)``, what the last tag scores for being that.
        lengths: ``(B,)`` int64.
        weights: ``(B,)``.
        single: ``(B, T, K)`` zeros, out: the tags' covariances.
        counts: ``(B, K, K)`` zeros, out: the moves', summed over the tokens.
        found: ``(B, T, K, K)`` zeros, out: the moves' themselves; ``(0, T, K, K)`` for none.
        begin: the first row to do.
        stop: one past the last.
    """
    _, steps, k = own.shape
    shared, each = len(moves) == 1 and moves.shape[1] == 1, len(found) > 0
    before, onward = np.empty((steps, k)), np.empty((steps, k))
    mass = np.empty(k)
    for b in range(begin, stop):
        n, weight = lengths[b], weights[b]
        before[:n] = own[b, :n]
        onward[:n] = own[b, :n]
        onward[n - 1] += end[b]
        for t in range(1, n):
            scores = moves[0, 0] if shared else moves[b, t]
            gained = np.zeros(k)
            mass[:] = 0.0
            for i in range(k):
                reached = before[t - 1, i]
                for j in range(k):
                    mass[j] += pairs[b, t, i, j]
                    gained[j] += pairs[b, t, i, j] * (reached + scores[i, j])
            for j in range(k):
                before[t, j] += gained[j] / mass[j] if mass[j] > 0.0 else 0.0
        for t in range(n - 1, 0, -1):
            scores = moves[0, 0] if shared else moves[b, t]
            for i in range(k):
                total, gain = 0.0, 0.0
                for j in range(k):
                    total += pairs[b, t, i, j]
                    gain += pairs[b, t, i, j] * (onward[t, j] + scores[i, j])
                onward[t - 1, i] += gain / total if total > 0.0 else 0.0
        mean = 0.0
        for j in range(k):
            mean += tags[b, 0, j] * onward[0, j]
        for t in range(n):
            for j in range(k):
                more = before[t, j] + onward[t, j] - own[b, t, j] - mean
                single[b, t, j] = weight * tags[b, t, j] * more
        for t in range(1, n):
            scores = moves[0, 0] if shared else moves[b, t]
            for i in range(k):
                reached = before[t - 1, i] - mean
                for j in range(k):
                    through = reached + scores[i, j] + onward[t, j]
                    value = weight * pairs[b, t, i, j] * through
                    counts[b, i, j] += value
                    if each:
                        found[b, t, i, j] = value
