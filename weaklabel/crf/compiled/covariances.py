"""As :mod:`..covariances`, on the CPU: the entropy's gradient by compiled loops on threads."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf.compiled.arrays import Array
from weaklabel.crf.compiled.loops.covary import covary
from weaklabel.crf.compiled.threads import in_parts
from weaklabel.crf.covariances import Gradients, moves_scores_of, own_scores_of
from weaklabel.crf.expectations import Shares, at_last, finite
from weaklabel.crf.problem import Problem


def covariances(problem: Problem, shares: Shares, weights: Tensor, each: bool) -> Gradients:
    """As :func:`..covariances.covariances`, on the CPU."""
    assert shares.pairs is not None
    tags = shares.tags
    own, moves = own_scores_of(problem, shares), moves_scores_of(problem, shares)
    last = at_last(tags, problem.mask)
    counts = torch.zeros_like(shares.moves)
    by_step = torch.zeros_like(shares.pairs if each else shares.pairs[:0])
    single = torch.zeros_like(tags)
    scores = _array(moves if moves.dim() == 4 else moves[None, None])
    ends, lengths = _array(finite(problem.end, last)), _array(problem.mask.sum(1))
    weighed = _array(weights.to(torch.float64))
    given = _array(own), _array(tags), _array(shares.pairs)

    def work(begin: int, stop: int) -> None:
        covary(
            *given, scores, ends, lengths, weighed,
            single.numpy(), counts.numpy(), by_step.numpy(), begin, stop,
        )  # fmt: skip

    in_parts(tuple(tags.shape), work)
    closing = at_last(single, problem.mask).sum(0)
    return Gradients(single, single[:, 0].sum(0), counts.sum(0), closing, by_step if each else None)


def _array(given: Tensor) -> Array:
    return given.detach().contiguous().numpy()
