"""The kinds of source a ``sources.toml`` may name, and how each is made and brought back.

A kind is one function, named here as text so that nothing is imported before it is asked for::

    def from_options(options: RegexOptions, base: Path) -> RegexSource: ...

Its annotations are read. The first argument is a frozen dataclass: its fields are the options a
table may have (an unknown one is refused, a field without a default must be given). ``base`` is
the folder that relative paths start from. The class it returns may offer three things, and then a
saved model brings the source back without its files: ``kind``, the name below; ``describe()``, all
it knows as plain JSON values; and a class method ``from_description(about)``, the inverse.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import typing
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from weaklabel.config import checked
from weaklabel.errors import ConfigError, FormatError, MissingDependency

SOURCES: dict[str, str] = {
    "function": "weaklabel.sources.function:from_options",
    "regex": "weaklabel.sources.regex:from_options",
    "spacy-patterns": "weaklabel.sources.spacy_patterns:from_options",
    "exported": "weaklabel.sources.exported:from_options",
    "spacy": "weaklabel.sources.spacy_pipeline:from_options",
    "transformers": "weaklabel.sources.transformers_pipeline:from_options",
    "llm": "weaklabel.sources.llm:from_options",
    "fuzzy": "weaklabel.running.kinds:fuzzy",
    "phrases": "weaklabel.running.kinds:phrases",
    "tagger": "weaklabel.running.kinds:tagger",
}
"""Kind → ``"module:function"`` that makes one of a table of options."""
GROUP = "weaklabel.sources"
"""The entry points by which packages bring kinds of their own, written in the same way."""

Factory = Callable[[Any, Path], Any]


def known_kinds() -> dict[str, str]:
    """Every kind that can be named: ours, then those of installed packages; ours win."""
    brought = {point.name: point.value for point in entry_points(group=GROUP)}
    return brought | SOURCES


def made(kind: str, options: Mapping[str, Any], base: Path, *, where: str = "") -> Any:
    """The source that a kind makes of its options.

    Args:
        kind: one of :func:`known_kinds`.
        options: as in a table of ``sources.toml``, without ``kind``.
        base: the folder that relative paths start from.
        where: the place in a file, for messages.

    Raises:
        ConfigError: if the kind or an option is unknown (with the nearest name), or one is missing.
        FormatError: if a file that the options name cannot be read.

    >>> made("regexp", {}, Path())
    Traceback (most recent call last):
        ...
    weaklabel.errors.ConfigError: no source of kind 'regexp'. Did you mean 'regex'?
    """
    factory = _factory(kind, where)
    cls = _options_of(factory)
    absent = _missing(cls, options)
    values = checked(_optional(cls) if absent else cls, options, where=where)
    if absent:
        raise ConfigError(_at(where, f"a source of kind {kind!r} needs the option {absent[0]!r}"))
    try:
        return factory(values, base)
    except ConfigError as error:
        raise ConfigError(_at(where, str(error))) from None
    except FormatError as error:
        if error.line is not None:  # a line of a file that is there
            raise
        raise FormatError(_at(where, str(error))) from None


def restored(kind: str, about: Mapping[str, Any], *, path: Path | None = None) -> Any:
    """The source that was described in a saved model.

    Raises:
        FormatError: if the kind is unknown here (a package that brought it is not installed).
    """
    try:
        cls = typing.get_type_hints(_factory(kind, ""))["return"]
    except ConfigError as error:
        raise FormatError(f"{error} Is the package that brings it installed?", path=path) from None
    return cls.from_description(about)


def is_described(source: Any) -> bool:
    """Whether a source can say all it knows, so that a model's folder can hold it."""
    return hasattr(source, "kind") and hasattr(source, "describe")


def _factory(kind: str, where: str) -> Factory:
    known = known_kinds()
    if kind not in known:
        near = difflib.get_close_matches(str(kind), list(known), n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
        raise ConfigError(_at(where, f"no source of kind {kind!r}. {hint}"))
    module, _, name = known[kind].partition(":")
    try:
        factory: Factory = getattr(importlib.import_module(module), name)
    except MissingDependency:
        raise
    except (ImportError, AttributeError) as error:
        message = f"the kind {kind!r} cannot be had from {known[kind]}: {error}"
        raise ConfigError(_at(where, message)) from error
    return factory


@cache
def _options_of(factory: Factory) -> type[Any]:
    hints = typing.get_type_hints(factory)
    hints.pop("return", None)
    cls: type[Any] = next(iter(hints.values()))
    return cls


def _missing(cls: type[Any], options: Mapping[str, Any]) -> list[str]:
    none = dataclasses.MISSING
    return [
        f.name
        for f in dataclasses.fields(cls)
        if f.default is none and f.default_factory is none and f.name not in options
    ]


def _optional(cls: type[Any]) -> type[Any]:
    """The same options, none of which must be given."""
    hints = typing.get_type_hints(cls)
    fields = [(name, hint, dataclasses.field(default=None)) for name, hint in hints.items()]
    return dataclasses.make_dataclass(cls.__name__, fields)


def _at(where: str, message: str) -> str:
    return f"{where}: {message}" if where else message
