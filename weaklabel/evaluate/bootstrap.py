"""Resampling documents: how far a score would move had other documents been annotated."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from weaklabel.evaluate.strict import CORRECT, GOLD, PREDICTED
from weaklabel.ground.types import Doubles

_BLOCK = 1 << 22
"""Weights held at a time; bounds memory, changes no number."""


def resampled(counts: npt.NDArray[np.integer], *, draws: int, seed: int) -> Doubles:
    """Totals of ``draws`` resamplings of documents, with replacement (Efron, 1979).

    Every draw weighs the ``D`` documents by a multinomial over ``D`` trials; the same seed
    draws the same documents, so two systems can be compared pair by pair.

    Args:
        counts: ``(D, ...)`` numbers by document.
        draws: how many resamplings.
        seed: what the generator starts from.

    Returns:
        ``(draws, ...)`` totals.
    """
    flat = counts.reshape(len(counts), math.prod(counts.shape[1:])).astype(np.float64)
    blocks = [weights @ flat for weights in _weights(len(counts), draws, seed)]
    totals = np.concatenate([np.zeros((0, flat.shape[1])), *blocks])
    return totals.reshape(draws, *counts.shape[1:])


def _weights(documents: int, draws: int, seed: int) -> Iterator[Doubles]:
    rng = np.random.default_rng(seed)
    even = np.full(documents, 1 / max(1, documents))
    step = max(1, _BLOCK // max(1, documents))
    for done in range(0, draws, step):
        size = min(step, draws - done)
        if documents:
            yield rng.multinomial(documents, even, size).astype(np.float64)
        else:
            yield np.zeros((size, 0))


def f1_of(totals: npt.NDArray[np.number]) -> Doubles:
    """F1 of counts whose last axis is (gold, predicted, correct); 0 where all are 0."""
    spans = totals[..., GOLD] + totals[..., PREDICTED]
    f1: Doubles = 2 * totals[..., CORRECT] / np.maximum(spans, 1)
    return f1


def interval(values: npt.NDArray[np.floating]) -> tuple[float, float]:
    """The middle 95 % of the drawn values (percentile method)."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def wilson(correct: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson, 1927), each span an independent draw.

    Unlike resampling it knows that 2 right of 2 is not yet certainty.

    >>> [round(bound, 2) for bound in wilson(2, 2)]
    [0.34, 1.0]
    """
    z = 1.959963984540054
    share, weight = correct / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / total + weight / total / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)
