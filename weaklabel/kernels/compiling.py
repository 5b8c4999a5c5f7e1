"""``@compiled`` for the kernels that Python calls, ``@inner`` for what their loops call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numba
from numba.core.caching import FunctionCache, NullCache
from numba.core.runtime.nrt import rtsys

log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])
_njit: Any = numba.njit  # its own types say less than Function does
_OPTIONS = {"nogil": True, "error_model": "numpy"}


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, for the types it is called with.

    The machine code is kept beside the module, or in the user's cache folder if the installation
    is read-only. Where neither can be written to, it is compiled anew in each process: slower to
    start, but it works. The interpreter lock is released while it runs.

    What is kept is made anew when the function's own file changes, not when only that of an
    ``@inner`` function in another file does: then delete ``__pycache__`` (``make clean``).
    """
    made: Any = _njit(**_OPTIONS)(function)
    made._cache = _Kept(function)  # as cache=True does
    kernel: Function = made
    return kernel


class _Kept(NullCache):
    """A kernel's machine code on disk, not looked for before the kernel is called.

    It is loaded without preparing the compiler, which may not be needed: Numba's own class has the
    compiler read its library first, for a third of a second at each start. Where there is no
    machine code the compiler prepares itself.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    @cached_property
    def _files(self) -> Any:
        files: Any = FunctionCache
        try:
            return files(self._function)
        except RuntimeError:  # "no locator available": no folder to keep it in can be written to
            name = self._function.__name__
            log.info("%s cannot be kept on disk: it is compiled at each start", name)
            return None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The machine code for some types, or None."""
        if self._files is None:
            return None
        rtsys.initialize(target_context)  # what allocates arrays
        with self._files._guard_against_spurious_io_errors():
            return self._files._load_overload(sig, target_context)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the machine code for some types."""
        if self._files is not None:
            self._files.save_overload(sig, data)


def inner(function: Function) -> Function:
    """A function that becomes part of each kernel that calls it.

    It is not kept on disk by itself: machine code read from there could be called, but no longer
    be merged into the loop around the call, which makes the loop several times slower.
    """
    made: Function = _njit(forceinline=True, **_OPTIONS)(function)
    return made


def aside(function: Function) -> Function:
    """A function that kernels call seldom: as :func:`inner`, but compiled once and called."""
    made: Function = _njit(**_OPTIONS)(function)
    return made
