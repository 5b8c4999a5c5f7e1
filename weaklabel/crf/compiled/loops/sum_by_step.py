"""Log-sum of each sentence's paths and its gradient, where moves differ by step.

What :mod:`.sum` does for one table of moves is done here for one a step, and each step's pairs of
tags are given, not only their sum. Forward and backward pass follow each other while a sentence's
tables, whose exponentials are most of the work, are in the cache.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.crf.compiled.loops.faults import NO_TAG, sentence_length
from weaklabel.crf.compiled.loops.fill import fill_tables, fill_tags
from weaklabel.crf.compiled.loops.forward import forward
from weaklabel.crf.compiled.loops.log_space import log_scores, log_shares
from weaklabel.crf.compiled.loops.sum import LIKELIHOOD, PARTIAL, WITHIN
from weaklabel.crf.compiled.loops.underflow import raise_ends, raise_rows
from weaklabel.crf.compiled.loops.vectors.tables import retreat_by
from weaklabel.kernels.compiling import aside, compiled


@compiled
def sum_paths_by_step(
    emissions: Any, mask: Any, allowed: Any, tags: Any, moves: Any,
    start: Any, base: Any, end: Any, which: int,
    values: Any, shares: Any, counts: Any, pairs: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """Log-sums of the sentences ``begin`` to ``stop``, and their gradients.

    Args:
        emissions: ``(B, T, K)``, contiguous.
        mask: ``(B, T)`` bool.
        allowed: ``(B, T, K)`` bool; not looked at unless ``which`` needs it.
        tags: ``(B, T)`` int64; the same.
        moves: ``(B, T, K, K)``, contiguous, added to ``base``; ``(0, 0, 0, 0)`` for none.
        start, base, end: float64 scores, ``-inf`` where forbidden.
        which: which sum, as in :mod:`.sum`.
        values: ``(B,)`` float64 out.
        shares: ``(B, T, K)`` out: the gradient in the emissions, 0 at padding; ``(0, 0, 0)`` for
            no gradient at all.
        counts: ``(B, K, K)`` float64 out: the gradient in the moves.
        pairs: ``(B, T, K, K)`` out: each step's part of it, 0 at the first token and at padding;
            ``(0, 0, 0, 0)`` for none.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    wanted, each, many = len(shares) > 0, len(pairs) > 0, len(moves) > 0
    width = (k + 7) // 8 * 8
    size = (k * k + 7) // 8 * 8
    room = np.zeros((2 * steps + 10) * width + ((steps if many else 1) + 2) * size + 40)
    room = room[(-room.ctypes.data // 8) % 8 :]  # vectors that lie in one line of the cache
    potential, room = room[: steps * width], room[steps * width :]
    alpha, room = room[: steps * width], room[steps * width :]
    first, close, now, arriving, raw, found, tables = (
        room[:width], room[width : 2 * width], room[2 * width : 3 * width],
        room[3 * width : 4 * width], room[4 * width : 4 * width + size + width],
        room[5 * width + size : 6 * width + 2 * size], room[6 * width + 2 * size :],
    )  # fmt: skip
    tables_at = tables.ctypes.data
    scales = np.empty(steps)
    hop = size if many else 0
    top_start, faint_start = raise_ends(start, first)
    top_end, faint_end = raise_ends(end, close)
    top_move, faint_move = 0.0, -math.inf
    if not many:
        tables[:size] = -math.inf
        tables[: k * k] = base.reshape(k * k)
        top_move, faint_move = raise_rows(tables, tables_at, 1, size, raw)
    line = 8 * width
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        loud_move, sum_moves = faint_move, (n - 1) * top_move
        if many:
            fill_tables(moves, base, b, n, tables, size, wrong)
            if wrong[0]:
                return
            sum_moves, loud_move = raise_rows(tables[size:], tables_at + 8 * size, n - 1, size, raw)
        value = 0.0
        if wanted:
            shares[b] = 0.0
            counts[b] = 0.0
        if each:
            pairs[b, 0] = 0.0
            pairs[b, n:] = 0.0
        for p in range(2 if which == PARTIAL else 1):
            within = which == WITHIN or p == 1
            sign = -1.0 if which >= PARTIAL and p == 0 else 1.0
            fill_tags(emissions, allowed, within, b, n, potential, width, wrong)
            if wrong[0]:
                return
            lifted, loudest = raise_rows(potential, potential.ctypes.data, n, width, raw)
            loudest = max(max(loudest, loud_move), max(faint_start, faint_end))
            total, closing, sound = forward(
                first, close, potential, tables, tables_at, hop, alpha, scales, n, k, width, loudest
            )
            if not sound:
                value += sign * in_logs(
                    emissions, allowed, within, moves, start, base, end, b, n, sign, p,
                    shares, counts, pairs,
                )  # fmt: skip
                continue
            value += sign * (total + lifted + sum_moves + top_start + top_end)
            if not wanted:
                continue
            for j in range(width):
                now[j] = close[j] / closing * scales[n - 1]
            factors = potential[: n * width].reshape(n, width)
            reached = alpha[: n * width].reshape(n, width)
            for t in range(n - 1, 0, -1):
                scale = scales[t - 1]
                for j in range(width):
                    # What follows a tag out of reach may be beyond all numbers.
                    onward = now[j] * factors[t, j] * scale
                    arriving[j] = 0.0 if reached[t, j] == 0.0 else onward
                    factors[t, j] = now[j] * reached[t, j]
                retreat_by(
                    now.ctypes.data, found.ctypes.data, arriving.ctypes.data,
                    alpha.ctypes.data + (t - 1) * line, tables_at + 8 * t * hop, k, width, k,
                )  # fmt: skip
                add_pairs(found, sign, p, counts, pairs, each, b, t, k)
            for j in range(k):
                factors[0, j] = alpha[j] * now[j]
            for t in range(n):
                for j in range(k):
                    shares[b, t, j] += sign * factors[t, j]
        if which == LIKELIHOOD:
            score = path_score(
                emissions, tags, moves, start, base, end, b, n, shares, counts, pairs, wrong
            )
            if wrong[0]:
                return
            value += score
        values[b] = min(value, 0.0) if which == PARTIAL else value  # rounding


@aside
def add_pairs(
    found: Any, sign: float, turn: int, counts: Any, pairs: Any, each: bool, row: int, t: int,
    k: int,
) -> None:  # fmt: skip
    """Add a step's pairs to a sentence's sum, and if each is wanted, to what earlier turns left."""
    sums = counts[row].reshape(k * k)
    for m in range(k * k):
        sums[m] += sign * found[m]
    if each:
        own = pairs[row, t].reshape(k * k)
        if turn:
            for m in range(k * k):
                own[m] += sign * found[m]
        else:
            for m in range(k * k):
                own[m] = sign * found[m]


@aside
def in_logs(
    emissions: Any, allowed: Any, within: bool, moves: Any, start: Any, base: Any, end: Any,
    row: int, n: int, sign: float, turn: int, shares: Any, counts: Any, pairs: Any,
) -> float:  # fmt: skip
    """The log-sum of one sentence in log space; its gradients are added where they are wanted."""
    scores, tables = log_scores(emissions, allowed, within, moves, base, row, n)
    k = scores.shape[1]
    own, moved = np.zeros((n, k)), np.zeros((n, k, k))
    total = log_shares(scores, start, tables, end, own, moved)
    if len(shares):
        for t in range(n):
            for j in range(k):
                shares[row, t, j] += sign * own[t, j]
            add_pairs(moved[t].reshape(k * k), sign, turn, counts, pairs, len(pairs) > 0, row, t, k)
    return total


@aside
def path_score(
    emissions: Any, tags: Any, moves: Any, start: Any, base: Any, end: Any, row: int, n: int,
    shares: Any, counts: Any, pairs: Any, wrong: Any,
) -> float:  # fmt: skip
    """Score of one sentence's path; what it counts is added to the gradients that are wanted."""
    k = emissions.shape[2]
    value = 0.0
    before = 0
    for t in range(n):
        tag = tags[row, t]
        if tag < 0 or tag >= k:
            wrong[0], wrong[1], wrong[2] = NO_TAG, row, t
            return value
        value += emissions[row, t, tag]
        if t:
            value += base[before, tag]
            if len(moves):
                value += moves[row, t, before, tag]
        else:
            value += start[tag]
        if len(shares):
            shares[row, t, tag] += 1.0
            if t:
                counts[row, before, tag] += 1.0
                if len(pairs):
                    pairs[row, t, before, tag] += 1.0
        before = tag
    return value + end[before]
