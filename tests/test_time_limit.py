"""The limit of :mod:`tests.time_limit` fails what costs too much, and nothing else."""

from __future__ import annotations

import pytest

WORK = """
import time

def work(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
"""
SETTINGS = """
[pytest]
fast_seconds = 0.1
markers =
    slow: may take long
    gpu: may take long
"""


@pytest.fixture
def limited(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder of tests that may cost a tenth of a second."""
    pytester.makeini(SETTINGS)
    pytester.makepyfile(working=WORK)
    return pytester


def outcome(limited: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    limited.makepyfile(f"import pytest\nfrom working import work\n{body}")
    return limited.runpytest_inprocess("-p", "tests.time_limit", "-p", "no:cacheprovider", *options)


def test_what_costs_too_much_fails_by_name(limited: pytest.Pytester) -> None:
    done = outcome(limited, "def test_cheap(): pass\n\n\ndef test_dear(): work(0.2)")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines([
        "*test_dear*",
        "cost 0.2* s of processor time, and a fast test may cost 0.1 s: "
        "make it cheaper or mark it slow",
    ])  # fmt: skip


@pytest.mark.parametrize("mark", ["slow", "gpu"])
def test_what_is_marked_may_take_long(limited: pytest.Pytester, mark: str) -> None:
    done = outcome(limited, f"@pytest.mark.{mark}\ndef test_dear(): work(0.2)")
    done.assert_outcomes(passed=1)


def test_a_test_that_fails_by_itself_says_why(limited: pytest.Pytester) -> None:
    done = outcome(limited, "def test_dear():\n    work(0.2)\n    assert 1 + 1 == 3")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*assert (1 + 1) == 3"])
    done.stdout.no_fnmatch_line("*processor time*")


def test_waiting_costs_nothing(limited: pytest.Pytester) -> None:
    body = "import time\ndef test_waits(): time.sleep(0.2)"
    outcome(limited, body).assert_outcomes(passed=1)


def test_what_a_thread_or_a_child_does_is_counted(limited: pytest.Pytester) -> None:
    body = """
import subprocess, sys, threading

def test_child():
    subprocess.run([sys.executable, "-c", "from working import work; work(0.2)"], check=True)

def test_thread():
    thread = threading.Thread(target=work, args=(0.2,))
    thread.start()
    thread.join()
"""
    outcome(limited, body).assert_outcomes(failed=2)


def test_imports_and_fixtures_are_not_counted(limited: pytest.Pytester) -> None:
    limited.makepyfile(heavy="from working import work\nimport heavier\nwork(0.2)")
    limited.makepyfile(heavier="from working import work\nwork(0.2)")
    body = """
@pytest.fixture
def ready(): work(0.2)

def test_imports(): import heavy

def test_fixture(ready): pass

def test_after_them(): work(0.2)
"""
    outcome(limited, body).assert_outcomes(passed=2, failed=1)


def test_a_sweep_of_the_garbage_collector_is_not_counted(limited: pytest.Pytester) -> None:
    body = """
import gc

class Left:
    def __init__(self):
        self.itself = self

    def __del__(self):
        work(0.2)

def test_sweeps():
    Left()
    gc.collect()

def test_after_it(): work(0.2)
"""
    outcome(limited, body).assert_outcomes(passed=1, failed=1)


@pytest.mark.slow
def test_kernels_that_are_compiled_are_not_counted(limited: pytest.Pytester) -> None:
    body = """
import numba

def test_compiles():
    assert numba.njit(lambda x: [x + i for i in range(9)])(1)[8] == 9
"""
    outcome(limited, body).assert_outcomes(passed=1)


@pytest.mark.slow
def test_it_holds_for_workers_too(limited: pytest.Pytester) -> None:
    body = "def test_cheap(): pass\n\n\ndef test_dear(): work(0.2)"
    done = outcome(limited, body, "-n", "2")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["cost 0.2* s of processor time*"])
