"""Sums over one sentence's paths in log space: slow, and exact whatever the scores are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.kernels.compiling import aside


@aside
def log_sum_exp(row: Any) -> float:
    """Natural logarithm of the sum of exponentials; ``-inf`` for nothing but ``-inf``."""
    peak = -math.inf
    for value in row:
        peak = max(peak, value)
    if peak == -math.inf:
        return -math.inf
    total = 0.0
    for value in row:
        total += math.exp(value - peak)
    return peak + math.log(total)


@aside
def log_sums(scores: Any, start: Any, moves: Any, end: Any, shares: Any, pairs: Any) -> float:
    """Log-sum over the paths of one sentence, its marginals and the expected moves.

    Args:
        scores: ``(n, K)`` emissions, ``-inf`` where a tag is forbidden.
        start: ``(K,)``; ``-inf`` forbids, here and below.
        moves: ``(K, K)``.
        end: ``(K,)``.
        shares: ``(n, K)`` out: the marginals; untouched where there is no path.
        pairs: ``(K, K)``: the expected number of each move is added.
    """
    n, k = scores.shape
    alpha = np.empty((n, k))
    beta = np.empty((n, k))
    buffer = np.empty(k)
    for j in range(k):
        alpha[0, j] = start[j] + scores[0, j]
        beta[n - 1, j] = end[j]
    for t in range(1, n):
        for j in range(k):
            for i in range(k):
                buffer[i] = alpha[t - 1, i] + moves[i, j]
            alpha[t, j] = log_sum_exp(buffer) + scores[t, j]
    for j in range(k):
        buffer[j] = alpha[n - 1, j] + end[j]
    total = log_sum_exp(buffer)
    if total == -math.inf:
        return total
    for t in range(n - 1, 0, -1):
        for i in range(k):
            for j in range(k):
                buffer[j] = moves[i, j] + scores[t, j] + beta[t, j]
            beta[t - 1, i] = log_sum_exp(buffer)
            for j in range(k):
                pairs[i, j] += math.exp(alpha[t - 1, i] + buffer[j] - total)
    for t in range(n):
        for j in range(k):
            shares[t, j] = math.exp(alpha[t, j] + beta[t, j] - total)
    return total


@aside
def log_scores(
    emissions: Any, allowed: Any, limited: bool, moves: Any, base: Any, row: int, n: int
) -> tuple[Any, Any]:
    """Scores of a sentence's tags, ``(n, K)``, and of its moves, ``(n, K, K)``, the first unused.

    Without moves that differ by step there is one table, ``(1, K, K)``.
    """
    k = emissions.shape[2]
    scores = np.empty((n, k))
    for t in range(n):
        for j in range(k):
            scores[t, j] = emissions[row, t, j]
            if limited and not allowed[row, t, j]:
                scores[t, j] = -math.inf
    many = len(moves) > 0
    tables = np.empty((n if many else 1, k, k))
    for t in range(len(tables)):
        for i in range(k):
            for j in range(k):
                tables[t, i, j] = base[i, j]
                if many and t:
                    tables[t, i, j] += moves[row, t, i, j]
    return scores, tables


@aside
def log_forward(scores: Any, start: Any, tables: Any, alpha: Any) -> None:
    """``alpha[t, j]``: log-sum of the paths that stand at tag ``j`` at token ``t``."""
    n, k = scores.shape
    buffer = np.empty(k)
    for j in range(k):
        alpha[0, j] = start[j] + scores[0, j]
    for t in range(1, n):
        table = tables[t % len(tables)]
        for j in range(k):
            for i in range(k):
                buffer[i] = alpha[t - 1, i] + table[i, j]
            alpha[t, j] = log_sum_exp(buffer) + scores[t, j]


@aside
def log_shares(scores: Any, start: Any, tables: Any, end: Any, shares: Any, pairs: Any) -> float:
    """Log-sum over the paths of one sentence, marginals of its tags and of its moves.

    Args:
        scores, tables: as :func:`log_scores` gives them.
        start, end: ``(K,)``; ``-inf`` forbids.
        shares: ``(n, K)`` out: the marginals; untouched where there is no path.
        pairs: ``(n, K, K)`` out: those of the moves into each token but the first; the same.
    """
    n, k = scores.shape
    alpha = np.empty((n, k))
    beta = np.empty((n, k))
    buffer = np.empty(k)
    log_forward(scores, start, tables, alpha)
    for j in range(k):
        beta[n - 1, j] = end[j]
        buffer[j] = alpha[n - 1, j] + end[j]
    total = log_sum_exp(buffer)
    if total == -math.inf:
        return total
    for t in range(n - 1, 0, -1):
        table = tables[t % len(tables)]
        for i in range(k):
            for j in range(k):
                buffer[j] = table[i, j] + scores[t, j] + beta[t, j]
            beta[t - 1, i] = log_sum_exp(buffer)
            for j in range(k):
                pairs[t, i, j] = math.exp(alpha[t - 1, i] + buffer[j] - total)
    for t in range(n):
        for j in range(k):
            shares[t, j] = math.exp(alpha[t, j] + beta[t, j] - total)
    return total
