"""The fingerprint of a value: equal for equal values in any process, another where one differs.

What a stage of a run depends on is told apart by this, so nothing may be passed over: a value that
cannot be read (an object of unknown state) is refused rather than taken for equal.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Set
from enum import Enum
from pathlib import PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from weaklabel.errors import DataError
from weaklabel.ground.modules import (
    bytes_of,
    is_ours,
    is_standard,
    is_users,
    version_of,
    with_what_it_imports,
)

_PLAIN = (str, int, float, bool, bytes, type(None))


def fingerprint(value: Any) -> str:
    """32 hexadecimal digits that tell a value from any other.

    In this order: what the value says itself (``fingerprint``, else ``kind`` and ``describe()``);
    plain values, collections and arrays by their content; dataclasses by their class and fields;
    functions by their source, defaults, what they have closed over and the globals they read;
    other objects by their class and their attributes, or as they would be pickled.

    A module of the user's own counts by its file, any other by its name and version.

    Raises:
        DataError: for a value that none of this can read. A global that cannot be read counts by
            its type alone: most are loggers and the like.

    >>> fingerprint({"a": 1, "b": (2, 3)}) == fingerprint({"b": (2, 3), "a": 1})
    True
    >>> fingerprint(0.1) == fingerprint("0.1")
    False
    >>> def twice(x): return 2 * x
    >>> def thrice(x): return 3 * x
    >>> fingerprint(twice) == fingerprint(thrice)
    False
    """
    return _digest(value, Where((), {}))


Feed = Callable[[bytes], None]


class Where(NamedTuple):
    """Where in a value one is.

    Attributes:
        within: the objects that the one at hand lies in.
        seen: functions, classes and modules that were passed on already, by id; they are held,
            for an id is another object's once its own is gone.
    """

    within: tuple[int, ...]
    seen: dict[int, tuple[int, Any]]


def _digest(value: Any, where: Where) -> str:
    digest = hashlib.blake2b(digest_size=16)
    _feed(value, digest.update, where)
    return digest.hexdigest()


def _feed(value: Any, feed: Feed, where: Where) -> None:
    """Pass the bytes that tell a value from others on."""
    if isinstance(value, _PLAIN) and type(value) in _PLAIN:
        feed(f"{type(value).__name__}:{value!r};".encode("utf-8", "surrogatepass"))
        return
    within = where.within
    if id(value) in within:
        feed(f"again:{len(within) - within.index(id(value))};".encode())
        return
    inside = Where((*within, id(value)), where.seen)
    own = None if isinstance(value, type) else getattr(value, "fingerprint", None)
    if isinstance(own, str):
        feed(f"{_name(type(value))}={own};".encode())
    elif not isinstance(value, type) and hasattr(value, "kind") and hasattr(value, "describe"):
        feed(f"{_name(type(value))}:{value.kind}:".encode())
        feed(json.dumps(value.describe(), sort_keys=True).encode())
    else:
        _feed_parts(value, feed, inside)


def _feed_parts(value: Any, feed: Feed, inside: Where) -> None:
    feed(f"<{_name(type(value))}".encode())
    if isinstance(value, Enum):
        _feed((str(value), value.value), feed, inside)
    elif isinstance(value, PurePath):
        feed(str(value).encode())
    elif isinstance(value, np.ndarray | np.generic):
        _feed_array(value, feed, inside)
    elif isinstance(value, re.Pattern):
        _feed((value.pattern, value.flags), feed, inside)
    elif isinstance(value, str | int | float | bytes):
        base: Any = next(plain for plain in _PLAIN if isinstance(value, plain))
        feed(base.__repr__(value).encode("utf-8", "surrogatepass"))
        _feed_own(value, feed, inside)
    elif isinstance(value, Mapping | Set | list | tuple):
        _feed_collection(value, feed, inside)
        _feed_own(value, feed, inside)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for each_field in dataclasses.fields(value):
            _feed(each_field.name, feed, inside)
            _feed(getattr(value, each_field.name), feed, inside)
        _feed(type(value), feed, inside)
    else:
        _feed_code(value, feed, inside)
    feed(b">")


def _feed_array(value: np.ndarray[Any, Any] | np.generic, feed: Feed, inside: Where) -> None:
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        _feed((value.data, mask), feed, inside)
        return
    array = np.ascontiguousarray(value)
    feed(f"{array.dtype.descr if array.dtype.names else array.dtype.str}{array.shape}".encode())
    if array.dtype.hasobject:  # its bytes are addresses
        _feed(array.tolist(), feed, inside)
    else:
        feed(array.tobytes())


def _feed_collection(value: Any, feed: Feed, inside: Where) -> None:
    if isinstance(value, Mapping):
        for key in sorted(value, key=lambda k: (type(k).__name__, str(k))):
            _feed(key, feed, inside)
            _feed(value[key], feed, inside)
    elif isinstance(value, Set):
        apart = [_digest(one, Where(inside.within, dict(inside.seen))) for one in value]
        for each in sorted(apart):
            feed(each.encode())
    else:
        for each in value:
            _feed(each, feed, inside)


def _feed_own(value: Any, feed: Feed, inside: Where) -> None:
    """What a subclass of a built-in class adds to it."""
    if type(value).__module__ not in ("builtins", "collections", "types"):
        _feed(type(value), feed, inside)
        _feed(getattr(value, "__dict__", {}), feed, inside)


# ---- code -----------------------------------------------------------------------------------
def _feed_code(value: Any, feed: Feed, inside: Where) -> None:
    """Functions, classes, and objects of a class that says nothing of itself."""
    if isinstance(value, functools.partial):
        _feed((value.func, value.args, value.keywords), feed, inside)
    elif isinstance(value, MethodType):
        _feed((value.__func__, value.__self__), feed, inside)
    elif isinstance(value, staticmethod | classmethod):
        _feed(value.__func__, feed, inside)
    elif isinstance(value, property):
        _feed((value.fget, value.fset), feed, inside)
    elif isinstance(value, FunctionType | type | ModuleType):
        if id(value) in inside.seen:
            feed(f"seen:{inside.seen[id(value)][0]};".encode())
            return
        inside.seen[id(value)] = (len(inside.seen), value)
        if isinstance(value, FunctionType):
            _feed_function(value, feed, inside)
        elif isinstance(value, type):
            _feed_class(value, feed, inside)
        else:
            _feed_module(value.__name__, feed, inside)
    elif inspect.isbuiltin(value):
        feed(_name(value).encode())
        if not isinstance(value.__self__, ModuleType):
            _feed(value.__self__, feed, inside)
    elif inspect.isroutine(value) and hasattr(value, "__wrapped__"):
        _feed(value.__wrapped__, feed, inside)
    else:
        _feed_object(value, feed, inside)


def _feed_function(function: FunctionType, feed: Feed, inside: Where) -> None:
    feed(_source(function))
    cells = [_content(cell) for cell in function.__closure__ or ()]
    _feed((function.__defaults__, function.__kwdefaults__, cells), feed, inside)
    if not is_users(function.__module__ or "__main__"):
        feed(_version(function.__module__))
        return
    for name, value in sorted(vars(function).items()):
        feed(name.encode())
        _feed_loosely(value, feed, inside)
    for name, is_module in sorted(set(_reads(function.__code__))):
        feed(f"{name}=".encode())
        if is_module:
            _feed_module(name, feed, inside)
        elif name in function.__globals__:
            _feed_loosely(function.__globals__[name], feed, inside)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing was put into it yet
        return None


def _reads(code: CodeType) -> Iterator[tuple[str, bool]]:
    """The globals that compiled code reads, and the modules (true) that it imports."""
    for each in dis.get_instructions(code):
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(each.argval), False
        elif each.opname == "IMPORT_NAME" and each.argval:
            yield str(each.argval), True
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _reads(constant)


def _feed_loosely(value: Any, feed: Feed, where: Where) -> None:
    """What code may read or not; by its type where nothing better can be told."""
    parts: list[bytes] = []
    seen = dict(where.seen)
    try:
        _feed(value, parts.append, where)
    except Exception:  # whatever the code of a strange object raises on being looked at
        where.seen.clear()
        where.seen.update(seen)
        parts = [_name(type(value)).encode()]
    feed(b"".join(parts))


def _feed_class(cls: type, feed: Feed, inside: Where) -> None:
    feed(_name(cls).encode() + _source(cls))
    if not is_users(cls.__module__):
        feed(_version(cls.__module__))
        return
    for name, value in sorted(vars(cls).items()):
        is_code = isinstance(value, FunctionType | staticmethod | classmethod | property)
        if is_code or not (name.startswith("__") and name.endswith("__")):
            feed(name.encode())
            _feed_loosely(value, feed, inside)
    for base in cls.__mro__[1:]:
        if is_users(base.__module__):
            _feed(base, feed, inside)


def _feed_module(name: str, feed: Feed, inside: Where) -> None:
    """A module by its name and version; one of the user's own by its file and those it imports."""
    feed(name.encode() + _version(name))
    for each in sorted(with_what_it_imports(name)):
        feed(each.encode() + bytes_of(each))


