"""A lexicon as a TSV that :func:`~weaklabel.io.kb.read_lexicon` reads back: types, ids, sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from weaklabel.errors import DataError
from weaklabel.ground.atomic import replacing
from weaklabel.lexicon import Lexicon, Term

_BREAK = re.compile(r"\s*[\t\n\r]\s*")
_HEADER = "type\tname\tids\tsource\n"


def on_one_line(name: str) -> str:
    r"""A name with its tabs and line breaks as single spaces.

    >>> on_one_line("two\n lines")
    'two lines'
    """
    return _BREAK.sub(" ", name) if "\t" in name or "\n" in name or "\r" in name else name


def write_lexicon(path: str | Path, lexicon: Lexicon) -> None:
    """Write a dictionary, one name a line; the file is whole or absent.

    Tabs and line breaks in a name become spaces; every other character stays.

    Raises:
        DataError: for a type, id or source with the sign that parts it from the next one.
    """
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_licences(lexicon))
        file.write(_HEADER)
        file.writelines(_row(term) for term in lexicon)


def _licences(lexicon: Lexicon) -> Iterator[str]:
    for source, licence in sorted(lexicon.licences.items()):
        name = on_one_line(source)
        if ":" in name or name.startswith('"'):  # else the reader would end it there
            name = '"' + name.replace('"', '""') + '"'
        yield f"# licence of {name}: {on_one_line(licence)}\n"


def _row(term: Term) -> str:
    name = on_one_line(term.name)
    if len(name) > 1 and name[0] == name[-1] == '"':  # else the reader would take them off
        name = '"' + name.replace('"', '""') + '"'
    types = _joined(term, term.types, ",", "type")
    ids = _joined(term, term.concepts, ";", "id", "|")
    return f"{types}\t{name}\t{ids}\t{_joined(term, (term.source,), '', 'source')}\n"


def _joined(term: Term, values: Iterable[str], by: str, what: str, never: str = "") -> str:
    text = by.join(values)
    if any(sign in value for value in values for sign in f"\t\n\r{by}{never}"):
        raise DataError(f"{term.name!r} has a {what} that cannot be written to a TSV: {text!r}")
    return text
