"""Work on batches side by side, results in order.

For work that releases the interpreter lock. The threads that help are started when they are first
needed and stay: to start one takes longer than a small batch. They end with the interpreter; a
forked process starts its own.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Generic, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


@cache
def _helpers(count: int) -> ThreadPoolExecutor:
    """Threads beside the calling one: a pool for each number, that no call has more than its own.

    Nobody waits for work that has not begun: it is taken back and done. So work may itself be
    shared out, and two calls may share a pool.
    """
    return ThreadPoolExecutor(count, thread_name_prefix="weaklabel")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # its threads are not there


def parts_of(work: Callable[[int], Made], parts: int, threads: int) -> list[Made]:
    """Work on parts 0 to ``parts - 1``, each thread on the next one left; the results in order.

    For few parts that take little: what it costs to share them out is a call a thread.
    """
    if threads <= 1 or parts <= 1:
        return [work(part) for part in range(parts)]
    left = deque(range(parts))
    made: dict[int, Made] = {}

    def take() -> None:
        while True:
            try:
                part = left.popleft()
            except IndexError:
                return
            made[part] = work(part)

    pool = _helpers(threads - 1)
    others = [pool.submit(take) for _ in range(min(threads, parts) - 1)]
    try:
        take()
    finally:
        left.clear()  # after an error there is nothing more to do
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()
    return [made[part] for part in range(parts)]


def in_order(
    work: Callable[[Given], Made], batches: Iterable[Given], threads: int
) -> Iterator[Made]:
    """Work on batches, several at once, and yield the results in order.

    The calling thread is one of the threads: it works on a batch itself rather than wait for one.
    A batch is drawn when it is soon needed: at most two a thread are under way or wait to be
    fetched.
    """
    if threads <= 1:
        yield from map(work, batches)
        return
    left = iter(batches)
    pool = _helpers(threads - 1)
    waiting: deque[_Task[Given, Made]] = deque()
    try:
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
    finally:
        wait([task.future for task in waiting if not task.future.cancel()])


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
