"""What a dictionary holds, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from weaklabel.ground.normal import is_acronym
from weaklabel.lexicon import Lexicon

LENGTHS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 10**9))
"""Names are counted by their tokens in these ranges, both ends included."""
_EXAMPLES = 10


@dataclass(frozen=True)
class Statistics:
    """Counts over a lexicon's names. A *form* is what a name is compared by, case and plural gone.

    Attributes:
        names: different names as written.
        forms: different normal forms.
        doubled: names whose form another name has too.
        formless: names without a form, which can never be found in text.
        concepts: different concept ids; ``without_concept`` names have none.
        short_forms: names such as "MS", found only as they are written.
        one_character: names whose form is one character.
        digits: names whose form is digits.
        types: type → its names and concept ids.
        sources: source → its names, and its licence where it is known.
        ambiguous: names whose form has several types; ``ambiguous_forms`` of them differ, and
            ``ambiguous_examples`` are some with their types.
        lengths: "1", "2", "3", "4–5"… tokens → names.
        longest: the name of the most tokens.
    """

    names: int
    forms: int
    doubled: int
    formless: int
    concepts: int
    without_concept: int
    short_forms: int
    one_character: int
    digits: int
    types: dict[str, dict[str, int]]
    sources: dict[str, dict[str, Any]]
    ambiguous: int
    ambiguous_forms: int
    ambiguous_examples: list[dict[str, Any]]
    lengths: dict[str, int]
    longest: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def statistics(lexicon: Lexicon) -> Statistics:
    """Count what a lexicon holds.

    >>> from weaklabel.lexicon import Term
    >>> told = statistics(Lexicon.of([Term("cold", ("Disease",)), Term("Colds", ("Symptom",))]))
    >>> told.names, told.forms, told.doubled, told.ambiguous
    (2, 1, 2, 2)
    """
    ambiguous = _ambiguous(lexicon)
    rows = [row for rows in lexicon.by_key.values() for row in rows]
    one = digits = 0
    lengths: Counter[int] = Counter()
    longest = ("", 0)
    for key, of_key in lexicon.by_key.items():
        form = "".join(key)
        one += len(of_key) * (len(form) == 1)
        digits += len(of_key) * form.isdigit()
        lengths[len(key)] += len(of_key)
        if len(key) > longest[1]:
            longest = (lexicon.terms[of_key[0]].name, len(key))
    concepts = {concept for term in lexicon for concept in term.concepts}
    return Statistics(
        names=len(lexicon),
        forms=len(lexicon.by_key),
        doubled=sum(len(of_key) for of_key in lexicon.by_key.values() if len(of_key) > 1),
        formless=len(lexicon) - len(rows),
        concepts=len(concepts),
        without_concept=sum(not term.concepts for term in lexicon),
        short_forms=sum(is_acronym(term.name) for term in lexicon),
        one_character=one,
        digits=digits,
        types=_types(lexicon),
        sources=_sources(lexicon),
        ambiguous=sum(one.pop("names") for one in ambiguous),
        ambiguous_forms=len(ambiguous),
        ambiguous_examples=ambiguous[:_EXAMPLES],
        lengths={_range(a, b): sum(lengths[n] for n in lengths if a <= n <= b) for a, b in LENGTHS},
        longest={"name": longest[0], "tokens": longest[1]},
    )


def _range(a: int, b: int) -> str:
    return str(a) if a == b else f"{a}–{b}" if b < 10**9 else f"{a} and more"


def _ambiguous(lexicon: Lexicon) -> list[dict[str, Any]]:
    """Forms of several types, as their first name: those of the most types first."""
    found = []
    for rows in lexicon.by_key.values():
        types = {kind for row in rows for kind in lexicon.terms[row].types}
        if len(types) > 1:
            name = lexicon.terms[rows[0]].name
            found.append({"name": name, "types": sorted(types), "names": len(rows)})
    return sorted(found, key=lambda one: -len(one["types"]))


def _types(lexicon: Lexicon) -> dict[str, dict[str, int]]:
    names: Counter[str] = Counter()
    concepts: dict[str, set[str]] = {}
    for term in lexicon:
        for kind in term.types:
            names[kind] += 1
            concepts.setdefault(kind, set()).update(term.concepts)
    return {kind: {"names": names[kind], "concepts": len(concepts[kind])} for kind in sorted(names)}


def _sources(lexicon: Lexicon) -> dict[str, dict[str, Any]]:
    counts = Counter(part for term in lexicon for part in dict.fromkeys(term.source.split(";")))
    return {
        source: {"names": n, "licence": lexicon.licences.get(source, "")}
        for source, n in counts.most_common()
    }
