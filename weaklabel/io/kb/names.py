"""A plain list of names: one a line, all of the type that is given with the file."""

from __future__ import annotations

from pathlib import Path

from weaklabel.io.kb.reading import Entries, KbFormat, no_type
from weaklabel.io.lines import read_lines, split_lines
from weaklabel.lexicon import Term


def read(path: Path, type: str | None) -> Entries:
    """Read a list of names; blank lines and lines that begin with "# " are left out.

    Raises:
        FormatError: without a type.
    """
    lines = [line.strip() for line in read_lines(path)]
    if type is None:
        raise no_type(path, 1, "a plain list of names has no type column")
    names = [line for line in lines if line and not line.startswith("# ")]
    return Entries([Term(name, (type,), (), path.name) for name in names])


def recognises(head: str) -> bool:
    """Whether the lines are short enough to be names (any text could be)."""
    lines = [line for line in split_lines(head)[:-1] if line.strip()]
    return all(len(line) <= 200 and "\t" not in line for line in lines)


FORMAT = KbFormat(
    "names",
    "a name a line; needs a type (--dictionary TYPE=PATH)",
    (".txt", ".lst", ".list", ".names"),
    recognises,
    read,
)
