"""Drop the concepts that a corpus never calls by their canonical name (AutoNER's tailoring)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from weaklabel.ground.normal import Key, normal_key
from weaklabel.lexicon import Lexicon
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.text import Corpus

JUDGED = 20
"""Concepts of several names that tell whether a dictionary is in alphabetical order."""
SEVERAL = 3
"""Names of such a concept: two are in order by chance half of the time."""
SORTED = 0.9
"""Share of them whose names are in order."""


def unheard(lexicon: Lexicon, heard: Lexicon, corpus: Corpus) -> dict[str, str]:
    """Name → evidence that no concept it names occurs by its canonical name (Shang et al., 2018).

    A rare synonym of a concept the corpus does not speak of is likelier a common word. Names
    without a concept id stay, as synonyms of nothing. Names that stand for a concept the corpus
    does speak of stay. What a canonical name is, :func:`canonical_names` says.

    Args:
        lexicon: all names.
        heard: those of them that can stand in the corpus.
        corpus: raw text.
    """
    index = NameIndex(heard)
    said: set[Key] = set()
    for sentence in corpus:
        for match in index.matches(sentence.words):
            said.update(heard.terms[row].key for row in match.terms)
    canonical = canonical_names(lexicon)
    silent = {
        concept
        for concept, names in canonical.items()
        if not any(normal_key(name) in said for name in names)
    }
    return {
        term.name: _evidence(term.concepts[0], canonical)
        for term in lexicon.terms
        if term.concepts and silent.issuperset(term.concepts)
    }


def _evidence(concept: str, canonical: Mapping[str, list[str]]) -> str:
    first, *others = canonical[concept]
    beside = f" (nor {len(others)} attested like it)" if others else ""
    return f"{first!r}, canonical name of {concept}, is not in the corpus{beside}"


def canonical_names(lexicon: Lexicon) -> dict[str, list[str]]:
    """Concept → its canonical name: the first that the dictionary lists.

    A dictionary in alphabetical order has lost that. There it is the name that most concepts and
    vocabularies share ("Hypertension" stands in two, "Blood Pressure, High" in one); of several
    shared alike any counts.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for term in lexicon.terms:
        for concept in term.concepts:
            names[concept].append(term.name)
    if not _is_sorted([listed for listed in names.values() if len(listed) >= SEVERAL]):
        return {concept: listed[:1] for concept, listed in names.items()}
    shared: dict[Key, set[str]] = defaultdict(set)
    for term in lexicon.terms:
        shared[term.key].update(term.concepts)
    attested = {concept: [len(shared[normal_key(n)]) for n in ns] for concept, ns in names.items()}
    return {
        concept: [n for n, times in zip(listed, attested[concept], strict=True) if times == most]
        for concept, listed in names.items()
        if (most := max(attested[concept]))
    }


def _is_sorted(concepts: list[list[str]]) -> bool:
    """Whether the names of nearly all concepts are in alphabetical order."""
    in_order = sum(
        names == sorted(names) or names == sorted(names, key=str.casefold) for names in concepts
    )
    return len(concepts) >= JUDGED and in_order >= SORTED * len(concepts)
