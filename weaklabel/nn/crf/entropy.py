"""How undecided a chain is, and what would make it less so."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf.backends import Backend
from weaklabel.nn.crf.expectations import Shares, at_last, finite, mean_score, shares_of
from weaklabel.nn.crf.problem import Problem


def entropy(backend: Backend, problem: Problem) -> Tensor:
    """Entropy of the paths, ``(B,)`` float64 nats: the log-partition less the mean score.

    The gradient in a score is less the covariance of what it counts with the path's score. It
    takes the pair marginals, ``O(B T K^2)`` memory, and two passes over them in plain torch.

    Raises:
        DataError: if a sentence has no path.
    """
    inputs = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in inputs):
        found: Tensor = _Entropy.apply(*inputs, backend, problem)  # type: ignore[no-untyped-call]
        return found
    return _value(backend, problem, pairs=problem.moves is not None)[0]


def _value(backend: Backend, problem: Problem, *, pairs: bool) -> tuple[Tensor, Shares]:
    with torch.no_grad():
        total = backend.log_partition(problem)
        errors.check_paths(total)
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
        ctx.problem = problem._replace(
            emissions=emissions, start=start, transitions=transitions, end=end, moves=moves
        )
        value, ctx.shares = _value(backend, ctx.problem, pairs=True)
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        problem: Problem = ctx.problem
        found = _covariances(problem, ctx.shares, -grads[0], ctx.needs_input_grad[4])
        learnt = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
        cast = (
            None if grad is None or given is None else grad.to(given.dtype)
            for grad, given in zip(found, learnt, strict=True)
        )
        return (*cast, None, None)


class _Gradients(NamedTuple):
    emissions: Tensor
    start: Tensor
    transitions: Tensor
    end: Tensor
    moves: Tensor | None


def _covariances(problem: Problem, shares: Shares, weights: Tensor, each: bool) -> _Gradients:
    """Covariance of each tag and move with the path's score, weighed by sentence.

    That of a tag is its probability times how much more the paths through it score in the mean
    than all do: what comes before, given the tag, and what follows.

    Args:
        problem: the scores.
        shares: how likely each tag and each pair is.
        weights: ``(B,)``.
        each: whether the moves are wanted token by token.
    """
    assert shares.pairs is not None
    pairs, own, moves = shares.pairs, _own_scores(problem, shares), _moves_scores(problem, shares)
    before, onward = _before(pairs, own, moves), _onward(problem, shares, own, moves)
    mean = (shares.tags[:, 0] * onward[:, 0]).sum(-1)  # onward from the first token is all
    tags = shares.tags * (before + onward - own - mean[:, None, None]) * weights[:, None, None]
    summed = torch.zeros_like(problem.transitions, dtype=torch.float64)
    found = torch.zeros_like(pairs) if each else None
    for t in range(1, pairs.shape[1]):
        through = before[:, t - 1, :, None] + (onward[:, t] - mean[:, None])[:, None, :]
        through = through.add_(_at(moves, t)).mul_(pairs[:, t]).mul_(weights[:, None, None])
        summed += through.sum(0)
        if found is not None:
            found[:, t] = through
    return _Gradients(tags, tags[:, 0].sum(0), summed, at_last(tags, problem.mask).sum(0), found)


def _own_scores(problem: Problem, shares: Shares) -> Tensor:
    """What a tag itself scores, ``(B, T, K)``: its emission, and the start if it is the first."""
    own = finite(problem.emissions, shares.tags)
    own[:, 0] += finite(problem.start, shares.tags[:, 0])
    return own


def _moves_scores(problem: Problem, shares: Shares) -> Tensor:
    """What moves score, ``(K, K)`` or ``(B, T, K, K)``; 0 where they are never made."""
    shared = problem.transitions.to(torch.float64)
    shared = shared.masked_fill(shared == -torch.inf, 0.0)
    if problem.moves is None:
        return shared
    assert shares.pairs is not None
    return finite(problem.moves, shares.pairs) + shared


def _at(moves: Tensor, step: int) -> Tensor:
    return moves if moves.dim() == 2 else moves[:, step]


def _before(pairs: Tensor, own: Tensor, moves: Tensor) -> Tensor:
    """Mean score of a path's beginning up to a tag, the tag with it, ``(B, T, K)``."""
    found = own.clone()
    for t in range(1, own.shape[1]):
        pair = pairs[:, t]
        gained = (pair * _at(moves, t)).sum(1) + torch.bmm(found[:, t - 1, None], pair)[:, 0]
        found[:, t] += gained / _divisor(pair.sum(1))
    return found


def _onward(problem: Problem, shares: Shares, own: Tensor, moves: Tensor) -> Tensor:
    """Mean score of a path from a tag on, the tag with it, ``(B, T, K)``."""
    assert shares.pairs is not None
    found = own.clone()
    last = problem.mask.sum(1) - 1
    rows = torch.arange(len(last), device=last.device)
    found[rows, last] += finite(problem.end, shares.tags[rows, last])
    for t in range(own.shape[1] - 1, 0, -1):
        pair = shares.pairs[:, t]  # 0 at padding, so that nothing comes from there
        gained = (pair * _at(moves, t)).sum(2) + torch.bmm(pair, found[:, t, :, None])[..., 0]
        found[:, t - 1] += gained / _divisor(pair.sum(2))
    return found


def _divisor(shares: Tensor) -> Tensor:
    return shares.masked_fill(shares == 0.0, 1.0)
