"""The best path of each sentence, the best few, and paths drawn at random."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf.compiled.arrays import (
    Array,
    filled,
    finite_scores,
    given_moves,
    mask_and_allowed,
    padded,
)
from weaklabel.crf.compiled.loops.best import best_paths
from weaklabel.crf.compiled.loops.best_by_step import best_by_step
from weaklabel.crf.compiled.loops.best_few import best_few
from weaklabel.crf.compiled.loops.draw import draw_paths
from weaklabel.crf.compiled.threads import on_all
from weaklabel.crf.problem import Problem, known_floats


class _Given(NamedTuple):
    """What the kernels of paths take first."""

    emissions: Array  # (B, T, K) float64
    mask: Array  # (B, T)
    allowed: Array  # (B, T, K), or nothing
    limited: bool
    moves: Array  # (B, T, K, K), or nothing
    start: Array
    base: Array
    end: Array


def _given(problem: Problem) -> _Given:
    emissions = np.ascontiguousarray(problem.emissions.detach().double().numpy())
    mask, allowed = mask_and_allowed(problem)
    start, base, end = finite_scores(problem)
    limited = problem.allowed is not None
    return _Given(emissions, mask, allowed, limited, given_moves(problem), start, base, end)


def decode(problem: Problem) -> Tensor:
    """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""
    return _decode(problem) if problem.moves is None else _decode_by_step(problem)


def _decode(problem: Problem) -> Tensor:
    own = (problem.emissions, problem.start, problem.transitions, problem.end)
    double = any(x.dtype is torch.float64 for x in own)
    dtype: Any = np.float64 if double else np.float32
    emissions = np.ascontiguousarray(known_floats(problem.emissions.detach()).numpy(), dtype)
    start, moves, end = finite_scores(problem, dtype)
    k = len(start)
    tables = filled((2, padded(k), padded(k)), -np.inf, dtype)
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


def _decode_by_step(problem: Problem) -> Tensor:
    given = _given(problem)
    paths = np.empty(tuple(problem.mask.shape), np.int64)

    def work(begin: int, stop: int, wrong: Array) -> None:
        best_by_step(*given, paths, wrong, begin, stop)

    on_all(problem, None, work)
    return torch.from_numpy(paths)


def kbest(problem: Problem, count: int) -> tuple[Tensor, Tensor]:
    """The best paths, ``(B, count, T)`` int64, and their scores, ``(B, count)`` float64.

    Best first, no path twice; of equal ones the lowest tags win last. Where there are fewer legal
    and allowed paths: score ``-inf``, path zeros.
    """
    given = _given(problem)
    batch, steps = problem.mask.shape
    paths, scores = np.empty((batch, count, steps), np.int64), np.empty((batch, count))

    def work(begin: int, stop: int, wrong: Array) -> None:
        best_few(*given, paths, scores, wrong, begin, stop)

    on_all(problem, None, work, 1.0 + count / 2)
    return torch.from_numpy(paths), torch.from_numpy(scores)


def sample(problem: Problem, uniforms: Tensor) -> Tensor:
    """Paths drawn by their probability, ``(S, B, T)`` int64, 0 at padding.

    Args:
        problem: the chain.
        uniforms: ``(S, B, T)`` float64 in [0, 1): from the last token backwards, the first tag is
            taken whose cumulated probability, tags in order, exceeds the uniform times the total;
            the last tag of positive probability if rounding leaves none.

    Raises:
        DataError: if a sentence has no path.
    """
    given = _given(problem)
    drawn = np.ascontiguousarray(uniforms.numpy())
    paths = np.zeros(drawn.shape, np.int64)

    def work(begin: int, stop: int, wrong: Array) -> None:
        draw_paths(*given, drawn, paths, wrong, begin, stop)

    on_all(problem, None, work, 1.0 + len(drawn) / 8)
    return torch.from_numpy(paths)
