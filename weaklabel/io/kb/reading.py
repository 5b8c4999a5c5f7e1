"""What a knowledge-base format is, what is wanted of a file, and what a reader found in it."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from weaklabel.errors import ConfigError, FormatError
from weaklabel.lexicon import Term

SCOPES = ("exact", "narrow", "broad", "related")
"""How far a synonym is from the thing it stands for, as OBO tells them apart."""

EMPTY = "empty"
"""The reason for which every reader leaves a row out."""


class LeftOut(NamedTuple):
    """A name that was read and not taken; ``line`` is 0 where the format has no lines."""

    line: int
    name: str
    reason: str


def nothing_wrong(name: str) -> str:
    """Refuse no name."""
    return ""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a dictionary file.

    Attributes:
        type: the type of all its names; it wins over a type column.
        scopes: synonyms to take, of ``SCOPES``; a concept's own name is always taken.
        branches: concept id → type of all that lies under it, "-" to cut it out. The nearest id
            above a concept decides; one under none gets ``type``, or is left out without one.
            Files that tell nothing of what lies under what go by ``type`` and their own types.
        semantic_types: value of the type column (in an ontology: namespace) → type; names of
            other values are left out.
        columns: what a column is ("name", "type", "id", "synonyms", "scope", "parents",
            "tree numbers", "source") → its header, where the header does not tell.
        fault: a name → why it should be left out, or nothing.

    Raises:
        ConfigError: for an unknown scope.
    """

    type: str | None = None
    scopes: frozenset[str] = frozenset({"exact"})
    branches: Mapping[str, str] = field(default_factory=dict)
    semantic_types: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    fault: Callable[[str], str] = nothing_wrong

    def __post_init__(self) -> None:
        unknown = sorted(self.scopes - set(SCOPES))
        if unknown:
            raise ConfigError(
                f"no synonym scope {unknown[0]!r}; the scopes are {', '.join(SCOPES)}, or all"
            )


def scopes_of(names: Iterable[str]) -> frozenset[str]:
    """Synonym scopes in any case; "all" is all of them, "name" (which is always taken) is none.

    >>> sorted(scopes_of(["EXACT", "related"])), sorted(scopes_of(["all"])) == sorted(SCOPES)
    (['exact', 'related'], True)
    """
    found = {name.strip().casefold() for name in names} - {"", "name"}
    return frozenset(SCOPES if "all" in found else found)


@dataclass
class Entries:
    """What a reader finds in a dictionary file.

    Attributes:
        terms: names with types and concept ids, in file order.
        licence: the licence the file names, if any.
        licences: source → licence, in a file that was made from several.
        left_out: names that cannot be used.
        skipped: reason → how many names were not asked for (obsolete, of another scope…).
        met: ids of branches and values of semantic types that the file has.
        how: how it was read, for people.
        fault: see :class:`Wanted`.
    """

    terms: list[Term] = field(default_factory=list)
    licence: str = ""
    licences: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    met: set[str] = field(default_factory=set)
    how: str = ""
    fault: Callable[[str], str] = nothing_wrong

    def add(
        self, line: int, name: str, types: tuple[str, ...], concepts: tuple[str, ...], source: str
    ) -> None:
        """Take a name, or leave it out with the reason."""
        name = name.strip()
        reason = self.fault(name) if name else EMPTY
        if reason:
            self.left_out.append(LeftOut(line, name, reason))
        else:
            self.terms.append(Term(name, types, concepts, source))


@contextmanager
def no_garbage() -> Iterator[None]:
    """Rest the garbage collector while millions of small objects are made that all live on.

    Looking through them again and again doubles the time of reading.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@dataclass(frozen=True)
class KbFormat:
    """A file format of dictionaries: one module, one entry in ``KB_FORMATS``.

    Attributes:
        name: what ``--format`` calls it.
        about: one line for people who must choose.
        suffixes: of file names, lower case.
        recognises: whether the first 64 KiB of a file look like it.
        read: read a file.
    """

    name: str
    about: str
    suffixes: tuple[str, ...]
    recognises: Callable[[str], bool]
    read: Callable[[Path, Wanted], Entries]


def no_type(path: Path, line: int | None, why: str) -> FormatError:
    """The error for a dictionary that names no types where none was given."""
    return FormatError(
        f"{why}; if all its names are of one type, give it: --dictionary TYPE={path}",
        path=path,
        line=line,
    )
