"""One entry of a tailoring: a name dropped, added or kept, its rule, evidence and place in text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from weaklabel.errors import FormatError
from weaklabel.lexicon import Lexicon, Term

DROPPED, ADDED, KEPT = "dropped", "added", "kept"
HEADER = ("action", "name", "types", "concept ids", "rule", "in corpus", "evidence", "example")


class Example(NamedTuple):
    """A sentence that shows a name.

    Attributes:
        document: id of the document.
        text: the sentence.
        start, end: the name, in characters of ``text``.
    """

    document: str
    text: str
    start: int
    end: int


class Entry(NamedTuple):
    """A change of the dictionary.

    Attributes:
        action: ``dropped``, ``added``, or ``kept`` (against a rule, on the user's word).
        name: as the dictionary writes it; an added one as the corpus mostly does.
        types: its types.
        concepts: its concept ids; an added name has those of what it was made of, if they fit.
        rule: the rule that changed it.
        evidence: why.
        times: how often it stands in the corpus.
        example: a sentence with it, None where it stands nowhere.
    """

    action: str
    name: str
    types: tuple[str, ...]
    concepts: tuple[str, ...]
    rule: str
    evidence: str
    times: int = 0
    example: Example | None = None

    @property
    def term(self) -> Term:
        """The name as a dictionary holds it."""
        return Term(self.name, self.types, self.concepts, "tailored")


def entries_table(entries: Iterable[Entry]) -> str:
    """The entries as tab-separated lines; what would break a line is a space in it."""
    rows = ["\t".join(HEADER)]
    for entry in entries:
        cells = (
            entry.action,
            entry.name,
            ",".join(entry.types),
            ";".join(entry.concepts),
            entry.rule,
            str(entry.times),
            entry.evidence,
            entry.example.text if entry.example else "",
        )
        rows.append("\t".join(_one_line(cell) for cell in cells))
    return "\n".join(rows) + "\n"


def read_entries(text: str, *, path: str = "") -> list[Entry]:
    """Read what :func:`entries_table` wrote, edited or not.

    Raises:
        FormatError: for another header, a row of another width, or an unknown action.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    if tuple(lines[0].rstrip("\r").split("\t")) != HEADER:
        raise FormatError(
            f"the first line is not {chr(9).join(HEADER)!r}: is this a changes.tsv of "
            "weaklabel dictionary tailor?",
            path=path,
            line=1,
        )
    return [
        _entry(line.rstrip("\r").split("\t"), path, number)
        for number, line in enumerate(lines[1:], 2)
        if line.strip()
    ]


def _entry(cells: list[str], path: str, line: int) -> Entry:
    if len(cells) != len(HEADER):
        raise FormatError(
            f"{len(cells)} columns where {len(HEADER)} are expected", path=path, line=line
        )
    action, name, types, concepts, rule, count, evidence, _ = cells
    if action not in (DROPPED, ADDED, KEPT):
        raise FormatError(
            f"action {action!r}; it must be {DROPPED}, {ADDED} or {KEPT}", path=path, line=line
        )
    kinds = tuple(kind for kind in types.split(",") if kind)
    if action == ADDED and (not name.strip() or not kinds):
        raise FormatError("an added name needs a name and a type", path=path, line=line)
    ids = tuple(each for each in concepts.split(";") if each)
    return Entry(action, name, kinds, ids, rule, evidence, int(count) if count.isdigit() else 0)


def with_changes(lexicon: Lexicon, entries: Iterable[Entry]) -> Lexicon:
    """A lexicon without the entries dropped, and with those added."""
    changes = list(entries)
    dropped = {_one_line(entry.name) for entry in changes if entry.action == DROPPED}
    kept = [term for term in lexicon.terms if _one_line(term.name) not in dropped]
    added = [entry.term for entry in changes if entry.action == ADDED]
    return Lexicon.of([*kept, *added], licences=lexicon.licences)


def _one_line(text: str) -> str:
    return " ".join(text.split())
