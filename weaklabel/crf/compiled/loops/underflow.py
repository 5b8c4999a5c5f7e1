"""Exponentials of scores without the faint ones, and whether a sum lacks something for it.

Exponentials less than :data:`FAINT_FACTOR`, each of a score less its row's largest, are taken for
0: a tag or a move forbidden by -10,000, say. What that leaves out of the sum over paths is weighed
afterwards. No factor is above 1, so the paths that make any faint move into a given token sum to
at most the largest such factor times the product, over the tokens, of the sums of their factors;
so do those that begin or end with a faint score, and those through a given faint tag. These are
fewer than ``(n + 1) * (K + 1)`` in a sentence of ``n`` tokens. Where all that is less than
:data:`NOTHING` of the sum found, no number that float64 can hold is another for it: the sum, the
shares and the counts are those of all paths.
"""

from __future__ import annotations

import math
from typing import Any

from weaklabel.crf.compiled.loops.vectors.rows import any_faint, exp_row
from weaklabel.kernels.compiling import aside

FAINT = 1e-150
FAINT_FACTOR = 1e-65
"""Of exponentiated scores: a mass above FAINT times two of them is still no underflow."""
NOTHING = 5e-324
"""Of the sum: less may be left out; float64 has no smaller number."""


@aside
def raise_ends(scores: Any, out: Any) -> tuple[float, float]:
    """Exponentials of start or end scores less their largest, without the faint ones.

    Returns:
        The largest score, and the largest of those left out less it; ``-inf`` for none.
    """
    top, loudest = -math.inf, -math.inf
    for score in scores:
        top = max(top, score)
    if top == -math.inf:
        top = 0.0
    for j in range(len(scores)):
        out[j] = math.exp(scores[j] - top)
        if out[j] < FAINT_FACTOR:
            out[j] = 0.0
            loudest = max(loudest, scores[j] - top)
    return top, loudest


@aside
def raise_rows(rows: Any, at: int, count: int, size: int, raw: Any) -> tuple[float, float]:
    """Exponentials of some rows, each less its largest, without the faint ones.

    Args:
        rows: flat, scores in, exponentials out.
        at: the address of the first row.
        count: how many.
        size: their length, padded.
        raw: ``(size,)``, a place to keep a row.

    Returns:
        The sum of the largest scores, and the largest of the scores left out, each less its row's
        largest; ``-inf`` for none.
    """
    total, loudest = 0.0, -math.inf
    table = rows[: count * size].reshape(count, size)
    for t in range(count):
        for m in range(size):
            raw[m] = table[t, m]
        here = at + 8 * t * size
        top = exp_row(here, size)
        total += top
        if any_faint(here, size, FAINT_FACTOR):
            for m in range(size):
                if 0.0 < table[t, m] < FAINT_FACTOR:
                    table[t, m] = 0.0
                    loudest = max(loudest, raw[m] - top)
    return total, loudest


@aside
def negligible(loudest: float, potential: Any, n: int, k: int, width: int, log_sum: float) -> bool:
    """Whether what was left out of a sentence's sum is nothing.

    Args:
        loudest: the largest of the scores left out, each less its row's largest.
        potential: ``(n * P,)`` exponentials of the emissions, those left out being 0.
        n, k, width: tokens, tags, ``P``.
        log_sum: logarithm of the sum over paths of the products of all exponentials.
    """
    left_out = loudest + math.log((n + 1.0) * (k + 1.0)) + 1.0  # 1: potential lacks what is faint
    for t in range(n):
        mass = 0.0
        for j in range(width):
            mass += potential[t * width + j]
        left_out += math.log(mass)
    return left_out - log_sum <= math.log(NOTHING)
