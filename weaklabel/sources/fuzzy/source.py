"""The source: every stretch of text against the names, once for each distinct stretch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, to_mapping
from weaklabel.ground.normal import Key, is_acronym, is_possessive, is_skipped, normal_token
from weaklabel.knowledge import knowledge_of
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.fuzzy.index import FuzzyIndex, FuzzyMatch
from weaklabel.text import Corpus, Sentence
from weaklabel.votes import Vote, Votes

MAX_REMEMBERED = 1_000_000
"""Distinct stretches of text whose match is remembered at a time."""


@dataclass(frozen=True)
class FuzzyRules:
    """How like a name a stretch of text must be.

    Attributes:
        threshold: least similarity, 0.7 to 1; one edit in twenty characters makes 0.95.
        min_characters: characters of the shortest name that may be matched.
        max_tokens: tokens of the longest.
        exact: vote for exact matches too; they are the dictionary's business otherwise.
        packs: whose stop words are taken for no part of a name.
    """

    threshold: float = 0.92
    min_characters: int = 8
    max_tokens: int = 6
    exact: bool = False
    packs: tuple[str, ...] = ("english",)

    def __post_init__(self) -> None:
        knowledge_of(self.packs)
        if not 0.7 <= self.threshold <= 1:
            raise ConfigError(f"threshold must lie in 0.7 … 1, got {self.threshold}")
        if self.min_characters < 4 or self.max_tokens < 1:
            raise ConfigError("min_characters must be 4 or more and max_tokens 1 or more")


class _Stretch(NamedTuple):
    """A stretch of a sentence that is like a name."""

    start: int
    end: int
    match: FuzzyMatch

    def rank(self) -> tuple[float, float, int, int]:
        """What has most of a name first; then the surest, the longest, the first."""
        similarity, name = self.match.similarity, " ".join(self.match.key)
        return -similarity * len(name), -similarity, self.start - self.end, self.start


def _is_sound(
    words: list[str], first: str, last: str, match: FuzzyMatch, stops: frozenset[str]
) -> bool:
    """Whether short forms are the name's own, and no stop word was taken for part of a name."""
    if match.similarity == 1:
        return True
    if (first in stops and first != match.key[0]) or (last in stops and last != match.key[-1]):
        return False
    return all(normal_token(word) in match.key for word in words if is_acronym(word))


@dataclass(frozen=True, eq=False)
class FuzzySource:
    """Votes for what is nearly a dictionary name, scored by similarity.

    Text and names are compared in normal form (:mod:`weaklabel.ground.normal`), so that case,
    plural, hyphens, accents and British spelling cost no edit. Short forms are never matched. Of
    overlapping stretches the one with most of a name is kept (similarity times the name's
    characters): an exact match gives way only to a longer name.

    Attributes:
        lexicon: the names.
        rules: how like a name a stretch must be.
        name: how the source is listed.

    >>> lexicon = Lexicon.of([Term("Orthostatic hypotension", ("Disease",))])
    >>> corpus = Corpus.from_texts(["Severe ortostatic hypotension."])
    >>> FuzzySource(lexicon).label(corpus).spans(0)
    [Span(start=1, end=3, label='Disease', score=0.9565217..., concepts=())]
    """

    lexicon: Lexicon
    rules: FuzzyRules = field(default_factory=FuzzyRules)
    name: str = "fuzzy"
    kind: ClassVar[str] = "fuzzy"

    @cached_property
    def terms(self) -> dict[Key, list[Term]]:
        """Normal form → the terms that may be matched."""
        found: dict[Key, list[Term]] = {}
        for term in self.lexicon.terms:
            key = term.key
            size = sum(map(len, key)) + len(key) - 1
            worded = any(c.isalpha() for token in key for c in token)
            if is_acronym(term.name) or not worded or len(key) > self.rules.max_tokens:
                continue
            if size >= self.rules.min_characters:
                found.setdefault(key, []).append(term)
        return found

    @cached_property
    def index(self) -> FuzzyIndex:
        """The names, ready to be asked.

        Raises:
            MissingDependency: if rapidfuzz is not installed.
        """
        return FuzzyIndex(self.terms, threshold=self.rules.threshold)

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        known: dict[str, FuzzyMatch | None] = {}
        rows = (row for sentence in corpus for row in self._rows(sentence, known))
        types = self.lexicon.types
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name], types=types)

    def _rows(self, sentence: Sentence, known: dict[str, FuzzyMatch | None]) -> Iterator[Vote]:
        if len(known) > MAX_REMEMBERED:
            known.clear()
        taken = [False] * len(sentence)
        for found in sorted(self._stretches(sentence, known), key=_Stretch.rank):
            if any(taken[found.start : found.end]):
                continue
            taken[found.start : found.end] = [True] * (found.end - found.start)
            if self.rules.exact or found.match.similarity < 1:
                yield from self._votes(sentence, found)

    def _stretches(
        self, sentence: Sentence, known: dict[str, FuzzyMatch | None]
    ) -> Iterator[_Stretch]:
        words = sentence.words
        counted = [
            (i, normal_token(word))
            for i, word in enumerate(words)
            if not is_skipped(word) and not is_possessive(words, i)
        ]
        shortest, longest = self.index.shortest, self.index.longest
        stops = knowledge_of(self.rules.packs).stopwords
        for first, (start, opening) in enumerate(counted):
            if not opening[:1].isalnum():
                continue
            text = ""
            for last in range(first, min(first + self.rules.max_tokens + 1, len(counted))):
                end, token = counted[last]
                text = f"{text} {token}" if text else token
                if len(text) > longest:
                    break
                if len(text) < shortest or not token[-1:].isalnum():
                    continue
                if text not in known:
                    known[text] = self.index.best(tuple(text.split(" ")))
                match = known[text]
                if match is None:
                    continue
                if _is_sound(words[start : end + 1], opening, token, match, stops):
                    yield _Stretch(start, end + 1, match)

    def _votes(self, sentence: Sentence, found: _Stretch) -> Iterator[Vote]:
        """A vote for each type of the name."""
        terms = self.terms[found.match.key]
        for kind in sorted({kind for term in terms for kind in term.types}):
            concepts = dict.fromkeys(c for t in terms if kind in t.types for c in t.concepts)
            entry = f"{kind}:{' '.join(found.match.key)}"
            yield Vote(
                sentence.index,
                found.start,
                found.end,
                kind,
                self.name,
                found.match.similarity,
                entry,
                tuple(concepts),
            )

    def describe(self) -> dict[str, Any]:
        """The names that may be matched and the rules."""
        terms = [term for group in self.terms.values() for term in group]
        return {
            "name": self.name,
            "rules": to_mapping(self.rules),
            "terms": [[t.name, list(t.types), list(t.concepts), t.source] for t in terms],
        }

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> FuzzySource:
        """The source that :meth:`describe` tells of."""
        rows = about["terms"]
        lexicon = Lexicon.of(Term(n, tuple(t), tuple(c), source) for n, t, c, source in rows)
        return cls(lexicon, checked(FuzzyRules, about["rules"]), about["name"])
