"""Soil: what a run knows when its sources grow, worked out once and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from weaklabel.knowledge import Pack
from weaklabel.lexicon import Lexicon
from weaklabel.sources.apply import apply_sources
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.protocol import AnySource
from weaklabel.sources.tailoring.evidence import Evidence
from weaklabel.sources.tailoring.likeness import Scores
from weaklabel.sources.tailoring.mining import NameStatistics
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes


@dataclass(frozen=True, eq=False)
class Names:
    """The names that may speak, ready for what grows of them.

    Attributes:
        lexicon: the names.
    """

    lexicon: Lexicon

    @cached_property
    def index(self) -> NameIndex:
        """They, ready for matching."""
        return NameIndex(self.lexicon)

    @cached_property
    def statistics(self) -> NameStatistics:
        """Counts over them."""
        return NameStatistics.of(self.lexicon)


@dataclass(frozen=True, eq=False)
class Soil:
    """What sources grow of. No annotated document is in it.

    Attributes:
        evidence: all names of the run, its text and vectors, and what these say of the names.
        names: those that may speak.
        sources: what has grown before. The user's own sources are not among them, for asking them
            about the whole text may cost time or money.
    """

    evidence: Evidence
    names: Names
    sources: tuple[AnySource, ...] = ()

    @property
    def lexicon(self) -> Lexicon:
        """All names of the run."""
        return self.evidence.lexicon

    @property
    def spoken(self) -> Lexicon:
        """The names that may speak."""
        return self.names.lexicon

    @property
    def index(self) -> NameIndex:
        """The names that may speak, ready for matching."""
        return self.names.index

    @property
    def statistics(self) -> NameStatistics:
        """Counts over the names that may speak."""
        return self.names.statistics

    @property
    def corpus(self) -> Corpus:
        """The text to be labelled."""
        return self.evidence.corpus

    @property
    def vectors(self) -> WordVectors | None:
        """Words by falling frequency in raw text, with their vectors."""
        return self.evidence.vectors

    @property
    def knowledge(self) -> Pack:
        """What the run's packs know."""
        return self.evidence.knowledge

    @property
    def likelihoods(self) -> dict[str, Scores]:
        """Type → how like its names words are by their vectors; empty without vectors."""
        return self.evidence.likelihoods

    @cached_property
    def votes(self) -> Votes:
        """What the sources grown before say of the text."""
        return apply_sources(self.corpus, self.sources)

    def common(self, words: int) -> frozenset[str]:
        """Words in lower case that are too frequent to be an odd technical word or an eponym.

        Args:
            words: so many most frequent words of the vectors' text, or else of the corpus itself,
                where it has them more than twice.
        """
        if self.vectors is not None:
            return frozenset(self.vectors.words[:words])
        counts = self.evidence.counts
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return frozenset(word for word in ranked[:words] if counts[word] > 2)

    def with_source(self, grown: AnySource) -> Soil:
        """The same, where one more source has grown."""
        return replace(self, sources=(*self.sources, grown))
