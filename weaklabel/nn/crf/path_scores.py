"""What single paths score: one that is given, the best few, and how far the best is ahead."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.errors import DataError
from weaklabel.nn.crf import plain
from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf.backends import Backend
from weaklabel.nn.crf.problem import Problem

MOST = 16
"""Of the best paths, at most so many are found at once."""


class BestPaths(NamedTuple):
    """The best paths of each sentence, best first.

    Attributes:
        tags: ``(B, N, T)`` int64, 0 at padding and where there is no path.
        scores: ``(B, N)`` float64, ``-inf`` where there is no path.
    """

    tags: Tensor
    scores: Tensor


def log_likelihood(backend: Backend, problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each among the legal and allowed ones, ``(B,)`` float64.

    Raises:
        DataError: if a sentence has no path.
    """
    if problem.allowed is None:
        return backend.log_likelihood(problem, tags)
    total = backend.log_partition(problem)
    errors.check_paths(total)
    return plain.score(problem, tags) - total


def kbest(backend: Backend, problem: Problem, count: int) -> BestPaths:
    """The best paths.

    Raises:
        DataError: if ``count`` is not from 1 to 16.
    """
    if not 1 <= count <= MOST:
        raise DataError(f"count: expected 1 to {MOST}, got {count}")
    with torch.no_grad():
        return BestPaths(*backend.kbest(problem, count))


def margin(backend: Backend, problem: Problem) -> Tensor:
    """How much more the best path scores than the second, ``(B,)``; ``+inf`` if it is the only one.

    Raises:
        DataError: if a sentence has no path.
    """
    scores = kbest(backend, problem, 2).scores
    errors.check_paths(scores[:, 0])
    return scores[:, 0] - scores[:, 1]


def sample(
    backend: Backend, problem: Problem, count: int, generator: torch.Generator | None
) -> Tensor:
    """Paths drawn by their probability, ``(S, B, T)`` int64, 0 at padding.

    Raises:
        DataError: if ``count`` is not positive or a sentence has no path.
    """
    if count < 1:
        raise DataError(f"count: expected at least 1, got {count}")
    device = problem.emissions.device
    home = device if generator is None else generator.device
    uniforms = torch.rand(
        (count, *problem.mask.shape), dtype=torch.float64, device=home, generator=generator
    )
    with torch.no_grad():
        return backend.sample(problem, uniforms.to(device))
