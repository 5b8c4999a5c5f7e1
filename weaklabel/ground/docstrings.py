"""What the docstrings of dataclasses say of their fields: the words of help and configurations."""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from typing import Any

from weaklabel.ground.config import CHOICE, options_in

_FIELD = re.compile(r"(\w+(?:, \w+)*): (.*)")


def attributes(cls: type[Any]) -> dict[str, str]:
    """Field → what its class's docstring, or a base's, says of it under "Attributes:".

    >>> class Training:
    ...     '''How long to train.
    ...
    ...     Attributes:
    ...         epochs: at most so many,
    ...             if not stopped.
    ...         warm, cold: temperatures.
    ...     '''
    >>> attributes(Training)
    {'epochs': 'at most so many, if not stopped.', 'warm': 'temperatures.', 'cold': 'temperatures.'}
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base is not object and base.__doc__:
            found |= _attributes(inspect.cleandoc(base.__doc__))
    return found


def first_line(value: Any) -> str:
    """The first line of a docstring, empty where there is none."""
    return (inspect.getdoc(value) or "").partition("\n")[0]


def comments(settings: Any, prefix: str = "") -> dict[str, str]:
    """Dotted name of every option in some settings → what is said of it.

    Components of a list have their place in the name: two kinds may call an option alike.

    Args:
        settings: a dataclass; options and components in it are described too.
        prefix: what the names begin with.
    """
    told = attributes(type(settings))
    found: dict[str, str] = {}
    for field in options_in(settings):
        name, value = f"{prefix}{field.name}", getattr(settings, field.name)
        found[name] = told.get(field.name, "")
        several = isinstance(value, tuple) and field.metadata.get(CHOICE)
        for at, each in enumerate(value if several else [value]):
            if dataclasses.is_dataclass(each) and not isinstance(each, type):
                found[name] = found[name] or first_line(type(each))
                found |= comments(each, f"{name}.{at}." if several else f"{name}.")
    return found


def type_in_words(cls: type[Any], field: str) -> str:
    """The type of a field as a person would write it.

    >>> @dataclasses.dataclass
    ... class Options:
    ...     files: tuple[str, ...] = ()
    >>> type_in_words(Options, "files")
    'list of text'
    """
    return _in_words(typing.get_type_hints(cls).get(field, Any))


_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def _in_words(hint: Any) -> str:
    if hint in _WORDS:
        return _WORDS[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return f"list of {_in_words(inner[0])}"
    if inner and type(None) in inner:
        return f"{_in_words(next(i for i in inner if i is not type(None)))} or none"
    if inner:
        return "table"
    return getattr(hint, "__name__", str(hint))


def _attributes(text: str) -> dict[str, str]:
    _, _, section = text.partition("Attributes:\n")
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line.strip() and not line.startswith("    "):
            break
        start = _FIELD.fullmatch(line[4:]) if not line.startswith("     ") else None
        if start:
            names = start[1].split(", ")
            found |= {name: [start[2]] for name in names}
        elif line.strip():
            for name in names:
                found[name].append(line.strip())
    return {name: " ".join(lines).replace("``", "") for name, lines in found.items()}
