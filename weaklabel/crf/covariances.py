"""Covariance of tags and moves with what the path scores: the entropy's gradient, less a sign."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.crf.expectations import Shares, at_last, finite
from weaklabel.crf.problem import Problem


class Gradients(NamedTuple):
    """Covariances, weighed, in the shapes of what they are gradients of; float64."""

    emissions: Tensor
    start: Tensor
    transitions: Tensor
    end: Tensor
    moves: Tensor | None


def covariances(problem: Problem, shares: Shares, weights: Tensor, each: bool) -> Gradients:
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
    pairs, own, moves = (
        shares.pairs,
        own_scores_of(problem, shares),
        moves_scores_of(problem, shares),
    )
    before, onward = _before(pairs, own, moves), _onward(problem, shares, own, moves)
    mean = (shares.tags[:, 0] * onward[:, 0]).sum(-1)  # onward from the first token is all
    tags = shares.tags * (before + onward - own - mean[:, None, None]) * weights[:, None, None]
    summed = torch.zeros_like(problem.transitions, dtype=torch.float64)
    by_step = torch.zeros_like(pairs) if each else None
    for t in range(1, pairs.shape[1]):
        through = before[:, t - 1, :, None] + (onward[:, t] - mean[:, None])[:, None, :]
        through = through.add_(_at(moves, t)).mul_(pairs[:, t]).mul_(weights[:, None, None])
        summed += through.sum(0)
        if by_step is not None:
            by_step[:, t] = through
    return Gradients(tags, tags[:, 0].sum(0), summed, at_last(tags, problem.mask).sum(0), by_step)


def own_scores_of(problem: Problem, shares: Shares) -> Tensor:
    """What a tag itself scores, ``(B, T, K)``: its emission, and the start if it is the first."""
    own = finite(problem.emissions, shares.tags)
    own[:, 0] += finite(problem.start, shares.tags[:, 0])
    return own


def moves_scores_of(problem: Problem, shares: Shares) -> Tensor:
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
    before = own.clone()
    for t in range(1, own.shape[1]):
        pair = pairs[:, t]
        gained = (pair * _at(moves, t)).sum(1) + torch.bmm(before[:, t - 1, None], pair)[:, 0]
        before[:, t] += gained / _divisor(pair.sum(1))
    return before


def _onward(problem: Problem, shares: Shares, own: Tensor, moves: Tensor) -> Tensor:
    """Mean score of a path from a tag on, the tag with it, ``(B, T, K)``."""
    assert shares.pairs is not None
    onward = own.clone()
    last = problem.mask.sum(1) - 1
    rows = torch.arange(len(last), device=last.device)
    onward[rows, last] += finite(problem.end, shares.tags[rows, last])
    for t in range(own.shape[1] - 1, 0, -1):
        pair = shares.pairs[:, t]  # 0 at padding, so that nothing comes from there
        gained = (pair * _at(moves, t)).sum(2) + torch.bmm(pair, onward[:, t, :, None])[..., 0]
        onward[:, t - 1] += gained / _divisor(pair.sum(2))
    return onward


def _divisor(shares: Tensor) -> Tensor:
    return shares.masked_fill(shares == 0.0, 1.0)
