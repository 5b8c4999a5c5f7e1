"""The CPU's back end: what is asked of it, done by compiled kernels on threads over the batch.

What is worked out for a sentence does not depend on the others nor on the number of threads, and
sentences are summed up in their order: the same input gives the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf import problem as errors
from weaklabel.crf.compiled import pairs as compiled_pairs
from weaklabel.crf.compiled import paths as compiled_paths
from weaklabel.crf.compiled.best import best_paths
from weaklabel.crf.compiled.pairs import pair_marginals
from weaklabel.crf.compiled.paths import kbest, sample
from weaklabel.crf.compiled.sentences import (
    Array,
    mask_and_allowed,
    on_all,
    own_scores,
)
from weaklabel.crf.compiled.summing import filled, padded, summed, swept_sum
from weaklabel.crf.problem import Problem, known_floats

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
        return compiled_pairs.summed("log_partition", problem)
    return summed("log_partition", problem)


def log_likelihood(problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each, ``(B,)`` float64."""
    if problem.moves is not None:
        return compiled_pairs.summed("log_likelihood", problem, tags)
    return summed("log_likelihood", problem, tags)


def partial_log_likelihood(problem: Problem) -> Tensor:
    """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
    if problem.moves is not None:
        return compiled_pairs.summed("partial_log_likelihood", problem)
    return summed("partial_log_likelihood", problem)


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    if problem.moves is not None:
        return compiled_pairs.marginals(problem)
    exact = problem._replace(emissions=problem.emissions.detach().double())
    return torch.from_numpy(swept_sum("log_partition", exact, None, True).shares)


def expected_moves(problem: Problem) -> Tensor:
    """The pair marginals summed over the tokens, ``(B, K, K)`` float64, without making them."""
    if problem.moves is not None:
        return compiled_pairs.expected_moves(problem)
    exact = problem._replace(emissions=problem.emissions.detach().double())
    return torch.from_numpy(swept_sum("log_partition", exact, None, True).pairs[:, :-2])


def decode(problem: Problem) -> Tensor:
    """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""
    if problem.moves is not None:
        return compiled_paths.decode(problem)
    own = (problem.emissions, problem.start, problem.transitions, problem.end)
    double = any(x.dtype is torch.float64 for x in own)
    kind: Any = np.float64 if double else np.float32
    emissions = np.ascontiguousarray(known_floats(problem.emissions.detach()).numpy(), kind)
    start, moves, end = own_scores(problem, kind)
    if not all((scores < np.inf).all() for scores in (start, moves, end)):
        raise errors.bad_scores()
    k = len(start)
    tables = filled((2, padded(k), padded(k)), -np.inf, kind)
    tables[0, :k, :k] = moves
    tables[1, :k, :k] = moves.T
    mask, some = mask_and_allowed(problem)
    paths = np.empty(mask.shape, np.int64)

    def work(begin: int, stop: int, wrong: Array) -> None:
        best_paths(
            emissions, mask, some, problem.allowed is not None, start, moves, end,
            tables[0], tables[1], paths, wrong, begin, stop,
        )  # fmt: skip

    on_all(problem, None, work)
    return torch.from_numpy(paths)