def _version(module: str) -> bytes:
    return b"" if is_ours(module) else version_of(module).encode()


def _source(code: Any) -> bytes:
    """The source of a function or class, with a function's constants.

    A line that holds two lambdas is the source of both; their constants tell them apart.
    """
    if isinstance(code, type) and (is_ours(code.__module__) or is_standard(code.__module__)):
        return b""  # weaklabel's own code has one fingerprint for all of it
    compiled = code.__code__ if isinstance(code, FunctionType) else None
    parts = "" if compiled is None else repr((compiled.co_names, _constants(compiled.co_consts)))
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        source = "" if compiled is None else repr(compiled.co_code)
    return (source + parts).encode("utf-8", "surrogatepass")


def _constants(constants: tuple[Any, ...]) -> tuple[Any, ...]:
    """Constants of compiled code without the addresses of the functions among them."""
    return tuple(
        (c.co_code, c.co_names, _constants(c.co_consts))
        if hasattr(c, "co_code")
        else sorted(map(repr, c))  # a set's order is another in each process
        if isinstance(c, frozenset)
        else c
        for c in constants
    )


# ---- objects --------------------------------------------------------------------------------
def _feed_object(value: Any, feed: Feed, inside: Where) -> None:
    _feed(type(value), feed, inside)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        _feed(_of_tensor(value), feed, inside)
    elif torch is not None and isinstance(value, torch.nn.Module):
        _feed(_of_module(value), feed, inside)
    elif hasattr(value, "__dict__") and _is_kept_plainly(type(value)):
        _feed((vars(value), _slots(value)), feed, inside)
    else:
        _feed(_as_pickled(value), feed, inside)


