"""Sums over the paths of a batch on a GPU: one launch, the loop over the tokens inside it.

A program does one sentence. The exponentiated moves lie in registers through the whole sentence, a
column (in the backward pass a row) to a thread where there are enough of them; a step is one
product with them. Its largest share's power of two is taken out at the next step, so that nothing
waits for it. Where a number that is not 0 comes near underflow, the sentence is marked
:data:`~weaklabel.crf.fused.triton_pieces.FAINT`, to be summed elsewhere.
"""

from __future__ import annotations

import triton
import triton.language as tl

from weaklabel.crf.fused.triton_pieces import (
    BAD_SCORES,
    FAINT,
    FINE,
    MINUS_INFINITY,
    NEVER,
    NO_MOVE,
    NO_PATH,
    NO_TAG,
    column_sums,
    exponent,
    exponentiated,
    look,
    no_number,
    own_scores,
    power_of_two,
    top,
)

FAINTEST = tl.constexpr(2.0**-16)
"""A share below this is not trusted, where the largest is some 2 ** 100."""
LOST = tl.constexpr(40.0)
"""What is given up is at least this far below the sum, in natural logarithms."""
BETA = tl.constexpr(60)
"""Binary logarithm of the sum of ``alpha * beta``, the same at every step."""


@triton.jit
def _path(
    emissions, allowed, tags, moves, transitions, legal_moves, n, k,
    P: tl.constexpr, CHUNK: tl.constexpr, KIND: tl.constexpr, LIMITED: tl.constexpr,
    MOVED: tl.constexpr,
):  # fmt: skip
    """Score of a path save its start and end; its moves, ``(P to, P from)``; a tag out of range.

    The moves are counted as a product of ones and zeros, which is exact in half precision.
    """
    tag = tl.arange(0, P)[None, :]
    chunk = tl.arange(0, CHUNK)
    score = tl.zeros([CHUNK], tl.float64)
    wrong = tl.full([CHUNK], NEVER, tl.int32)
    counts = tl.zeros([P, P], tl.float32)
    for begin in range(0, n, CHUNK):
        t = begin + chunk
        real, moved = t < n, (t < n) & (t > 0)
        to = tl.load(tags + t, mask=real, other=0)
        source = tl.load(tags + t - 1, mask=moved, other=0)
        outside = real & ((to < 0) | (to >= k))
        wrong = tl.where(outside, tl.minimum(wrong, t), wrong)
        inside, both = real & (outside == 0), moved & (to >= 0) & (to < k)
        both = both & (source >= 0) & (source < k)
        score += tl.load(emissions + t * k + to, mask=inside, other=0.0).to(KIND).to(tl.float64)
        if LIMITED:
            may = tl.load(allowed + t * k + to, mask=inside, other=1)
            score += tl.where(may != 0, 0.0, MINUS_INFINITY)
        pair = source * k + to
        move = tl.load(transitions + pair, mask=both, other=0.0).to(tl.float64)
        may = tl.load(legal_moves + pair, mask=both, other=1)
        score += tl.where(may != 0, move, MINUS_INFINITY)
        if MOVED:
            added = moves + t * k * k + pair
            score += tl.load(added, mask=both, other=0.0).to(tl.float64)
        at_to = ((to[:, None] == tag) & both[:, None]).to(tl.float16)
        at_source = ((source[:, None] == tag) & both[:, None]).to(tl.float16)
        counts += tl.dot(tl.trans(at_to), at_source)
    return tl.sum(score, 0), counts, tl.min(wrong, 0)


@triton.jit
def _table(
    transitions, legal_moves, moves, at, moves_at, inside, lowest,
    KIND: tl.constexpr, DOUBLE: tl.constexpr, MOVED: tl.constexpr,
):  # fmt: skip
    """Exponentiated moves into a token, a tile whose cells lie ``at`` places in memory.

    Returns:
        The tile, 0 where a move is forbidden or given up; what was taken from each score; the
        largest exponent given up; whether a score is no number.
    """
    scores, bad = own_scores(transitions, legal_moves, at, inside, KIND)
    if MOVED:
        added = tl.load(moves + moves_at, mask=inside, other=0.0).to(KIND)
        bad = tl.max(no_number(added).to(tl.int32))
        scores = scores + added
    peak = top(scores)
    tile, given_up = exponentiated(scores, peak, lowest, DOUBLE)
    return tile, peak, given_up, bad


