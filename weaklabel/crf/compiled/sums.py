"""Log-sums over the paths of a batch, with their gradients, where moves score alike at each step.

Sentences are summed one by one (:mod:`.loops.sum`), on several threads; what they come to is added
up in their order, so that the same input gives the same bits whatever the number of threads.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf import problem as errors
from weaklabel.crf.compiled.arrays import (
    NO_TAGS,
    Array,
    mask_and_allowed,
    padded,
    scores_and_rules,
)
from weaklabel.crf.compiled.loops.sum import FREE, LIKELIHOOD, PARTIAL, WITHIN, lay_out, sum_paths
from weaklabel.crf.compiled.loops.vectors.lanes import LANES
from weaklabel.crf.compiled.loops.weigh import gather, weigh
from weaklabel.crf.compiled.threads import on_all
from weaklabel.crf.first_order import first_order
from weaklabel.crf.problem import Problem, known_floats
from weaklabel.kernels.batches import parts_of

SINGLE_THREAD_WEIGHS = 2_000_000
"""Shares (``B * T * K``) below which a second thread does not pay where they are only weighed."""
_NONE: dict[type, Array] = {
    np.float32: np.zeros((0, 0, 0), np.float32),
    np.float64: np.zeros((0, 0, 0), np.float64),
}


class Sums(NamedTuple):
    """Sums over the paths of each sentence, and their gradients.

    Attributes:
        values: ``(B,)`` float64, the sums.
        shares: ``(B, T, K)`` of the emissions' type, their gradient in them; or nothing.
        pairs: ``(B, K + 2, K)`` float64, their gradient in transitions, start, end; or nothing.
    """

    values: Array
    shares: Array
    pairs: Array


def which_sum(what: str, problem: Problem) -> int:
    """One of a back end's three sums, by name, as :mod:`.loops.sum` numbers it."""
    if what == "log_partition":
        return FREE if problem.allowed is None else WITHIN
    return LIKELIHOOD if what == "log_likelihood" else PARTIAL


def _room(tags: int) -> tuple[Array, Array, Array]:
    """Where the layer's scores and their exponentials go.

    ``(K + 2, K)``, ``(2, P)`` and ``(2, P, P)``; the last two begin with a line of the cache.
    """
    width = padded(tags)
    square, first = 2 * width * width, 2 * width
    room = np.empty(square + first + (tags + 2) * tags + LANES)
    room = room[-room.__array_interface__["data"][0] // 8 % 8 :]
    own = room[square + first :][: (tags + 2) * tags].reshape(tags + 2, tags)
    ends = room[square : square + first].reshape(2, width)
    return own, ends, room[:square].reshape(2, width, width)


def sums_of(what: str, problem: Problem, tags: Tensor | None, wanted: bool) -> Sums:
    """One of a back end's three sums, by name; with its gradient, if that is wanted.

    Raises:
        DataError: if the batch cannot be what is meant, or a sentence has no path to be likely.
    """
    which = which_sum(what, problem)
    emissions = np.ascontiguousarray(problem.emissions.detach().numpy())
    batch, _, k = emissions.shape
    own, ends, tables = _room(k)
    start, may_start, moves, may_move, close, may_end = scores_and_rules(problem)
    shift, shift_moves, faint, fine = lay_out(
        start, may_start, moves, may_move, close, may_end, own, ends, tables
    )
    if not fine:
        raise errors.bad_scores()
    sums = Sums(
        np.empty(batch),
        np.empty_like(emissions) if wanted else _NONE[emissions.dtype.type],
        np.empty((batch, k + 2, k)) if wanted else _NONE[np.float64],
    )
    mask, some = mask_and_allowed(problem)
    path = NO_TAGS if tags is None else np.ascontiguousarray(tags.numpy())

    def work(begin: int, stop: int, wrong: Array) -> None:
        sum_paths(
            emissions, mask, some, path, own[k], own[:k], own[k + 1],
            ends[0], tables[0], tables[1], ends[1], shift, shift_moves, faint,
            which, *sums, wrong, begin, stop,
        )  # fmt: skip

    on_all(problem, tags, work)
    check_likely(which, sums.values)
    return sums


def check_likely(which: int, values: Array) -> None:
    """See that logarithms of probabilities are some: not ``-inf`` less ``-inf``.

    Raises:
        DataError: if a sentence has no path at all, or, where several count, none of those.
    """
    lost = np.isnan(values) if which == LIKELIHOOD else ~np.isfinite(values)
    if which >= PARTIAL and lost.any():
        raise errors.no_path(int(lost.argmax()))


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
        what: str,
        tags: Tensor | None,
    ) -> Tensor:
        ctx.save_for_backward(emissions, start, transitions, end)
        ctx.problem = problem._replace(emissions=emissions[:0])  # the rest of it
        ctx.what, ctx.tags = what, tags
        ctx.sums = sums_of(what, problem, tags, True)
        return torch.from_numpy(ctx.sums.values)

    @staticmethod
    @first_order
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        sums, ctx.sums = ctx.sums, None
        problem = ctx.problem
        if sums is None:
            emissions, start, transitions, end = ctx.saved_tensors
            problem = problem._replace(
                emissions=emissions, start=start, transitions=transitions, end=end
            )
            sums = sums_of(ctx.what, problem, ctx.tags, True)
        weights = grads[0].detach().contiguous().numpy()
        return (*_weighed(weights, problem, sums, ctx.needs_input_grad), None, None, None)


