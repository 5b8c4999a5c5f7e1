"""Entropy of a chain's paths, with its gradient."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from weaklabel.crf import compiled
from weaklabel.crf.checks import with_paths
from weaklabel.crf.compiled import covariances as compiled_covariances
from weaklabel.crf.covariances import covariances
from weaklabel.crf.expectations import Shares, mean_score, shares_of
from weaklabel.crf.first_order import first_order
from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend


def entropy(backend: Backend, problem: Problem) -> Tensor:
    """Entropy of the paths, ``(B,)`` float64 nats: the log-partition less the mean score.

    The gradient in a score is less the covariance of what it counts with the path's score. It
    takes the pair marginals, ``O(B T K^2)`` memory, and three passes over them.

    Raises:
        DataError: if a sentence has no path.
    """
    inputs = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in inputs):
        entropies: Tensor = _Entropy.apply(*inputs, backend, problem)  # type: ignore[no-untyped-call]
        return entropies
    return _value(backend, problem, pairs=problem.moves is not None)[0]


def _value(backend: Backend, problem: Problem, *, pairs: bool) -> tuple[Tensor, Shares]:
    with torch.no_grad():
        total = with_paths(backend.log_partition(problem))
        shares = shares_of(backend, problem, pairs=pairs)
        return (total - mean_score(shares, problem)).clamp(min=0.0), shares


class _Entropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        transitions: Tensor,
        end: Tensor,
        moves: Tensor | None,
        backend: Backend,
        problem: Problem,
    ) -> Tensor:
        ctx.save_for_backward(emissions, start, transitions, end, moves)
        ctx.problem = problem._replace(emissions=emissions[:0], moves=None)  # the rest of it
        ctx.backend = backend
        value, ctx.shares = _value(backend, problem, pairs=True)
        return value

    @staticmethod
    @first_order
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        emissions, start, transitions, end, moves = ctx.saved_tensors
        problem = ctx.problem._replace(
            emissions=emissions, start=start, transitions=transitions, end=end, moves=moves
        )
        work = compiled_covariances.covariances if ctx.backend is compiled else covariances
        gradients = work(problem, ctx.shares, -grads[0], ctx.needs_input_grad[4])
        learnt = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
        cast = (
            None if grad is None or given is None else grad.to(given.dtype)
            for grad, given in zip(gradients, learnt, strict=True)
        )
        return (*cast, None, None)
