"""Work on batches side by side, results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(
    work: Callable[[Given], Made], batches: Iterable[Given], threads: int
) -> Iterator[Made]:
    """Work on batches, several at once, and yield the results in order.

    For work that releases the interpreter lock. A batch is drawn when a thread is soon free for it:
    at most two a thread are under way or wait to be fetched.
    """
    if threads <= 1:
        yield from map(work, batches)
        return
    left = iter(batches)
    with ThreadPoolExecutor(threads) as pool:
        waiting = deque(pool.submit(work, batch) for batch in islice(left, 2 * threads))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(pool.submit(work, batch) for batch in islice(left, 1))
            yield made


def cores() -> int:
    """Threads to work with: ``WEAKLABEL_THREADS``, or the cores this process may use."""
    wanted = os.environ.get("WEAKLABEL_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
