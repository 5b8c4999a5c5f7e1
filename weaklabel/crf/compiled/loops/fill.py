"""One sentence's scores copied into padded rows and tables, as the loops read them."""

from __future__ import annotations

import math
from typing import Any

from weaklabel.crf.compiled.loops.faults import NO_MOVE, NOT_A_NUMBER, STUCK
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
