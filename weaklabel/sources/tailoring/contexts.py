"""How a text uses a word: like the names of a type, or like other words, by what stands beside it.

For each type the text's one-word names are set against all other words: how often each frequent
word stands right before and right after them. "Better" is followed by "than", "lead" by "to", which
stand after no chemical; "breast" is followed by "cancer", like the names of organs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import lgamma
from typing import NamedTuple

import numpy as np

from weaklabel.ground.normal import normal_token
from weaklabel.ground.types import Bools, Doubles, Longs
from weaklabel.text import Corpus


@dataclass(frozen=True, eq=False)
class Contexts:
    """What stands beside the words of a text.

    Attributes:
        corpus: the text.
        single: one-word names in normal form → their types.
        suspicious: words that teach nothing of names, for it is they that are judged.
        frequent: so many most frequent words are told apart as neighbours, all others are one.
        strength: what is known of words in general weighs as much as so many names.
    """

    corpus: Corpus
    single: Mapping[str, frozenset[str]]
    suspicious: frozenset[str]
    frequent: int = 500
    strength: float = 100.0

    @cached_property
    def _forms(self) -> tuple[Longs, dict[str, int]]:
        """``(N,)`` the normal form of each token as a number, and the forms."""
        ids, words = self.corpus.interned
        forms = [normal_token(word) for word in words]
        number = {form: i for i, form in enumerate(dict.fromkeys(forms))}
        numbers = np.array([number[form] for form in forms], np.int64)
        tokens: Longs = numbers[ids] if len(words) else np.zeros(0, np.int64)
        return tokens, number

    @cached_property
    def _counts(self) -> Longs:
        tokens, number = self._forms
        counts: Longs = np.bincount(tokens, minlength=len(number))
        return counts

    @cached_property
    def _neighbours(self) -> tuple[Longs, Longs]:
        """``(N,)`` what stands before and after each token, as one of ``frequent + 2`` classes."""
        tokens, number = self._forms
        rare, edge = self.frequent, self.frequent + 1
        class_of = np.full(len(number), rare, np.int64)
        top = np.argsort(-self._counts, kind="stable")[: self.frequent]
        class_of[top] = np.arange(len(top))
        classes = class_of[tokens]
        sentence = self.corpus.token_sentence
        within = sentence[1:] == sentence[:-1]
        before, after = np.full(len(tokens), edge), np.full(len(tokens), edge)
        before[1:] = np.where(within, classes[:-1], edge)
        after[:-1] = np.where(within, classes[1:], edge)
        return before, after

    def _places(self, is_name: Bools) -> Doubles:
        """``(F,)`` log of how much likelier a form's neighbours are for names, mean over places."""
        tokens, number = self._forms
        here = is_name[tokens]
        ratio = np.zeros(len(tokens))
        size = self.frequent + 2
        for classes in self._neighbours:
            others = np.bincount(classes[~here], minlength=size) + 1.0
            usual = others / others.sum()
            seen = np.bincount(classes[here], minlength=size)
            of_names = (seen + self.strength * usual) / (here.sum() + self.strength)
            ratio += np.log(of_names / usual)[classes]
        sums = np.bincount(tokens, ratio, minlength=len(number))
        means: Doubles = sums / np.maximum(self._counts, 1)
        return means

    def unlike(self, type_: str) -> dict[str, float]:
        """Word in normal form → log of how much likelier it is another word than a name of a type.

        A word is judged by the mean over its places, against those of the type's names and of
        other words: names of one type are not all used alike either. Only words that stand in the
        text three times or more count and are judged, and only in places less like names' than
        those of names are on average; nothing where fewer than two names are to compare.

        >>> text = "We gave aspirin to rats. We gave zinc to rats. It is better than that. " * 9
        >>> names = {name: frozenset({"X"}) for name in ("aspirin", "zinc", "better", "tin")}
        >>> corpus = Corpus.from_texts([text, "We gave tin to rats. " * 3])
        >>> found = Contexts(corpus, names, frozenset({"better", "tin"})).unlike("X")
        >>> found["better"] > 2 > found.get("tin", 0)
        True
        """
        _, number = self._forms
        is_name = np.array(
            [type_ in self.single.get(form, ()) and form not in self.suspicious for form in number],
            np.bool_,
        )
        often = self._counts >= 3
        if (is_name & often).sum() < 2 or (~is_name & often).sum() < 2:
            return {}
        means = self._places(is_name)
        name, other = _Spread.of(means[is_name & often]), _Spread.of(means[~is_name & often])
        judged = often & (means < name.centre)
        ratio = other.log_density(means) - name.log_density(means)
        return {form: float(ratio[i]) for form, i in number.items() if judged[i]}


class _Spread(NamedTuple):
    """What one more value is expected to be after some, by Student's distribution.

    Attributes:
        centre: mean of the values.
        variance: about it; a variance of 1 counts as one more value.
        freedom: degrees of freedom: of few values a far one is no surprise.
    """

    centre: float
    variance: float
    freedom: int

    @classmethod
    def of(cls, values: Doubles) -> _Spread:
        """Of at least two values."""
        n, centre = len(values), float(values.mean())
        variance = float((((values - centre) ** 2).sum() + 1) / n) * (1 + 1 / n)
        return cls(centre, variance, n - 1)

    def log_density(self, values: Doubles) -> Doubles:
        """Log density at some values."""
        v = self.freedom
        constant = lgamma((v + 1) / 2) - lgamma(v / 2) - 0.5 * np.log(v * np.pi * self.variance)
        squares = (values - self.centre) ** 2 / (v * self.variance)
        density: Doubles = constant - (v + 1) / 2 * np.log1p(squares)
        return density
