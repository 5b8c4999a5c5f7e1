"""The best path of each sentence, where moves differ by step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.crf.compiled.loops.faults import NO_PATH, sentence_length
from weaklabel.crf.compiled.loops.fill import fill_tables, fill_tags
from weaklabel.crf.compiled.loops.vectors.tables import best_by
from weaklabel.kernels.compiling import compiled


@compiled
def best_by_step(
    emissions: Any, mask: Any, allowed: Any, limited: bool, moves: Any,
    start: Any, base: Any, end: Any, paths: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """The best path of the sentences ``begin`` to ``stop``; of equal ones the lowest tags win last.

    As :func:`.best.best_paths` does, it keeps no back-pointers but looks for the tag before. Sums
    are float64: tables as wide as the moves are read anyway.

    Args:
        emissions: ``(B, T, K)``, contiguous.
        mask, allowed: as for :func:`.sum_paths`; ``limited``: whether ``allowed`` is looked at.
        moves: ``(B, T, K, K)``, contiguous, added to ``base``.
        start, base, end: float64 scores, ``-inf`` where forbidden.
        paths: ``(B, T)`` int64 out, 0 at padding.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    width = (k + 7) // 8 * 8
    rows = (k + 3) // 4 * 4
    size = (k * k + 7) // 8 * 8
    room = np.zeros((2 * steps + 8) * width + (steps + 1) * size + 40)
    room = room[(-room.ctypes.data // 8) % 8 :]  # vectors that lie in one line of the cache
    tags, room = room[: steps * width], room[steps * width :]
    best, tables = room[: steps * width], room[steps * width :]
    tags_at, best_at, tables_at = tags.ctypes.data, best.ctypes.data, tables.ctypes.data
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        fill_tags(emissions, allowed, limited, b, n, tags, width, wrong)
        if not wrong[0]:
            fill_tables(moves, base, b, n, tables, size, wrong)
        if wrong[0]:
            return
        best[:width] = -math.inf
        for j in range(k):
            best[j] = start[j] + tags[j]
        for t in range(1, n):
            at = 8 * t * width
            best_by(
                0.0, best_at + at, best_at + at - 8 * width, tables_at + 8 * t * size, tags_at + at,
                rows, width, k,
            )  # fmt: skip
        tag = 0
        top = -math.inf
        for j in range(k):
            total = best[(n - 1) * width + j] + end[j]
            if total > top:
                tag, top = j, total
        if top == -math.inf:
            wrong[0], wrong[1] = NO_PATH, b
            return
        for t in range(n - 1, 0, -1):
            paths[b, t] = tag
            here, table = (t - 1) * width, t * size + tag
            top = -math.inf
            before = 0
            for i in range(k):
                total = best[here + i] + tables[table + i * k]
                if total > top:
                    before, top = i, total
            tag = before
        paths[b, 0] = tag
        for t in range(n, steps):
            paths[b, t] = 0
