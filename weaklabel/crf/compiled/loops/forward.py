"""The forward pass over one sentence in probability space, which says if it can be trusted."""

from __future__ import annotations

import math
from typing import Any

from weaklabel.crf.compiled.loops.underflow import FAINT, negligible
from weaklabel.crf.compiled.loops.vectors.rows import advance, any_faint
from weaklabel.kernels.compiling import aside


@aside
def forward(
    first: Any, close: Any, potential: Any, tables: Any, tables_at: int, hop: int,
    alpha: Any, scales: Any, n: int, k: int, width: int, loudest: float,
) -> tuple[float, float, bool]:  # fmt: skip
    """Log-sum of one sentence's paths, and the shares of the mass at each of its steps.

    Args:
        first, close: ``(P,)`` exponentials of the start and end scores.
        potential: ``(n * P,)`` exponentials of the emissions.
        tables: not looked at; it keeps what ``tables_at`` points to.
        tables_at, hop: the address of the first step's moves; numbers from one to the next.
        alpha: ``(n * P,)`` out: the shares of the mass at each step, times the step's own mass.
        scales: ``(n,)`` out: one over the mass.
        n, k, width: tokens, tags, ``P``.
        loudest: the largest of what was left out for being faint.

    Returns:
        Logarithm of the sum over paths of the products of exponentials; the closing mass, of 1;
        whether the two are right: not, where something was lost to underflow or no path is there.
    """
    rows = (k + 3) // 4 * 4
    line = 8 * width
    alpha_at, potential_at = alpha.ctypes.data, potential.ctypes.data
    mass = 0.0
    for j in range(width):
        alpha[j] = first[j] * potential[j]
        mass += alpha[j]
    kept = mass
    total = 0.0
    scale = 1.0 / mass
    scales[0] = scale
    for t in range(1, n):
        mass = advance(
            alpha_at + t * line, alpha_at + (t - 1) * line, tables_at + 8 * t * hop,
            potential_at + t * line, scale, rows, width, k,
        )  # fmt: skip
        scale = 1.0 / mass
        scales[t] = scale
        if kept < 1e-140 or kept > 1e140:
            total += math.log(kept)
            kept = 1.0
        kept *= mass
    closing = 0.0
    for j in range(k):
        closing += alpha[(n - 1) * width + j] * close[j]
    closing *= scale
    total += math.log(kept) + math.log(closing)
    sound = kept > 0.0 and closing >= FAINT and not any_faint(alpha_at, n * width, FAINT)
    if sound and loudest > -math.inf:
        sound = negligible(loudest, potential, n, k, width, total)
    return total, closing, sound
