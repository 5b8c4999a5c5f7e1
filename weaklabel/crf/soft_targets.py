"""Losses against soft targets: what tokens are believed to be, and what another chain says."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf.checks import distributions, same_mask, with_paths
from weaklabel.crf.expectations import independent, mean_score, shares_of
from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend
from weaklabel.errors import DataError


def belief_cross_entropy(backend: Backend, problem: Problem, belief: Tensor) -> Tensor:
    """Mean of ``-log p(y)`` where each token's tag is drawn by its belief, ``(B,)`` float64.

    Raises:
        DataError: if the belief does not fit, or a sentence has no path.
    """
    _check_shape(problem, belief)
    problem = problem.whole()
    rows = distributions(belief.detach(), problem.mask)
    total = with_paths(backend.log_partition(problem))
    shares = independent(rows, problem.mask, pairs=problem.moves is not None)
    return total - mean_score(shares, problem)


def kl_divergence(
    backend: Backend, student: Problem, teacher_backend: Backend, teacher: Problem
) -> Tensor:
    """KL divergence of the student from the teacher, ``(B,)`` float64, gradient to the student.

    Raises:
        DataError: if they are not over the same tags, or a sentence has no path in one of them.
    """
    mine, theirs = student.emissions.shape, teacher.emissions.shape
    if mine != theirs:
        raise DataError(
            f"teacher: expected emissions of shape {tuple(mine)} (B, T, K) as the chain's own, "
            f"got {tuple(theirs)}"
        )
    teacher = teacher._replace(mask=same_mask(student.mask, teacher.mask))
    each = teacher.moves is not None or student.moves is not None
    with torch.no_grad():
        total = with_paths(teacher_backend.log_partition(teacher))
        shares = shares_of(teacher_backend, teacher, pairs=each)
        own = mean_score(shares, teacher) - total  # mean log-probability: less the entropy
    student = student.whole()
    total = with_paths(backend.log_partition(student))
    return (own + total - mean_score(shares, student)).clamp(min=0.0)


def _check_shape(problem: Problem, belief: Tensor) -> None:
    shape = problem.emissions.shape
    if belief.shape != shape or not belief.dtype.is_floating_point:
        raise DataError(
            f"belief: expected floats of shape {tuple(shape)} (B, T, K), "
            f"got {belief.dtype} of {tuple(belief.shape)}"
        )
