"""Mining: quality and segmentation, each estimated from the other, a few times in turn."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from weaklabel.ground.config import checked, to_mapping
from weaklabel.ground.normal import normal_token
from weaklabel.ground.types import Bools, Doubles, Longs
from weaklabel.knowledge import knowledge_of
from weaklabel.lexicon import Lexicon
from weaklabel.sources.phrases.features import Evidence, several_words, single_words
from weaklabel.sources.phrases.forest import qualities
from weaklabel.sources.phrases.ngrams import NGrams
from weaklabel.sources.phrases.segmentation import (
    length_penalty,
    log_scores,
    rectified,
    score_table,
    tile,
)
from weaklabel.sources.phrases.settings import PhraseSettings
from weaklabel.sources.phrases.stream import stream_of, vocabulary_of
from weaklabel.text import Corpus

log = logging.getLogger(__name__)
VITERBI_ROUNDS = 10


class Phrase(NamedTuple):
    """A mined phrase.

    Attributes:
        words: in lower case.
        quality: 0 to 1.
        occurrences: those that are a segment of their own.
    """

    words: tuple[str, ...]
    quality: float
    occurrences: int


@dataclass(frozen=True, eq=False)
class MinedPhrases:
    """What was mined: enough to segment any text.

    Attributes:
        ngrams: the frequent sequences.
        quality: for each length ``(C_n,)`` 0 to 1.
        frequency: for each length ``(C_n,)`` occurrences as a segment.
        penalty: what each further word of a segment costs.
        settings: how they were mined.
        positives: dictionary phrases that taught what is good; 0 means nothing could be learnt.
    """

    ngrams: NGrams = field(repr=False)
    quality: tuple[Doubles, ...] = field(repr=False)
    frequency: tuple[Doubles, ...] = field(repr=False)
    penalty: float
    settings: PhraseSettings
    positives: int

    def phrases(self) -> list[Phrase]:
        """The good ones, best first."""
        found = [
            Phrase(words, float(self.quality[n - 1][i]), int(self.frequency[n - 1][i]))
            for n in range(1, len(self.quality) + 1)
            for i, words in enumerate(self.ngrams.words(n))
            if self.is_good(n)[i]
        ]
        return sorted(
            found, key=lambda phrase: (-phrase.quality, -phrase.occurrences, phrase.words)
        )

    def is_good(self, n: int) -> Bools:
        """``(C_n,)``: sequences of ``n`` words over the threshold."""
        least = self.settings.threshold if n > 1 else self.settings.single_threshold
        good: Bools = (self.quality[n - 1] >= least) & (self.frequency[n - 1] > 0)
        if n == 1:
            good &= self.ngrams.counts[0] >= self.ngrams.min_count
        return good

    def scores(self) -> tuple[Doubles, ...]:
        """For each length ``(C_n,)`` log scores of segments."""
        return log_scores(self.frequency, _with_unknown(self), self.penalty)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "words": list(self.ngrams.vocabulary),
            "levels": [level.tolist() for level in self.ngrams.levels],
            "counts": [column.tolist() for column in self.ngrams.counts],
            "quality": [column.tolist() for column in self.quality],
            "frequency": [column.tolist() for column in self.frequency],
            "penalty": self.penalty,
            "positives": self.positives,
            "settings": to_mapping(self.settings),
        }

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> MinedPhrases:
        """Read what :meth:`to_json` wrote."""
        settings = checked(PhraseSettings, about["settings"])
        levels, counts = (
            tuple(np.array(column, np.int64) for column in about[name])
            for name in ("levels", "counts")
        )
        vocabulary = {word: i for i, word in enumerate(about["words"])}
        ngrams = NGrams(vocabulary, levels, counts, settings.min_count)
        quality, frequency = (
            tuple(np.array(column, np.float64) for column in about[name])
            for name in ("quality", "frequency")
        )
        return cls(ngrams, quality, frequency, about["penalty"], settings, about["positives"])


def _with_unknown(mined: MinedPhrases) -> tuple[Doubles, ...]:
    return _filled(mined.quality, mined.ngrams)


def _filled(quality: Sequence[Doubles], ngrams: NGrams) -> tuple[Doubles, ...]:
    """Words too rare to be judged are taken for as good as the words that are judged."""
    judged = ngrams.counts[0] >= ngrams.min_count
    usual = float(quality[0][judged].mean()) if judged.any() else 1.0
    return (np.where(judged, quality[0], usual), *quality[1:])


def mine_phrases(
    corpus: Corpus, lexicon: Lexicon, settings: PhraseSettings | None = None, *, seed: int = 0
) -> MinedPhrases:
    """Mine phrases of a raw corpus, taught by a dictionary's names.

    AutoPhrase without parts of speech (Shang et al., 2018): a penalty on length stands in for
    them, as in SegPhrase (Liu et al., 2015).

    Args:
        corpus: raw text; the more the better.
        lexicon: names of any types, the positive examples.
        settings: defaults if not given.
        seed: of the forests.
    """
    settings = settings or PhraseSettings()
    vocabulary = vocabulary_of(corpus)
    stream = stream_of(corpus, vocabulary)
    ngrams = NGrams.frequent(
        stream, vocabulary, min_count=settings.min_count, max_words=settings.max_words
    )
    evidence = Evidence.of(corpus, stream, ngrams, knowledge_of(settings.packs).stopwords)
    known = _known(ngrams, lexicon)
    positives = sum(int(column.sum()) for column in known)
    frequency = tuple(column.astype(np.float64) for column in ngrams.counts)
    rng = np.random.default_rng(seed)
    penalty = 0.0
    for _ in range(settings.rounds):
        quality = _judged(evidence, known, frequency, settings, rng)
        filled = _filled(quality, ngrams)
        rows = _alone(evidence, known, frequency)
        penalty = length_penalty(rows, frequency, filled, max_split=settings.max_split)
        frequency = _segmented(evidence, frequency, filled, penalty)
    quality = _judged(evidence, known, frequency, settings, rng)
    log.info("mined phrases: %d positives, length penalty %.2f", positives, penalty)
    return MinedPhrases(ngrams, quality, frequency, penalty, settings, positives)


def _known(ngrams: NGrams, lexicon: Lexicon) -> list[Bools]:
    """For each length ``(C_n,)``: candidates that the dictionary lists."""
    normal = {word: normal_token(word) for word in ngrams.vocabulary}
    found = []
    for n in range(1, len(ngrams.counts) + 1):
        listed = [tuple(map(normal.__getitem__, ws)) in lexicon.by_key for ws in ngrams.words(n)]
        often = ngrams.counts[n - 1] >= ngrams.min_count
        found.append(np.array(listed, np.bool_) & often)
    return found


def _judged(
    evidence: Evidence,
    known: Sequence[Bools],
    frequency: Sequence[Doubles],
    settings: PhraseSettings,
    rng: np.random.Generator,
) -> tuple[Doubles, ...]:
    """For each length ``(C_n,)`` the quality: a forest for single words, one for the others.

    A listed phrase that is never a segment teaches nothing; every other candidate is in the
    noisy pool, stop-words among them.
    """
    counts = evidence.ngrams.counts
    candidates = np.flatnonzero(counts[0] >= evidence.ngrams.min_count)
    single = np.zeros(len(counts[0]))
    single[candidates] = _forest(
        single_words(evidence, candidates, frequency),
        known[0][candidates] & ~evidence.stops[candidates],
        frequency[0][candidates],
        settings,
        rng,
    )
    tables = [several_words(evidence, n, frequency) for n in range(2, len(counts) + 1)]
    sizes = [len(table) for table in tables]
    if not sum(sizes):
        return (single, *(np.zeros(size) for size in sizes))
    several = _forest(
        np.concatenate(tables), np.concatenate(known[1:]), np.concatenate(frequency[1:]),
        settings, rng,
    )  # fmt: skip
    return (single, *np.split(several, np.cumsum(sizes)[:-1]))


def _forest(
    features: Doubles,
    known: Bools,
    frequency: Doubles,
    settings: PhraseSettings,
    rng: np.random.Generator,
) -> Doubles:
    positive, other = np.flatnonzero(known & (frequency > 0)), np.flatnonzero(~known)
    return qualities(features, positive, other, trees=settings.trees, draws=settings.draws, rng=rng)


def _alone(
    evidence: Evidence,
    known: Sequence[Bools],
    frequency: Sequence[Doubles],
) -> list[Longs]:
    """Known phrases of several words as the ids of their own words and sequences.

    Those that were never a segment are left out: no penalty could keep them whole.
    """
    rows = []
    for n in range(2, len(known) + 1):
        for at in evidence.first(n)[known[n - 1] & (frequency[n - 1] > 0)].tolist():
            own = evidence.ids[at : at + n].copy()
            own[np.add.outer(np.arange(n), np.arange(own.shape[1])) >= n] = -1
            rows.append(own)
    return rows


def _segmented(
    evidence: Evidence, frequency: tuple[Doubles, ...], quality: Sequence[Doubles], penalty: float
) -> tuple[Doubles, ...]:
    """Occurrences as segments: tiled, counted and tiled again until nothing changes."""
    sizes = [len(column) for column in frequency]
    before: Longs | None = None
    for _ in range(VITERBI_ROUNDS):
        scores = log_scores(frequency, quality, penalty)
        lengths = tile(score_table(evidence.ids, scores), evidence.stream.runs)
        frequency = rectified(evidence.ids, lengths, sizes)
        if before is not None and np.array_equal(before, lengths):
            break
        before = lengths
    return frequency
