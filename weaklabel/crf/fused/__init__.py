"""The GPU's back end: Triton kernels (:mod:`.triton_sums`, :mod:`.triton_best`), one launch a pass.

Numbers are float32 whatever the emissions are, float64 where those are; a sentence in which one
came near underflow is summed by the reference back end in float64. What was found wrong comes back
in one tensor, read once at the end of a pass: the only time the CPU waits for the GPU. Nothing is
added up in an order that could change: the same input gives the same bits.

The best few paths, drawing paths and more than 128 tags have no kernel: the reference back end does
them on the same device. Triton is imported when a sum is first asked for.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from weaklabel.crf import plain
from weaklabel.crf.first_order import first_order
from weaklabel.crf.fused.launch import (
    as_bytes,
    chunk,
    device_of,
    faint_lines,
    kernels,
    out_of_reach,
    padded,
    warps,
)
from weaklabel.crf.fused.passes import Swept, sweep
from weaklabel.crf.problem import Problem

BLOCK, ROWS, WIDTH = 1024, 32, 64
"""Cells, sentences and cells of a row that are weighed together."""


class _Sum(torch.autograd.Function):
    """A sum over paths whose gradient is worked out with it."""

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        transitions: Tensor,
        end: Tensor,
        moves: Tensor | None,
        problem: Problem,
        passes: int,
        tags: Tensor | None,
    ) -> Tensor:
        each = moves is not None and moves.requires_grad
        swept = sweep(problem, passes=passes, tags=tags, wanted=True, each=each)
        ctx.swept = swept
        ctx.kinds = emissions.dtype, start.dtype, transitions.dtype, end.dtype
        ctx.moves_kind = None if moves is None else moves.dtype
        return _value(swept)

    @staticmethod
    @first_order
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weights, swept = grads[0].detach().contiguous(), ctx.swept
        found: list[Tensor | None] = [None] * 8
        found[:4] = _weighed(weights, swept, ctx.kinds)
        if ctx.needs_input_grad[4]:
            each = swept.each[0] if len(swept.each) == 1 else swept.each[0] - swept.each[1]
            found[4] = (each.mT * weights[:, None, None, None]).to(ctx.moves_kind)
        return tuple(found)


def _value(swept: Swept) -> Tensor:
    if len(swept.logs) == 2:
        return (swept.logs[0] - swept.logs[1]).clamp_(max=0.0)
    return swept.scores - swept.logs[0] if swept.scores.numel() else swept.logs[0]


def _weighed(weights: Tensor, swept: Swept, kinds: tuple[torch.dtype, ...]) -> list[Tensor]:
    """Gradients in emissions, start, transitions and end."""
    passes, batch, steps, k = swept.shares.shape
    shapes = (batch, steps, k), (k,), (k, k), (k,)
    found = [weights.new_empty(at, dtype=kind) for at, kind in zip(shapes, kinds, strict=True)]
    parts, squares = -(-steps * k // BLOCK), -(-k * k // WIDTH)
    with device_of(weights):
        kernels("weigh").weigh[batch * parts + squares + -(-k // WIDTH),](
            weights,
            swept.shares,
            swept.pairs,
            swept.codes,
            *found,
            batch,
            steps * k,
            k,
            parts,
            squares,
            BLOCK=BLOCK,
            ROWS=ROWS,
            WIDTH=WIDTH,
            PASSES=passes,
        )
    return found


def _summed(problem: Problem, passes: int = 1, tags: Tensor | None = None) -> Tensor:
    own = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in own):
        found: Tensor = _Sum.apply(*own, problem, passes, tags)  # type: ignore[no-untyped-call]
        return found
    return _value(sweep(problem, passes=passes, tags=tags))


def log_partition(problem: Problem) -> Tensor:
    """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""
    return plain.log_partition(problem) if out_of_reach(problem) else _summed(problem)


def log_likelihood(problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each, ``(B,)`` float64."""
    if out_of_reach(problem):
        return plain.log_likelihood(problem, tags)
    return _summed(problem, tags=tags)


def partial_log_likelihood(problem: Problem) -> Tensor:
    """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
    if out_of_reach(problem):
        return plain.partial_log_likelihood(problem)
    return _summed(problem, passes=2)


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    if out_of_reach(problem):
        return plain.marginals(problem)
    return sweep(problem, wanted=True).shares[0].double()


def pair_marginals(problem: Problem) -> Tensor:
    """Probability of each move into each token, ``(B, T, K, K)`` float64."""
    if out_of_reach(problem, each=True):
        return plain.pair_marginals(problem)
    return sweep(problem, wanted=True, each=True).each[0].mT.double()


def expected_moves(problem: Problem) -> Tensor:
    """The pair marginals summed over the tokens, ``(B, K, K)`` float64."""
    if out_of_reach(problem):
        return plain.expected_moves(problem)
    return sweep(problem, wanted=True).pairs[0].mT.double()


def decode(problem: Problem) -> Tensor:
    """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""
    if out_of_reach(problem):
        return plain.decode(problem)
    emissions = problem.emissions.detach().contiguous()
    batch, steps, k = emissions.shape
    width, mask = padded(k), as_bytes(problem.mask)
    own = problem.start, problem.transitions, problem.end
    double = any(x.dtype is torch.float64 for x in (emissions, *own))
    codes = emissions.new_empty((batch, 3), dtype=torch.int32)
    paths = emissions.new_empty((batch, steps), dtype=torch.int64)
    with device_of(emissions):
        kernels("best").best_paths[batch,](
            emissions,
            mask,
            mask if problem.allowed is None else as_bytes(problem.allowed),
            emissions if problem.moves is None else problem.moves.detach().contiguous(),
            *(scores.detach().contiguous() for scores in own),
            *(as_bytes(legal) for legal in problem[5:8]),
            codes,
            emissions.new_empty((batch, steps, width), dtype=torch.uint8),
            paths,
            steps,
            k,
            P=width,
            CHUNK=chunk(width),
            DOUBLE=double,
            LIMITED=problem.allowed is not None,
            MOVED=problem.moves is not None,
            num_warps=warps(width, double),
        )
    faint_lines(problem, codes, None, True)
    return paths


def kbest(problem: Problem, count: int) -> tuple[Tensor, Tensor]:
    """The best paths and their scores, by the reference back end."""
    return plain.kbest(problem, count)


def sample(problem: Problem, uniforms: Tensor) -> Tensor:
    """Paths drawn by their probability, by the reference back end."""
    return plain.sample(problem, uniforms)
