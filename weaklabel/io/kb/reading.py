"""What a knowledge-base format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from weaklabel.errors import FormatError
from weaklabel.lexicon import Term


@dataclass
class Entries:
    """What a reader finds in a dictionary file.

    Attributes:
        terms: names with types and concept ids, in file order.
        licence: the licence the file names, if any.
    """

    terms: list[Term] = field(default_factory=list)
    licence: str = ""


@dataclass(frozen=True)
class KbFormat:
    """A file format of dictionaries: one module, one entry in ``KB_FORMATS``.

    Attributes:
        name: what ``--format`` calls it.
        about: one line for people who must choose.
        suffixes: of file names, lower case.
        recognises: whether the first 64 KiB of a file look like it.
        read: read a file. The second argument is the type of all its names, or None where the
            file must name them.
    """

    name: str
    about: str
    suffixes: tuple[str, ...]
    recognises: Callable[[str], bool]
    read: Callable[[Path, str | None], Entries]


def no_type(path: Path, line: int, why: str) -> FormatError:
    """The error for a dictionary that names no types where none was given."""
    return FormatError(
        f"{why}; if all its names are of one type, give it: --dictionary TYPE={path}",
        path=path,
        line=line,
    )
