"""Drop the concepts that a corpus never calls by their canonical name (AutoNER's tailoring)."""

from __future__ import annotations

from weaklabel.lexicon import Lexicon
from weaklabel.sources.dictionary import NameIndex
from weaklabel.text import Corpus


def unheard(lexicon: Lexicon, heard: Lexicon, corpus: Corpus) -> dict[str, str]:
    """Name → evidence that no concept it names occurs by its canonical name (Shang et al., 2018).

    The canonical name of a concept is the first that the dictionary lists. A rare synonym of a
    concept the corpus does not speak of is likelier a common word. Names without a concept id stay,
    as synonyms of nothing. Names that stand for a concept the corpus does speak of stay.

    Args:
        lexicon: all names.
        heard: those of them that can stand in the corpus.
        corpus: raw text.
    """
    canonical: dict[str, str] = {}
    for term in lexicon.terms:
        for concept in term.concepts:
            canonical.setdefault(concept, term.name)
    index = NameIndex(heard)
    said: set[str] = set()
    for sentence in corpus:
        for match in index.matches(sentence.words):
            said.update(heard.terms[row].name for row in match.terms)
    silent = {concept for concept, name in canonical.items() if name not in said}
    return {
        term.name: f"{canonical[term.concepts[0]]!r}, first name of {term.concepts[0]}, "
        "is not in the corpus"
        for term in lexicon.terms
        if term.concepts and silent.issuperset(term.concepts)
    }
