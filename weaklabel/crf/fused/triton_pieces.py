"""What the kernels for GPUs share: looking at a sentence, scores from memory, powers of two.

A program does one sentence. Its numbers are what they are on the CPU, in fewer bits: float32
(float64 for emissions that are), where a power of two in place of the mass keeps the largest share
near the top of the range.
"""

from __future__ import annotations

import triton
import triton.language as tl

FINE = tl.constexpr(0)
HOLE = tl.constexpr(1)
EMPTY = tl.constexpr(2)
NOT_A_NUMBER = tl.constexpr(3)
STUCK = tl.constexpr(4)
NO_TAG = tl.constexpr(5)
BAD_SCORES = tl.constexpr(6)
NO_MOVE = tl.constexpr(7)
NO_PATH = tl.constexpr(8)
FAINT = tl.constexpr(9)
"""What may be wrong with a sentence; the last: a number came near underflow, sum it elsewhere."""
NEVER = tl.constexpr(2147483647)
"""A step that no sentence has."""
MINUS_INFINITY = tl.constexpr(float("-inf"))
INFINITY = tl.constexpr(float("inf"))


@triton.jit
def no_number(x):
    """Whether a score is NaN or ``+inf``."""
    return (x != x) | (x == INFINITY)


@triton.jit
def exponential(x, DOUBLE: tl.constexpr):
    """``exp`` of what is not positive, 0 of ``-inf``; as exact for -60 as for -1."""
    if DOUBLE:
        return tl.exp(x)
    else:
        safe = tl.maximum(x, -1000.0)
        whole = safe * 1.44269502162933349609375
        rest = tl.fma(safe, 1.44269502162933349609375, -whole) + safe * 1.925963033500e-8
        return tl.exp2(whole) * (1.0 + rest * 0.6931471805599453)


@triton.jit
def exponent(x, DOUBLE: tl.constexpr):
    """The whole part of the binary logarithm of a normal number; very small for 0."""
    if DOUBLE:
        return ((x.to(tl.int64, bitcast=True) >> 52) - 1023).to(tl.int32)
    else:
        return (x.to(tl.int32, bitcast=True) >> 23) - 127


@triton.jit
def power_of_two(e, DOUBLE: tl.constexpr):
    """``2 ** e``, exact, for exponents of normal numbers."""
    if DOUBLE:
        return ((e.to(tl.int64) + 1023) << 52).to(tl.float64, bitcast=True)
    else:
        return ((e + 127) << 23).to(tl.float32, bitcast=True)


