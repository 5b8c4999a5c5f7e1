r"""OBO 1.2 and 1.4: names and EXACT synonyms of ``[Term]`` stanzas, with the term's id.

Obsolete terms are left out, and so are RELATED, BROAD and NARROW synonyms: they are not names of
the thing. An ontology names no entity type, so one must be given with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from weaklabel.errors import FormatError
from weaklabel.io.kb.reading import Entries, KbFormat, no_type
from weaklabel.io.lines import read_lines
from weaklabel.lexicon import Term

_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "W": " ", "t": "\t"}
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(\w+)?')
_TRAILER = re.compile(r"(?:\s*(?<!\\)\{[^{}]*\})?(?:\s+!\s.*)?$")
_LICENCE = re.compile(r"property_value:\s*\S*(?:licen[sc]e)\S*\s+(.*?)(?:\s+xsd:\w+)?\s*$")

Stanza = tuple[int, str, list[tuple[int, str, str]]]
"""Line, kind ("Term"), and (line, tag, value) of each of its lines."""


def read(path: Path, type: str | None) -> Entries:
    """Read an OBO file.

    Raises:
        FormatError: without a type; for a line that is no "tag: value", a term without id, or a
            synonym without quotes.
    """
    entries = Entries()
    for line, kind, rows in _stanzas(path, entries):
        if kind != "Term" or any(t == "is_obsolete" and v.startswith("true") for _, t, v in rows):
            continue
        if type is None:
            raise no_type(path, line, "an OBO file names no entity type")
        concept = next((value.split(" ")[0] for _, tag, value in rows if tag == "id"), "")
        if not concept:
            raise FormatError("a [Term] without id", path=path, line=line)
        names = dict.fromkeys(name for name in _names(rows, path) if name)
        entries.terms.extend(Term(name, (type,), (concept,), path.name) for name in names)
    return entries


def _stanzas(path: Path, entries: Entries) -> Iterator[Stanza]:
    stanza: Stanza = (1, "", [])
    for number, line in enumerate(read_lines(path), 1):
        line = line.strip()
        if not line or line.startswith("!"):
            continue
        if line.startswith("["):
            yield stanza
            stanza = (number, line.strip("[]"), [])
            continue
        tag, colon, value = line.partition(":")
        if not colon:
            raise FormatError(f'expected "tag: value", got {line[:80]!r}', path=path, line=number)
        if not stanza[1] and (licence := _LICENCE.match(line)):
            entries.licence = licence.group(1).strip('"')
        stanza[2].append((number, tag, value.strip()))
    yield stanza


def _names(rows: list[tuple[int, str, str]], path: Path) -> Iterator[str]:
    for line, tag, value in rows:
        if tag == "name":
            yield _plain(_TRAILER.sub("", value))
        elif tag in ("synonym", "exact_synonym"):
            quoted = _SYNONYM.match(value)
            if quoted is None:
                message = f'expected synonym: "text" SCOPE […], got {value[:80]!r}'
                raise FormatError(message, path=path, line=line)
            if tag == "exact_synonym" or quoted.group(2) == "EXACT":
                yield _plain(quoted.group(1))


def _plain(value: str) -> str:
    plain = _ESCAPE.sub(lambda m: _ESCAPES.get(m.group(1), m.group(1)), value)
    return " ".join(plain.split())


_START = re.compile(r"^format-version:|^\[Term\]\s*$", re.MULTILINE)


def recognises(head: str) -> bool:
    """Whether it has an OBO header or a term stanza."""
    return _START.search(head) is not None


FORMAT = KbFormat(
    "obo",
    "an ontology: names and EXACT synonyms; needs a type (--dictionary TYPE=PATH)",
    (".obo",),
    recognises,
    read,
)
