"""Adjectives of listed nouns: "hypertensive" of hypertension, "diabetic" of diabetes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from weaklabel.ground.normal import is_acronym
from weaklabel.lexicon import Lexicon
from weaklabel.sources.applicable import sentences_with, spoken_where
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.pattern import Pattern, PatternSource
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil


@dataclass(frozen=True)
class AdjectiveSource:
    """Votes for adjectives made of one-word names.

    It applies to the sentences that have a word with the ending of such an adjective.

    Attributes:
        adjectives: adjective → (type, the noun, its concept ids).
        endings: how the adjectives end that it could know.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "adjective"
    adjectives: Mapping[str, tuple[str, str, tuple[str, ...]]]
    endings: tuple[str, ...] = ()
    name: str = "adjective"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        rows = []
        for sentence in corpus:
            for i, word in enumerate(sentence.words):
                found = self.adjectives.get(word.lower())
                if found is not None:
                    type_, noun, concepts = found
                    entry = f"{type_}:{noun}"
                    rows.append(
                        Vote(sentence.index, i, i + 1, type_, self.name, 1.0, entry, concepts)
                    )
        ended = [word.lower().endswith(self.endings) for word in corpus.interned.words]
        return spoken_where(corpus, self.name, rows, also=sentences_with(corpus, ended))

    def describe(self) -> dict[str, Any]:
        """All it knows."""
        adjectives = {a: [t, n, list(c)] for a, (t, n, c) in self.adjectives.items()}
        return {"adjectives": adjectives, "endings": list(self.endings)}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> AdjectiveSource:
        """The source that :meth:`describe` tells of."""
        adjectives = {a: (t, n, tuple(c)) for a, (t, n, c) in about["adjectives"].items()}
        return cls(adjectives, tuple(about["endings"]))


@dataclass(frozen=True)
class Adjective:
    """Adjectives of one-word names, of the types whose nouns have endings that make adjectives.

    It has no number of its own: which endings a type's names bear out, the pattern says.
    """

    kind: ClassVar[str] = "adjective"
    learnt: ClassVar[type[AdjectiveSource]] = AdjectiveSource

    def grow(self, soil: Soil) -> AdjectiveSource:
        """The source of nouns that are listed, or that the text has with a supported ending."""
        grown = [each for each in soil.sources if isinstance(each, PatternSource)]
        pattern = grown[0] if grown else Pattern().grow(soil)
        knowledge = soil.knowledge
        family = dict(knowledge.endings)
        types = frozenset(
            type_ for e, type_ in pattern.endings.items() if family.get(e) in knowledge.adjectival
        )
        if not types:
            return AdjectiveSource({})
        adjectives = adjectives_of_text(soil.corpus, pattern, types, knowledge.adjectives)
        adjectives |= adjectives_of(soil.spoken, knowledge.adjectives, types)
        return AdjectiveSource(
            adjectives, tuple(dict.fromkeys(new for _, new in knowledge.adjectives))
        )


def adjectives_of_text(
    corpus: Corpus,
    pattern: PatternSource,
    types: frozenset[str],
    endings: Iterable[tuple[str, str]],
) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Adjectives of nouns that stand in the corpus and have a supported ending, listed or not."""
    pairs = list(endings)
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for word in sorted({word.lower() for word in corpus.interned.words}):
        type_ = pattern.ending_type(word)
        if type_ is not None and type_ in types:
            # A whole word as ending ("toxicity") is no compound: "toxic" alone says little.
            compounds = [(old, new) for old, new in pairs if old != word]
            for adjective in made_of(word, compounds):
                found.setdefault(adjective, (type_, word, ()))
    return found


def adjectives_of(
    lexicon: Lexicon, endings: Iterable[tuple[str, str]], types: frozenset[str]
) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Adjectives of the one-word names of some types, that are not listed themselves.

    Args:
        lexicon: the names.
        endings: noun ending → adjective ending.
        types: the types whose nouns may make adjectives: those the endings of words support.

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
        if term.types[0] in types:
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
