"""Log-sum of each sentence's paths and its gradient, where moves score the same at each step.

Sums run in probability space and float64: a step's emissions less their largest, exponentiated;
one product with the exponentiated moves; the mass a step keeps is divided out at the next one, so
that nothing waits for the division. Forward and backward pass of a sentence follow each other
while its rows are in the cache. Nothing can be lost to underflow unnoticed: a sentence in which a
number that is not 0 falls near it, or what was left out for that (:mod:`.underflow`) might count,
is done again in log space (:mod:`.log_space`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from weaklabel.crf.compiled.loops.faults import (
    NO_TAG,
    NOT_A_NUMBER,
    STUCK,
    find_bad,
    sentence_length,
)
from weaklabel.crf.compiled.loops.fill import fill_tags
from weaklabel.crf.compiled.loops.log_space import log_sums
from weaklabel.crf.compiled.loops.underflow import FAINT, FAINT_FACTOR, negligible, raise_rows
from weaklabel.crf.compiled.loops.vectors.rows import advance, any_faint, exp_row, retreat, tally
from weaklabel.kernels.compiling import compiled

FREE, WITHIN, PARTIAL, LIKELIHOOD = 0, 1, 2, 3
"""What a sweep sums: all paths; allowed paths; log of their share; log of one path's share."""
BLOCK = 64
"""Steps whose rows fit the first cache while moves are counted."""


@compiled
def lay_out(
    start: Any, legal_start: Any, moves: Any, legal_moves: Any, end: Any, legal_end: Any,
    own: Any, ends: Any, tables: Any,
) -> tuple[float, float, float, bool]:  # fmt: skip
    """The layer's scores and their exponentials as :func:`sum_paths` takes them.

    Args:
        start, moves, end: scores, and beside each what is legal.
        own: ``(K + 2, K)`` float64 out: moves, then start and end, ``-inf`` where forbidden.
        ends: ``(2, P)`` float64 out: exponentials of start and end, each less its largest.
        tables: ``(2, P, P)`` float64 out: exponentials of the moves, and transposed.

    Returns:
        What was taken from start and end together, and from each move; the largest of what was
        left out for being faint, ``-inf`` for nothing; whether no score is NaN or ``+inf``.
    """
    k = len(start)
    top_start, top_move, top_end = -math.inf, -math.inf, -math.inf
    fine = True
    for i in range(k):
        own[k, i] = start[i] if legal_start[i] else -math.inf
        own[k + 1, i] = end[i] if legal_end[i] else -math.inf
        top_start, top_end = max(top_start, own[k, i]), max(top_end, own[k + 1, i])
        fine &= own[k, i] < np.inf and own[k + 1, i] < np.inf
        for j in range(k):
            own[i, j] = moves[i, j] if legal_moves[i, j] else -math.inf
            top_move = max(top_move, own[i, j])
            fine &= own[i, j] < np.inf
    top_start = 0.0 if top_start == -math.inf else top_start
    top_move = 0.0 if top_move == -math.inf else top_move
    top_end = 0.0 if top_end == -math.inf else top_end
    low = math.log(FAINT_FACTOR)
    loudest = -math.inf
    flat_ends, flat_tables = ends.reshape(ends.size), tables.reshape(tables.size)
    for m in range(len(flat_ends)):
        flat_ends[m] = 0.0
    for m in range(len(flat_tables)):
        flat_tables[m] = 0.0
    for i in range(k):
        a, b = own[k, i] - top_start, own[k + 1, i] - top_end
        ends[0, i] = math.exp(a) if a >= low else 0.0
        ends[1, i] = math.exp(b) if b >= low else 0.0
        loudest = max(loudest, a if a < low else -math.inf, b if b < low else -math.inf)
        for j in range(k):
            a = own[i, j] - top_move
            tables[0, i, j] = math.exp(a) if a >= low else 0.0
            tables[1, j, i] = tables[0, i, j]
            loudest = max(loudest, a if a < low else -math.inf)
    return top_start + top_end, top_move, loudest, fine


