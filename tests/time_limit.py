"""A fast test costs at most a second: pytest fails one that costs more and is not marked slow.

What counts is what the machine *does* for a test, not how long it is waited for: the processor time
of this process and of the child processes that ended during the test. A machine that is busy with
something else, two workers on one core or a test that sleeps change nothing in it.

What is paid once in a process, by whichever test comes first, is not counted: modules that are
imported, kernels that Numba compiles, the alphabet that Hypothesis draws up in a new checkout. Nor
is the garbage collector: a sweep goes through what all tests before have left, whichever it meets.
Fixtures are not counted either, for those that
cost something are shared; nor are tests marked ``slow`` or ``gpu``.

The same work costs up to twice as much when a neighbour fills the processor's caches. So that this
never decides, mark a test slow if it costs over half a second on an idle machine; the limit, which
``fast_seconds`` of pytest's settings holds, is one second.
"""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
from typing import Any

import pytest
from hypothesis import strategies as st
from numba.core import event

COMPILATION = "numba:compile"
MAY_TAKE_LONG = ("slow", "gpu")


def processor_seconds() -> float:
    """Seconds this process has worked so far, with its threads and its children that ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class Clock(event.Listener):
    """Processor time without what is paid once: stopped while it is paused."""

    def __init__(self) -> None:
        self._pauses = 0
        self._paused_at = 0.0
        self._left_out = 0.0

    def now(self) -> float:
        return processor_seconds() - self._left_out

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pauses may lie within each other: a module imports others."""
        self.on_start(None)
        try:
            yield
        finally:
            self.on_end(None)

    def on_start(self, _event: object) -> None:
        if self._pauses == 0:
            self._paused_at = processor_seconds()
        self._pauses += 1

    def on_end(self, _event: object) -> None:
        self._pauses -= 1
        if self._pauses == 0:
            self._left_out += processor_seconds() - self._paused_at

    def on_sweep(self, phase: str, _info: object) -> None:
        """As ``gc.callbacks`` calls it, before ("start") and after ("stop") each sweep."""
        (self.on_start if phase == "start" else self.on_end)(None)


def uncounted(function: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    """The function, with the clock paused while it runs."""

    @wraps(function)
    def wrapped(*args: Any, **named: Any) -> Any:
        with clock.paused():
            return function(*args, **named)

    return wrapped


class TimeLimit:
    """Fails each test that passed, may not take long, and cost more than the limit."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.clock = Clock()
        self.patches = pytest.MonkeyPatch()
        self.cost = 0.0

    def pytest_sessionstart(self) -> None:
        event.register(COMPILATION, self.clock)
        gc.callbacks.append(self.clock.on_sweep)
        for loader in (SourceFileLoader, ExtensionFileLoader):
            for name in ("create_module", "exec_module"):
                self.patches.setattr(loader, name, uncounted(getattr(loader, name), self.clock))

    def pytest_collection_finish(self) -> None:
        st.text().validate()  # draws up the alphabet, or reads it where it was left

    def pytest_sessionfinish(self) -> None:
        self.patches.undo()
        event.unregister(COMPILATION, self.clock)
        gc.callbacks.remove(self.clock.on_sweep)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        began = self.clock.now()
        try:
            return (yield)
        finally:
            self.cost = self.clock.now() - began

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "call":
            report.user_properties.append(("processor_seconds", round(self.cost, 3)))
            excused = any(item.get_closest_marker(name) for name in MAY_TAKE_LONG)
            if report.passed and self.cost > self.limit and not excused:
                report.outcome = "failed"
                report.longrepr = (
                    f"cost {self.cost:.2f} s of processor time, and a fast test may cost "
                    f"{self.limit:g} s: make it cheaper or mark it slow"
                )
        return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("fast_seconds", "Processor seconds that a fast test may cost.", default="1")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(TimeLimit(float(config.getini("fast_seconds"))))
