"""Losses against soft targets: what tokens are believed to be, and what another chain says."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.errors import DataError
from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf.backends import Backend
from weaklabel.nn.crf.expectations import independent, mean_score, shares_of
from weaklabel.nn.crf.problem import Problem

_CLOSE_TO_ONE = 1e-4
_CLOSE_TO_ONE_IN_HALF = 2e-2  # K rounded numbers of 8 bits


def belief_cross_entropy(backend: Backend, problem: Problem, belief: Tensor) -> Tensor:
    """Mean of ``-log p(y)`` where each token's tag is drawn by its belief, ``(B,)`` float64.

    Raises:
        DataError: if the belief does not fit, or a sentence has no path.
    """
    _check_shape(problem, belief)
    problem = problem.whole()
    rows = _believed(belief.detach(), problem.mask)
    total = errors.with_paths(backend.log_partition(problem))
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
            f"teacher_emissions: expected shape {tuple(mine)} (B, T, K) as the student's, "
            f"got {tuple(theirs)}"
        )
    each = teacher.moves is not None or student.moves is not None
    with torch.no_grad():
        total = errors.with_paths(teacher_backend.log_partition(teacher))
        shares = shares_of(teacher_backend, teacher, pairs=each)
        own = mean_score(shares, teacher) - total  # mean log-probability: less the entropy
    student = student.whole()
    total = errors.with_paths(backend.log_partition(student))
    return (own + total - mean_score(shares, student)).clamp(min=0.0)


def _check_shape(problem: Problem, belief: Tensor) -> None:
    shape = problem.emissions.shape
    if belief.shape != shape or not belief.dtype.is_floating_point:
        raise DataError(
            f"belief: expected floats of shape {tuple(shape)} (B, T, K), "
            f"got {belief.dtype} of {tuple(belief.shape)}"
        )


def _believed(belief: Tensor, mask: Tensor) -> Tensor:
    if torch.compiler.is_compiling():
        from weaklabel.nn.crf import traced_checks

        traced: Tensor = traced_checks.believed(belief, mask)
        return traced
    return believed(belief, mask)


def believed(belief: Tensor, mask: Tensor) -> Tensor:
    """The probability of each tag, ``(B, T, K)`` float64, rounding undone; anything at padding.

    Raises:
        DataError: if those of a token do not sum to 1; the message names row and step.
    """
    rows = belief.to(torch.float64)
    sums = rows.sum(-1, keepdim=True)
    half = belief.dtype in (torch.float16, torch.bfloat16)
    off = (sums[..., 0] - 1.0).abs()
    fine = (off <= (_CLOSE_TO_ONE_IN_HALF if half else _CLOSE_TO_ONE)) & (rows >= 0.0).all(-1)
    bad = ~fine & mask
    if bool(bad.any()):
        row, step = bad.nonzero()[0].tolist()
        raise DataError(
            f"belief: expected probabilities that sum to 1, got {rows[row, step].tolist()} "
            f"at step {step} of batch row {row}"
        )
    return rows / sums
