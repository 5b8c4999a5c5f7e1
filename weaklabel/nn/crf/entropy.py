"""How undecided a chain is."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.nn.crf import plain
from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf.backends import Backend
from weaklabel.nn.crf.chain import Chain
from weaklabel.nn.crf.expectations import mean_score, shares_of
from weaklabel.nn.crf.log_space import log_sum
from weaklabel.nn.crf.problem import Problem


def entropy(backend: Backend, problem: Problem) -> Tensor:
    """Entropy of the paths, ``(B,)`` float64 nats.

    Without a gradient, the log-partition less the mean score, by the back end. With one, the
    recursion of :func:`by_recursion`.

    Raises:
        DataError: if a sentence has no path.
    """
    inputs = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in inputs):
        return by_recursion(plain.chain(problem))
    with torch.no_grad():
        total = backend.log_partition(problem)
        errors.check_paths(total)
        shares = shares_of(backend, problem, pairs=problem.moves is not None)
        return (total - mean_score(shares, problem)).clamp(min=0.0)


def by_recursion(chain: Chain) -> Tensor:
    """Entropy of the paths, ``(B,)`` float64 nats, differentiable as often as one likes.

    Beside the log-sum of the beginnings that lead to a tag runs their entropy: that of the tag
    before, and the mean of the entropies there (Hernando et al., 2005). In log space and on
    torch's tape: exact, at ``O(B T K^2)`` memory.

    Raises:
        DataError: if a sentence has no path.
    """
    emissions, last = chain.emissions.to(torch.float64), chain.last()
    reached = chain.start.to(torch.float64) + emissions[:, 0]
    spread = torch.zeros_like(reached)
    for t in range(1, emissions.shape[1]):
        into = chain.into(t).to(torch.float64).transpose(-1, -2)  # (to, from)
        total, undecided = _gathered(reached[:, None] + into, spread[:, None])
        real = (t <= last)[:, None]
        reached = torch.where(real, total + emissions[:, t], reached)
        spread = torch.where(real, undecided, spread)
    total, found = _gathered(reached + chain.end, spread)
    errors.check_paths(total)
    return found


def _gathered(scores: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    """Log-sum along the last axis, and the entropy of what it is a sum of."""
    total = log_sum(scores)
    share = (scores - total[..., None]).masked_fill(scores == -torch.inf, 0.0)
    weight = share.exp().masked_fill(scores == -torch.inf, 0.0)
    return total, (weight * (spread - share)).sum(-1)
