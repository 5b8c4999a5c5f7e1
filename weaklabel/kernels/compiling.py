"""``@compiled`` for the kernels that Python calls, ``@inner`` for what their loops call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba.core.caching import FunctionCache
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
    try:
        made._cache = _Kept(function)  # type: ignore[no-untyped-call] # as cache=True does
    except RuntimeError:  # "no locator available": no folder to keep it in can be written to
        log.info("%s cannot be kept on disk: it is compiled at each start", function.__name__)
    kernel: Function = made
    return kernel


class _Kept(FunctionCache):
    """Machine code on disk, loaded without preparing the compiler, which may not be needed.

    Numba's own class has the compiler read its library first, for a third of a second at each
    start. What is loaded is machine code; where there is none the compiler prepares itself.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The machine code for some types, or None."""
        rtsys.initialize(target_context)  # what allocates arrays
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


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
