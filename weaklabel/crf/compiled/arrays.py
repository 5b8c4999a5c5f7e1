"""A problem's tensors as the arrays that the compiled loops take."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from weaklabel.crf import problem as errors
from weaklabel.crf.compiled.loops.vectors.lanes import LANES
from weaklabel.crf.problem import Problem, known_floats

Array = npt.NDArray[Any]
NO_BOOLS = np.zeros((0, 0, 0), np.bool_)
NO_TAGS = np.zeros((0, 0), np.int64)


def own_scores(problem: Problem, dtype: Any = np.float64) -> tuple[Array, ...]:
    """The layer's start, moves and end, ``-inf`` where they are forbidden."""
    start, may_start, moves, may_move, end, may_end = scores_and_rules(problem)
    return tuple(
        np.where(legal, own, -np.inf).astype(dtype, copy=False)
        for own, legal in ((start, may_start), (moves, may_move), (end, may_end))
    )


def scores_and_rules(problem: Problem) -> list[Array]:
    """The layer's scores, each followed by what is legal of it: start, moves and end."""
    return [
        np.ascontiguousarray(x.numpy())
        for own, legal in (
            (problem.start, problem.legal_start),
            (problem.transitions, problem.legal_moves),
            (problem.end, problem.legal_end),
        )
        for x in (known_floats(own.detach()), legal)
    ]


def mask_and_allowed(problem: Problem) -> tuple[Array, Array]:
    """Both as the kernels take them; nothing is allowed where all is."""
    mask = np.ascontiguousarray(problem.mask.numpy())
    if problem.allowed is None:
        return mask, NO_BOOLS
    return mask, np.ascontiguousarray(problem.allowed.numpy())


def finite_scores(problem: Problem, dtype: Any = np.float64) -> tuple[Array, Array, Array]:
    """The layer's start, moves and end, ``-inf`` where they are forbidden.

    Raises:
        NotFinite: if one is NaN or ``+inf``.
    """
    start, moves, end = own_scores(problem, dtype)
    if not all((scores < np.inf).all() for scores in (start, moves, end)):
        raise errors.bad_scores()
    return start, moves, end


def given_moves(problem: Problem) -> Array:
    """``(B, T, K, K)`` as the kernels take them; nothing, where the moves are the layer's alone."""
    if problem.moves is None:
        return np.zeros((0, 0, 0, 0))
    return np.ascontiguousarray(known_floats(problem.moves.detach()).numpy())


def padded(tags: int) -> int:
    """The length of a row of tags that is worked on some at a time."""
    return -(-tags // LANES) * LANES


def filled(shape: tuple[int, ...], value: float, dtype: Any) -> Array:
    """An array that begins with a line of the cache, as a load across two takes twice as long."""
    size = math.prod(shape)
    room = np.full(size + 64, value, dtype)
    first = -room.ctypes.data % 64 // room.itemsize
    return room[first : first + size].reshape(shape)
