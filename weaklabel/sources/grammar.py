"""Mines how names are composed: from the dictionary's own names, checked against the corpus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from weaklabel.normal import is_skipped, normal_token
from weaklabel.sources.composition import Grammar
from weaklabel.sources.dictionary import NameIndex
from weaklabel.sources.mining import MIN_NAMES, NameStatistics
from weaklabel.text import Corpus

MIN_BEFORE = 5
"""Names in which a token stands before another name, to be a modifier at all."""
HALF_TRUST = 30
"""As many such names are worth an even chance before the corpus is asked."""
STRENGTH = 5.0
"""Corpus occurrences that weigh as much as what the dictionary says."""
MIN_TRUST = 0.3
"""Smoothed share of a modifier's occurrences before a name that make a listed name."""
MIN_AFTER = 10
"""Names in which a word stands after another name, to be a suffix."""
MIN_DIVERSITY = 15
"""Different first tokens a head must take, to be productive."""
MIN_EPONYMS = 100
"""Names of a head whose token before it stands nowhere else, to take any such token."""


def mine_grammar(
    statistics: NameStatistics,
    index: NameIndex,
    corpus: Corpus,
    stopwords: frozenset[str],
    learnt: Mapping[str, frozenset[str]] | None = None,
) -> Grammar:
    """How names are composed.

    A token is a modifier of a type if it stands before names of it within other names ("acute" in
    "acute hepatitis") *and* the corpus agrees: where it precedes a name, the two together are a
    listed name often enough. That tells "familial" from "severe".

    Args:
        statistics: counts over the dictionary.
        index: its names, ready for matching.
        corpus: the text to be labelled; its labels, if any, are not looked at.
        stopwords: words that never belong to a composed name.
        learnt: type → further modifiers, such as those of :mod:`weaklabel.sources.boundary`.
    """
    learnt = learnt or {}
    before, after = _evidence(statistics, index, corpus)
    left = {
        kind: (before[kind].trusted(counts, MIN_BEFORE) | learnt.get(kind, frozenset())) - stopwords
        for kind, counts in statistics.left.items()
    }
    right = {
        kind: after[kind].trusted(counts, MIN_AFTER) - stopwords
        for kind, counts in statistics.right.items()
    }
    heads = _heads(statistics, stopwords)
    return Grammar(
        left,
        {k: frozenset(t for t in kept if _is_word(t)) for k, kept in right.items()},
        heads,
        frozenset(k for k, n in statistics.numbered.items() if n >= MIN_NAMES),
        frozenset(
            h for h in heads if statistics.eponyms[h] * statistics.heads[h].names >= MIN_EPONYMS
        ),
        frozenset(statistics.single),
    )


def _heads(statistics: NameStatistics, stopwords: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for head, support in statistics.heads.items():
        kind = support.type()
        if (
            kind
            and _is_word(head)
            and head not in stopwords
            and statistics.diversity[head] >= MIN_DIVERSITY
        ):
            found[head] = kind
    return found


def _is_word(token: str) -> bool:
    return token.isalpha() and len(token) > 2


@dataclass
class Evidence:
    """How often a token beside a name makes a listed name with it, and how often it does not."""

    listed: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)

    def trusted(self, names: Counter[str], least: int) -> frozenset[str]:
        """The tokens of enough names that the corpus bears out."""
        return frozenset(t for t, n in names.items() if n >= least and self._trust(t, n))

    def _trust(self, token: str, names: int) -> bool:
        prior = names / (names + HALF_TRUST)
        yes, no = self.listed[token], self.unlisted[token]
        return (yes + STRENGTH * prior) / (yes + no + STRENGTH) >= MIN_TRUST


def _evidence(
    statistics: NameStatistics, index: NameIndex, corpus: Corpus
) -> tuple[dict[str, Evidence], dict[str, Evidence]]:
    """Type → evidence for tokens before its names, and for tokens after them."""
    before: dict[str, Evidence] = defaultdict(Evidence)
    after: dict[str, Evidence] = defaultdict(Evidence)
    for sentence in corpus:
        words = sentence.words
        for match in index.matches(words):
            forms = [normal_token(w) for w in words[match.start : match.end] if not is_skipped(w)]
            for kind in {k for row in match.terms for k in index.lexicon.terms[row].types}:
                if kind in statistics.types.get(tuple(forms[1:]), ()):
                    before[kind].listed[forms[0]] += 1
                if kind in statistics.types.get(tuple(forms[:-1]), ()):
                    after[kind].listed[forms[-1]] += 1
                if match.start:
                    before[kind].unlisted[normal_token(words[match.start - 1])] += 1
                if match.end < len(words):
                    after[kind].unlisted[normal_token(words[match.end])] += 1
    return before, after
