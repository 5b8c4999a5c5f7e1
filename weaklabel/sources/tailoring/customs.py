"""What is customary among a type's names: by that, and by the text, a suspicious name is judged.

A list or a form only says that a name is suspicious: "disease" and "cell" are general nouns, "the"
is a function word, "7" has no letter. Whether it is no name, the run says: what its type lists by
custom is kept. A type of pronouns lists function words, one of anatomy lists general nouns ("cell"
and "tissue", and it is cells and tissues that its names are names of). A type of diseases does not
list "illness", "disorder" and "syndrome", and so "disease" is a slip in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from weaklabel.ground.normal import Key, normal_token
from weaklabel.ground.types import Longs
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.tailoring.likeness import Scores
from weaklabel.sources.tailoring.mining import NameStatistics
from weaklabel.text import Corpus

Form = Callable[[Term, Key], bool]


class Count(NamedTuple):
    """Some of all."""

    some: int
    all: int

    @property
    def share(self) -> float:
        """Some by all; 0 of none."""
        return self.some / self.all if self.all else 0.0


def of_form(lexicon: Lexicon, form: Form) -> dict[str, Count]:
    """Type → how many of its names have a form.

    >>> lexicon = Lexicon.of([Term("7", ("Year",)), Term("1999", ("Year",)), Term("MS", ("D",))])
    >>> of_form(lexicon, lambda term, key: term.name.isdigit())
    {'Year': Count(some=2, all=2), 'D': Count(some=0, all=1)}
    """
    some: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for term in lexicon.terms:
        every.update(term.types)
        if form(term, term.key):
            some.update(term.types)
    return {type_: Count(some[type_], n) for type_, n in every.items()}


@dataclass(frozen=True)
class Kin:
    """General nouns that a type's names are made of, or that behave like them.

    Attributes:
        listed: those that are names themselves.
        others: those that are not.
    """

    listed: frozenset[str]
    others: frozenset[str]


def kin_of(
    type_: str,
    nouns: Iterable[str],
    statistics: NameStatistics,
    scores: Scores,
    *,
    names: int,
    likeness: float,
) -> Kin:
    """The general nouns that are akin to a type.

    Args:
        type_: the type.
        nouns: general nouns, in normal form.
        statistics: counts over the dictionary.
        scores: normal token → likelihood ratio of being a name of the type, and rank.
        names: so many names of the type must end in a noun.
        likeness: or so much likelier must it be a name of the type than any word.
    """
    listed: set[str] = set()
    others: set[str] = set()
    for noun in nouns:
        head = statistics.heads.get(noun)
        made_of = head is not None and head.types[type_] >= names
        if not made_of and scores.get(noun, (0.0, 0))[0] < likeness:
            continue
        is_listed = type_ in statistics.single.get(noun, ())
        (listed if is_listed else others).add(noun)
    return Kin(frozenset(listed), frozenset(others))


@dataclass(frozen=True, eq=False)
class WordCounts:
    """How often a text has each word, and how often with a capital.

    Attributes:
        corpus: the text.
    """

    corpus: Corpus

    @cached_property
    def seen(self) -> Counter[str]:
        """Normal token → how often it stands in the text."""
        ids, words = self.corpus.interned
        return self._by_form(np.bincount(ids, minlength=len(words)))

    @cached_property
    def capitals(self) -> Counter[str]:
        """Normal token → how often it begins with a capital."""
        ids, words = self.corpus.interned
        is_capital = np.array([word[:1].isupper() for word in words], np.bool_)
        return self._by_form(np.bincount(ids, minlength=len(words)) * is_capital)

    def _by_form(self, counts: Longs) -> Counter[str]:
        found: Counter[str] = Counter()
        words = self.corpus.interned.words
        for at in np.flatnonzero(counts).tolist():
            found[normal_token(words[at])] += int(counts[at])
        return found
