"""Which one-word names are words of everyday English, by their vectors and their vocabulary."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from weaklabel.lexicon import Lexicon
from weaklabel.sources.tailoring.contamination import contamination
from weaklabel.sources.tailoring.evidence import Evidence


def everyday_words(evidence: Evidence) -> dict[str, str]:
    """One-word name, in normal form → the evidence; none that the text writes with a capital."""
    found = _unlike_names(evidence)
    return {word: told for word, told in found.items() if word not in evidence.capitalised}


def _unlike_names(evidence: Evidence) -> dict[str, str]:
    """Frequent names that are real with too small a chance, for each type that they have.

    Names that several vocabularies attest are taken for real.
    """
    attested = _vocabularies(evidence.lexicon)
    doubted: dict[str, str] = {}
    sound: set[str] = set()
    for type_ in sorted(evidence.likelihoods):
        for word, ratio, limit, origin in _judged(evidence, type_, attested):
            if ratio < limit:
                doubted[word] = (
                    f"{ratio:.2f} times as like names of {type_} as any word, {limit:.2f} are "
                    f"needed; only {origin} lists it"
                )
            else:
                sound.add(word)
    return {word: told for word, told in doubted.items() if word not in sound}


def _judged(
    evidence: Evidence, type_: str, attested: dict[str, frozenset[str]]
) -> list[tuple[str, float, float, str]]:
    """Frequent names of a type: word, likelihood ratio, the ratio it needs, its vocabulary."""
    settings = evidence.settings
    single = evidence.statistics.single
    ratios = {
        word: ratio
        for word, (ratio, rank) in evidence.likelihoods[type_].items()
        if rank < settings.frequent
    }
    names = {word: ratio for word, ratio in ratios.items() if type_ in single.get(word, ())}
    words = np.array([ratio for word, ratio in ratios.items() if word not in single], np.float64)
    by_origin: dict[str, list[float]] = defaultdict(list)
    for word, ratio in names.items():
        if len(attested[word]) == 1:
            by_origin[min(attested[word])].append(ratio)
    overall = contamination(names.values(), words, min_expected=settings.expected)
    found = []
    for word, ratio in sorted(names.items()):
        if len(attested[word]) > 1:
            continue
        origin = min(attested[word])
        share = contamination(by_origin[origin], words, min_expected=settings.expected)
        share = overall if share is None else share
        if share is not None:
            found.append((word, ratio, share / (1 - settings.chance), origin or "the dictionary"))
    return found


def _vocabularies(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    """Normal token of a one-token name → the vocabularies (id prefixes) that attest it."""
    found: dict[str, set[str]] = defaultdict(set)
    for term in lexicon.terms:
        key = term.key
        if len(key) == 1:
            prefixes = {c.partition(":")[0] for c in term.concepts if ":" in c}
            found[key[0]].update(prefixes or {term.source})
    return {word: frozenset(prefixes) for word, prefixes in found.items()}
