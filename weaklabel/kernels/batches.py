"""Work on batches side by side, results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(
    work: Callable[[Given], Made], batches: Iterable[Given], threads: int
) -> Iterator[Made]:
    """Work on batches, several at once, and yield the results in order.

    For work that releases the interpreter lock. The calling thread is one of the threads: it works
    on a batch itself rather than wait for one. A batch is drawn when it is soon needed: at most two
    a thread are under way or wait to be fetched.
    """
    if threads <= 1:
        yield from map(work, batches)
        return
    left = iter(batches)
    with ThreadPoolExecutor(threads - 1) as pool:
        waiting: deque[_Task[Given, Made]] = deque()
        while True:
            for batch in islice(left, 2 * threads - len(waiting)):
                waiting.append(_Task(batch, pool.submit(work, batch)))
            if not waiting:
                return
            while not waiting[0].future.done():
                untouched = next((task for task in waiting if task.future.cancel()), None)
                if untouched is None:
                    break
                untouched.future = Future()
                untouched.future.set_result(work(untouched.batch))
            yield waiting.popleft().future.result()


@dataclass
class _Task(Generic[Given, Made]):
    batch: Given
    future: Future[Made]


def cores() -> int:
    """Threads to work with: ``WEAKLABEL_THREADS``, or the cores this process may use."""
    wanted = os.environ.get("WEAKLABEL_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
