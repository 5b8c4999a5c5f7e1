"""Dictionaries: files of names → :class:`~weaklabel.lexicon.Lexicon`."""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from weaklabel.components import functions
from weaklabel.errors import ConfigError, FormatError
from weaklabel.ground.lines import head_of
from weaklabel.io.kb import columns, names, tsv
from weaklabel.io.kb.reading import Entries, KbFormat, LeftOut, Wanted, no_garbage, scopes_of
from weaklabel.lexicon import Lexicon, Term

__all__ = [
    "KB_FORMATS",
    "Entries",
    "KbFormat",
    "LeftOut",
    "Wanted",
    "guess_kb_format",
    "read_entries",
    "read_lexicon",
    "scopes_of",
]

_log = logging.getLogger(__name__)

KB_FORMATS: Mapping[str, KbFormat] = functions(
    "kb-format",
    {
        "obo": "weaklabel.io.kb.obo:FORMAT",
        "json": "weaklabel.io.kb.obographs:FORMAT",
        "owl": "weaklabel.io.kb.owl:FORMAT",
        "tsv": "weaklabel.io.kb.tsv:FORMAT",
        "names": "weaklabel.io.kb.names:FORMAT",
    },
)
"""Formats of dictionaries, in the order in which their content is tried."""

_TABLES = ("tsv", "names")
"""Formats whose content alone does not tell what they are."""