@compiled
def sum_paths(
    emissions: Any, mask: Any, allowed: Any, tags: Any,
    start: Any, moves: Any, end: Any,
    first: Any, onward: Any, back: Any, close: Any, shift: float, shift_moves: float, faint: float,
    which: int, values: Any, shares: Any, pairs: Any, wrong: Any, begin: int, stop: int,
) -> None:  # fmt: skip
    """Log-sums of the sentences ``begin`` to ``stop``, and their gradients.

    Args:
        emissions: ``(B, T, K)``, contiguous.
        mask: ``(B, T)`` bool.
        allowed: ``(B, T, K)`` bool; not looked at unless ``which`` needs it.
        tags: ``(B, T)`` int64; the same.
        start, moves, end: float64 scores, ``-inf`` where forbidden.
        first, onward, back, close: their exponentials less the largest, padded to ``P`` lanes:
            ``(P,)``, ``(P, P)``, its transpose, ``(P,)``; 0 where forbidden.
        shift, shift_moves: what was taken from start and end together, and from a move.
        faint: the largest of what the exponentials leave out; ``-inf`` for nothing.
        which: which sum.
        values: ``(B,)`` float64 out.
        shares: ``(B, T, K)`` out: the gradient in the emissions, 0 at padding; ``(0, 0, 0)`` for
            none.
        pairs: ``(B, K + 2, K)`` float64 out: the gradient in the moves, then in start and in end;
            ``(0, 0, 0)`` for none.
        wrong: ``(3,)`` int64 out: what, batch row, step.
        begin, stop: the rows to do.
    """
    _, steps, k = emissions.shape
    wanted = shares.shape[0] > 0
    width = len(first)
    rows = (k + 3) // 4 * 4
    room = np.empty(3 * steps * width + 2 * width + width * width + 8)
    room = room[(-room.ctypes.data // 8) % 8 :]  # vectors that lie in one line of the cache
    potential = room[: steps * width]
    alpha = room[steps * width : 2 * steps * width]
    arriving = room[2 * steps * width : 3 * steps * width]
    now = room[3 * steps * width :]
    counts = now[2 * width :][: width * width]
    potential_at, alpha_at, arriving_at = (
        potential.ctypes.data, alpha.ctypes.data, arriving.ctypes.data,
    )  # fmt: skip
    now_at, counts_at = now.ctypes.data, counts.ctypes.data
    onward_at, back_at = onward.ctypes.data, back.ctypes.data
    scales = np.empty(steps)
    line = 8 * width
    passes = 2 if which == PARTIAL else 1
    for b in range(begin, stop):
        n = sentence_length(mask, b, wrong)
        if n == 0:
            return
        value = 0.0
        # Rows of two axes: a loop over the last becomes one over vectors.
        given, factors = emissions[b], potential[: n * width].reshape(n, width)
        if wanted:
            for i in range(k):  # here, so that each thread is the first to touch its own
                for j in range(k):
                    pairs[b, i, j] = 0.0
        for p in range(passes):
            within = which == WITHIN or p == 1
            sign = -1.0 if which >= PARTIAL and p == 0 else 1.0
            # ---- emissions, exponentiated
            total = shift + (n - 1) * shift_moves
            for t in range(n):
                if within:
                    some = False
                    fine = True
                    for j in range(k):
                        some |= allowed[b, t, j]
                        fine &= given[t, j] < np.inf
                        factors[t, j] = given[t, j] if allowed[b, t, j] else -math.inf
                    if not (some and fine):
                        wrong[0], wrong[1], wrong[2] = (NOT_A_NUMBER if some else STUCK), b, t
                        return
                else:
                    for j in range(k):
                        factors[t, j] = given[t, j]
                for j in range(k, width):
                    factors[t, j] = -math.inf
            for t in range(n):  # not above: a row just stored by parts is slow to load as one
                total += exp_row(potential_at + t * line, width)
            loudest = faint
            if any_faint(potential_at, n * width, FAINT_FACTOR):
                fill_tags(emissions, allowed, within, b, n, potential, width, wrong)
                if wrong[0]:
                    return
                _, louder = raise_rows(potential, potential_at, n, width, now)
                loudest = max(faint, louder)
            lifted = total
            # ---- forward
            mass = 0.0
            for j in range(width):
                alpha[j] = first[j] * potential[j]
                mass += alpha[j]
            kept = mass
            scale = 1.0 / mass
            scales[0] = scale
            for t in range(1, n):
                mass = advance(
                    alpha_at + t * line, alpha_at + (t - 1) * line, onward_at,
                    potential_at + t * line, scale, rows, width, width,
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
            log_sum = total + math.log(kept) + math.log(closing)
            exact = kept > 0.0 and closing >= FAINT
            if exact:
                exact = not any_faint(alpha_at, n * width, FAINT)
            if exact and loudest > -math.inf:
                exact = negligible(loudest, potential, n, k, width, log_sum - lifted)
            # ---- in log space, where that was not safe
            if not exact:
                find_bad(emissions, b, n, wrong)
                if wrong[0]:
                    return
                scores = np.empty((n, k))
                for t in range(n):
                    for j in range(k):
                        here = not within or allowed[b, t, j]
                        scores[t, j] = emissions[b, t, j] if here else -math.inf
                own = np.zeros((n, k))
                moved = np.zeros((k, k))
                log_sum = log_sums(scores, start, moves, end, own, moved)
                value += sign * log_sum
                if wanted:
                    for t in range(n):
                        for j in range(k):
                            old = shares[b, t, j] if p else 0.0
                            shares[b, t, j] = old + sign * own[t, j]
                    for i in range(k):
                        for j in range(k):
                            pairs[b, i, j] += sign * moved[i, j]
                continue
            value += sign * log_sum
            if not wanted:
                continue
            # ---- backward: ``now`` and the row after it take turns
            for j in range(width):
                now[j] = close[j] / closing * scales[n - 1]
                now[width + j] = 0.0
            turn = 0
            for t in range(n - 1, 0, -1):
                at, from_ = t * width, turn * width
                retreat(
                    now_at + 8 * (width - from_), arriving_at + 8 * at, now_at + 8 * from_,
                    potential_at + 8 * at, alpha_at + 8 * at, scales[t - 1], back_at,
                    rows, width,
                )  # fmt: skip
                turn = 1 - turn
            for j in range(k):
                potential[j] = alpha[j] * now[turn * width + j]
            own_shares = shares[b]
            if p:
                for t in range(n):
                    for j in range(k):
                        own_shares[t, j] += sign * factors[t, j]
            else:
                for t in range(n):
                    for j in range(k):
                        own_shares[t, j] = sign * factors[t, j]
            counts[:] = 0.0
            for t in range(1, n, BLOCK):
                tally(
                    counts_at, alpha_at + (t - 1) * line, arriving_at + t * line,
                    min(BLOCK, n - t), rows, width,
                )  # fmt: skip
            for i in range(k):
                for j in range(k):
                    pairs[b, i, j] += sign * (counts[i * width + j] * onward[i, j])
        if which == LIKELIHOOD:
            before = 0
            for t in range(n):
                tag = tags[b, t]
                if tag < 0 or tag >= k:
                    wrong[0], wrong[1], wrong[2] = NO_TAG, b, t
                    return
                value += emissions[b, t, tag]
                value += moves[before, tag] if t else start[tag]
                if wanted:
                    shares[b, t, tag] += 1.0
                    if t:
                        pairs[b, before, tag] += 1.0
                before = tag
            value += end[before]
        values[b] = min(value, 0.0) if which == PARTIAL else value  # rounding
        if wanted:
            for j in range(k):  # again together with the moves: later they were far from the cache
                pairs[b, k, j] = shares[b, 0, j]
                pairs[b, k + 1, j] = shares[b, n - 1, j]
            for t in range(n, steps):
                for j in range(k):
                    shares[b, t, j] = 0.0
