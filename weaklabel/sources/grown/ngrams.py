"""Logistic regression over the character n-grams of a word, hashed; no randomness anywhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from weaklabel.ground.types import Bools, Doubles, Longs

BUCKETS = 1 << 16
"""Weights of a model; n-grams are hashed into so many."""
SIZES = range(2, 6)
ROUNDS = 30
"""Steps of the optimiser at most."""


def ngrams(word: str) -> list[int]:
    """The buckets of a word's distinct n-grams of 2 to 5 characters, its two edges marked.

    >>> len(ngrams("ab")), len(set(ngrams("aspirin")) & set(ngrams("heparin"))) > 3
    (6, True)
    """
    edged = f"^{word}$"
    grams = {edged[i : i + n] for n in SIZES for i in range(len(edged) - n + 1)}
    return sorted({crc32(gram.encode("utf-8", "surrogatepass")) % BUCKETS for gram in grams})


@dataclass(frozen=True, eq=False)
class NgramModel:
    """Log odds that a word is one of the positive words.

    Attributes:
        weights: ``(BUCKETS,)`` int8.
        scale: what one step of a weight is worth.
        bias: log odds of a word without n-grams.
    """

    weights: npt.NDArray[np.int8] = field(repr=False)
    scale: float
    bias: float

    @classmethod
    def fitted(cls, words: Sequence[str], positive: Doubles, *, ridge: float = 1.0) -> NgramModel:
        """Fit ``n`` distinct words, of which ``positive`` (``(n,)`` 0 or 1) are the names."""
        weights = _fit(_Words.of(words), positive, ridge)
        scale = max(float(np.abs(weights[:-1]).max()), 1e-12) / 127
        return cls(np.rint(weights[:-1] / scale).astype(np.int8), scale, float(weights[-1]))

    def __call__(self, words: Sequence[str]) -> Doubles:
        """``(n,)`` log odds."""
        weights = self.weights.astype(np.float64) * self.scale
        return _Words.of(words).products(weights) + self.bias

    def to_json(self) -> dict[str, Any]:
        """Plain values; the weights as base64."""
        text = base64.b64encode(self.weights.tobytes()).decode()
        return {"weights": text, "scale": self.scale, "bias": self.bias}

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> NgramModel:
        """Read what :meth:`to_json` wrote."""
        weights = np.frombuffer(base64.b64decode(about["weights"]), np.int8)
        return cls(weights, float(about["scale"]), float(about["bias"]))


def held_out(
    words: Sequence[str], positive: Doubles, *, folds: int = 5, ridge: float = 1.0
) -> Doubles:
    """``(n,)`` log odds, each by a model fitted without the word; folds by the word's hash."""
    x = _Words.of(words)
    fold = np.array([crc32(word.encode("utf-8", "surrogatepass")) % folds for word in words])
    scores = np.zeros(len(words))
    for k in range(folds):
        weights = _fit(x.where(fold != k), positive[fold != k], ridge)
        scores[fold == k] = x.where(fold == k).products(weights[:-1]) + weights[-1]
    return scores


@dataclass(frozen=True)
class _Words:
    """``(n, BUCKETS)`` sparse rows of length 1: the row, bucket and value of each entry."""

    n: int
    row: Longs
    bucket: Longs
    value: Doubles

    @classmethod
    def of(cls, words: Sequence[str]) -> _Words:
        rows = [ngrams(word) for word in words]
        sizes = np.array([len(row) for row in rows], np.int64)
        row = np.repeat(np.arange(len(rows)), sizes)
        bucket = np.array([b for buckets in rows for b in buckets], np.int64)
        return cls(len(rows), row, bucket, 1 / np.sqrt(sizes[row]) if rows else np.zeros(0))

    def where(self, wanted: Bools) -> _Words:
        """The rows of a ``(n,)`` mask."""
        kept = wanted[self.row]
        renumbered = np.cumsum(wanted) - 1
        row = renumbered[self.row[kept]]
        return _Words(int(wanted.sum()), row, self.bucket[kept], self.value[kept])

    def products(self, weights: Doubles) -> Doubles:
        """``(n,)``: each row times ``(BUCKETS,)``."""
        found: Doubles = np.bincount(
            self.row, self.value * weights[self.bucket], minlength=self.n
        ).astype(np.float64)
        return found

    def sums(self, factors: Doubles) -> Doubles:
        """``(BUCKETS,)``: the rows, each times its factor, summed."""
        found: Doubles = np.bincount(
            self.bucket, self.value * factors[self.row], minlength=BUCKETS
        ).astype(np.float64)
        return found


def _fit(x: _Words, y: Doubles, ridge: float) -> Doubles:
    """``(BUCKETS + 1,)`` weights and bias of a ridge-penalised logistic regression."""
    from scipy.optimize import minimize

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        logits = x.products(weights[:-1]) + weights[-1]
        chance = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        penalty = 0.5 * ridge * float(weights[:-1] @ weights[:-1])
        value = float(np.logaddexp(0, logits).sum() - (y * logits).sum()) + penalty
        gradient = x.sums(chance - y) + ridge * weights[:-1]
        return value, np.append(gradient, (chance - y).sum())

    start = np.zeros(BUCKETS + 1)
    options = {"maxiter": ROUNDS}
    found: Doubles = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return found
