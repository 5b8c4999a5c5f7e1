"""The CPU's back end: compiled sweeps (:mod:`.sweeps`), their gradients, threads over the batch.

What is worked out for a sentence does not depend on the others nor on the number of threads, and
sentences are summed up in their order: the same input gives the same bits.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.kernels.batches import parts_of
from weaklabel.nn.crf import plain, sweeps
from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf.best import best_paths
from weaklabel.nn.crf.lanes import LANES
from weaklabel.nn.crf.plain import expected_moves, kbest, pair_marginals, sample
from weaklabel.nn.crf.problem import Problem
from weaklabel.nn.crf.sentences import (
    NO_TAGS,
    Array,
    known_floats,
    mask_and_allowed,
    on_all,
    own_scores,
)

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

_SINGLE_THREAD_WEIGHS = 500_000
"""Shares (``B * T * K``) below which a second thread does not pay where they are only weighed."""
_NONE: dict[type, Array] = {
    np.float32: np.zeros((0, 0, 0), np.float32),
    np.float64: np.zeros((0, 0, 0), np.float64),
}


class _Swept(NamedTuple):
    values: Array  # (B,) float64
    shares: Array  # (B, T, K), or nothing
    pairs: Array  # (B, K, K) float64, or nothing


def _padded(tags: int) -> int:
    return -(-tags // LANES) * LANES


def _filled(shape: tuple[int, ...], value: float, kind: Any) -> Array:
    """An array that begins with a line of the cache, as a load across two takes twice as long."""
    size = math.prod(shape)
    room = np.full(size + 64, value, kind)
    first = -room.ctypes.data % 64 // room.itemsize
    return room[first : first + size].reshape(shape)


def _sweep(problem: Problem, kind: int, tags: Tensor | None, wanted: bool) -> _Swept:
    emissions = np.ascontiguousarray(problem.emissions.detach().numpy())
    batch, _, k = emissions.shape
    width = _padded(k)
    start, moves, end = own_scores(problem)
    ends = _filled((2, width), 0.0, np.float64)
    tables = _filled((2, width, width), 0.0, np.float64)
    shift, shift_moves, sound, fine = sweeps.exponentiated(
        start, moves, end, ends[0], tables[0], tables[1], ends[1]
    )
    if not fine:
        raise errors.bad_scores()
    swept = _Swept(
        np.empty(batch),
        np.empty_like(emissions) if wanted else _NONE[emissions.dtype.type],
        np.empty((batch, k, k)) if wanted else _NONE[np.float64],
    )
    mask, some = mask_and_allowed(problem)
    path = NO_TAGS if tags is None else np.ascontiguousarray(tags.numpy())

    def work(begin: int, stop: int, wrong: Array) -> None:
        sweeps.sweep(
            emissions, mask, some, path, start, moves, end,
            ends[0], tables[0], tables[1], ends[1], shift, shift_moves, sound,
            kind, *swept, wrong, begin, stop,
        )  # fmt: skip

    on_all(problem, tags, work)
    return swept


class _Sum(torch.autograd.Function):
    """A sum over paths whose gradient is worked out with it.

    The gradient in the emissions is weighed in place and handed over: nothing is copied. Who goes
    backward once more (``retain_graph=True``) has it worked out again.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        transitions: Tensor,
        end: Tensor,
        problem: Problem,
        kind: int,
        tags: Tensor | None,
    ) -> Tensor:
        ctx.save_for_backward(emissions, start, transitions, end)
        ctx.problem = problem._replace(emissions=emissions[:0])  # the rest of it
        ctx.kind, ctx.tags = kind, tags
        ctx.swept = _sweep(problem, kind, tags, True)
        return torch.from_numpy(ctx.swept.values)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        swept, ctx.swept = ctx.swept, None
        problem = ctx.problem
        if swept is None:
            emissions, start, transitions, end = ctx.saved_tensors
            problem = problem._replace(
                emissions=emissions, start=start, transitions=transitions, end=end
            )
            swept = _sweep(problem, ctx.kind, ctx.tags, True)
        weights = grads[0].detach().contiguous().numpy()
        return (*_weighed(weights, problem, swept, ctx.needs_input_grad), None, None, None)


