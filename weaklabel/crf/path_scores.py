"""What single paths score: one that is given, the best few, and how far the best is ahead."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.crf import plain
from weaklabel.crf.checks import with_paths
from weaklabel.crf.plain import log_space
from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend
from weaklabel.errors import DataError

MOST = 16
"""Of the best paths, at most so many are found at once."""
_PAIRS_AT_ONCE = 4_000_000
_FAINT = 1e-200
"""A tag less likely than this is not divided by: its neighbours' chances are found in log space."""


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
    problem = problem.whole()
    total = with_paths(backend.log_partition(problem))
    return plain.score(problem, tags) - total


def partial_log_likelihood(backend: Backend, problem: Problem, allowed: Tensor) -> Tensor:
    """Log-probability, among the problem's paths, of those of allowed tags, ``(B,)`` float64.

    Raises:
        DataError: if the shape does not fit, or no legal path is allowed.
    """
    limited = problem._replace(allowed=allowed)
    limited.check_allowed()
    if problem.allowed is None:
        return backend.partial_log_likelihood(limited)
    both = limited.whole()._replace(allowed=problem.allowed & allowed)
    within = with_paths(backend.log_partition(both))
    return (within - backend.log_partition(problem.whole())).clamp(max=0.0)


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
    best, second = kbest(backend, problem, 2).scores.unbind(1)
    return with_paths(best) - second


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


def path_steps(backend: Backend, problem: Problem, tags: Tensor) -> Tensor:
    """Probability of each tag of a path given the tag before it, ``(B, T)`` float64; 0 at padding.

    A pair's share of the tag before; sentences of which a tag is next to impossible are done in
    log space.
    """
    _, steps, k = problem.emissions.shape
    at_once = max(1, _PAIRS_AT_ONCE // max(1, steps * k * k))
    chances = torch.zeros(problem.mask.shape, dtype=torch.float64, device=tags.device)
    with torch.no_grad():
        plain.check_tags(problem, tags)
        on_path = tags.masked_fill(~problem.mask, 0)
        for begin in range(0, len(tags), at_once):
            rows = slice(begin, begin + at_once)
            chances[rows] = _steps_by_pairs(backend, problem.rows(rows), on_path[rows])
    return chances


def _steps_by_pairs(backend: Backend, problem: Problem, tags: Tensor) -> Tensor:
    mask, k = problem.mask, problem.emissions.shape[2]
    before, after = tags[:, :-1, None, None], tags[:, 1:, None]
    here = backend.pair_marginals(problem)[:, 1:].gather(2, before.expand(-1, -1, 1, k))[:, :, 0]
    mass = here.sum(-1)
    chances = mass.new_zeros(mask.shape)
    chances[:, :1] = mass[:, :1].sum(1, keepdim=True)  # there is none if all sentences are single
    chances[:, 1:] = here.gather(2, after)[..., 0] / mass
    chances.masked_fill_(~mask, 0.0)
    alone = mask.sum(1) == 1  # no pair knows of them
    faint = ((mass < _FAINT) & mask[:, 1:]).any(1)
    for rows, length in ((alone.nonzero()[:, 0], 1), (faint.nonzero()[:, 0], mask.shape[1])):
        if len(rows):
            some = problem.rows(rows).first(length)
            potentials = plain.potentials_of(some)
            chances[rows, :length] = log_space.path_steps(potentials, tags[rows, :length])
    return chances