@triton.jit
def column_sums(tile, P: tl.constexpr):
    """Sums over the first axis of ``(P, P)``, in groups: one long chain of additions would wait."""
    GROUPS: tl.constexpr = 4 if P <= 32 else 8
    return tl.sum(tl.sum(tl.reshape(tile, [GROUPS, P // GROUPS, P]), 0), 0)


@triton.jit
def column_best(tile, P: tl.constexpr):
    """The largest of each column of ``(P, P)`` and its row, the first of equal ones; in groups."""
    GROUPS: tl.constexpr = 4 if P <= 32 else 8
    SIZE: tl.constexpr = P // GROUPS
    grouped = tl.reshape(tile, [GROUPS, SIZE, P])
    value = tl.max(tl.max(grouped, 0), 0)
    row = tl.arange(0, GROUPS)[:, None, None] * SIZE + tl.arange(0, SIZE)[None, :, None]
    equal = tl.where(grouped == value[None, None, :], row, P - 1)
    return value, tl.min(tl.min(equal, 0), 0)


@triton.jit
def own_scores(own, legal, at, inside, KIND: tl.constexpr):
    """Scores of the layer, ``-inf`` where forbidden or outside; and whether one is no number."""
    scores = tl.load(own + at, mask=inside, other=0.0).to(KIND)
    may = tl.load(legal + at, mask=inside, other=0)
    bad = tl.max(no_number(scores).to(tl.int32))
    return tl.where(may != 0, scores, MINUS_INFINITY), bad


@triton.jit
def top(scores):
    """The largest score of a tile or vector; 0 where all are ``-inf``."""
    peak = tl.max(scores)
    return tl.where(peak == MINUS_INFINITY, 0.0, peak)


@triton.jit
def exponentiated(scores, peak, lowest, DOUBLE: tl.constexpr):
    """``exp(scores - peak)``, 0 below ``exp(lowest)``; and the largest exponent so given up.

    Takes a tile or vector of scores, at most ``peak``, which is finite; ``-inf`` is given up for
    nothing.
    """
    below = scores - peak
    low = below < lowest
    kept = exponential(tl.where(low, lowest, below), DOUBLE)
    return tl.where(low, 0.0, kept), tl.max(tl.where(low, below, MINUS_INFINITY))


@triton.jit
def step_scores(emissions, allowed, t, tag, k, within, KIND: tl.constexpr, LIMITED: tl.constexpr):
    """A token's scores, ``-inf`` for tags that are not allowed or are padding."""
    scores = tl.load(emissions + t * k + tag, mask=tag < k, other=MINUS_INFINITY).to(KIND)
    if LIMITED:
        may = tl.load(allowed + t * k + tag, mask=(tag < k) & within, other=1)
        scores = tl.where(may != 0, scores, MINUS_INFINITY)
    return scores


@triton.jit
def look(
    emissions, mask, allowed, potentials, steps, k, within, lowest,
    P: tl.constexpr, CHUNK: tl.constexpr, KIND: tl.constexpr, DOUBLE: tl.constexpr,
    LIMITED: tl.constexpr, KEEP: tl.constexpr,
):  # fmt: skip
    """See what is wrong with a sentence; keep its exponentiated scores for the sweeps.

    Args:
        emissions, mask, allowed, potentials: pointers to the sentence's first.
        steps, k: tokens of the longest sentence; tags.
        within: whether ``allowed`` counts for this program.
        lowest: scores this far below the largest beside them are given up.
        P: tags padded to a power of two.
        CHUNK: tokens looked at together.
        KIND, DOUBLE: the type that is worked in, and whether it is float64.
        LIMITED: whether there is ``allowed``.
        KEEP: whether to write potentials, ``(T, P)``.

    Returns:
        Tokens of the sentence (0 if it cannot be summed); what is wrong; at which step; the sum
        of what was taken from each step's scores, float64; how far a score that is kept lies below
        the largest beside it at most, not positive; the same of the nearest that is given up.
    """
    tag = tl.arange(0, P)[None, :]
    chunk = tl.arange(0, CHUNK)
    count = tl.zeros([CHUNK], tl.int32)
    hole = tl.full([CHUNK], NEVER, tl.int32)
    bad = tl.full([CHUNK], NEVER, tl.int32)
    stuck = tl.full([CHUNK], NEVER, tl.int32)
    furthest = tl.zeros([CHUNK], KIND)
    given_up = tl.full([CHUNK], MINUS_INFINITY, KIND)
    peaks = tl.zeros([CHUNK], tl.float64)
    for begin in range(0, steps, CHUNK):
        t = begin + chunk
        real = tl.load(mask + t, mask=t < steps, other=0) != 0
        before = tl.load(mask + t - 1, mask=(t > 0) & (t < steps), other=1) != 0
        count += real.to(tl.int32)
        hole = tl.where(real & (~before), tl.minimum(hole, t), hole)
        cell = t[:, None] * k + tag
        inside = real[:, None] & (tag < k)
        scores = tl.load(emissions + cell, mask=inside, other=MINUS_INFINITY).to(KIND)
        wrong = tl.max(no_number(scores).to(tl.int32), 1) != 0
        bad = tl.where(wrong, tl.minimum(bad, t), bad)
        if LIMITED:
            may = tl.load(allowed + cell, mask=inside & within, other=1)
            may = (may != 0) & inside
            none = real & (tl.max(may.to(tl.int32), 1) == 0)
            stuck = tl.where(none, tl.minimum(stuck, t), stuck)
            scores = tl.where(may, scores, MINUS_INFINITY)
        if KEEP:
            peak = tl.max(scores, 1)
            peak = tl.where((peak == MINUS_INFINITY) | wrong, 0.0, peak)
            below = scores - peak[:, None]
            low = below < lowest
            furthest = tl.minimum(furthest, tl.min(tl.where(low, 0.0, below), 1))
            given_up = tl.maximum(given_up, tl.max(tl.where(low, below, MINUS_INFINITY), 1))
            kept = exponential(tl.where(low, lowest, below), DOUBLE)
            kept = tl.where(low, 0.0, kept)
            tl.store(potentials + t[:, None] * P + tag, kept, mask=(t < steps)[:, None])
            peaks += tl.where(real, peak, 0.0).to(tl.float64)
    n = tl.sum(count, 0)
    hole_at, bad_at, stuck_at = tl.min(hole, 0), tl.min(bad, 0), tl.min(stuck, 0)
    first = tl.load(mask) != 0
    what = tl.where(stuck_at < NEVER, STUCK, FINE)
    at = tl.where(stuck_at < NEVER, stuck_at, 0)
    what = tl.where(bad_at < NEVER, NOT_A_NUMBER, what)
    at = tl.where(bad_at < NEVER, bad_at, at)
    what = tl.where(hole_at < NEVER, HOLE, what)
    at = tl.where(hole_at < NEVER, hole_at, at)
    what = tl.where(first, what, EMPTY)
    n = tl.where(what == FINE, n, 0)
    return n, what, at, tl.sum(peaks, 0), tl.min(furthest, 0), tl.max(given_up, 0)
