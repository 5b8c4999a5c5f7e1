"""How long a thing takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T], rounds: int) -> tuple[T, list[float]]:
    """What came of it the last time, and the seconds of each round."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - began)
    return result, took


def seconds(work: Callable[[], object], rounds: int) -> list[float]:
    """The seconds of each round; the reader takes the median, or the least."""
    return timed(work, rounds)[1]
