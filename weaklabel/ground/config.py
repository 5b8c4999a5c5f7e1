"""Mapping → frozen dataclass. Unknown settings are refused, with the nearest name."""

from __future__ import annotations

import dataclasses
import difflib
import textwrap
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from weaklabel.errors import ConfigError

C = TypeVar("C")

CHOICE = "choice"
"""What a field's metadata call the table that its component is chosen from."""


VALUE = "value"
"""What marks a field, in its metadata, that holds a value and no option: no file can hold it."""


class Choice(Protocol):
    """A table of components; see :class:`weaklabel.components.Table`."""

    noun: str

    def make(self, kind: str, options: Mapping[str, Any], *more: Any, where: str = "") -> Any:
        """The component of a kind with some options."""
        ...


def checked(cls: type[C], values: Mapping[str, Any], *, path: str = "", where: str = "") -> C:
    """Make a frozen dataclass of a mapping; nested mappings become nested dataclasses.

    Args:
        cls: the dataclass.
        values: settings by name; what is absent keeps its default.
        path: dotted prefix of the settings, for messages.
        where: the file (or "--set") they come from, for messages.

    Raises:
        ConfigError: for an unknown setting (with the nearest known one) or a wrong type.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Training:
    ...     epochs: int = 8
    >>> checked(Training, {"epochs": 3})
    Training(epochs=3)
    >>> checked(Training, {"epoch": 3}, path="training")
    Traceback (most recent call last):
        ...
    weaklabel.errors.ConfigError: unknown option training.epoch. Did you mean training.epochs?
    """
    fields = {f.name: f for f in options_in(cls)}
    hints = typing.get_type_hints(cls)
    made: dict[str, Any] = {}
    for name, value in values.items():
        dotted = f"{path}.{name}" if path else name
        if name == "kind" and name not in fields and value == getattr(cls, "kind", None):
            continue
        if name not in fields:
            raise ConfigError(_unknown(dotted, fields, path, where))
        choice: Choice | None = fields[name].metadata.get(CHOICE)
        if choice is not None:
            made[name] = _component(value, hints[name], choice, dotted, where)
        else:
            made[name] = _coerced(value, hints[name], dotted, where)
    try:
        return cls(**made)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}" if where else str(error)) from None


