"""Work shared out among threads: order, errors, threads that stay, forks, the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from weaklabel.kernels.batches import in_order, parts_of


def helpers() -> set[int | None]:
    return {thread.ident for thread in threading.enumerate() if thread.name.startswith("weaklabel")}


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("parts", [0, 1, 2, 40])
def test_each_part_is_done_once_and_comes_back_in_order(threads: int, parts: int) -> None:
    done: list[int] = []

    def work(part: int) -> int:
        done.append(part)
        return part * part

    assert parts_of(work, parts, threads) == [part * part for part in range(parts)]
    assert sorted(done) == list(range(parts))


def test_a_second_thread_does_its_share() -> None:
    both = threading.Barrier(2, timeout=30)  # neither part ends before the other has begun
    assert parts_of(lambda part: both.wait() >= 0, 2, 2) == [True, True]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_an_error_is_raised_when_no_part_is_at_work_any_more(threads: int) -> None:
    at_work: list[int] = []

    def work(part: int) -> None:
        if part == 1:
            raise ZeroDivisionError
        at_work.append(part)
        time.sleep(0.01)
        at_work.remove(part)

    with pytest.raises(ZeroDivisionError):
        parts_of(work, 9, threads)
    assert not at_work


def test_threads_stay_and_no_call_has_more_than_its_own() -> None:
    parts_of(lambda part: time.sleep(0.001), 8, 3)
    before = helpers()
    seen: set[int] = set()
    for _ in range(20):
        parts_of(lambda part: seen.add(threading.get_ident()), 8, 3)
        list(in_order(lambda batch: seen.add(threading.get_ident()), range(8), 3))
    assert helpers() == before
    assert seen <= before | {threading.get_ident()}


def test_work_may_itself_be_shared_out() -> None:
    def work(part: int) -> int:
        return sum(parts_of(lambda inner: inner, 5, 2)) + sum(in_order(abs, [-part] * 3, 2))

    assert parts_of(work, 6, 2) == [10 + 3 * part for part in range(6)]


def test_who_stops_reading_waits_for_what_has_begun() -> None:
    at_work: list[int] = []

    def work(batch: int) -> int:
        at_work.append(batch)
        time.sleep(0.005)
        at_work.remove(batch)
        return batch

    results = in_order(work, range(100), 3)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert not at_work


PROGRAM = """
import os, sys, warnings
from weaklabel.kernels.batches import parts_of
warnings.simplefilter("ignore")  # newer Pythons warn of any fork beside threads
assert parts_of(abs, 6, 3) == list(range(6))
{then}
"""
FORK = """
child = os.fork()
if child == 0:
    ok = parts_of(abs, 6, 3) == list(range(6))
    sys.exit(0 if ok else 3)
assert os.waitpid(child, 0)[1] == 0
assert parts_of(abs, 6, 3) == list(range(6))
"""


@pytest.mark.parametrize(
    "then",
    [
        "",
        pytest.param(
            FORK, marks=pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
        ),
    ],
    ids=["end", "fork"],
)
def test_the_process_ends_and_a_forked_one_starts_threads_of_its_own(then: str) -> None:
    program = PROGRAM.format(then=then)
    done = subprocess.run([sys.executable, "-c", program], timeout=60, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
