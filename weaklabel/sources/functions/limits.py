"""A limit on the time that foreign code may take, and what to do where it cannot be interrupted.

In the main thread a timer interrupts whatever runs: Python code, a sleep, a request, and the
regular expressions of :mod:`re`, which look for signals while they backtrack. In other threads
(and on Windows) an exception is sent to the thread instead. That stops Python code; a sleep or a
request goes on to its end, which is said in a warning; and no regular expression is stopped, for
:mod:`re` does not look, and all other threads wait for it
(:mod:`weaklabel.sources.patterns.regex_worker` is for those).
"""

from __future__ import annotations

import ctypes
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from weaklabel.errors import ConfigError

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.1
"""Code that goes on all the same (a bare ``except:``) is interrupted again after this time."""
PATIENCE_SECONDS = 1.0
"""Code that goes on for so long after its time is up is said not to stop."""


class OutOfTime(BaseException):
    """The time is up. No ``Exception``, so that ``except Exception`` does not swallow it."""


@contextmanager
def limited(seconds: float | None, what: str = "a source") -> Iterator[None]:
    """Interrupt the block by :class:`OutOfTime` when its time is up.

    A timer that ran before goes on afterwards; one limit inside another is no more than that.

    Args:
        seconds: how long the block may take; ``None`` for ever.
        what: what runs, for the warning that it does not stop.

    >>> with limited(0.01):
    ...     while True:
    ...         pass
    Traceback (most recent call last):
        ...
    weaklabel.sources.functions.limits.OutOfTime
    """
    if seconds is None:
        yield
    elif can_stop_regex():
        with _timer(seconds):
            yield
    else:
        with _watched(seconds, what):
            yield


def limit_of(seconds: float) -> float | None:
    """A limit as options give it: 0 stands for none.

    Raises:
        ConfigError: if it is negative, or no number.
    """
    if not seconds >= 0:
        raise ConfigError(f"limit_seconds must be 0 (no limit) or more, got {seconds}")
    return seconds or None


def can_stop_regex() -> bool:
    """Whether a limit set here interrupts regular expressions too."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    running = True

    def ring(number: int, frame: FrameType | None) -> None:
        if running:
            raise OutOfTime

    handler = signal.signal(signal.SIGALRM, ring)
    before = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            running = False
    finally:  # even if the last ring came in the line above
        signal.setitimer(signal.ITIMER_REAL, 0)
        running = False
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *before)


@contextmanager
def _watched(seconds: float, what: str) -> Iterator[None]:
    thread = ctypes.c_ulong(threading.get_ident())
    send = ctypes.pythonapi.PyThreadState_SetAsyncExc
    done, lock = threading.Event(), threading.Lock()

    def watch() -> None:
        wait, sent = seconds, 0
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    send(thread, ctypes.py_object(OutOfTime))
            wait, sent = AGAIN_SECONDS, sent + 1
            if sent == round(PATIENCE_SECONDS / AGAIN_SECONDS):
                log.warning(
                    "%s goes on although its %g s are over: it waits for something that can be "
                    "interrupted in the main thread only",
                    what,
                    seconds,
                )

    watcher = threading.Thread(target=watch, name="weaklabel-limit", daemon=True)
    watcher.start()
    try:
        try:
            yield
        finally:
            done.set()
    finally:  # even if the last exception came in the line above
        done.set()
        with lock:
            send(thread, None)  # one that was sent and has not arrived
        watcher.join()
