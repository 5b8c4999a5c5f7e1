"""What is customary among a type's names: by that, and by the text, a suspicious name is judged.

A list or a form only says that a name is suspicious: "disease" and "cell" are general nouns, "the"
is a function word, "7" has no letter. Whether it is no name, the run says: what its type lists by
custom is kept. A type of pronouns lists function words, one of anatomy lists general nouns ("cell"
and "tissue", and it is cells and tissues that its names are names of), and in a text on anatomy
"these cells" is no commoner than "these neurons". A type of diseases does not list "illness",
"disorder" and "syndrome", and so "disease" is a slip in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from weaklabel.lexicon import Lexicon, Term
from weaklabel.normal import Key, normal_token
from weaklabel.sources.likeness import Scores
from weaklabel.sources.mining import NameStatistics
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

    @property
    def share(self) -> float | None:
        """Share of them that are listed; ``None`` where there are none."""
        every = len(self.listed) + len(self.others)
        return len(self.listed) / every if every else None


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
class Neighbours:
    """What stands right before each word of a text, counted without a loop over its tokens.

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

    def after(self, wanted: frozenset[str]) -> Counter[str]:
        """Normal token → how often it stands right after one of some words, in small letters.

        >>> corpus = Corpus.from_texts(["This drug may lead to pain. Such drugs lead."])
        >>> Neighbours(corpus).after(frozenset({"this", "such"}))
        Counter({'drug': 2})
        """
        ids, words = self.corpus.interned
        if len(ids) < 2:
            return Counter()
        is_wanted = np.array([word.lower() in wanted for word in words], np.bool_)
        sentence = self.corpus.token_sentence
        follows = is_wanted[ids[:-1]] & (sentence[:-1] == sentence[1:])
        return self._by_form(np.bincount(ids[1:][follows], minlength=len(words)))

    def _by_form(self, counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Counter[str]:
        found: Counter[str] = Counter()
        words = self.corpus.interned.words
        for at in np.flatnonzero(counts).tolist():
            found[normal_token(words[at])] += int(counts[at])
        return found


def usual_share(
    type_: str,
    single: Mapping[str, frozenset[str]],
    but: frozenset[str],
    some: Counter[str],
    seen: Counter[str],
) -> float:
    """How often the one-word names of a type are used in some way, one with the other, 0 to 1.

    Args:
        type_: the type.
        single: one-word names in normal form → their types.
        but: those that are left out, for it is they that are judged.
        some: normal token → how often it is used so.
        seen: normal token → how often it stands in the text.
    """
    names = [name for name, types in single.items() if type_ in types and name not in but]
    # Half a use is added: that none was seen in a short text does not say that there is none.
    return (sum(some[n] for n in names) + 0.5) / (sum(seen[n] for n in names) + 1)
