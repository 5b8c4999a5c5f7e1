"""Evidence: what a run's dictionary, raw text and word vectors say of the dictionary's names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from weaklabel.knowledge import Pack, knowledge_of
from weaklabel.lexicon import Lexicon
from weaklabel.normal import normal_token
from weaklabel.sources.casing import names_by_case
from weaklabel.sources.likeness import Scores, likenesses
from weaklabel.sources.mining import NameStatistics
from weaklabel.sources.settings import TailorSettings
from weaklabel.sources.written import shouted, written_otherwise
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
    def otherwise(self) -> dict[str, str]:
        """Name of letters and numbers → evidence that the text mostly writes it otherwise."""
        return written_otherwise(self.lexicon, self.corpus)
