"""Gradients of single sentences, weighed and added up to those of a batch."""

from __future__ import annotations

from typing import Any

from weaklabel.kernels.compiling import compiled


@compiled
def weigh(weights: Any, mask: Any, shares: Any, begin: int, stop: int) -> None:
    """Multiply the sentences ``begin`` to ``stop`` by their weights; padding stays 0."""
    _, steps, k = shares.shape
    flat = shares.reshape(len(shares), steps * k)
    for b in range(begin, stop):
        n = steps
        while not mask[b, n - 1]:
            n -= 1
        weight = weights[b]
        for m in range(n * k):
            flat[b, m] *= weight


@compiled
def gather(weights: Any, pairs: Any, sums: Any, begin: int, stop: int) -> None:
    """Sum rows ``begin`` to ``stop`` of the sentences' pairs by weight, in their order."""
    batch, rows, k = pairs.shape
    flat, made = pairs.reshape(batch, rows * k), sums.reshape(rows * k)
    for m in range(begin * k, stop * k):
        made[m] = 0.0
    for b in range(batch):
        weight = weights[b]
        for m in range(begin * k, stop * k):
            made[m] += weight * flat[b, m]


@compiled
def gather_ends(weights: Any, mask: Any, shares: Any, start: Any, end: Any) -> None:
    """Add first and last tokens' shares by weight, in the order of the sentences."""
    _, steps, k = shares.shape
    for b in range(len(weights)):
        weight = weights[b]
        n = steps
        while not mask[b, n - 1]:
            n -= 1
        for j in range(k):
            start[j] += weight * shares[b, 0, j]
            end[j] += weight * shares[b, n - 1, j]
