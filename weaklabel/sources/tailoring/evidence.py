"""Evidence: what a run's dictionary, raw text and word vectors say of the dictionary's names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from weaklabel.ground.normal import normal_token
from weaklabel.knowledge import Pack, knowledge_of
from weaklabel.lexicon import Lexicon
from weaklabel.sources.tailoring.casing import names_by_case
from weaklabel.sources.tailoring.contexts import Contexts
from weaklabel.sources.tailoring.customs import Count, Kin, WordCounts, kin_of
from weaklabel.sources.tailoring.likeness import Scores, likenesses
from weaklabel.sources.tailoring.mining import NameStatistics
from weaklabel.sources.tailoring.settings import TailorSettings
from weaklabel.sources.tailoring.writing import shouted, spelt_names
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of all names of a run; each part is worked out once, when it is asked for.

    Attributes:
        lexicon: all names.
        corpus: raw text; its labels, if any, are not looked at.
        vectors: word vectors that tell everyday English; without them no name is muted for it.
        settings: packs and thresholds.
    """

    lexicon: Lexicon
    corpus: Corpus
    vectors: WordVectors | None = None
    settings: TailorSettings = field(default_factory=TailorSettings)

    @cached_property
    def knowledge(self) -> Pack:
        """What the chosen packs know."""
        return knowledge_of(self.settings.packs)

    @cached_property
    def statistics(self) -> NameStatistics:
        """Counts over the names."""
        return NameStatistics.of(self.lexicon)

    @cached_property
    def likelihoods(self) -> dict[str, Scores]:
        """Type → normal token → how much likelier it is a name of it, and frequency rank."""
        return likenesses(
            self.vectors,
            self.statistics.single,
            self.lexicon.types,
            min_names=self.settings.likeness_names,
            folds=self.settings.likeness_folds,
            ridge=self.settings.likeness_ridge,
        )

    @cached_property
    def counts(self) -> Counter[str]:
        """How often the text has each word, in lower case."""
        ids, words = self.corpus.interned
        found: Counter[str] = Counter()
        times = np.bincount(ids, minlength=len(words)).tolist()
        for word, count in zip(words, times, strict=True):
            found[word.lower()] += count
        return found

    @cached_property
    def capitalised(self) -> frozenset[str]:
        """Normal tokens of words that the text writes with a capital, and so uses as names."""
        settings = self.settings
        return frozenset(
            map(
                normal_token,
                names_by_case(
                    self.corpus,
                    min_count=settings.capitals,
                    min_share=settings.capital_share,
                    heading_share=settings.heading_share,
                ),
            )
        )

    @cached_property
    def shouted(self) -> dict[str, str]:
        """Short form → evidence that it is a word in a sentence in capitals."""
        return shouted(
            self.lexicon, self.corpus, self.knowledge.stopwords, often=self.settings.small_letters
        )

    @cached_property
    def spelt(self) -> dict[str, Counter[str]]:
        """Name of letters and numbers that may stand in the text → how that is written."""
        return spelt_names(self.lexicon, self.corpus)

    # ---- general nouns and verbs ----------------------------------------------------------------
    @cached_property
    def kin(self) -> dict[str, Kin]:
        """Type → the general nouns akin to it."""
        settings = self.settings
        return {
            type_: kin_of(
                type_,
                self.knowledge.generic,
                self.statistics,
                self.likelihoods.get(type_, {}),
                names=settings.kin_names,
                likeness=settings.kin_likeness,
            )
            for type_ in self.lexicon.types
        }

    @cached_property
    def _text(self) -> WordCounts:
        return WordCounts(self.corpus)

    @cached_property
    def _contexts(self) -> Contexts:
        return Contexts(
            self.corpus,
            self.statistics.single,
            self.knowledge.generic | self.knowledge.verbs | self.knowledge.stopwords,
            frequent=self.settings.neighbours,
            strength=self.settings.strength,
        )

    @cached_property
    def _unlike(self) -> dict[str, dict[str, float]]:
        return {}

    def unlike(self, type_: str) -> dict[str, float]:
        """Normal token → how much unlike the names of a type the text uses it, a logarithm."""
        if type_ not in self._unlike:  # of thousands of types few have a suspicious name
            self._unlike[type_] = self._contexts.unlike(type_)
        return self._unlike[type_]

    def out_of_place(self, word: str, type_: str) -> str | None:
        """Evidence that the text uses a word unlike the names of a type."""
        ratio = self.unlike(type_).get(word, 0.0)
        if ratio < self.settings.unlike:
            return None
        times = self._text.seen[word]
        return (
            f"by what stands beside it, {times} times in the text, e^{ratio:.1f} times likelier "
            f"another word than a name of {type_}"
        )

    def no_kin(self, noun: str, type_: str) -> str | None:
        """Evidence that a general noun is no name of a type.

        Where there are general nouns akin to the type, the dictionary tells: it lists them, or it
        does not. Elsewhere the text does.
        """
        kin = self.kin[type_]
        every = len(kin.listed) + len(kin.others)
        if every < self.settings.kin:
            return self.out_of_place(noun, type_)
        if len(kin.listed) >= self.settings.custom * every:
            return None
        shown = ", ".join(sorted(kin.others)[:3])
        few = f"{len(kin.others)} of {every} such nouns akin to {type_}"
        return f"{few} are no names of it ({shown} …)"

    @cached_property
    def capital_shares(self) -> dict[str, float]:
        """Type → share of its one-word names in the text that it mostly writes with a capital."""
        capitals, seen = self._text.capitals, self._text.seen
        large: Counter[str] = Counter()
        every: Counter[str] = Counter()
        for name, types in self.statistics.single.items():
            if seen[name]:
                every.update(types)
                large.update(types if 2 * capitals[name] > seen[name] else ())
        return {type_: Count(large[type_], every[type_]).share for type_ in self.lexicon.types}

    def in_small_letters(self, word: str, type_: str) -> str | None:
        """Evidence that the text writes a word in small letters, unlike the names of a type."""
        usual, seen = self.capital_shares[type_], self._text.seen[word]
        small = seen - self._text.capitals[word]
        enough = small >= self.settings.small_letters and 2 * small > seen
        if not enough or 1 - usual >= self.settings.custom:
            return None
        return (
            f"{small} of {seen} times in small letters, as {100 * (1 - usual):.0f} % of the names "
            f"of {type_}"
        )
