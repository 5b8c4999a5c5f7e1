"""Mines how names are composed: from the dictionary's own names, checked against the corpus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weaklabel.ground.normal import is_skipped, normal_token
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.boundary import learnt_modifiers
from weaklabel.sources.grown.composition_rules import CompositionRules
from weaklabel.sources.tailoring.mining import NameStatistics
from weaklabel.text import Corpus

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil


@dataclass(frozen=True)
class Grammar:
    """How the names of a dictionary are composed.

    Attributes:
        modifiers: type → tokens that may stand before its names and heads.
        suffixes: type → words that may stand after its names ("hydrochloride").
        heads: productive head → its type.
        numbered: types whose names go on with "type 2" or "type IIa".
        open_heads: heads that take any name-like word before them ("syndrome", "deficiency").
        names: one-token names; a name is no modifier of a head.
    """

    modifiers: dict[str, frozenset[str]]
    suffixes: dict[str, frozenset[str]]
    heads: dict[str, str]
    numbered: frozenset[str]
    open_heads: frozenset[str]
    names: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "modifiers": {type_: sorted(words) for type_, words in self.modifiers.items()},
            "suffixes": {type_: sorted(words) for type_, words in self.suffixes.items()},
            "heads": dict(self.heads),
            "numbered": sorted(self.numbered),
            "open_heads": sorted(self.open_heads),
            "names": sorted(self.names),
        }

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> Grammar:
        """Read what :meth:`to_json` wrote."""
        return cls(
            {type_: frozenset(words) for type_, words in about["modifiers"].items()},
            {type_: frozenset(words) for type_, words in about["suffixes"].items()},
            dict(about["heads"]),
            frozenset(about["numbered"]),
            frozenset(about["open_heads"]),
            frozenset(about["names"]),
        )


def grown_grammar(plan: CompositionRules, soil: Soil) -> Grammar:
    """The grammar of the names that may speak, with modifiers that the boundary model accepts."""
    knowledge = soil.knowledge
    learnt: dict[str, frozenset[str]] = {}
    if soil.vectors is not None:
        never = knowledge.everyday | knowledge.generic
        found = learnt_modifiers(
            soil.statistics, soil.index, soil.corpus, soil.vectors, never, plan
        )
        learnt = {type_: modifiers.accepted for type_, modifiers in found.items()}
    return mine_grammar(soil.statistics, soil.index, soil.corpus, knowledge.everyday, learnt, plan)


def mine_grammar(
    statistics: NameStatistics,
    index: NameIndex,
    corpus: Corpus,
    stopwords: frozenset[str],
    learnt: Mapping[str, frozenset[str]] | None = None,
    plan: CompositionRules | None = None,
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
        learnt: type → further modifiers, such as those of :mod:`weaklabel.sources.grown.boundary`.
        plan: thresholds.
    """
    learnt, plan = learnt or {}, plan or CompositionRules()
    before, after = _evidence(statistics, index, corpus)
    left = {
        type_: (
            before[type_].trusted(counts, plan.min_before, plan) | learnt.get(type_, frozenset())
        )
        - stopwords
        for type_, counts in statistics.left.items()
    }
    right = {
        type_: after[type_].trusted(counts, plan.min_after, plan) - stopwords
        for type_, counts in statistics.right.items()
    }
    heads = _heads(statistics, stopwords, plan)
    support = statistics.heads
    return Grammar(
        left,
        {type_: frozenset(filter(_is_word, kept)) for type_, kept in right.items()},
        heads,
        frozenset(type_ for type_, n in statistics.numbered.items() if n >= plan.min_names),
        frozenset(h for h in heads if statistics.eponyms[h] * support[h].names >= plan.min_eponyms),
        frozenset(statistics.single),
    )


def _heads(
    statistics: NameStatistics, stopwords: frozenset[str], plan: CompositionRules
) -> dict[str, str]:
    found: dict[str, str] = {}
    for head, support in statistics.heads.items():
        type_ = support.type(min_names=plan.min_names, min_share=plan.min_share)
        if (
            type_
            and _is_word(head)
            and head not in stopwords
            and statistics.diversity[head] >= plan.min_diversity
        ):
            found[head] = type_
    return found


def _is_word(token: str) -> bool:
    return token.isalpha() and len(token) > 2


@dataclass
class Evidence:
    """How often a token beside a name makes a listed name with it, and how often it does not."""

    listed: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)

    def trusted(self, names: Counter[str], least: int, plan: CompositionRules) -> frozenset[str]:
        """The tokens of enough names that the corpus bears out."""
        return frozenset(t for t, n in names.items() if n >= least and self._trust(t, n, plan))

    def _trust(self, token: str, names: int, plan: CompositionRules) -> bool:
        prior = names / (names + plan.half_trust)
        yes, no = self.listed[token], self.unlisted[token]
        share = (yes + plan.strength * prior) / (yes + no + plan.strength)
        return share >= plan.min_trust


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
            for type_ in {t for row in match.terms for t in index.lexicon.terms[row].types}:
                if type_ in statistics.types.get(tuple(forms[1:]), ()):
                    before[type_].listed[forms[0]] += 1
                if type_ in statistics.types.get(tuple(forms[:-1]), ()):
                    after[type_].listed[forms[-1]] += 1
                if match.start:
                    before[type_].unlisted[normal_token(words[match.start - 1])] += 1
                if match.end < len(words):
                    after[type_].unlisted[normal_token(words[match.end])] += 1
    return before, after
