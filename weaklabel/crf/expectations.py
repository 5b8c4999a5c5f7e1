"""Means over the paths of a chain: how often a tag and a move occur, what a path scores."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend


class Counts(NamedTuple):
    """Expected counts: what the gradient of the log-partition in the layer's scores is made of.

    Attributes:
        start: ``(B, K)``, the probability that the first token has a tag.
        moves: ``(B, K, K)``, how often a tag is followed by another in the mean.
        end: ``(B, K)``, the probability that the last token has a tag.
    """

    start: Tensor
    moves: Tensor
    end: Tensor


class Shares(NamedTuple):
    """How likely tags and moves are, float64.

    Attributes:
        tags: ``(B, T, K)``, 0 at padding.
        moves: ``(B, K, K)``, summed over the tokens.
        pairs: ``(B, T, K, K)``, 0 at the first token and at padding; ``None`` if nobody asks.
    """

    tags: Tensor
    moves: Tensor
    pairs: Tensor | None

    def counts(self, mask: Tensor) -> Counts:
        """Expected counts; ``mask`` is ``(B, T)`` bool."""
        return Counts(self.tags[:, 0], self.moves, at_last(self.tags, mask))


def shares_of(backend: Backend, problem: Problem, *, pairs: bool) -> Shares:
    """The marginals of a chain; 0 where a sentence has no path.

    Args:
        backend: who works them out.
        problem: the chain.
        pairs: whether moves are wanted token by token.
    """
    with torch.no_grad():
        tags = backend.marginals(problem)
        if not pairs:
            return Shares(tags, backend.expected_moves(problem), None)
        each = backend.pair_marginals(problem)
        return Shares(tags, each.sum(1), each)


def independent(belief: Tensor, mask: Tensor, *, pairs: bool) -> Shares:
    """The marginals of tokens that do not know of one another.

    Args:
        belief: ``(B, T, K)``, the probability of each tag; anything at padding.
        mask: ``(B, T)`` bool.
        pairs: whether moves are wanted token by token.
    """
    tags = belief.to(torch.float64).masked_fill(~mask[..., None], 0.0)
    before, after = tags[:, :-1], tags[:, 1:]
    moves = before.transpose(1, 2) @ after
    if not pairs:
        return Shares(tags, moves, None)
    first = tags.new_zeros(len(tags), 1, *moves.shape[1:])
    return Shares(tags, moves, torch.cat([first, before[..., None] * after[:, :, None]], 1))


def mean_score(shares: Shares, problem: Problem) -> Tensor:
    """What a path scores in the mean, ``(B,)`` float64; differentiable in the scores.

    ``-inf`` where something forbidden has a share: where it has none, it is nobody's.

    Args:
        shares: of tags and moves; token by token if the problem's moves are.
        problem: the scores.
    """
    emissions = problem.emissions
    if problem.allowed is not None:
        emissions = emissions.masked_fill(~problem.allowed, -torch.inf)
    counts = shares.counts(problem.mask)
    transitions = _limited(problem.transitions, problem.legal_moves).flatten()
    total = (
        _mean(shares.tags, emissions).sum(1)
        + _mean(counts.start, _limited(problem.start, problem.legal_start))
        + _mean(counts.moves.flatten(1), transitions) * (problem.mask.sum(1) - 1)
        + _mean(counts.end, _limited(problem.end, problem.legal_end))
    )
    if problem.moves is not None:
        assert shares.pairs is not None
        total = total + _mean(shares.pairs.flatten(2), problem.moves.flatten(2)).sum(1)
    return total


def _limited(scores: Tensor, legal: Tensor) -> Tensor:
    return scores.masked_fill(~legal, -torch.inf)


def _mean(shares: Tensor, scores: Tensor) -> Tensor:
    """Mean along the last axis, 0 where nobody has a share.

    Shares that sum to 1 but for rounding are taken to: beside a score of -10,000 it would be seen.
    """
    total = shares.sum(-1)
    summed = (shares * finite(scores, shares)).sum(-1)
    return summed / total.masked_fill(total == 0.0, 1.0)


def finite(scores: Tensor, shares: Tensor) -> Tensor:
    """Scores in float64, 0 where nobody has a share: what is forbidden there is no number."""
    return scores.to(torch.float64).expand_as(shares).masked_fill(shares == 0.0, 0.0)


def at_last(tags: Tensor, mask: Tensor) -> Tensor:
    """What is at the last token of ``(B, T, K)``, ``(B, K)``."""
    last = (mask.sum(1) - 1)[:, None, None].expand(-1, 1, tags.shape[2])
    return tags.gather(1, last)[:, 0]
