"""The dictionary: normalised longest match over tokens, with entry ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from weaklabel.ground.normal import (
    Key,
    inverted,
    is_acronym,
    is_possessive,
    is_skipped,
    normal_key,
    normal_token,
)
from weaklabel.ground.vote import Vote
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.compilation import CompiledLexicon
from weaklabel.sources.dictionary.matcher import Matcher, Mode
from weaklabel.sources.dictionary.meanings import votes_of
from weaklabel.text import Corpus
from weaklabel.votes import Votes


class Match(NamedTuple):
    """Tokens ``start <= i < end`` of a sentence are a listed name."""

    start: int
    end: int
    terms: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class NameIndex:
    """A lexicon made ready for matching: normal form → terms.

    Names of the form "X, Y" are also found as "Y X" ("diabetes, type 2").
    """

    lexicon: Lexicon

    @cached_property
    def rows(self) -> dict[Key, tuple[int, ...]]:
        """Normal form → rows of the lexicon, inverted names included."""
        turned: dict[Key, list[int]] = {}
        for row, term in enumerate(self.lexicon.terms):
            key = normal_key(inverted(term.name)) if ", " in term.name else ()
            if key and key != term.key:
                turned.setdefault(key, []).append(row)
        found = dict(self.lexicon.by_key)
        for key, rows in turned.items():
            found[key] = (*found.get(key, ()), *rows)
        return found

    @cached_property
    def longest(self) -> dict[str, int]:
        """First normal token → the longest name that starts with it, in tokens."""
        longest: dict[str, int] = {}
        for key in self.rows:
            longest[key[0]] = max(longest.get(key[0], 0), len(key))
        return longest

    @cached_property
    def compiled(self) -> CompiledLexicon:
        """The same names as flat arrays, for whole corpora."""
        return CompiledLexicon.of(self.lexicon)

    def matches(self, words: list[str]) -> Iterator[Match]:
        """Longest matches from left to right, not overlapping.

        A short form such as "MS" or "PGE2" is found only as it is written (an added plural "s"
        apart): in lower case it is another word.
        """
        places, forms = counting_tokens(words)
        i, n = 0, len(forms)
        while i < n:
            for length in range(min(self.longest.get(forms[i], 0), n - i), 0, -1):
                rows = self.rows.get(tuple(forms[i : i + length]))
                if rows is None:
                    continue
                start, end = places[i], places[i + length - 1] + 1
                fitting = self._fitting(rows, words[start:end])
                if fitting:
                    yield Match(start, end, fitting)
                    i += length
                    break
            else:
                i += 1

    def _fitting(self, rows: tuple[int, ...], words: list[str]) -> tuple[int, ...]:
        surface = "".join(words)
        terms = self.lexicon.terms
        return tuple(row for row in rows if _written_alike(terms[row].name, surface))


def _written_alike(name: str, surface: str) -> bool:
    if not is_acronym(name):
        return True
    return surface == name or (surface == name + "s" and len(name) > 1)


def counting_tokens(words: list[str]) -> tuple[list[int], list[str]]:
    """Positions and normal forms of the tokens that count inside a name."""
    places = [
        i for i, word in enumerate(words) if not is_skipped(word) and not is_possessive(words, i)
    ]
    return places, [normal_token(words[i]) for i in places]


@dataclass(frozen=True, eq=False)
class DictionarySource:
    """Votes for every listed name that stands in the text; several types make several votes.

    It could have spoken anywhere: where it is silent, no listed name stands. Without names it
    applies nowhere.

    Attributes:
        index: the names.
        name: how the source is listed.
        mode: which of the names that stand in a text are found; see
            :class:`~weaklabel.sources.dictionary.matcher.Matcher`.
    """

    kind: ClassVar[str] = "dictionary"
    index: NameIndex
    name: str = "dictionary"
    mode: Mode = "longest"

    @property
    def lexicon(self) -> Lexicon:
        """The names."""
        return self.index.lexicon

    @cached_property
    def matcher(self) -> Matcher:
        """What finds the names."""
        return Matcher(self.index.compiled, self.mode)

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        found = self.matcher.each(corpus)
        index, types = self.index.compiled, self.lexicon.types
        votes = votes_of(found, corpus, index, source=self.name, types=types)
        if len(self.lexicon):
            return votes
        return replace(votes, applicable={self.name: np.zeros(len(corpus), np.bool_)})

    def describe(self) -> dict[str, Any]:
        """All it knows beside its names."""
        return {"mode": self.mode}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> DictionarySource:
        """The source that :meth:`describe` tells of."""
        return cls(index, mode=about["mode"])


def votes_for(
    terms: Iterable[Term], sentence: int, start: int, end: int, source: str
) -> Iterator[Vote]:
    """One vote for each type of the terms, with the concept ids of that type."""
    by_type: dict[str, list[Term]] = {}
    for term in terms:
        for type_ in term.types:
            by_type.setdefault(type_, []).append(term)
    for type_, named in by_type.items():
        concepts = tuple(dict.fromkeys(c for term in named for c in term.concepts))
        entry = " ".join(named[0].key)
        yield Vote(sentence, start, end, type_, source, 1.0, f"{type_}:{entry}", concepts)
