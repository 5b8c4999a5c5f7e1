"""Codes for what is wrong with a batch, and the loops that look for it: what, row, step."""

from __future__ import annotations

from typing import Any

import numpy as np

from weaklabel.kernels.compiling import aside

FINE, HOLE, EMPTY, NOT_A_NUMBER, STUCK, NO_TAG, NO_MOVE, NO_PATH = range(8)
"""What: an emission or a move is no number; nothing is allowed; a tag is out of range."""


@aside
def sentence_length(mask: Any, row: int, wrong: Any) -> int:
    """Tokens of a sentence; 0, and what is wrong, if the mask has a hole or is empty."""
    steps = mask.shape[1]
    n = 0
    while n < steps and mask[row, n]:
        n += 1
    if n == 0:
        wrong[0], wrong[1] = EMPTY, row
        return 0
    for t in range(n + 1, steps):
        if mask[row, t]:
            wrong[0], wrong[1], wrong[2] = HOLE, row, t
            return 0
    return n


@aside
def find_bad(emissions: Any, row: int, n: int, wrong: Any) -> None:
    """Say where an emission is NaN or ``+inf``, if one is."""
    for t in range(n):
        for j in range(emissions.shape[2]):
            if not emissions[row, t, j] < np.inf:
                wrong[0], wrong[1], wrong[2] = NOT_A_NUMBER, row, t
                return
