"""The CPU's back end: its functions ask compiled loops, on threads over the batch.

What is worked out for a sentence does not depend on the others nor on the number of threads, and
sentences are summed up in their order: the same input gives the same bits.

* :mod:`.sums`, :mod:`.sums_by_step` log-sums and gradients, the latter where moves differ by step
* :mod:`.paths` best paths and samples; :mod:`.covariances` the entropy's gradient
* :mod:`.arrays` what the loops are given; :mod:`.threads` who does which sentences
* :mod:`.loops` the loops
"""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf.compiled import sums_by_step
from weaklabel.crf.compiled.paths import decode, kbest, sample
from weaklabel.crf.compiled.sums import summed, sums_of
from weaklabel.crf.compiled.sums_by_step import pair_marginals
from weaklabel.crf.problem import Problem

__all__ = [
    "decode",
    "expected_moves",
    "kbest",
    "log_likelihood",
    "log_partition",
    "marginals",
    "pair_marginals",
    "partial_log_likelihood",
    "sample",
]


def log_partition(problem: Problem) -> Tensor:
    """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""
    if problem.moves is not None:
        return sums_by_step.summed("log_partition", problem)
    return summed("log_partition", problem)


def log_likelihood(problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each, ``(B,)`` float64."""
    if problem.moves is not None:
        return sums_by_step.summed("log_likelihood", problem, tags)
    return summed("log_likelihood", problem, tags)


def partial_log_likelihood(problem: Problem) -> Tensor:
    """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
    if problem.moves is not None:
        return sums_by_step.summed("partial_log_likelihood", problem)
    return summed("partial_log_likelihood", problem)


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    if problem.moves is not None:
        return sums_by_step.marginals(problem)
    exact = problem._replace(emissions=problem.emissions.detach().double())
    return torch.from_numpy(sums_of("log_partition", exact, None, True).shares)


def expected_moves(problem: Problem) -> Tensor:
    """The pair marginals summed over the tokens, ``(B, K, K)`` float64, without making them."""
    if problem.moves is not None:
        return sums_by_step.expected_moves(problem)
    exact = problem._replace(emissions=problem.emissions.detach().double())
    return torch.from_numpy(sums_of("log_partition", exact, None, True).pairs[:, :-2])
