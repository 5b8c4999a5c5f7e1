"""Which spelling variants of listed names the normalisation already meets in a corpus.

They need no row of their own: a dictionary that lists "tumor" finds "tumours". They are counted,
so that the table says what each step of the normal form is worth here.
"""

from __future__ import annotations

import re
from collections import Counter

from weaklabel.ground.normal import inverted, normal_key
from weaklabel.lexicon import Lexicon
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.tailoring.entries import Example
from weaklabel.sources.tailoring.occurrences import example
from weaklabel.text import Corpus

_HYPHEN = re.compile(r"\s*[-‐‑‒–—−]\s*|\s+")
_POSSESSIVE = re.compile(r"['’`´]s?\b")
_GREEK = re.compile("[α-ωΑ-Ω]")


ABOUT = {
    "case": "Capitals apart, the text writes it as a dictionary does.",
    "inversion": 'The dictionary has "diabetes, type 2", the text "type 2 diabetes".',
    "hyphen or space": 'The dictionary has "beta-blocker", the text "beta blocker".',
    "possessive": 'The dictionary has "Still\'s disease", the text "Still disease".',
    "Greek letter": 'The dictionary has "beta", the text "β", or the other way round.',
    "plural": 'The dictionary has "tumor", the text "tumors".',
    "other spelling": "Accents, British spelling of medicine, or several of these together.",
}


def variants(
    lexicon: Lexicon, corpus: Corpus
) -> dict[str, tuple[int, list[tuple[str, str, Example]]]]:
    """Kind of variant → how often it stands in the corpus, and one of each: text, name, example.

    Args:
        lexicon: the names that can stand in the corpus (all names will do, more slowly).
        corpus: raw text.
    """
    index = NameIndex(lexicon)
    counts: Counter[str] = Counter()
    shown: dict[str, dict[tuple[str, str], Example]] = {kind: {} for kind in ABOUT}
    for sentence in corpus:
        for match in index.matches(sentence.words):
            place = example(sentence, match.start, match.end)
            surface = place.text[place.start : place.end]
            kind, name = min(
                (_difference(lexicon.terms[row].name, surface), lexicon.terms[row].name)
                for row in match.terms
            )
            if kind:
                counts[_KINDS[kind - 1]] += 1
                shown[_KINDS[kind - 1]].setdefault((surface, name), place)
    return {
        kind: (counts[kind], [(s, n, e) for (s, n), e in shown[kind].items()])
        for kind in ABOUT
        if counts[kind]
    }


_KINDS = tuple(ABOUT)


def _difference(name: str, surface: str) -> int:
    """0 for a name written alike; else the number of the first step that makes them alike."""
    if name == surface:
        return 0
    steps = (
        name.casefold() == surface.casefold(),
        ", " in name and normal_key(inverted(name)) == normal_key(surface),
        _joined(name) == _joined(surface),
        _POSSESSIVE.sub("", _joined(name)) == _POSSESSIVE.sub("", _joined(surface)),
        bool(_GREEK.search(name)) != bool(_GREEK.search(surface)),
        _joined(name).rstrip("s") == _joined(surface).rstrip("s"),
    )
    return next((i for i, alike in enumerate(steps, 1) if alike), len(steps) + 1)


def _joined(text: str) -> str:
    return _HYPHEN.sub(" ", text.casefold())
