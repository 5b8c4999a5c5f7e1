"""The forward pass over one sentence whose moves may differ by step, for the kernels that ask more.

As in :mod:`.sweeps`, sums run in probability space; whether something may have been lost to
underflow is said.
"""

from __future__ import annotations

import math
from typing import Any

from weaklabel.crf.compiled.faint import FAINT, negligible
from weaklabel.crf.compiled.faults import NO_MOVE, NOT_A_NUMBER, STUCK
from weaklabel.crf.compiled.lanes import advance, any_faint
from weaklabel.kernels.compiling import aside


@aside
def fill_tags(
    emissions: Any, allowed: Any, limited: bool, row: int, n: int, potential: Any, width: int,
    wrong: Any,
) -> None:  # fmt: skip
    """Copy a sentence's emissions into rows of ``width``; ``-inf`` where not allowed or padding.

    Sets ``wrong`` and stops at a number that is none, or a step at which nothing is allowed.
    """
    k = emissions.shape[2]
    given, rows = emissions[row], potential[: n * width].reshape(n, width)
    for t in range(n):
        fine = True
        some = not limited
        for j in range(k):
            rows[t, j] = given[t, j]
        for j in range(k):  # by itself: the loop above becomes one over vectors
            fine &= given[t, j] < math.inf
        if limited:
            for j in range(k):
                if allowed[row, t, j]:
                    some = True
                else:
                    rows[t, j] = -math.inf
        for j in range(k, width):
            rows[t, j] = -math.inf
        if not (some and fine):
            wrong[0], wrong[1], wrong[2] = (NOT_A_NUMBER if some else STUCK), row, t
            return


@aside
def fill_tables(
    moves: Any, base: Any, row: int, n: int, tables: Any, size: int, wrong: Any
) -> None:
    """``tables[t] = base + moves[row, t]``, from step 1; ``-inf`` between the tables.

    Sets ``wrong`` and stops at a number that is none.
    """
    k = len(base)
    plain, given = base.reshape(k * k), moves[row].reshape(moves.shape[1], k * k)
    made = tables[: n * size].reshape(n, size)
    for t in range(1, n):
        fine = True
        for m in range(k * k):
            made[t, m] = plain[m] + given[t, m]
        for m in range(k * k):
            fine &= given[t, m] < math.inf
        for m in range(k * k, size):
            made[t, m] = -math.inf
        if not fine:
            wrong[0], wrong[1], wrong[2] = NO_MOVE, row, t
            return


@aside
def filtered(
    first: Any, close: Any, potential: Any, tables: Any, tables_at: int, hop: int,
    alpha: Any, scales: Any, n: int, k: int, width: int, loudest: float,
) -> tuple[float, float, bool]:  # fmt: skip
    """Run forward over one sentence.

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
