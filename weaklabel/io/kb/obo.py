r"""OBO 1.2 and 1.4: names and synonyms of ``[Term]`` stanzas, with the term's id.

Obsolete terms are left out. Of the synonyms those of the wanted scopes are taken: EXACT ones unless
others are asked for, since the rest are not names of the thing. An ontology names no entity type,
so one must be given with the file, or a type for each branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from weaklabel.errors import FormatError
from weaklabel.ground.lines import each_line
from weaklabel.io.kb.ontology import Concept, take, without_id
from weaklabel.io.kb.reading import SCOPES, Entries, KbFormat, Wanted

_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "W": " ", "t": "\t"}
_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(\w+)?')
_TRAILER = re.compile(r"(?:\s*(?<!\\)\{[^{}]*\})?(?:\s+!\s.*)?$")
_LICENCE = re.compile(r"property_value:\s*\S*(?:licen[sc]e)\S*\s+(.*?)(?:\s+xsd:\w+)?\s*$")

Stanza = tuple[int, str, list[tuple[int, str, str]]]
"""Line, kind ("Term"), and (line, tag, value) of each of its lines."""


def read(path: Path, wanted: Wanted) -> Entries:
    """Read an OBO file.

    Raises:
        FormatError: where a term gets no type; for a line that is no "tag: value", a term without
            id, or a synonym without quotes.
    """
    entries = Entries(fault=wanted.fault)
    concepts = (
        _concept(path, line, rows) for line, kind, rows in _stanzas(path, entries) if kind == "Term"
    )
    take(concepts, path, wanted, entries)
    return entries


def _concept(path: Path, line: int, rows: list[tuple[int, str, str]]) -> Concept:
    concept = Concept("", line)
    for number, tag, value in rows:
        if tag == "id":
            concept.id = concept.id or _first_word(value)
        elif tag == "name":
            concept.names.append((number, "name", _plain(_TRAILER.sub("", value))))
        elif tag.endswith("synonym"):
            concept.names.append((number, *_synonym(path, number, tag, value)))
        elif tag == "is_a":
            concept.parents.append(_first_word(value))
        elif tag == "namespace":
            concept.namespace = _first_word(value)
        elif tag == "is_obsolete":
            concept.obsolete = value.startswith("true")
    if not concept.id:
        raise without_id(path, line, "a [Term]")
    return concept


def _synonym(path: Path, line: int, tag: str, value: str) -> tuple[str, str]:
    """Scope and text; without a scope it is RELATED, as the format has it."""
    quoted = _SYNONYM.match(value)
    if quoted is None:
        message = f'expected synonym: "text" SCOPE […], got {value[:80]!r}'
        raise FormatError(message, path=path, line=line)
    # "exact_synonym: …" is how OBO 1.0 told the scope.
    scope = tag.removesuffix("synonym").rstrip("_") or (quoted.group(2) or "").casefold()
    return scope if scope in SCOPES else "related", _plain(quoted.group(1))


def _first_word(value: str) -> str:
    return value.split(" ", 1)[0]


def _stanzas(path: Path, entries: Entries) -> Iterator[Stanza]:
    stanza: Stanza = (1, "", [])
    for number, line in enumerate(each_line(path), 1):
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


def _plain(value: str) -> str:
    plain = _ESCAPE.sub(lambda m: _ESCAPES.get(m.group(1), m.group(1)), value)
    return " ".join(plain.split())


_START = re.compile(r"^format-version:|^\[Term\]\s*$", re.MULTILINE)


def recognises(head: str) -> bool:
    """Whether it has an OBO header or a term stanza."""
    return _START.search(head) is not None


FORMAT = KbFormat(
    "obo",
    "an ontology: names and synonyms; needs a type (--dictionary TYPE=PATH)",
    (".obo",),
    recognises,
    read,
)
