"""The best path of each sentence, where moves score the same at each step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.crf.compiled.loops.faults import NO_PATH, STUCK, find_bad, sentence_length
from weaklabel.crf.compiled.loops.vectors.rows import advance_best, first_equal
from weaklabel.kernels.compiling import compiled


@compiled
def best_paths(
    emissions: Any, mask: Any, allowed: Any, limited: bool,
    start: Any, moves: Any, end: Any, onward: Any, back: Any,
    paths: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """The best path of the sentences ``begin`` to ``stop``; of equal ones the lowest tags win last.

    No back-pointers are kept: the tag before the one chosen is looked for among the sums of the
    step before, which costs ``K`` additions a token instead of ``K * K`` comparisons.

    Args:
        emissions: ``(B, T, K)``, contiguous, of the type that is worked in, as all scores are.
        mask, allowed: as for :func:`.sum_paths`; ``limited``: whether ``allowed`` is looked at.
        start, moves, end: scores, ``-inf`` where forbidden.
        onward, back: ``(P, P)`` moves and their transpose, padded with ``-inf``.
        paths: ``(B, T)`` int64 out, 0 at padding.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    width = len(onward)
    rows = (k + 3) // 4 * 4
    size = steps * width
    room = np.full(2 * size + width + 16, -math.inf, onward.dtype)
    room = room[-room.ctypes.data % 64 // room.itemsize :]
    best, into, scores = room[:size], room[size : 2 * size], room[2 * size :]
    lowest = scores[0]
    best_at, into_at, scores_at = best.ctypes.data, into.ctypes.data, scores.ctypes.data
    onward_at, back_at = onward.ctypes.data, back.ctypes.data
    line = width * onward.itemsize
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        fine = True
        for t in range(n):
            if limited:
                some = False
                for j in range(k):
                    some |= allowed[b, t, j]
                    fine &= emissions[b, t, j] < np.inf
                    scores[j] = emissions[b, t, j] if allowed[b, t, j] else lowest
                if not some:
                    wrong[0], wrong[1], wrong[2] = STUCK, b, t
                    return
            else:
                for j in range(k):
                    scores[j] = emissions[b, t, j]
            if t == 0:
                for j in range(k):
                    fine &= scores[j] < np.inf
                    best[j] = start[j] + scores[j]
            else:
                fine &= advance_best(
                    lowest, into_at + t * line, best_at + t * line, best_at + (t - 1) * line,
                    onward_at, scores_at, rows, width,
                )  # fmt: skip
        if not fine:
            find_bad(emissions, b, n, wrong)
            return
        tag = 0
        top = lowest
        for j in range(k):
            total = best[(n - 1) * width + j] + end[j]
            if total > top:
                tag, top = j, total
        if top == lowest:
            wrong[0], wrong[1] = NO_PATH, b
            return
        for t in range(n - 1, 0, -1):
            paths[b, t] = tag
            tag = first_equal(
                into[t * width + tag], best_at + (t - 1) * line, back_at + tag * line, width
            )
        paths[b, 0] = tag
        for t in range(n, steps):
            paths[b, t] = 0
