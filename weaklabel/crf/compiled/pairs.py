"""Sums over chains whose moves differ by step, and probabilities of each step's moves, compiled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf import problem as errors
from weaklabel.crf.compiled import sweeps
from weaklabel.crf.compiled.pairwise import pair_sweep
from weaklabel.crf.compiled.sentences import (
    NO_TAGS,
    Array,
    in_parts,
    mask_and_allowed,
    on_all,
    own_scores,
)
from weaklabel.crf.compiled.summing import check_likely, kind_of
from weaklabel.crf.first_order import first_order
from weaklabel.crf.problem import Problem, known_floats


class _Swept(NamedTuple):
    values: Array  # (B,) float64
    shares: Array  # (B, T, K), or nothing
    counts: Array  # (B, K, K) float64, or nothing
    pairs: Array  # (B, T, K, K), or nothing


def finite_scores(problem: Problem) -> tuple[Array, Array, Array]:
    """The layer's start, moves and end, float64, ``-inf`` where they are forbidden.

    Raises:
        NotFinite: if one is NaN or ``+inf``.
    """
    start, moves, end = own_scores(problem)
    if not all((scores < np.inf).all() for scores in (start, moves, end)):
        raise errors.bad_scores()
    return start, moves, end


def given_moves(problem: Problem) -> Array:
    """``(B, T, K, K)`` as the kernels take them; nothing, where the moves are the layer's alone."""
    if problem.moves is None:
        return np.zeros((0, 0, 0, 0))
    return np.ascontiguousarray(known_floats(problem.moves.detach()).numpy())


def _sweep(problem: Problem, what: str, tags: Tensor | None, shares: bool, pairs: bool) -> _Swept:
    emissions = np.ascontiguousarray(problem.emissions.detach().numpy())
    batch, steps, k = emissions.shape
    kind = kind_of(what, problem)
    start, base, end = finite_scores(problem)
    moves = given_moves(problem)
    mask, some = mask_and_allowed(problem)
    path = NO_TAGS if tags is None else np.ascontiguousarray(tags.numpy())
    swept = _Swept(
        np.empty(batch),
        np.empty((batch, steps, k) if shares else (0, 0, 0), emissions.dtype),
        np.empty((batch, k, k) if shares else (0, 0, 0)),
        np.empty((batch, steps, k, k) if pairs else (0, 0, 0, 0), emissions.dtype),
    )

    def work(begin: int, stop: int, wrong: Array) -> None:
        pair_sweep(
            emissions, mask, some, path, moves, start, base, end, kind,
            *swept, wrong, begin, stop,
        )  # fmt: skip

    on_all(problem, tags, work, 2.0)
    check_likely(kind, swept.values)
    return swept


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
        ctx.swept = _sweep(problem, what, tags, True, moves.requires_grad)
        return torch.from_numpy(ctx.swept.values)

    @staticmethod
    @first_order
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        swept, ctx.swept = ctx.swept, None
        emissions, start, transitions, end, moves = ctx.saved_tensors
        problem = ctx.problem._replace(
            emissions=emissions, start=start, transitions=transitions, end=end, moves=moves
        )
        if swept is None:
            swept = _sweep(problem, ctx.what, ctx.tags, True, moves.requires_grad)
        weights = grads[0].detach().contiguous().numpy()
        return (*_weighed(weights, problem, swept, ctx.needs_input_grad), None, None, None)


def _weighed(
    weights: Array, problem: Problem, swept: _Swept, wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """The gradients in emissions, start, transitions, end and moves; the large ones in place."""
    batch, steps, k = swept.shares.shape
    mask = np.ascontiguousarray(problem.mask.numpy())
    start, shared, end = np.zeros(k), np.zeros((k, k)), np.zeros(k)
    if any(wanted[1:4]):
        sweeps.gather_ends(weights, mask, swept.shares, start, end)
        sweeps.gather(weights, swept.counts, shared, 0, k)
    found: list[Tensor | None] = [torch.from_numpy(swept.shares)]
    layer = problem.start, problem.transitions, problem.end
    found += [
        torch.from_numpy(sums).to(scores.dtype)
        for sums, scores in zip((start, shared, end), layer, strict=True)
    ]
    found.append(torch.from_numpy(swept.pairs))
    for place, size in ((0, k), (4, k * k)):
        if wanted[place]:
            flat = (swept.shares if place == 0 else swept.pairs).reshape(batch, steps, size)

            def weigh(begin: int, stop: int, flat: Array = flat) -> None:
                sweeps.weigh(weights, mask, flat, begin, stop)

            in_parts((batch, steps, k), weigh)
    return [grad if asked else None for grad, asked in zip(found, wanted[:5], strict=True)]


def summed(what: str, problem: Problem, tags: Tensor | None = None) -> Tensor:
    """One of a back end's three sums, by name, where moves differ by step: ``(B,)`` float64."""
    assert problem.moves is not None
    emissions, moves = known_floats(problem.emissions), known_floats(problem.moves)
    if emissions.dtype is not moves.dtype:
        emissions, moves = emissions.double(), moves.double()
    problem = problem._replace(emissions=emissions, moves=moves)
    inputs = emissions, problem.start, problem.transitions, problem.end, moves
    if torch.is_grad_enabled() and any(x.requires_grad for x in inputs):
        found: Tensor = _Sum.apply(*inputs, problem, what, tags)  # type: ignore[no-untyped-call]
        return found
    return torch.from_numpy(_sweep(problem, what, tags, False, False).values)


def _exactly(problem: Problem, pairs: bool) -> _Swept:
    exact = problem._replace(emissions=problem.emissions.detach().double())
    return _sweep(exact, "log_partition", None, True, pairs)


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
