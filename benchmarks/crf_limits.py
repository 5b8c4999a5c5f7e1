"""What a machine could do at most for a CRF, by arithmetic and by memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from timing import seconds


class Limits(NamedTuple):
    """One thread's limits, measured.

    Attributes:
        gigaflops: of a product of float32 matrices that stay in the cache.
        exp_ns: nanoseconds an exponential, vectorised, float32, in the first cache.
        gigabytes: a second, read and written while a large array is copied.
    """

    gigaflops: float
    exp_ns: float
    gigabytes: float


class Work(NamedTuple):
    """What a token needs at least: float32, nothing read twice from memory."""

    flops: int
    exps: int
    bytes: int


def work(operation: str, tags: int) -> Work:
    """Of loss and gradient: forward, backward and counts; of the best path a comparison is one."""
    if operation == "best path":
        return Work(2 * tags * tags, 0, 9 * tags)
    return Work(6 * tags * tags, 2 * tags, 28 * tags)


def measure_limits(rounds: int = 30) -> Limits:
    """The limits, each the best of some rounds."""
    a = torch.randn(512, 512)
    product = min(seconds(lambda: a @ a, rounds))
    x, made = torch.randn(4096) - 3, torch.empty(4096)
    raised = min(seconds(lambda: [torch.exp(x, out=made) for _ in range(50)], rounds)) / 50
    there, copy = np.ones(32 << 20), np.ones(32 << 20)
    moved = min(seconds(lambda: np.copyto(copy, there), max(3, rounds // 5)))
    return Limits(2 * 512**3 / product / 1e9, raised / 4096 * 1e9, 2 * there.nbytes / moved / 1e9)


def shares(limits: Limits, operation: str, tags: int, tokens: int, took: float) -> dict[str, float]:
    """How near a time in seconds is to the limits: 1 were as fast as the machine."""
    need = work(operation, tags)
    arithmetic = need.flops / limits.gigaflops + need.exps * limits.exp_ns
    bandwidth = need.bytes / limits.gigabytes
    return {
        "arithmetic": round(tokens * arithmetic * 1e-9 / took, 4),
        "bandwidth": round(tokens * bandwidth * 1e-9 / took, 4),
    }
