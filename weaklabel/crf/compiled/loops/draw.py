"""Paths of each sentence, drawn by their probability."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.crf.compiled.loops.faults import NO_PATH, sentence_length
from weaklabel.crf.compiled.loops.fill import fill_tables, fill_tags
from weaklabel.crf.compiled.loops.forward import forward
from weaklabel.crf.compiled.loops.log_space import log_forward, log_scores
from weaklabel.crf.compiled.loops.underflow import raise_ends, raise_rows
from weaklabel.kernels.compiling import aside, compiled, inner


@compiled
def draw_paths(
    emissions: Any, mask: Any, allowed: Any, limited: bool, moves: Any,
    start: Any, base: Any, end: Any, uniforms: Any, paths: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """Draw paths of the sentences ``begin`` to ``stop``: one pass forward, then each path backward.

    At each token, the last first, the first tag is taken whose cumulated probability given the tag
    after it exceeds the uniform times the total; the last tag of positive probability if rounding
    leaves none.

    Args:
        emissions: ``(B, T, K)``, contiguous.
        mask, allowed: as for :func:`.sum_paths`; ``limited``: whether ``allowed`` is looked at.
        moves: ``(B, T, K, K)``, contiguous, added to ``base``; ``(0, 0, 0, 0)`` for none.
        start, base, end: float64 scores, ``-inf`` where forbidden.
        uniforms: ``(S, B, T)`` float64 in [0, 1).
        paths: ``(S, B, T)`` int64 out, zeros before.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    many = len(moves) > 0
    width = (k + 7) // 8 * 8
    size = (k * k + 7) // 8 * 8
    room = np.zeros((2 * steps + 8) * width + ((steps if many else 1) + 2) * size + 40)
    room = room[(-room.ctypes.data // 8) % 8 :]  # vectors that lie in one line of the cache
    potential, room = room[: steps * width], room[steps * width :]
    alpha, room = room[: steps * width], room[steps * width :]
    first, close, raw, tables = (
        room[:width], room[width : 2 * width], room[2 * width : 3 * width + size],
        room[3 * width + size :],
    )  # fmt: skip
    tables_at = tables.ctypes.data
    scales, weights = np.empty(steps), np.empty(k)
    hop = size if many else 0
    _, faint_start = raise_ends(start, first)
    _, faint_end = raise_ends(end, close)
    faint_move = -math.inf
    if not many:
        tables[:size] = -math.inf
        tables[: k * k] = base.reshape(k * k)
        _, faint_move = raise_rows(tables, tables_at, 1, size, raw)
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        fill_tags(emissions, allowed, limited, b, n, potential, width, wrong)
        if many and not wrong[0]:
            fill_tables(moves, base, b, n, tables, size, wrong)
        if wrong[0]:
            return
        loud_move = faint_move
        if many:
            _, loud_move = raise_rows(tables[size:], tables_at + 8 * size, n - 1, size, raw)
        _, loudest = raise_rows(potential, potential.ctypes.data, n, width, raw)
        loudest = max(max(loudest, loud_move), max(faint_start, faint_end))
        _, _, sound = forward(
            first, close, potential, tables, tables_at, hop, alpha, scales, n, k, width, loudest
        )
        if not sound:
            draw_in_logs(
                emissions, allowed, limited, moves, start, base, end, b, n, uniforms, paths, wrong
            )
            if wrong[0]:
                return
            continue
        for s in range(len(paths)):
            tag = 0
            for t in range(n - 1, -1, -1):
                here = t * width
                if t == n - 1:
                    for i in range(k):
                        weights[i] = alpha[here + i] * close[i]
                else:
                    table = (t + 1) * hop + tag
                    for i in range(k):
                        weights[i] = alpha[here + i] * tables[table + i * k]
                tag = drawn(weights, uniforms[s, b, t])
                paths[s, b, t] = tag


@inner
def drawn(weights: Any, uniform: float) -> int:
    """The first tag whose cumulated weight exceeds the uniform times the total.

    The last of positive weight, if rounding leaves none. The weights become cumulated.
    """
    total, last = 0.0, 0
    for i in range(len(weights)):
        if weights[i] > 0.0:
            last = i
        total += weights[i]
        weights[i] = total
    limit = uniform * total
    for i in range(last):
        if weights[i] > limit:
            return i
    return last


@aside
def draw_in_logs(
    emissions: Any, allowed: Any, limited: bool, moves: Any, start: Any, base: Any, end: Any,
    row: int, n: int, uniforms: Any, paths: Any, wrong: Any,
) -> None:  # fmt: skip
    """Draw one sentence's paths in log space: slow, and exact whatever the scores are."""
    scores, tables = log_scores(emissions, allowed, limited, moves, base, row, n)
    k = scores.shape[1]
    alpha, weights = np.empty((n, k)), np.empty(k)
    log_forward(scores, start, tables, alpha)
    if not (alpha[n - 1] + end > -math.inf).any():
        wrong[0], wrong[1] = NO_PATH, row
        return
    for s in range(len(paths)):
        tag = 0
        for t in range(n - 1, -1, -1):
            onward = end if t == n - 1 else tables[(t + 1) % len(tables)][:, tag]
            top = -math.inf
            for i in range(k):
                weights[i] = alpha[t, i] + onward[i]
                top = max(top, weights[i])
            for i in range(k):
                weights[i] = math.exp(weights[i] - top)
            tag = drawn(weights, uniforms[s, row, t])
            paths[s, row, t] = tag