def options_in(settings: Any) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass that are options; those marked with :data:`VALUE` are not."""
    return [f for f in dataclasses.fields(settings) if f.init and not f.metadata.get(VALUE)]


def with_values_of(settings: C, before: Any) -> C:
    """Settings, with the values that no file can hold as those before had them.

    Settings of another kind than those before have no such value of them.
    """
    if not dataclasses.is_dataclass(settings) or type(settings) is not type(before):
        return settings
    values = [f.name for f in dataclasses.fields(settings) if f.metadata.get(VALUE)]
    kept = {name: getattr(before, name) for name in values}
    return typing.cast(C, dataclasses.replace(typing.cast(Any, settings), **kept))


def _component(value: Any, hint: Any, choice: Choice, dotted: str, where: str) -> Any:
    """The component that a table describes, or the tuple of those that a list describes."""
    if typing.get_origin(hint) is tuple:
        if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
            raise ConfigError(_wrong(dotted, "a list of tables", value, where))
        each = enumerate(value)
        return tuple(_component(one, None, choice, f"{dotted}.{i}", where) for i, one in each)
    if not isinstance(value, Mapping):
        if getattr(value, "kind", None) is None:
            raise ConfigError(
                _wrong(dotted, f'a table with a kind = "…" of {choice.noun}', value, where)
            )
        return value
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise ConfigError(_wrong(f"{dotted}.kind", f"the kind of {choice.noun}", kind, where))
    options = {name: option for name, option in value.items() if name != "kind"}
    return choice.make(kind, options, where=f"{where}: {dotted}" if where else dotted)


def _unknown(dotted: str, fields: Mapping[str, Any], path: str, where: str) -> str:
    name = dotted.rpartition(".")[2]
    near = difflib.get_close_matches(name, list(fields), n=1, cutoff=0.5)
    if near:
        hint = f"Did you mean {path + '.' if path else ''}{near[0]}?"
    else:
        hint = f"Known: {', '.join(sorted(fields))}."
    return f"{where + ': ' if where else ''}unknown option {dotted}. {hint}"


def _coerced(value: Any, hint: Any, dotted: str, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        options = [h for h in typing.get_args(hint) if h is not type(None)]
        if value is None or value == "":
            return None
        return _coerced(value, options[0], dotted, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if dataclasses.is_dataclass(value):
            return value
        if not isinstance(value, Mapping):
            raise ConfigError(_wrong(dotted, "a table", value, where))
        return checked(hint, value, path=dotted, where=where)
    if origin is tuple:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ConfigError(_wrong(dotted, "a list", value, where))
        inner = typing.get_args(hint)[0]
        return tuple(_coerced(v, inner, dotted, where) for v in value)
    if origin in (dict, Mapping) or hint is dict:
        if not isinstance(value, Mapping):
            raise ConfigError(_wrong(dotted, "a table", value, where))
        inner = typing.get_args(hint)[1] if typing.get_args(hint) else Any
        return {str(k): _coerced(v, inner, f"{dotted}.{k}", where) for k, v in value.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            choices = ", ".join(str(m.value) for m in hint)
            raise ConfigError(_wrong(dotted, f"one of {choices}", value, where)) from None
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and hint in _KINDS and type(value) is not hint:
        raise ConfigError(_wrong(dotted, _KINDS[hint], value, where))
    return value


_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _wrong(dotted: str, expected: str, value: Any, where: str) -> str:
    return f"{where + ': ' if where else ''}{dotted} must be {expected}, got {value!r}"


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: if it is not TOML, or not there.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None


def overridden(values: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Lay ``key.path=value`` settings over a nested mapping; the value is read as TOML, else text.

    Where a component gets another kind, the options that the mapping has for it go.

    >>> overridden({"training": {"epochs": 8}}, ["training.epochs=5", "name=first try"])
    {'training': {'epochs': 5}, 'name': 'first try'}

    Raises:
        ConfigError: if a setting has no "=", or its path runs through a value.
    """
    result: dict[str, Any] = _copied(values)
    for setting in sorted(settings, key=_is_no_kind):
        dotted, equals, raw = setting.partition("=")
        if not equals or not dotted.strip():
            raise ConfigError(f"--set wants KEY=VALUE, got {setting!r}")
        *parents, last = dotted.strip().split(".")
        at: Any = result
        for name in parents:
            if isinstance(at, list):
                at = at[_place(at, name, f"--set {setting}")]
            else:
                at = at.setdefault(name, {})
            if not isinstance(at, dict | list):
                raise ConfigError(f"--set {setting}: {name} is a value, not a table")
        if isinstance(at, list):
            at[_place(at, last, f"--set {setting}")] = _value(raw.strip())
            continue
        if last == "kind" and at.get("kind", raw.strip()) != _value(raw.strip()):
            at.clear()  # the options there are those of another kind
        at[last] = _value(raw.strip())
    return result