def _of_tensor(tensor: Any) -> tuple[Any, ...]:
    import torch

    dense = tensor.detach().cpu()
    dense = (dense.to_dense() if dense.layout != torch.strided else dense).contiguous()
    read = dense.reshape(-1).view(torch.uint8).numpy().tobytes() if dense.numel() else b""
    return str(tensor.dtype), tuple(tensor.shape), read


def _of_module(module: Any) -> list[Any]:
    """A network by its weights, and the class and attributes of each of its parts."""
    import torch

    plain = vars(torch.nn.Module())  # the weights, and whether it is trained at the moment
    parts = [
        (name, type(part), {k: v for k, v in vars(part).items() if not _is_plumbing(k, plain)})
        for name, part in module.named_modules()
    ]
    return [parts, dict(module.state_dict())]


def _is_plumbing(name: str, plain: Mapping[str, Any]) -> bool:
    return name in plain or name.startswith("_flat_weight")  # recurrent layers keep the latter


def _is_kept_plainly(cls: type) -> bool:
    """Whether all that an object is lies in its attributes, as it does unless its class says so."""
    return all(
        getattr(cls, name, None) is getattr(object, name, None)
        for name in ("__reduce__", "__reduce_ex__", "__getstate__")
    )


def _slots(value: Any) -> dict[str, Any]:
    names = [
        _mangled(name, cls)
        for cls in type(value).__mro__
        for name in _tuple(vars(cls).get("__slots__", ()))
        if name not in ("__dict__", "__weakref__")
    ]
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def _mangled(name: str, cls: type) -> str:
    is_private = name.startswith("__") and not name.endswith("__")
    return f"_{cls.__name__.lstrip('_')}{name}" if is_private else name


def _tuple(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _as_pickled(value: Any) -> Any:
    """What an object is made of, as pickling would keep it."""
    try:
        if hasattr(value, "__next__"):  # reading it uses it up
            raise TypeError
        made = value.__reduce_ex__(4)
    except Exception:
        if getattr(value, "__dict__", None):
            return vars(value)
        raise DataError(
            f"a run cannot tell whether {value!r} ({_name(type(value))}) changed: give it a "
            "`fingerprint`, or make it a frozen dataclass"
        ) from None
    if isinstance(made, str):
        return made
    return [list(part) if hasattr(part, "__next__") else part for part in made]


def _name(value: Any) -> str:
    name = getattr(value, "__qualname__", getattr(value, "__name__", ""))
    return f"{getattr(value, '__module__', '')}.{name}"
