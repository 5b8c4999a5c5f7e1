"""Adjectives of listed nouns: "hypertensive" of hypertension, "diabetic" of diabetes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from weaklabel.lexicon import Lexicon
from weaklabel.normal import is_acronym
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes


@dataclass(frozen=True)
class AdjectiveSource:
    """Votes for adjectives made of one-word names.

    Attributes:
        adjectives: adjective → (type, the noun, its concept ids).
        name: how the source is listed.
    """

    adjectives: Mapping[str, tuple[str, str, tuple[str, ...]]]
    name: str = "adjective"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        rows = []
        for sentence in corpus:
            for i, word in enumerate(sentence.words):
                found = self.adjectives.get(word.lower())
                if found is not None:
                    kind, noun, concepts = found
                    entry = f"{kind}:{noun}"
                    rows.append(
                        Vote(sentence.index, i, i + 1, kind, self.name, 1.0, entry, concepts)
                    )
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name])


def adjectives_of(
    lexicon: Lexicon, endings: Iterable[tuple[str, str]], kinds: frozenset[str]
) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Adjectives of the one-word names of some types, that are not listed themselves.

    Args:
        lexicon: the names.
        endings: noun ending → adjective ending.
        kinds: the types whose nouns may make adjectives: those the endings of words support.

    >>> from weaklabel.lexicon import Term
    >>> lexicon = Lexicon.of([Term("Hypertension", ("Disease",), ("mesh:D006973",))])
    >>> adjectives_of(lexicon, [("ension", "ensive")], frozenset({"Disease"}))
    {'hypertensive': ('Disease', 'hypertension', ('mesh:D006973',))}
    """
    pairs = list(endings)
    listed = {term.name.lower() for term in lexicon.terms}
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for term in lexicon.terms:
        if not term.name.isalpha() or is_acronym(term.name) or len(term.types) > 1:
            continue
        if term.types[0] in kinds:
            for noun in {term.name.lower(): None, term.name.lower().removesuffix("s"): None}:
                for adjective in made_of(noun, pairs):
                    if adjective not in listed:
                        found.setdefault(adjective, (term.types[0], noun, term.concepts))
    return found


def made_of(noun: str, endings: Iterable[tuple[str, str]]) -> list[str]:
    """The adjectives that the endings make of a noun.

    >>> made_of("nephrotoxicity", [("toxicity", "toxic"), ("emia", "emic")])
    ['nephrotoxic']
    """
    return [noun[: -len(old)] + new for old, new in endings if noun.endswith(old)]
