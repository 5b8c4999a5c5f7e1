"""A plain list of names: one a line, all of the type that is given with the file."""

from __future__ import annotations

from pathlib import Path

from weaklabel.ground.lines import each_line, split_lines
from weaklabel.io.kb.reading import Entries, KbFormat, Wanted, no_type


def read(path: Path, wanted: Wanted) -> Entries:
    """Read a list of names; blank lines and lines that begin with "# " are no names.

    Raises:
        FormatError: without a type.
    """
    if wanted.type is None:
        raise no_type(path, 1, "a plain list of names has no type column")
    entries = Entries(fault=wanted.fault, how="a name a line")
    for number, line in enumerate(each_line(path), 1):
        if line and not line.isspace() and not line.startswith("# "):
            entries.add(number, line, (wanted.type,), (), path.name)
    return entries


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