def _weighed(
    weights: Array, problem: Problem, kept: Sums, wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """The gradients in emissions, start, transitions and end; the first is made in place."""
    batch, _, k = kept.shares.shape
    mask = np.ascontiguousarray(problem.mask.numpy())
    own = any(wanted[1:4])
    gathered = np.empty((k + 2, k))
    threads = 1 if kept.shares.size < SINGLE_THREAD_WEIGHS else torch.get_num_threads()
    parts = 1 if threads == 1 else 2 * threads

    def work(part: int) -> None:
        if part < parts and own:
            rows = (k + 2) * part // parts, (k + 2) * (part + 1) // parts
            gather(weights, kept.pairs, gathered, *rows)
        elif part >= parts and wanted[0]:
            rows = batch * (part - parts) // parts, batch * (part - parts + 1) // parts
            weigh(weights, mask, kept.shares, *rows)

    parts_of(work, 2 * parts, threads)
    gradients: list[Tensor | None] = [torch.from_numpy(kept.shares) if wanted[0] else None]
    layer = problem.start, problem.transitions, problem.end
    layer_sums = torch.from_numpy(gathered)
    parted = layer_sums[k], layer_sums[:k], layer_sums[k + 1]
    for grad, scores, asked in zip(parted, layer, wanted[1:4], strict=True):
        gradients.append(grad.to(scores.dtype, copy=True) if asked else None)
    return gradients


def summed(what: str, problem: Problem, tags: Tensor | None = None) -> Tensor:
    """One of a back end's three sums, by name, ``(B,)`` float64; differentiable.

    Raises:
        DataError: as :func:`sums_of`.
    """
    problem = problem._replace(emissions=known_floats(problem.emissions))
    inputs = problem.emissions, problem.start, problem.transitions, problem.end
    if torch.is_grad_enabled() and any(x.requires_grad for x in inputs):
        values: Tensor = _Sum.apply(*inputs, problem, what, tags)  # type: ignore[no-untyped-call]
        return values
    return torch.from_numpy(sums_of(what, problem, tags, False).values)


def kept_sum(what: str, problem: Problem, tags: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """One of the sums without torch's record of it, and what its gradient is made of.

    Returns:
        The sums, and a gradient for each sentence: a :class:`Sums` of tensors.
    """
    problem = problem._replace(emissions=known_floats(problem.emissions))
    values, shares, pairs = map(torch.from_numpy, sums_of(what, problem, tags, True))
    return values, shares, pairs


def kept_gradients(
    weights: Tensor, problem: Problem, shares: Tensor, pairs: Tensor
) -> list[Tensor]:
    """The gradients in emissions, start, transitions and end, each in its own type.

    Args:
        weights: ``(B,)`` float64, the gradient in the sums.
        problem: what was summed.
        shares: as :func:`kept_sum` gave them; not written to.
        pairs: the same.
    """
    sums = Sums(_NONE[np.float64], shares.clone().numpy(), np.ascontiguousarray(pairs.numpy()))
    gradients = _weighed(weights.contiguous().numpy(), problem, sums, (True,) * 4)
    layer = problem.emissions, problem.start, problem.transitions, problem.end
    return [x.to(own.dtype) for x, own in zip(gradients, layer, strict=True) if x is not None]
