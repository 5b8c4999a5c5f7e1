"""Which words before a name belong to it: a boundary model of positives and unlabelled examples.

Wherever the raw corpus has a word right before a listed name, the two together are listed
("ovarian | cancer") or not ("severe | pain", but also "sporadic | melanoma", which no dictionary
got round to). So listed pairs are positive examples and the others are *unlabelled*, not negative.
A logistic model tells listed from unlisted pairs by what is known of the word: in how many names it
stands, how its neighbours in vector space behave, how it ends, how common it is. It scores a true
modifier ``c`` on average (``c``: the mean score of listed pairs), for only that share of true pairs
is listed; so half of ``c`` is an even chance (Elkan & Noto, 2008). No threshold is left to tune.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from weaklabel.ground.normal import Key, normal_token
from weaklabel.ground.types import Doubles
from weaklabel.sources.dictionary.source import NameIndex, counting_tokens
from weaklabel.sources.grown.composition_rules import CompositionRules
from weaklabel.sources.tailoring.likeness import held_out_log_ratio, logistic
from weaklabel.sources.tailoring.mining import NameStatistics
from weaklabel.text import Corpus, Sentence
from weaklabel.vectors import WordVectors


class Pair(NamedTuple):
    """A word and the name it stands before."""

    word: str
    name: Key


@dataclass
class Seen:
    """How often a pair stands in the corpus, as a listed name and not."""

    listed: int = 0
    unlisted: int = 0


@dataclass(frozen=True)
class Modifiers:
    """What was learnt for one type.

    Attributes:
        chances: word → the chance that it belongs to a name it stands before.
        listed: pairs of the corpus that are listed.
        unlisted: pairs that are not.
    """

    chances: Mapping[str, float] = field(default_factory=dict)
    listed: int = 0
    unlisted: int = 0

    @property
    def accepted(self) -> frozenset[str]:
        """Words with at least an even chance."""
        return frozenset(word for word, chance in self.chances.items() if chance >= 0.5)


def learnt_modifiers(
    statistics: NameStatistics,
    index: NameIndex,
    corpus: Corpus,
    vectors: WordVectors,
    never: frozenset[str],
    plan: CompositionRules | None = None,
) -> dict[str, Modifiers]:
    """Type → the words that belong to its names; types with too little evidence are left out.

    Args:
        statistics: counts over the dictionary.
        index: its names, ready for matching.
        corpus: raw text.
        vectors: word vectors by falling frequency.
        never: words that extend no name: function words, words of degree and course.
        plan: thresholds.
    """
    plan = plan or CompositionRules()
    pairs = _pairs(statistics, index, corpus, never)
    inner = _inner(statistics)
    found: dict[str, Modifiers] = {}
    for type_ in sorted(pairs):
        listed = sum(seen.listed > 0 for seen in pairs[type_].values())
        if listed < plan.min_listed:
            continue
        features = _Features.of(type_, statistics, inner[type_], vectors, never, plan)
        if features is not None:
            found[type_] = _fitted(pairs[type_], features, listed, plan.ridge)
    return found


def _fitted(
    pairs: Mapping[Pair, Seen], features: _Features, listed: int, ridge: float
) -> Modifiers:
    ordered = sorted(pairs.items())
    is_listed = np.array([seen.listed > 0 for _, seen in ordered], np.float64)
    # What a pair's own name adds to the counts must not tell that it is listed.
    x = np.array([features(pair.word, own=int(s.listed > 0)) for pair, s in ordered])
    weights = logistic(x, is_listed, ridge=ridge, rounds=30)
    share = float(_chance(x[is_listed > 0] @ weights).mean())
    words = sorted({pair.word for pair in pairs} | features.modifiers)
    scores = _chance(np.array([features(word, own=0) for word in words]) @ weights)
    chances = np.minimum(scores / share, 1.0)
    return Modifiers(dict(zip(words, chances.tolist(), strict=True)), listed, len(pairs) - listed)


@dataclass(frozen=True)
class _Features:
    """What is known of a word as a modifier of one type's names."""

    left: Counter[str]
    inner: Counter[str]
    modifiers: frozenset[str]
    ratios: Mapping[str, float]
    ranks: Mapping[str, int]
    ends: Counter[str]
    all_ends: Counter[str]
    unknown_rank: int

    @classmethod
    def of(
        cls,
        type_: str,
        statistics: NameStatistics,
        inner: Counter[str],
        vectors: WordVectors,
        never: frozenset[str],
        plan: CompositionRules,
    ) -> _Features | None:
        left = statistics.left[type_]
        forms = [normal_token(word) for word in vectors.words]
        usable = np.array([_is_word(word) for word in vectors.words])
        seeds = np.array(
            [
                left[form] >= plan.min_seed and form not in never and form not in statistics.single
                for form in forms
            ]
        )
        if (usable & seeds).sum() < plan.min_seeds:
            return None
        log_ratio = held_out_log_ratio(vectors, seeds, usable)
        ratios: dict[str, float] = {}
        ranks: dict[str, int] = {}
        for rank, form in enumerate(forms):
            ratios.setdefault(form, float(log_ratio[rank]))
            ranks.setdefault(form, rank)
        modifiers = frozenset(t for t, n in left.items() if n >= 2 and _is_word(t)) - never
        return cls(
            left,
            inner,
            modifiers,
            ratios,
            ranks,
            Counter(word[-3:] for word in sorted(modifiers)),
            Counter(word[-3:] for word in ranks if _is_word(word)),
            plan.unknown_rank,
        )

    def __call__(self, word: str, *, own: int) -> list[float]:
        end = word[-3:]
        ends = (self.ends[end] - (word in self.modifiers) + 1) / max(1, len(self.modifiers))
        usual = (self.all_ends[end] + 1) / max(1, len(self.ranks))
        return [
            1.0,
            float(np.clip(self.ratios.get(word, -1.0), -5, 8)),
            float(np.log1p(max(0, self.left[word] - own))),
            float(np.log1p(max(0, self.inner[word] - own))),
            float(np.log(self.ranks.get(word, self.unknown_rank) + 10) - 8),
            float(word not in self.ranks),
            float(np.log(ends / usual)),
        ]


