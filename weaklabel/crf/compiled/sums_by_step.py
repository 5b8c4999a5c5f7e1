"""Log-sums over the paths of a batch, with their gradients, where moves differ by step.

Also the probability of each step's moves, which :mod:`.sums` gives summed over the steps alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf.compiled.arrays import (
    NO_TAGS,
    Array,
    finite_scores,
    given_moves,
    mask_and_allowed,
)
from weaklabel.crf.compiled.loops.sum_by_step import sum_paths_by_step
from weaklabel.crf.compiled.loops.weigh import gather, gather_ends, weigh
from weaklabel.crf.compiled.sums import check_likely, which_sum
from weaklabel.crf.compiled.threads import in_parts, on_all
from weaklabel.crf.first_order import first_order
from weaklabel.crf.problem import Problem, known_floats


class _Sums(NamedTuple):
    values: Array  # (B,) float64
    shares: Array  # (B, T, K), or nothing
    counts: Array  # (B, K, K) float64, or nothing
    pairs: Array  # (B, T, K, K), or nothing


def _sums_of(problem: Problem, what: str, tags: Tensor | None, shares: bool, pairs: bool) -> _Sums:
    emissions = np.ascontiguousarray(problem.emissions.detach().numpy())
    batch, steps, k = emissions.shape
    which = which_sum(what, problem)
    start, base, end = finite_scores(problem)
    moves = given_moves(problem)
    mask, some = mask_and_allowed(problem)
    path = NO_TAGS if tags is None else np.ascontiguousarray(tags.numpy())
    sums = _Sums(
        np.empty(batch),
        np.empty((batch, steps, k) if shares else (0, 0, 0), emissions.dtype),
        np.empty((batch, k, k) if shares else (0, 0, 0)),
        np.empty((batch, steps, k, k) if pairs else (0, 0, 0, 0), emissions.dtype),
    )

    def work(begin: int, stop: int, wrong: Array) -> None:
        sum_paths_by_step(
            emissions, mask, some, path, moves, start, base, end, which,
            *sums, wrong, begin, stop,
        )  # fmt: skip

    on_all(problem, tags, work, 2.0)
    check_likely(which, sums.values)
    return sums


class _Sum(torch.autograd.Function):
    """A sum over paths whose gradient is worked out with it.

    The gradients in emissions and moves are weighed in place and handed over. Who goes backward
    once more (``retain_graph=True``) has them worked out again.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        transitions: Tensor,
        end: Tensor,
        moves: Tensor,
        problem: Problem,
        what: str,
        tags: Tensor | None,
    ) -> Tensor:
        ctx.save_for_backward(emissions, start, transitions, end, moves)
        ctx.problem = problem._replace(emissions=emissions[:0], moves=None)  # the rest of it
        ctx.what, ctx.tags = what, tags
        ctx.sums = _sums_of(problem, what, tags, True, moves.requires_grad)
        return torch.from_numpy(ctx.sums.values)

    @staticmethod
    @first_order
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        sums, ctx.sums = ctx.sums, None
        emissions, start, transitions, end, moves = ctx.saved_tensors
        problem = ctx.problem._replace(
            emissions=emissions, start=start, transitions=transitions, end=end, moves=moves
        )
        if sums is None:
            sums = _sums_of(problem, ctx.what, ctx.tags, True, moves.requires_grad)
        weights = grads[0].detach().contiguous().numpy()
        return (*_weighed(weights, problem, sums, ctx.needs_input_grad), None, None, None)


def _weighed(
    weights: Array, problem: Problem, sums: _Sums, wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """The gradients in emissions, start, transitions, end and moves; the large ones in place."""
    batch, steps, k = sums.shares.shape
    mask = np.ascontiguousarray(problem.mask.numpy())
    start, shared, end = np.zeros(k), np.zeros((k, k)), np.zeros(k)
    if any(wanted[1:4]):
        gather_ends(weights, mask, sums.shares, start, end)
        gather(weights, sums.counts, shared, 0, k)
    gradients: list[Tensor | None] = [torch.from_numpy(sums.shares)]
    layer = problem.start, problem.transitions, problem.end
    gradients += [
        torch.from_numpy(total).to(scores.dtype)
        for total, scores in zip((start, shared, end), layer, strict=True)
    ]
    gradients.append(torch.from_numpy(sums.pairs))
    for place, size in ((0, k), (4, k * k)):
        if wanted[place]:
            flat = (sums.shares if place == 0 else sums.pairs).reshape(batch, steps, size)

            def work(begin: int, stop: int, flat: Array = flat) -> None:
                weigh(weights, mask, flat, begin, stop)

            in_parts((batch, steps, k), work)
    return [grad if asked else None for grad, asked in zip(gradients, wanted[:5], strict=True)]


def summed(what: str, problem: Problem, tags: Tensor | None = None) -> Tensor:
    """One of a back end's three sums, by name, where moves differ by step: ``(B,)`` float64."""
    assert problem.moves is not None
    emissions, moves = known_floats(problem.emissions), known_floats(problem.moves)
    if emissions.dtype is not moves.dtype:
        emissions, moves = emissions.double(), moves.double()
    problem = problem._replace(emissions=emissions, moves=moves)
    inputs = emissions, problem.start, problem.transitions, problem.end, moves
    if torch.is_grad_enabled() and any(x.requires_grad for x in inputs):
        values: Tensor = _Sum.apply(*inputs, problem, what, tags)  # type: ignore[no-untyped-call]
        return values
    return torch.from_numpy(_sums_of(problem, what, tags, False, False).values)


def _exactly(problem: Problem, pairs: bool) -> _Sums:
    exact = problem._replace(emissions=problem.emissions.detach().double())
    return _sums_of(exact, "log_partition", None, True, pairs)


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    return torch.from_numpy(_exactly(problem, False).shares)


def pair_marginals(problem: Problem) -> Tensor:
    """Probability of each move into each token, ``(B, T, K, K)`` float64.

    ``[b, t, i, j]`` is that of tag ``i`` at token ``t - 1`` and tag ``j`` at token ``t``; 0 at the
    first token, at padding and where a sentence has no path.
    """
    return torch.from_numpy(_exactly(problem, True).pairs)


def expected_moves(problem: Problem) -> Tensor:
    """The pair marginals summed over the tokens, ``(B, K, K)`` float64, without making them."""
    return torch.from_numpy(_exactly(problem, False).counts)
