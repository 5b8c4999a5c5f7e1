"""Gradients of sums over paths without torch's record of how they were summed.

The derivative of a log-sum over paths in a score is how often it counts in the mean: marginals of
tags and moves say it all (Sutton and McCallum, 2012, section 4).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from weaklabel.crf.expectations import Shares, independent, shares_of
from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend


def expected_gradients(
    backend: Backend, what: str, weights: Tensor, problem: Problem, tags: Tensor | None
) -> list[Tensor]:
    """Gradients in emissions, start, transitions, end and, where there are, moves.

    Args:
        backend: who works out the marginals.
        what: the sum, one of the back end's three, by name.
        weights: ``(B,)``, the gradient in the sums.
        problem: what was summed.
        tags: ``(B, T)`` int64, for the likelihood of a path.
    """
    shares = _shares(backend, what, problem, tags)
    counts = shares.counts(problem.mask)
    weights = weights.to(torch.float64)
    gradients = [
        (shares.tags * weights[:, None, None], problem.emissions),
        (weights @ counts.start, problem.start),
        (torch.einsum("b,bij->ij", weights, counts.moves), problem.transitions),
        (weights @ counts.end, problem.end),
    ]
    if problem.moves is not None:
        assert shares.pairs is not None
        gradients.append((shares.pairs * weights[:, None, None, None], problem.moves))
    return [grad.to(own.dtype).contiguous() for grad, own in gradients]


def _shares(backend: Backend, what: str, problem: Problem, tags: Tensor | None) -> Shares:
    pairs = problem.moves is not None
    free = problem._replace(allowed=None)
    if what == "log_partition":
        return shares_of(backend, problem, pairs=pairs)
    if tags is None:
        own = shares_of(backend, problem, pairs=pairs)
    else:  # a path is a chain that is certain of each tag
        path = one_hot(tags.masked_fill(~problem.mask, 0), problem.emissions.shape[2])
        own = independent(path, problem.mask, pairs=pairs)
    return _less(own, shares_of(backend, free, pairs=pairs))


def _less(a: Shares, b: Shares) -> Shares:
    pairs = None if a.pairs is None or b.pairs is None else a.pairs - b.pairs
    return Shares(a.tags - b.tags, a.moves - b.moves, pairs)
