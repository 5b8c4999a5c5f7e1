"""How a text uses a word: like the names of a type, or like other words, by what stands beside it.

For each type the text's one-word names are set against all other words: how often each frequent
word stands right before and right after them. "Better" is followed by "than", "lead" by "to", which
stand after no chemical; "breast" is followed by "cancer", like the names of organs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from weaklabel.normal import normal_token
from weaklabel.text import Corpus

Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


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

    def evidence(self, type_: str) -> dict[str, float]:
        """Word in normal form → log of how much likelier its contexts are for names of a type.

        Summed over the word's occurrences; below 0 the text uses it like other words.

        >>> text = "We gave aspirin to rats. We gave zinc to rats. It is better than that. " * 3
        >>> names = {name: frozenset({"X"}) for name in ("aspirin", "zinc", "better", "tin")}
        >>> corpus = Corpus.from_texts([text + "We gave tin to rats."])
        >>> found = Contexts(corpus, names, frozenset({"better", "tin"})).evidence("X")
        >>> found["better"] < 0 < found["tin"]
        True
        """
        tokens, number = self._forms
        names = [i for form, i in number.items() if type_ in self.single.get(form, ())
                 and form not in self.suspicious]  # fmt: skip
        is_name = np.zeros(len(number), np.bool_)
        is_name[names] = True
        here = is_name[tokens]
        ratio = np.zeros(len(tokens))
        for classes in self._neighbours:
            size = self.frequent + 2
            others = np.bincount(classes[~here], minlength=size) + 1.0
            usual: Doubles = others / others.sum()
            seen = np.bincount(classes[here], minlength=size)
            of_names = (seen + self.strength * usual) / (here.sum() + self.strength)
            ratio += np.log(of_names / usual)[classes]
        sums = np.bincount(tokens, ratio, minlength=len(number)).astype(np.float64)
        return {form: float(sums[i]) for form, i in number.items()}
