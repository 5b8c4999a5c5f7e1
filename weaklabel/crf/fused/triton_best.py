"""The best path of each sentence of a batch on a GPU: one launch, the way back included."""

from __future__ import annotations

import triton
import triton.language as tl

from weaklabel.crf.fused.triton_pieces import (
    BAD_SCORES,
    FINE,
    MINUS_INFINITY,
    NEVER,
    NO_MOVE,
    NO_PATH,
    column_best,
    look,
    no_number,
    own_scores,
    step_scores,
)


@triton.jit
def _added(moves, t, at, inside, k, KIND: tl.constexpr):
    """What is added to the moves into token ``t``, and whether one is no number."""
    added = tl.load(moves + t * k * k + at, mask=inside, other=0.0).to(KIND)
    return added, tl.max(no_number(added).to(tl.int32))


@triton.jit(do_not_specialize=["steps", "k"])
def best_paths(
    emissions, mask, allowed, moves, start, transitions, end,
    legal_start, legal_moves, legal_end,
    codes, pointers, paths,
    steps, k,
    P: tl.constexpr, CHUNK: tl.constexpr, DOUBLE: tl.constexpr, LIMITED: tl.constexpr,
    MOVED: tl.constexpr,
):  # fmt: skip
    """A sentence's best path; of equal ones the lowest tags win last (Viterbi, 1967).

    Args:
        emissions, mask, allowed, moves: ``(B, T, K)``, ``(B, T)``, ``(B, T, K)``,
            ``(B, T, K, K)``, contiguous; the last two only where the switches say so.
        start, transitions, end, legal_start, legal_moves, legal_end: of the layer.
        codes: ``(B, 3)`` int32 out: what is wrong, at which step, tokens of the sentence.
        pointers: room for ``(B, T, P)`` bytes: the tag before each tag.
        paths: ``(B, T)`` int64 out, 0 at padding.
        steps, k: ``T``, ``K``.
        P: ``K`` padded to a power of two, from 16 to 128.
        CHUNK: tokens looked at together, a power of two.
        DOUBLE, LIMITED, MOVED: float64 rather than float32; there is ``allowed``; ``moves``.
    """
    KIND: tl.constexpr = tl.float64 if DOUBLE else tl.float32
    row = tl.program_id(0).to(tl.int64)
    tag = tl.arange(0, P)
    emissions += row * steps * k
    allowed += row * steps * k
    moves += row * steps * k * k
    pointers += row * steps * P
    paths += row * steps
    n, what, at, _taken, _furthest, _given_up = look(
        emissions, mask + row * steps, allowed, pointers, steps, k, True, 0.0,
        P, CHUNK, KIND, DOUBLE, LIMITED, False,
    )  # fmt: skip
    source, to = tag[:, None], tag[None, :]
    inside = (source < k) & (to < k)
    begin, bad = own_scores(start, legal_start, tag, tag < k, KIND)
    stop, bad_stop = own_scores(end, legal_end, tag, tag < k, KIND)
    onward, bad_move = own_scores(transitions, legal_moves, source * k + to, inside, KIND)
    bad = bad | bad_stop | bad_move
    what = tl.where((what == FINE) & (bad != 0), BAD_SCORES, what)
    n = tl.where(bad != 0, 0, n)
    moved_at = NEVER

    best = begin + step_scores(emissions, allowed, 0, tag, k, n > 0, KIND, LIMITED)
    second = tl.maximum(tl.minimum(1, n - 1), 0)
    after = step_scores(emissions, allowed, second, tag, k, True, KIND, LIMITED)
    for t in range(1, n):
        here = after
        after = step_scores(
            emissions, allowed, tl.minimum(t + 1, n - 1), tag, k, True, KIND, LIMITED
        )
        into = best[:, None] + onward
        if MOVED:
            added, wrong = _added(moves, t, source * k + to, inside, k, KIND)
            moved_at = tl.where(wrong != 0, tl.minimum(moved_at, t), moved_at)
            into = best[:, None] + (onward + added)
        value, came_from = column_best(into, P)
        tl.store(pointers + t * P + tag, came_from.to(tl.uint8))
        best = value + here
    value, last = tl.max(best + stop, 0, return_indices=True)

    chunk = tl.arange(0, CHUNK)
    for first in range(n, steps, CHUNK):
        t_pad = first + chunk
        tl.store(paths + t_pad, tl.zeros([CHUNK], tl.int64), mask=t_pad < steps)
    tl.debug_barrier()  # what some threads have written others read
    now = last.to(tl.int32)
    for done in range(1, n):
        t = n - done
        tl.store(paths + t, now.to(tl.int64))
        now = tl.load(pointers + t * P + now).to(tl.int32)
    tl.store(paths, now.to(tl.int64), mask=n > 0)
    if MOVED:
        what = tl.where((moved_at < NEVER) & (what == FINE), NO_MOVE, what)
        at = tl.where(what == NO_MOVE, moved_at, at)
    what = tl.where((what == FINE) & (n > 0) & (value == MINUS_INFINITY), NO_PATH, what)
    tl.store(codes + 3 * row, what)
    tl.store(codes + 3 * row + 1, at)
    tl.store(codes + 3 * row + 2, n)