def _is_no_kind(setting: str) -> bool:
    """Kinds are set first: the options beside one, in whatever order, are its own."""
    return not setting.partition("=")[0].strip().endswith("kind")


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Plain settings with some replaced, nested ones one by one.

    A component of another kind takes the place of the one before, whose options are not its own.
    Of a list of components, one is reached by its kind or its place.

    >>> merged({"cleaning": [{"kind": "downsample", "keep_empty": 0.8}]},
    ...        {"cleaning": {"downsample": {"keep_empty": 1.0}}})
    {'cleaning': [{'kind': 'downsample', 'keep_empty': 1.0}]}
    >>> merged({"head": {"kind": "crf", "heed": 1.5}}, {"head": {"kind": "softmax"}})
    {'head': {'kind': 'softmax'}}

    Raises:
        ConfigError: for a component that a list does not have.
    """
    result = dict(base)
    for name, value in changes.items():
        result[name] = _merged(result.get(name), value, name)
    return result


def _merged(known: Any, value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    if isinstance(known, Mapping):
        another = "kind" in value and value["kind"] != known.get("kind")
        return dict(value) if another else merged(known, value)
    if isinstance(known, list | tuple):
        several = list(known)
        for which, change in value.items():
            at = _place(several, which, name)
            several[at] = _merged(several[at], change, f"{name}.{which}")
        return several
    return dict(value)


def _place(components: Sequence[Any], which: str, where: str) -> int:
    """Where a component stands in a list, by its kind or its place, counted from 0."""
    if which.isdecimal() and int(which) < len(components):
        return int(which)
    kinds = [each.get("kind") if isinstance(each, Mapping) else None for each in components]
    if kinds.count(which) == 1:
        return kinds.index(which)
    listed = ", ".join(map(str, kinds)) or "none"
    several = which in kinds
    hint = f"several are; say which by its place, 0 … {len(kinds) - 1}" if several else listed
    raise ConfigError(f"{where}: no {which!r} among the components there: {hint}")


def _value(raw: str) -> Any:
    try:
        return tomllib.loads(f"v = {raw}")["v"]
    except tomllib.TOMLDecodeError:
        return raw


def _copied(values: Any) -> Any:
    if isinstance(values, Mapping):
        return {k: _copied(v) for k, v in values.items()}
    return [_copied(v) for v in values] if isinstance(values, list | tuple) else values


def to_mapping(settings: Any) -> Any:
    """A dataclass as plain values, a component with its kind; the inverse of :func:`checked`."""
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        kind = getattr(settings, "kind", None)
        head = {"kind": kind} if isinstance(kind, str) else {}
        fields = options_in(settings)
        return head | {f.name: to_mapping(getattr(settings, f.name)) for f in fields}
    if isinstance(settings, Mapping):
        return {str(k): to_mapping(v) for k, v in settings.items()}
    if isinstance(settings, list | tuple):
        return [to_mapping(v) for v in settings]
    if isinstance(settings, Enum):
        return settings.value
    if isinstance(settings, Path):
        return str(settings)
    return settings.item() if isinstance(settings, np.generic) else settings


def to_toml(values: Mapping[str, Any], comments: Mapping[str, str] | None = None) -> str:
    """Nested plain values as TOML; ``None`` is written as an empty text.

    Args:
        values: the values; a list of mappings becomes an array of tables.
        comments: dotted name of a value or table → what stands above it; tables of an array have
            their place in the name, counted from 0.

    >>> print(to_toml({"seed": 0, "training": {"epochs": 8}, "cleaning": [{"kind": "downsample"}]},
    ...               {"training.epochs": "at most"}))
    seed = 0
    <BLANKLINE>
    [training]
    # at most
    epochs = 8
    <BLANKLINE>
    [[cleaning]]
    kind = "downsample"
    <BLANKLINE>
    """
    lines: list[str] = []
    _write_table(values, "", "", lines, comments or {})
    return "\n".join(lines) + "\n"


def _write_table(
    values: Mapping[str, Any],
    prefix: str,
    place: str,
    lines: list[str],
    comments: Mapping[str, str],
) -> None:
    """Append a table's lines; ``place`` is its name in ``comments``, ``prefix`` that in TOML."""
    tables = {k: v for k, v in values.items() if _is_table(v)}
    for key, value in values.items():
        if key not in tables:
            _comment(comments.get(f"{place}{key}", ""), lines)
            lines.append(f"{_key(key)} = {literal(value)}")
    for key, value in tables.items():
        name = f"{prefix}.{_key(key)}" if prefix else _key(key)
        several = not isinstance(value, Mapping)
        for at, each in enumerate(value if several else [value]):
            if lines:
                lines.append("")
            if at == 0:
                _comment(comments.get(f"{place}{key}", ""), lines)
            lines.append(f"[[{name}]]" if several else f"[{name}]")
            inside = f"{place}{key}.{at}." if several else f"{place}{key}."
            _write_table(each, name, inside, lines, comments)


def _is_table(value: Any) -> bool:
    """Whether TOML writes a value as tables of its own."""
    several = isinstance(value, list | tuple) and len(value) > 0
    return isinstance(value, Mapping) or (several and all(isinstance(v, Mapping) for v in value))


def _comment(text: str, lines: list[str]) -> None:
    lines += [f"# {line}" for line in textwrap.wrap(text, 98)]


def _key(key: str) -> str:
    bare = key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    return key if bare else _quoted(key)


def literal(value: Any) -> str:
    """A plain value as TOML writes it; ``None`` as an empty text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return '""'
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(v) for v in value) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = (c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped)
    return '"' + "".join(plain) + '"'
