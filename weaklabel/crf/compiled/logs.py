"""One sentence's sums in log space: slow, and exact whatever the scores are."""

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
