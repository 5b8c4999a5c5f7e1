"""Dictionaries: files of names → :class:`~weaklabel.lexicon.Lexicon`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from weaklabel.errors import FormatError
from weaklabel.io.kb import names, obo, tsv
from weaklabel.io.kb.reading import Entries, KbFormat
from weaklabel.io.lines import head_of
from weaklabel.lexicon import Lexicon, Term

__all__ = ["KB_FORMATS", "Entries", "KbFormat", "guess_kb_format", "read_lexicon"]

KB_FORMATS: dict[str, KbFormat] = {
    format.name: format for format in (obo.FORMAT, tsv.FORMAT, names.FORMAT)
}
"""Formats of dictionaries, in the order in which their content is tried."""


def read_lexicon(
    path: str | Path,
    *,
    type: str | None = None,
    format: str | None = None,
    type_map: Mapping[str, str] | None = None,
) -> Lexicon:
    """Read a dictionary.

    Args:
        path: a file.
        type: the type of all its names, for files that name none; it wins over a type column.
        format: a name in ``KB_FORMATS``; guessed from content and name if not given.
        type_map: FROM → TO, types renamed on reading.

    Raises:
        FormatError: with file and line, if the format cannot be guessed, a line cannot be read,
            there is no name in it, or no type is known.
    """
    path = Path(path)
    name = format or guess_kb_format(path)
    if name not in KB_FORMATS:
        raise FormatError(f"unknown dictionary format {name!r}. {_listed()}", path=path)
    entries = KB_FORMATS[name].read(path, type)
    if not entries.terms:
        raise FormatError(f"no name in it (read as {name!r})", path=path)
    terms = _renamed(entries.terms, type_map) if type_map else entries.terms
    licences = {path.name: entries.licence} if entries.licence else {}
    return Lexicon.of(terms, licences=licences)


def _renamed(terms: list[Term], type_map: Mapping[str, str]) -> list[Term]:
    def renamed(types: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({type_map.get(kind, kind) for kind in types}))

    return [dataclasses.replace(term, types=renamed(term.types)) for term in terms]


def guess_kb_format(path: str | Path) -> str:
    """The name of a dictionary's format, from its content first, then its name.

    Raises:
        FormatError: if it cannot be told; the message lists the formats.
    """
    path = Path(path)
    head = head_of(path)
    if not head.strip():
        raise FormatError("is empty: no name in it", path=path)
    foreign = "\0" in head or head.lstrip()[:1] in ("{", "<") or _is_pubtator(head)
    if not foreign:
        if obo.recognises(head):
            return "obo"
        suffix = path.suffix.lower()
        named = next((key for key, kind in KB_FORMATS.items() if suffix in kind.suffixes), None)
        if named in (None, "names") and tsv.recognises(head):
            return "tsv"
        if named is not None:
            return named
        if not suffix and names.recognises(head):
            return "names"
    raise FormatError(f"cannot guess the format of this dictionary. {_listed()}", path=path)


def _is_pubtator(head: str) -> bool:
    return head.lstrip().partition("|")[2][:2] in ("t|", "a|")


def _listed() -> str:
    rows = "".join(f"\n    {name:6} {kind.about}" for name, kind in KB_FORMATS.items())
    return f"Known formats:{rows}"
