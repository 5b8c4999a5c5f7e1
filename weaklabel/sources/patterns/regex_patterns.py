r"""A file of regular expressions: a type and a pattern a line.

A file of tab-separated columns, of which the last three may be left out, with or without this
line at its head; ``#`` begins a comment line::

    type    pattern             flags   group   name
    Dose    (\d+)\s?mg/kg       i       1       dose by weight

or the same as TOML, a table ``[[pattern]]`` each. The flags are those of Python's :mod:`re`, one
letter each (``a i m s x``). A group, by number or name, takes that part of the match alone. A name
is the entry that all its matches are hidden under while training; without one each surface is an
entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weaklabel.errors import ConfigError, FormatError
from weaklabel.ground.config import checked, read_toml
from weaklabel.ground.lines import read_lines

_COLUMNS = ("type", "pattern", "flags", "group", "name")
_FLAGS = {"a": re.A, "i": re.I, "m": re.M, "s": re.S, "x": re.X}
_TABLE = re.compile(r"\s*\[\[\s*pattern\s*\]\]")
_KEY = re.compile(r"\s*pattern\s*=")


@dataclass(frozen=True)
class Pattern:
    """A regular expression and the type of what it matches.

    Attributes:
        type: of the spans.
        pattern: in the syntax of :mod:`re`.
        flags: letters of ``aimsx``.
        group: number or name of the group that is the span; empty for the whole match.
        name: the entry its matches are hidden under together; empty for each surface its own.
    """

    type: str
    pattern: str
    flags: str = ""
    group: str = ""
    name: str = ""

    def compiled(self) -> re.Pattern[str]:
        """The pattern, ready to match.

        Raises:
            ConfigError: if the type is empty, a flag or the group is unknown, or the pattern is
                none; says at which of its characters.
        """
        if not self.type:
            raise ConfigError(f"the pattern {self.pattern!r} has no type")
        if not self.pattern:
            raise ConfigError(f"the pattern of type {self.type!r} is empty")
        unknown = sorted(set(self.flags) - set(_FLAGS))
        if unknown:
            raise ConfigError(f"unknown flag {unknown[0]!r}; known: {', '.join(_FLAGS)}")
        flags = re.RegexFlag(0)
        for letter in self.flags:
            flags |= _FLAGS[letter]
        try:
            compiled = re.compile(self.pattern, flags)
        except re.error as error:
            raise ConfigError(_invalid(self.pattern, error)) from None
        except ValueError as error:  # flags that contradict each other
            raise ConfigError(f"is no regular expression: {error}: {self.pattern}") from None
        except (RecursionError, OverflowError) as error:
            raise ConfigError(f"the pattern {self.pattern[:60]!r} is too large: {error}") from None
        group = self.chosen
        known = compiled.groupindex if isinstance(group, str) else range(compiled.groups + 1)
        if group not in known:
            raise ConfigError(f"the pattern {self.pattern!r} has no group {self.group!r}")
        return compiled

    @property
    def chosen(self) -> int | str:
        """The group as :mod:`re` takes it."""
        return int(self.group) if self.group.isdecimal() else self.group or 0


def read_patterns(path: str | Path) -> list[Pattern]:
    """The patterns of a file.

    Raises:
        FormatError: if it is not there, holds no pattern, or a line of it is none; names the line
            and the position in the pattern.
    """
    path = Path(path)
    found = []
    for line, values in _of_toml(path) if path.suffix == ".toml" else _of_tsv(path):
        try:
            pattern = checked(Pattern, values)
            pattern.compiled()
        except ConfigError as error:
            raise FormatError(str(error), path=path, line=line) from None
        found.append(pattern)
    if not found:
        raise FormatError("holds no pattern", path=path)
    return found


def _of_tsv(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    first = True
    for line, text in enumerate(read_lines(path), 1):
        cells = [cell.strip() for cell in text.split("\t")]
        if not any(cells) or text.startswith("#"):
            continue
        head, first = first and _is_head(cells), False
        if head:
            continue
        if not 2 <= len(cells) <= len(_COLUMNS):
            raise FormatError(
                f'expected "type<TAB>pattern", then perhaps flags, group and name; got '
                f"{len(cells)} columns: {text[:60]!r}",
                path=path,
                line=line,
            )
        yield line, dict(zip(_COLUMNS, cells, strict=False))


def _is_head(cells: Sequence[str]) -> bool:
    return tuple(cell.lower() for cell in cells) == _COLUMNS[: len(cells)]


def _of_toml(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = read_lines(path)
    try:
        values = read_toml(path)
    except ConfigError as error:
        raise FormatError(str(error).removeprefix(f"{path}: "), path=path) from None
    unknown = sorted(set(values) - {"pattern"})
    tables = values.get("pattern", [])
    if unknown or not isinstance(tables, list):
        raise FormatError("expected nothing but tables [[pattern]]", path=path)
    heads = [i for i, line in enumerate(lines) if _TABLE.match(line)]
    for at, table in enumerate(tables):
        head = heads[at] if at < len(heads) else 0
        keys = [i for i in range(head, len(lines)) if _KEY.match(lines[i])]
        absent = [key for key in ("type", "pattern") if key not in table]
        if absent:
            raise FormatError(f"the pattern has no {absent[0]}", path=path, line=head + 1)
        group = table.get("group", "")
        yield (keys or [head])[0] + 1, {**table, "group": str(group)}


def _invalid(pattern: str, error: re.error) -> str:
    at = "" if error.pos is None else f" at character {error.pos + 1}"
    shown = pattern if error.pos is None else f"{pattern[: error.pos]}▸{pattern[error.pos :]}"
    return f"is no regular expression: {error.msg}{at}: {shown}"