def _weighed(
    weights: Array, problem: Problem, swept: _Swept, wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """The gradients in emissions, start, transitions and end; the first is made in place."""
    batch, _, k = swept.shares.shape
    mask = np.ascontiguousarray(problem.mask.numpy())
    own = any(wanted[1:4])
    start, moves, end = np.zeros(k), np.zeros((k, k)), np.zeros(k)
    if own:
        sweeps.gather_ends(weights, mask, swept.shares, start, end)
    threads = 1 if swept.shares.size < _SINGLE_THREAD_WEIGHS else torch.get_num_threads()
    parts = 1 if threads == 1 else 2 * threads

    def work(part: int) -> None:
        if part < parts and own:
            rows = k * part // parts, k * (part + 1) // parts
            sweeps.gather_moves(weights, swept.pairs, moves, *rows)
        elif part >= parts and wanted[0]:
            rows = batch * (part - parts) // parts, batch * (part - parts + 1) // parts
            sweeps.weigh(weights, mask, swept.shares, *rows)

    parts_of(work, 2 * parts, threads)
    found: list[Tensor | None] = [torch.from_numpy(swept.shares) if wanted[0] else None]
    layer = problem.start, problem.transitions, problem.end
    for sums, scores, asked in zip((start, moves, end), layer, wanted[1:4], strict=True):
        found.append(torch.from_numpy(sums).to(scores.dtype) if asked else None)
    return found


def _summed(problem: Problem, kind: int, tags: Tensor | None = None) -> Tensor:
    problem = problem._replace(emissions=known_floats(problem.emissions))
    inputs = problem.emissions, problem.start, problem.transitions, problem.end
    if torch.is_grad_enabled() and any(x.requires_grad for x in inputs):
        found: Tensor = _Sum.apply(*inputs, problem, kind, tags)  # type: ignore[no-untyped-call]
        return found
    return torch.from_numpy(_sweep(problem, kind, tags, False).values)


def log_partition(problem: Problem) -> Tensor:
    """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""
    if problem.moves is not None:
        return plain.log_partition(problem)
    return _summed(problem, sweeps.FREE if problem.allowed is None else sweeps.WITHIN)


def log_likelihood(problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each, ``(B,)`` float64."""
    if problem.moves is not None:
        return plain.log_likelihood(problem, tags)
    return _summed(problem, sweeps.LIKELIHOOD, tags)


def partial_log_likelihood(problem: Problem) -> Tensor:
    """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
    if problem.moves is not None:
        return plain.partial_log_likelihood(problem)
    found = _summed(problem, sweeps.PARTIAL)
    if not bool(torch.isfinite(found.detach()).all()):
        raise errors.no_path(int((~torch.isfinite(found.detach())).nonzero()[0, 0]))
    return found


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    if problem.moves is not None:
        return plain.marginals(problem)
    exact = problem._replace(emissions=problem.emissions.detach().double())
    kind = sweeps.FREE if problem.allowed is None else sweeps.WITHIN
    return torch.from_numpy(_sweep(exact, kind, None, True).shares)


def decode(problem: Problem) -> Tensor:
    """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""
    if problem.moves is not None:
        return plain.decode(problem)
    own = (problem.emissions, problem.start, problem.transitions, problem.end)
    double = any(x.dtype is torch.float64 for x in own)
    kind: Any = np.float64 if double else np.float32
    emissions = np.ascontiguousarray(known_floats(problem.emissions.detach()).numpy(), kind)
    start, moves, end = own_scores(problem, kind)
    if not all((scores < np.inf).all() for scores in (start, moves, end)):
        raise errors.bad_scores()
    k = len(start)
    tables = _filled((2, _padded(k), _padded(k)), -np.inf, kind)
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