def _inner(statistics: NameStatistics) -> dict[str, Counter[str]]:
    """Type → token → in how many names it stands anywhere but at the end."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for key, its_types in statistics.types.items():
        for type_ in its_types:
            found[type_].update(set(key[:-1]))
    return found


def _pairs(
    statistics: NameStatistics, index: NameIndex, corpus: Corpus, never: frozenset[str]
) -> dict[str, dict[Pair, Seen]]:
    """Type → pairs of a word and a name in the corpus."""
    found: dict[str, dict[Pair, Seen]] = defaultdict(lambda: defaultdict(Seen))
    barred = never | statistics.single.keys()
    for sentence in corpus:
        for type_, pair, is_listed in _of_sentence(statistics, index, sentence):
            if _is_word(pair.word) and pair.word not in barred:
                seen = found[type_][pair]
                seen.listed += is_listed
                seen.unlisted += not is_listed
    return {type_: dict(pairs) for type_, pairs in found.items()}


def _of_sentence(
    statistics: NameStatistics, index: NameIndex, sentence: Sentence
) -> Iterator[tuple[str, Pair, bool]]:
    words = sentence.words
    places, forms = counting_tokens(words)
    at = {place: i for i, place in enumerate(places)}
    types = statistics.types
    for match in index.matches(words):
        first, end = at[match.start], at[match.end - 1] + 1
        name = tuple(forms[first:end])
        for type_ in sorted({k for row in match.terms for k in index.lexicon.terms[row].types}):
            if type_ in types.get(name[1:], ()):
                yield type_, Pair(name[0], name[1:]), True
            if match.start - 1 in at and type_ not in types.get((forms[first - 1], *name), ()):
                yield type_, Pair(forms[first - 1], name), False


def _is_word(token: str) -> bool:
    return token.isalpha() and len(token) > 2


def _chance(logits: Doubles) -> Doubles:
    chance: Doubles = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return chance