@triton.jit
def _nothing(
    shares, each, n, steps, k, P: tl.constexpr, CHUNK: tl.constexpr, EACH: tl.constexpr
):  # fmt: skip
    """Write zeros at a sentence's padding; no move leads to its first token either."""
    tag, chunk = tl.arange(0, P), tl.arange(0, CHUNK)
    for begin in range(n, steps, CHUNK):
        t = begin + chunk
        to_write = (t < steps)[:, None] & (tag < k)[None, :]
        tl.store(shares + t[:, None] * k + tag[None, :], 0.0, mask=to_write)
    if EACH:
        square = tag[:, None] * k + tag[None, :]
        inside = (tag < k)[:, None] & (tag < k)[None, :]
        tl.store(each + square, 0.0, mask=inside)
        for t in range(n, steps):
            tl.store(each + t * k * k + square, 0.0, mask=inside)


@triton.jit(do_not_specialize=["batch", "steps", "k"])
def sums(
    emissions, mask, allowed, tags, moves, start, transitions, end,
    legal_start, legal_moves, legal_end, moves_back, legal_back,
    logs, scores, codes, shares, pairs, each, potentials, alphas, scales,
    batch, steps, k,
    P: tl.constexpr, CHUNK: tl.constexpr, DOUBLE: tl.constexpr, LIMITED: tl.constexpr,
    TAGGED: tl.constexpr, MOVED: tl.constexpr, GRADIENT: tl.constexpr, EACH: tl.constexpr,
):  # fmt: skip
    """Log-sum over a sentence's paths and its gradient; program ``(b, p)``: sentence, pass.

    The first pass heeds ``allowed``, the second does not; ``N`` is ``B`` times the passes.

    Args:
        emissions, mask, allowed, tags, moves: ``(B, T, K)``, ``(B, T)``, ``(B, T, K)``, ``(B, T)``,
            ``(B, T, K, K)``, contiguous; the last three only where the switches say so.
        start, transitions, end, legal_start, legal_moves, legal_end: of the layer.
        moves_back, legal_back: the transposes of transitions and legal_moves; if GRADIENT.
        logs: ``(N,)`` float64 out: log-sums.
        scores: ``(B,)`` float64 out: of the paths; if TAGGED.
        codes: ``(N, 3)`` int32 out: what is wrong, at which step, tokens of the sentence.
        shares: ``(N, T, K)`` out: marginals; if TAGGED the path less the marginals.
        pairs: ``(N, K to, K from)`` out: expected moves; if TAGGED the path's less the expected.
        each: ``(N, T, K to, K from)`` out if EACH: marginals of each move.
        potentials, alphas, scales: room, ``(N, T, P)``, the same if GRADIENT, ``(N, T)``.
        batch, steps, k: ``B``, ``T``, ``K``.
        P: ``K`` padded to a power of two, at least 16.
        CHUNK: tokens looked at together, a power of two, at least 16.
        DOUBLE, LIMITED, TAGGED, MOVED: float64; there is ``allowed``; ``tags``; ``moves``.
        GRADIENT, EACH: what is wanted.

    ``K`` is no number the compiler knows a divisor of: it would give a thread several neighbours
    of a row of the moves, and a sum over a column would cross the threads.
    """
    KIND: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    TOP: tl.constexpr = 900 if DOUBLE else 100
    LARGEST: tl.constexpr = 1023 if DOUBLE else 127
    lowest = -690.0 if DOUBLE else -74.0  # what a move and a token may take from FAINTEST together
    row = tl.program_id(0).to(tl.int64)
    within = tl.program_id(1) == 0
    line = tl.program_id(1).to(tl.int64) * batch + row
    tag = tl.arange(0, P)
    emissions += row * steps * k
    allowed += row * steps * k
    moves += row * steps * k * k
    tags += row * steps
    potentials += line * steps * P
    alphas += line * steps * P
    scales += line * steps
    n, what, at, taken, furthest, given_up = look(
        emissions, mask + row * steps, allowed, potentials, steps, k, within,
        lowest, P, CHUNK, KIND, DOUBLE, LIMITED, True,
    )  # fmt: skip
    inside = (tag[:, None] < k) & (tag[None, :] < k)
    ahead, behind = tag[:, None] * k + tag[None, :], tag[None, :] * k + tag[:, None]
    if TAGGED:
        score, made, wrong_at = _path(
            emissions, allowed, tags, moves, transitions, legal_moves, n, k,
            P, CHUNK, KIND, LIMITED, MOVED,
        )  # fmt: skip
        what = tl.where(wrong_at < NEVER, NO_TAG, what)
        at = tl.where(wrong_at < NEVER, wrong_at, at)
        n = tl.where(wrong_at < NEVER, 0, n)
        if GRADIENT:
            tl.store(pairs + line * k * k + ahead, made, mask=inside)

    begin, bad = own_scores(start, legal_start, tag, tag < k, KIND)
    stop, bad_stop = own_scores(end, legal_end, tag, tag < k, KIND)
    peak_begin, peak_stop = top(begin), top(stop)
    first, first_up = exponentiated(begin, peak_begin, lowest, DOUBLE)
    close, close_up = exponentiated(stop, peak_stop, lowest, DOUBLE)
    given_up = tl.maximum(given_up, tl.maximum(first_up, close_up))
    left = lowest - furthest
    onward, peak, move_up, bad_move = _table(
        transitions, legal_moves, moves, ahead, ahead, inside, left, KIND, DOUBLE, False
    )
    shift = (peak_begin + peak_stop).to(tl.float64) + taken
    bad = bad | bad_stop | bad_move
    if MOVED:
        moved_at = NEVER
    else:
        given_up = tl.maximum(given_up, move_up)
        shift += tl.maximum(n - 1, 0).to(tl.float64) * peak.to(tl.float64)
    what = tl.where((what == FINE) & (bad != 0), BAD_SCORES, what)
    n = tl.where(bad != 0, 0, n)

    # What some threads have written others read.
    tl.debug_barrier()
    alpha = first * tl.load(potentials + tag) * power_of_two(tl.full([P], TOP, tl.int32), DOUBLE)
    alpha = tl.where(n > 0, alpha, 0.0)
    least = alpha
    if GRADIENT:
        tl.store(alphas + tag, alpha)
    after = tl.load(potentials + P + tag, mask=(tag < P) & (n > 1), other=0.0)
    doubled = 0
    for t in range(1, n):
        potential = after
        after = tl.load(potentials + (t + 1) * P + tag, mask=(tag < P) & (t + 1 < n), other=0.0)
        if MOVED:
            onward, peak, move_up, bad_move = _table(
                transitions, legal_moves, moves + t * k * k, ahead, ahead, inside, left,
                KIND, DOUBLE, True,
            )  # fmt: skip
            shift += peak.to(tl.float64)
            given_up = tl.maximum(given_up, move_up)
            moved_at = tl.where(bad_move != 0, tl.minimum(moved_at, t), moved_at)
        power = tl.minimum(TOP - exponent(tl.max(alpha, 0), DOUBLE), LARGEST)
        scale = power_of_two(power, DOUBLE)
        doubled += power
        alpha = column_sums(alpha[:, None] * onward, P) * (potential * scale)
        least = tl.where((alpha > 0.0) & ((alpha < least) | (least == 0.0)), alpha, least)
        if GRADIENT:
            tl.store(alphas + t * P + tag, alpha)
            tl.store(scales + t, scale)
    closing = tl.sum(alpha * close, 0)
    reached = closing > 0.0
    total = tl.log(tl.where(reached, closing, 1.0).to(tl.float64))
    total -= (doubled + TOP).to(tl.float64) * 0.6931471805599453
    total = tl.where(reached, total, MINUS_INFINITY)
    tl.store(logs + line, total + shift)
    # All factors are at most 1: of K ** n paths, those with one that was given up have no more.
    lost = given_up.to(tl.float64) + n * tl.log(k.to(tl.float64))
    some = given_up > MINUS_INFINITY
    faint = (some & (lost > total - LOST)).to(tl.int32)
    faint = faint | tl.max(((least > 0.0) & (least < FAINTEST)).to(tl.int32), 0)
    faint = faint | (reached & (closing < 2.0**-60)).to(tl.int32)
    if TAGGED:
        final = tl.maximum(n - 1, 0)
        opening, closed = tl.load(tags), tl.load(tags + final)
        score += tl.sum(tl.where(tag == opening, begin, 0.0).to(tl.float64), 0)
        score += tl.sum(tl.where(tag == closed, stop, 0.0).to(tl.float64), 0)
        tl.store(scores + row, score)
    if GRADIENT:
        tl.debug_barrier()
        shares += line * steps * k
        each += line * steps * k * k
        pairs += line * k * k
        back = onward
        if MOVED == 0:
            back, peak, move_up, bad_move = _table(
                moves_back, legal_back, moves, ahead, ahead, inside, left, KIND, DOUBLE, False
            )
        _nothing(shares, each, n, steps, k, P, CHUNK, EACH)
        sound = closing >= 2.0**-60
        unit = tl.where(sound, 2.0**BETA / tl.where(sound, closing, 1.0), 0.0)
        beta = tl.where(alpha > 0.0, close * unit, 0.0)
        counts = tl.zeros([P, P], KIND)
        t = tl.maximum(n - 1, 0)
        potential = tl.load(potentials + t * P + tag) * tl.load(scales + t, mask=t > 0, other=1.0)
        before = tl.load(alphas + (t - 1) * P + tag, mask=(tag < P) & (t > 0), other=0.0)
        for done in range(1, n):
            t = n - done
            further = (tag < P) & (t > 1)
            potential_next = tl.load(potentials + (t - 1) * P + tag)
            potential_next *= tl.load(scales + t - 1, mask=t > 1, other=1.0)
            before_next = tl.load(alphas + (t - 2) * P + tag, mask=further, other=0.0)
            share = alpha * beta * 2.0**-BETA
            if TAGGED:
                share = tl.where(tag == tl.load(tags + t), 1.0, 0.0) - share
            tl.store(shares + t * k + tag, share, mask=tag < k)
            if MOVED:
                back, peak, move_up, bad_move = _table(
                    moves_back, legal_back, moves + t * k * k, ahead, behind, inside, left,
                    KIND, DOUBLE, True,
                )  # fmt: skip
            flow = (potential * beta)[:, None] * back
            beta = tl.where(before > 0.0, column_sums(flow, P), 0.0)
            flow *= before[None, :]
            counts += flow
            if EACH:
                flow *= 2.0**-BETA
                if TAGGED:
                    step = (tag[:, None] == tl.load(tags + t)) & (
                        tag[None, :] == tl.load(tags + t - 1)
                    )
                    flow = tl.where(step, 1.0, 0.0) - flow
                tl.store(each + t * k * k + ahead, flow, mask=inside)
            alpha, potential, before = before, potential_next, before_next
        share = alpha * beta * 2.0**-BETA
        counts *= 2.0**-BETA
        # Each token has a tag and each but the first a move: whatever went wrong, it shows here.
        tags_off = tl.abs(tl.sum(share, 0) - 1.0)
        moves_off = tl.abs(tl.sum(tl.sum(counts, 0), 0) - tl.maximum(n - 1, 0))
        right = (tags_off < 1e-2) & (moves_off <= 1e-2 * n)
        faint = faint | (reached & (right == 0)).to(tl.int32)
        if TAGGED:
            share = tl.where(tag == tl.load(tags), 1.0, 0.0) - share
            counts = tl.load(pairs + ahead, mask=inside, other=0.0) - counts
        tl.store(shares + tag, share, mask=(tag < k) & (n > 0))
        tl.store(pairs + ahead, counts, mask=inside)
    if MOVED:
        what = tl.where((moved_at < NEVER) & (what == FINE), NO_MOVE, what)
        at = tl.where(what == NO_MOVE, moved_at, at)
    what = tl.where((what == FINE) & (reached == 0), NO_PATH, what)
    what = tl.where(((what == FINE) | (what == NO_PATH)) & (faint != 0), FAINT, what)
    tl.store(codes + 3 * line, what)
    tl.store(codes + 3 * line + 1, at)
    tl.store(codes + 3 * line + 2, n)
