"""One dictionary made of several files: types and ids united, what is unusable left out and told.

Names are kept as they are written, right-to-left text and all; only tabs and line breaks inside
one become spaces. A name that stands in several files, or several times, is one name with all
types, concept ids and sources; with several types it is ambiguous, which is counted, not mended.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from weaklabel.errors import ConfigError, FormatError
from weaklabel.ground.atomic import replacing
from weaklabel.ground.segment import tokenize
from weaklabel.io.kb import all_met, counted, read_entries
from weaklabel.io.kb.reading import Entries, LeftOut, Wanted, no_garbage
from weaklabel.io.kb.writing import on_one_line
from weaklabel.lexicon import Lexicon, Term

MOST_TOKENS = 500
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def fault_of(name: str) -> str:
    r"""Why a name should not be in a dictionary; empty if nothing is wrong.

    >>> [fault_of(name) for name in ("x", "12-5", "+/-", "a\x07b", "שפעת", "5-HT")]
    ['one character', 'digits only', 'symbols only', 'control characters', '', '']
    """
    if not name.isprintable() and any(
        unicodedata.category(c) in ("Cc", "Cs") for c in on_one_line(name)
    ):
        return "control characters"
    if len(name) == 1:
        return "one character"
    if not name[0].isalpha() and not any(map(str.isalpha, name)):
        return "digits only" if any(map(str.isnumeric, name)) else "symbols only"
    if len(name) > MOST_TOKENS and len(tokenize(name)) > MOST_TOKENS:
        return f"over {MOST_TOKENS} tokens"
    return ""


@dataclass(frozen=True)
class Part:
    """What one file gave.

    Attributes:
        path: the file.
        format: what it was read as, and ``how``, in words.
        source: what its names are marked with.
        names: names taken, as they stand in the file.
        concepts: different ids among them.
        licence: as the file or the caller tells it.
        left_out: names that cannot be used.
        skipped: reason → names that were not asked for.
    """

    path: Path
    format: str
    how: str
    source: str
    names: int
    concepts: int
    licence: str
    left_out: list[LeftOut] = field(repr=False)
    skipped: Counter[str]


@dataclass(frozen=True)
class Built:
    """A dictionary, and what became of every file's names."""

    lexicon: Lexicon
    parts: tuple[Part, ...]

    @property
    def left_out(self) -> Counter[str]:
        """Reason → names left out, of all files."""
        return Counter(row.reason for part in self.parts for row in part.left_out)

    @property
    def ambiguous(self) -> list[Term]:
        """Names of several types."""
        return [term for term in self.lexicon if len(term.types) > 1]


def build(
    files: Sequence[tuple[str | Path, str | None]],
    wanted: Wanted | None = None,
    *,
    format: str | None = None,
    type_map: Mapping[str, str] | None = None,
    keep: Collection[str] = (),
    licences: Mapping[str, str] | None = None,
) -> Built:
    """Make one dictionary of several files.

    Args:
        files: each with the type of all its names, or None.
        wanted: what is wanted of every file; its own type goes for files without one.
        format: of all files, if it is not guessed.
        type_map: FROM → TO, types renamed on reading.
        keep: names that stay, whatever is wrong with them.
        licences: name of a file → its licence, where the file does not tell it.

    Raises:
        ConfigError: for a licence of none of the files, or a branch, semantic type or column that
            no file has.
        FormatError: if a file cannot be read, or no name is left.
    """
    kept = frozenset(keep)
    wanted = wanted or Wanted()
    wanted = dataclasses.replace(wanted, fault=lambda name: "" if name in kept else fault_of(name))
    paths = [Path(path) for path, _ in files]
    together = _Union(type_map or {})
    parts: list[Part] = []
    given = dict(licences or {})
    found: dict[str, str] = {}
    met: set[str] = set()
    if unknown := sorted(given.keys() - {path.name for path in paths}):
        raise ConfigError(f"a licence for {unknown[0]!r}, which is none of the files")
    for path, type in ((Path(path), type) for path, type in files):
        of_file = wanted if type is None else dataclasses.replace(wanted, type=type)
        twice = sum(other.name == path.name for other in paths) > 1
        source = str(path) if twice else path.name
        with no_garbage():
            name, entries = read_entries(path, of_file, format=format)
            together.add(entries.terms, {path.name: source} if twice else {})
        met |= entries.met
        found |= entries.licences
        licence = given.get(path.name, entries.licence)
        if licence:
            found[source] = licence
        parts.append(_part(path, name, source, licence, entries))
    all_met(wanted, met, ", ".join(str(path) for path in paths))
    built = Built(Lexicon(tuple(together.terms.values()), found), tuple(parts))
    if not built.lexicon.terms:
        reasons = built.left_out + sum((part.skipped for part in parts), Counter[str]())
        why = f"; left out: {counted(reasons)}" if reasons else ""
        raise FormatError(f"no name in {', '.join(str(path) for path in paths)}{why}")
    return built


def _part(path: Path, format: str, source: str, licence: str, entries: Entries) -> Part:
    return Part(
        path,
        format,
        entries.how,
        source,
        len(entries.terms),
        len({concept for term in entries.terms for concept in term.concepts}),
        licence or "; ".join(dict.fromkeys(entries.licences.values())),
        entries.left_out,
        entries.skipped,
    )


class _Union:
    """Names as written → one term each."""

    def __init__(self, type_map: Mapping[str, str]) -> None:
        self.terms: dict[str, Term] = {}
        self._type_map = type_map
        self._renamed: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, terms: Iterable[Term], renamed_sources: Mapping[str, str]) -> None:
        for term in terms:
            name, types = on_one_line(term.name), self._types(term.types)
            source = renamed_sources.get(term.source, term.source)
            known = self.terms.get(name)
            if known is None:
                same = (name, types, source) == (term.name, term.types, term.source)
                new = term if same else Term(name, types, term.concepts, source)
            else:
                new = _united(known, types, term.concepts, source)
            self.terms[name] = new

    def _types(self, types: tuple[str, ...]) -> tuple[str, ...]:
        if types not in self._renamed:
            renamed = {self._type_map.get(kind, kind) for kind in types}
            self._renamed[types] = tuple(sorted(renamed))
        return self._renamed[types]


def _united(term: Term, types: tuple[str, ...], concepts: tuple[str, ...], source: str) -> Term:
    sources = dict.fromkeys((*term.source.split(";"), *source.split(";")))
    return Term(
        term.name,
        tuple(sorted({*term.types, *types})),
        tuple(dict.fromkeys((*term.concepts, *concepts))),
        ";".join(sources),
    )


def write_left_out(path: str | Path, built: Built) -> None:
    """Write what was left out as a TSV: reason, file, line (0 where there is none), name."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write("reason\tfile\tline\tname\n")
        for of_file in built.parts:
            for row in of_file.left_out:
                name = _UNSEEN.sub(lambda m: f"\\x{ord(m.group()):02x}", row.name)
                file.write(f"{row.reason}\t{of_file.path}\t{row.line}\t{name}\n")
