"""What a dictionary's own names teach about how names are made: heads, modifiers, endings.

Everything a rule uses is counted here, from the run's dictionary alone, so that a dictionary of
species or of companies supports other rules, or none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from weaklabel.ground.normal import Key, is_acronym, normal_key
from weaklabel.lexicon import Lexicon

# What follows one of these in a name qualifies it: its head stands before ("injury of the liver",
# "Diabetes Mellitus, Type 2").
_QUALIFIER = re.compile(
    r"\s+(?:of|in|due|with|without|and|or|by|from|for|to|on|at|during|after)\s.*|[,;(\[].*"
    r"|\s+(?:type\s+)?(?:\w?\d+\w?|[ivxIVX]+)$"
)

_NUMBERED = re.compile(r"\w type (?:\d{1,2}|[IVX]{1,4})[A-Da-d]?$")


@dataclass(frozen=True)
class Support:
    """How often something occurs in names, by type."""

    names: int
    types: Counter[str] = field(default_factory=Counter)

    def type(self, *, min_names: int = 20, min_share: float = 0.9) -> str | None:
        """The type it stands for; None where too few names carry it, or they are of many types.

        Args:
            min_names: names that must carry it.
            min_share: share of those names that must have the type.
        """
        if self.names < min_names:
            return None
        type_, count = max(self.types.items(), key=lambda item: (item[1], item[0]))
        return type_ if count >= min_share * self.names else None


@dataclass(frozen=True, eq=False)
class NameStatistics:
    """Counts over the normal forms of a lexicon's names.

    Attributes:
        types: normal form → the types it has.
        single: one-token names that are words, not short forms: normal token → types.
        heads: last token of names of several tokens, qualifiers left out → support.
        eponyms: head → share of its names whose token before the head stands in no other name.
        firsts: type → first token of such names → how many names, and the heads they come before.
        left: type → token → in how many names it stands before another name of the type.
        right: type → token → in how many names it stands after another name of the type.
        numbered: type → how many names end with "type 2" or the like.
        diversity: head → how many different first tokens its names have.
    """

    types: dict[Key, frozenset[str]]
    single: dict[str, frozenset[str]]
    heads: dict[str, Support]
    firsts: dict[str, dict[str, Counter[str]]]
    left: dict[str, Counter[str]]
    right: dict[str, Counter[str]]
    numbered: dict[str, int]
    diversity: dict[str, int]
    eponyms: dict[str, float]

    @classmethod
    def of(cls, lexicon: Lexicon) -> NameStatistics:
        """Count a lexicon."""
        types: dict[Key, set[str]] = defaultdict(set)
        cores: dict[Key, set[str]] = defaultdict(set)
        single: dict[str, set[str]] = defaultdict(set)
        numbered: Counter[str] = Counter()
        for term in lexicon.terms:
            key = term.key
            types[key].update(term.types)
            if len(key) == 1 and not is_acronym(term.name):
                single[key[0]].update(term.types)
            if _NUMBERED.search(term.name):
                numbered.update(term.types)
            bare = _QUALIFIER.sub("", term.name)
            core = key if bare == term.name else normal_key(bare)
            if len(core) > 1:
                cores[core].update(term.types)
        types.pop((), None)
        heads, diversity, eponyms = _heads(cores)
        firsts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        left: dict[str, Counter[str]] = defaultdict(Counter)
        right: dict[str, Counter[str]] = defaultdict(Counter)
        for key, its_types in types.items():
            if len(key) < 2:
                continue
            before, after = types.get(key[1:], ()), types.get(key[:-1], ())
            for type_ in its_types:
                firsts[type_][key[0]][key[-1]] += 1
                left[type_][key[0]] += type_ in before
                right[type_][key[-1]] += type_ in after
        return cls(
            {key: frozenset(its_types) for key, its_types in types.items()},
            {word: frozenset(its_types) for word, its_types in single.items()},
            heads,
            {type_: dict(counts) for type_, counts in firsts.items()},
            dict(left),
            dict(right),
            dict(numbered),
            diversity,
            eponyms,
        )


def _heads(
    cores: dict[Key, set[str]],
) -> tuple[dict[str, Support], dict[str, int], dict[str, float]]:
    """Support, number of different first tokens, and share of eponyms, by head."""
    names: Counter[str] = Counter(key[-1] for key in cores)
    types: dict[str, Counter[str]] = defaultdict(Counter)
    firsts: dict[str, set[str]] = defaultdict(set)
    seen: Counter[str] = Counter(token for key in cores for token in set(key))
    rare: Counter[str] = Counter()
    for key, its_types in cores.items():
        types[key[-1]].update(its_types)
        firsts[key[-1]].add(key[0])
        rare[key[-1]] += seen[key[-2]] <= 2
    support = {head: Support(n, types[head]) for head, n in names.items()}
    return support, {h: len(f) for h, f in firsts.items()}, {h: rare[h] / names[h] for h in names}


def ending_support(lexicon: Lexicon, endings: frozenset[str]) -> dict[str, Support]:
    """For each ending: the names whose last word ends with it (and is longer, or is all of it)."""
    sizes = sorted({len(e) for e in endings})
    names: Counter[str] = Counter()
    types: dict[str, Counter[str]] = defaultdict(Counter)
    for term in lexicon.terms:
        word = term.name.lower().rpartition(" ")[2].rpartition("-")[2]
        if not word.isalpha():
            continue
        for size in sizes:
            if size > len(word):
                break
            ending = word[-size:]
            if ending in endings:
                names[ending] += 1
                types[ending].update(term.types)
    return {e: Support(n, types[e]) for e, n in names.items()}
