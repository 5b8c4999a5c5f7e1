"""``@compiled`` for the kernels that Python calls, ``@inner`` for what their loops call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import numba

log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])
_njit: Any = numba.njit  # its own types say less than Function does


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, for the types it is called with.

    The machine code is kept beside the module, or in the user's cache folder if the installation
    is read-only. Where neither can be written to, it is compiled anew in each process: slower to
    start, but it works. The interpreter lock is released while it runs.

    What is kept is made anew when the function's own file changes, not when only that of an
    ``@inner`` function in another file does: then delete ``__pycache__`` (``make clean``).
    """
    options = {"nogil": True, "error_model": "numpy"}
    try:
        made: Function = _njit(cache=True, **options)(function)
    except RuntimeError:  # "no locator available": no folder to keep it in can be written to
        log.info("%s cannot be kept on disk: it is compiled at each start", function.__name__)
        made = _njit(**options)(function)
    return made


def inner(function: Function) -> Function:
    """A function that becomes part of each kernel that calls it.

    It is not kept on disk by itself: machine code read from there could be called, but no longer
    be merged into the loop around the call, which makes the loop several times slower.
    """
    made: Function = _njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return made