def read_lexicon(
    path: str | Path,
    *,
    type: str | None = None,
    format: str | None = None,
    type_map: Mapping[str, str] | None = None,
    scope: Iterable[str] = ("exact",),
    branch: Mapping[str, str] | None = None,
    semantic_types: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Lexicon:
    r"""Read a dictionary.

    Names are kept as they stand in the file, whatever characters they have; rows without a name
    are left out, and a warning tells how many and where.

    Args:
        path: a file.
        type: the type of all its names, for files that name none; it wins over a type column.
        format: a name in ``KB_FORMATS``; guessed from content and name if not given.
        type_map: FROM → TO, types renamed on reading.
        scope: synonyms to take: exact, narrow, broad, related, or all.
        branch: concept id (or tree number) → type of all that lies under it, "-" to leave it
            out. What lies under none gets ``type``, or is left out where there is none.
        semantic_types: value of the type column (in an ontology: namespace) → type; names of
            other values are left out.
        columns: what a column is → its header, as ``{"name": "term"}``, where it is not told.

    Raises:
        ConfigError: for an unknown scope or column, or a branch or semantic type the file lacks.
        FormatError: with file and line, if the format cannot be guessed, a line cannot be read,
            there is no name in it, or no type is known.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "names.tsv"
    >>> _ = file.write_text("type\tname\tid\nDisease\tcold\tD003139\nChemical\tiron\t\n")
    >>> lexicon = read_lexicon(file)
    >>> lexicon.types_of("Colds"), lexicon.concepts_of("cold")
    (('Disease',), ('D003139',))
    """
    with no_garbage():
        return _lexicon(
            Path(path),
            Wanted(type, scopes_of(scope), branch or {}, semantic_types or {}, columns or {}),
            format,
            type_map,
        )


def _lexicon(
    path: Path, wanted: Wanted, format: str | None, type_map: Mapping[str, str] | None
) -> Lexicon:
    name, entries = read_entries(path, wanted, format=format)
    all_met(wanted, entries.met, path)
    if not entries.terms:
        raise FormatError(f"no name in it (read as {name!r}){_why(entries)}", path=path)
    if entries.left_out:
        _log.warning("%s: names left out: %s", path, _lost(entries.left_out))
    if (kinds := _kinds(entries.terms)) * 2 > len(entries.terms) >= columns.FEW:
        _log.warning(
            "%s: %s types of %s names: is the right column taken for the type? Read as: %s. "
            "A first line `type<TAB>name`, in the file's order, or `--dictionary TYPE=%s` tells",
            path, f"{kinds:,}", f"{len(entries.terms):,}", entries.how, path,
        )  # fmt: skip
    if entries.skipped:
        _log.info("%s: not asked for: %s", path, counted(entries.skipped))
    terms = _renamed(entries.terms, type_map) if type_map else entries.terms
    licences = dict(entries.licences)
    if entries.licence:
        licences[path.name] = entries.licence
    return Lexicon.of(terms, licences=licences)


def read_entries(
    path: str | Path, wanted: Wanted, *, format: str | None = None
) -> tuple[str, Entries]:
    """The format of a dictionary file, and what is wanted of it.

    Raises:
        FormatError: as :func:`read_lexicon`; a file without a name is no error here.
    """
    path = Path(path)
    name = format or guess_kb_format(path)
    if name not in KB_FORMATS:
        raise FormatError(f"unknown dictionary format {name!r}. {_listed()}", path=path)
    if not head_of(path).strip():
        raise FormatError("is empty: no name in it", path=path)
    return name, KB_FORMATS[name].read(path, wanted)


def all_met(wanted: Wanted, met: Collection[str], where: object) -> None:
    """Check that every branch, semantic type and column asked for was there.

    Raises:
        ConfigError: if one was not.
    """
    for what, asked in (
        ("concept or tree number", wanted.branches),
        ("semantic type", wanted.semantic_types),
        ("column", wanted.columns.values()),
    ):
        for value in asked:
            if value not in met:
                raise ConfigError(f"{where}: no {what} {value!r} in it")


def counted(reasons: Counter[str]) -> str:
    """Reasons with how often each, the commonest first.

    >>> counted(Counter({"obsolete": 1_200, "empty": 3}))
    '1,200 obsolete, 3 empty'
    """
    return ", ".join(f"{n:,} {reason}" for reason, n in reasons.most_common())


def _kinds(terms: list[Term]) -> int:
    return len({kind for types in {term.types for term in terms} for kind in types})


def _why(entries: Entries) -> str:
    reasons = entries.skipped + Counter(row.reason for row in entries.left_out)
    return f"; left out: {counted(reasons)}" if reasons else ""


def _lost(left_out: list[LeftOut]) -> str:
    """What was left out and where, in a line."""
    lines = [f"{row.line:,}" for row in left_out if row.line]
    where = f" (line {', '.join(lines[:5])}{', …' if len(lines) > 5 else ''})" if lines else ""
    return f"{counted(Counter(row.reason for row in left_out))}{where}"


def _renamed(terms: list[Term], type_map: Mapping[str, str]) -> list[Term]:
    known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def renamed(types: tuple[str, ...]) -> tuple[str, ...]:
        if types not in known:
            known[types] = tuple(sorted({type_map.get(kind, kind) for kind in types}))
        return known[types]

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
    for name, format in KB_FORMATS.items():
        if name not in _TABLES and format.recognises(head):
            return name
    binary = head.count("\0") * 10 > len(head)  # a single one may stand in a damaged name
    if not (binary or head.lstrip()[:1] in ("{", "<") or _is_pubtator(head)):
        suffix = path.suffix.lower()
        named = next((key for key, kind in KB_FORMATS.items() if suffix in kind.suffixes), None)
        if named in (None, "names") and tsv.recognises(head):
            return "tsv"
        if named is not None:
            return named
        if not suffix and names.recognises(head):
            return "names"
    hint = " It may be UTF-16: save it as UTF-8." if binary else ""
    raise FormatError(f"cannot guess the format of this dictionary.{hint} {_listed()}", path=path)


def _is_pubtator(head: str) -> bool:
    return head.lstrip().partition("|")[2][:2] in ("t|", "a|")


def _listed() -> str:
    rows = "".join(f"\n    {name:6} {kind.about}" for name, kind in KB_FORMATS.items())
    return f"Known formats:{rows}"
