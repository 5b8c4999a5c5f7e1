"""The fingerprint of a value: equal for equal values in any process, another where one differs.

What a stage of a run depends on is told apart by this, so nothing may be passed over: a value that
cannot be read (an object of unknown state) is refused rather than taken for equal.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping, Set
from enum import Enum
from pathlib import PurePath
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from weaklabel.errors import DataError

_PLAIN = (str, int, float, bool, bytes, type(None))


def fingerprint(value: Any) -> str:
    """32 hexadecimal digits that tell a value from any other.

    In this order: what the value says itself (``fingerprint``, else ``kind`` and ``describe()``);
    plain values, collections and arrays by their content; dataclasses by their class and fields;
    functions by their source, defaults and what they have closed over; other objects by the source
    of their class and their attributes.

    Raises:
        DataError: for a value that none of this can read.

    >>> fingerprint({"a": 1, "b": (2, 3)}) == fingerprint({"b": (2, 3), "a": 1})
    True
    >>> fingerprint(0.1) == fingerprint("0.1")
    False
    >>> def twice(x): return 2 * x
    >>> def thrice(x): return 3 * x
    >>> fingerprint(twice) == fingerprint(thrice)
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    _feed(value, digest.update, ())
    return digest.hexdigest()


Feed = Callable[[bytes], None]


def _feed(value: Any, feed: Feed, within: tuple[int, ...]) -> None:
    """Pass the bytes that tell a value from others on; ``within``: the objects it lies in."""
    if isinstance(value, _PLAIN) and type(value) in _PLAIN:
        feed(f"{type(value).__name__}:{value!r};".encode("utf-8", "surrogatepass"))
        return
    if id(value) in within:
        feed(f"again:{len(within) - within.index(id(value))};".encode())
        return
    inside = (*within, id(value))
    own = None if isinstance(value, type) else getattr(value, "fingerprint", None)
    if isinstance(own, str):
        feed(f"{_name(type(value))}={own};".encode())
    elif not isinstance(value, type) and hasattr(value, "kind") and hasattr(value, "describe"):
        feed(f"{_name(type(value))}:{value.kind}:".encode())
        feed(json.dumps(value.describe(), sort_keys=True).encode())
    else:
        _feed_parts(value, feed, inside)


def _feed_parts(value: Any, feed: Feed, inside: tuple[int, ...]) -> None:
    feed(f"<{_name(type(value))}".encode())
    if isinstance(value, Enum | PurePath):
        feed(str(value).encode())
    elif isinstance(value, np.ndarray | np.generic):
        array = np.ascontiguousarray(value)
        feed(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
    elif isinstance(value, Mapping):
        for key in sorted(value, key=lambda k: (type(k).__name__, str(k))):
            _feed(key, feed, inside)
            _feed(value[key], feed, inside)
    elif isinstance(value, Set):
        for each in sorted(fingerprint(one) for one in value):
            feed(each.encode())
    elif isinstance(value, list | tuple):
        for each in value:
            _feed(each, feed, inside)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for each_field in dataclasses.fields(value):
            _feed(each_field.name, feed, inside)
            _feed(getattr(value, each_field.name), feed, inside)
        feed(_source(type(value)))
    else:
        _feed_code(value, feed, inside)
    feed(b">")


def _feed_code(value: Any, feed: Feed, inside: tuple[int, ...]) -> None:
    """Functions, classes, and objects of a class that says nothing of itself."""
    if isinstance(value, functools.partial):
        _feed((value.func, value.args, value.keywords), feed, inside)
    elif isinstance(value, MethodType):
        _feed((value.__func__, value.__self__), feed, inside)
    elif isinstance(value, FunctionType):
        feed(_source(value))
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        _feed((value.__defaults__, value.__kwdefaults__, cells), feed, inside)
    elif isinstance(value, type | ModuleType) or inspect.isbuiltin(value):
        feed(_name(value).encode() + _source(value))
    elif hasattr(value, "__dict__"):
        feed(_source(type(value)))
        _feed(vars(value), feed, inside)
    else:
        raise DataError(
            f"a run cannot tell whether {value!r} ({_name(type(value))}) changed: give it a "
            "`fingerprint`, or make it a frozen dataclass"
        )


def _source(code: Any) -> bytes:
    """The source of a function or class, with a function's constants.

    A line that holds two lambdas is the source of both; their constants tell them apart.
    """
    if isinstance(code, type) and code.__module__.partition(".")[0] in ("builtins", "weaklabel"):
        return b""  # weaklabel's own code has one fingerprint for all of it
    compiled = getattr(code, "__code__", None)
    parts = "" if compiled is None else repr((compiled.co_names, _constants(compiled.co_consts)))
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        source = "" if compiled is None else repr(compiled.co_code)
    return (source + parts).encode("utf-8", "surrogatepass")


def _constants(constants: tuple[Any, ...]) -> tuple[Any, ...]:
    """Constants of compiled code without the addresses of the functions among them."""
    return tuple(
        (c.co_code, c.co_names, _constants(c.co_consts)) if hasattr(c, "co_code") else c
        for c in constants
    )


def _name(value: Any) -> str:
    name = getattr(value, "__qualname__", getattr(value, "__name__", ""))
    return f"{getattr(value, '__module__', '')}.{name}"
