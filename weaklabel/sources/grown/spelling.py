"""Words written like the names of a type, judged by their character n-grams.

The dictionary's one-word names of a type are set against the frequent words of raw text that stand
in no name. The threshold is chosen on words that the model was fitted without, so that nearly all
words above it are listed; a type for which no threshold does that gets no model. Frequent words
are never accepted: if they were names, a dictionary would list them. Nor are words whose vector is
less like those of names than of other words: what is written like a name need not be used like one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from weaklabel.ground.normal import is_acronym, normal_token
from weaklabel.sources.applicable import sentences_with, spoken_where
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.ngrams import NgramModel, held_out
from weaklabel.sources.tailoring.likeness import Scores
from weaklabel.sources.tailoring.mining import NameStatistics
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil


class Written(NamedTuple):
    """How the names of one type are written.

    Attributes:
        model: log odds by n-grams.
        threshold: log odds from which a word is taken for a name.
        precision: share of listed words among held-out words above the threshold.
        recall: share of the listed held-out words that are above it.
        unlike: words that are used unlike names of the type, by their vectors.
    """

    model: NgramModel
    threshold: float
    precision: float
    recall: float
    unlike: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class SpellingSource:
    """Votes for unlisted words that are written like names.

    It applies to the sentences with a word that it judges.

    Attributes:
        spellings: type → how its names are written.
        listed: tokens of the dictionary's names, in normal form: the dictionary judges them.
        known: everyday and frequent words, in normal form.
        letters: the fewest and the most letters of a word that is judged.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "spelling"
    spellings: Mapping[str, Written]
    listed: frozenset[str]
    known: frozenset[str]
    letters: tuple[int, int] = (5, 30)
    name: str = "spelling"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        ids, written = corpus.interned
        found = self.accepted(written)
        judged = [bool(self.spellings) and is_judged(word, self.letters) for word in written]
        forms = [
            normal_token(word) if is_ else "" for word, is_ in zip(written, judged, strict=True)
        ]
        types = [found.get(form, ("", 0.0))[0] for form in forms]
        heard = np.array([type_ != "" for type_ in types], np.bool_)
        rows = []
        for at in np.flatnonzero(heard[ids]).tolist():
            sentence = int(np.searchsorted(corpus.token_splits, at, "right")) - 1
            start = at - int(corpus.token_splits[sentence])
            type_ = types[ids[at]]
            entry = f"{type_}:{forms[ids[at]]}"
            rows.append(Vote(sentence, start, start + 1, type_, self.name, 1.0, entry))
        others = self.known | self.listed
        could = sentences_with(corpus, [form != "" and form not in others for form in forms])
        return spoken_where(corpus, self.name, rows, also=could, types=self.spellings)

    def accepted(self, words: Iterable[str]) -> dict[str, tuple[str, float]]:
        """Normal form → the type a word is taken for, and its log odds over the threshold."""
        forms = {normal_token(word) for word in words if is_judged(word, self.letters)}
        judged = sorted(forms - self.known - self.listed)
        best: dict[str, tuple[str, float]] = {}
        for type_, spelling in sorted(self.spellings.items()):
            over = (spelling.model(judged) - spelling.threshold).tolist()
            for form, margin in zip(judged, over, strict=True):
                if form in spelling.unlike:
                    continue
                if margin >= 0 and margin > best.get(form, ("", -1.0))[1]:
                    best[form] = (type_, margin)
        return best

    def describe(self) -> dict[str, Any]:
        """All it knows beside its names."""
        spellings = {
            type_: {
                **each._asdict(),
                "model": each.model.to_json(),
                "unlike": sorted(each.unlike),
            }
            for type_, each in sorted(self.spellings.items())
        }
        return {
            "spellings": spellings,
            "known": sorted(self.known),
            "letters": list(self.letters),
        }

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> SpellingSource:
        """The source that :meth:`describe` tells of."""
        spellings = {
            type_: Written(
                NgramModel.from_json(each["model"]),
                each["threshold"],
                each["precision"],
                each["recall"],
                frozenset(each["unlike"]),
            )
            for type_, each in about["spellings"].items()
        }
        listed = frozenset(token for key in index.lexicon.by_key for token in key)
        fewest, most = about["letters"]
        return cls(spellings, listed, frozenset(about["known"]), (fewest, most))


@dataclass(frozen=True)
class Spelling:
    """Words written like the names of a type, where its names can be told by their n-grams.

    Attributes:
        min_names: one-word names a type needs.
        precision: share of listed words that held-out words above the threshold must have.
        frequent: the so many most frequent words are known well enough: names among them are
            listed.
        min_letters: letters of the shortest word that is judged.
        max_letters: letters of the longest.
        folds: parts the words are dealt into, to choose the threshold on words held out.
        ridge: penalty on the model's squared weights.
    """

    kind: ClassVar[str] = "spelling"
    learnt: ClassVar[type[SpellingSource]] = SpellingSource
    min_names: int = 1000
    precision: float = 0.95
    frequent: int = 15_000
    min_letters: int = 5
    max_letters: int = 30
    folds: int = 5
    ridge: float = 1.0

    def grow(self, soil: Soil) -> SpellingSource:
        """The source of the types whose names can be told; of none without vectors."""
        knowledge = soil.knowledge
        never = knowledge.everyday | knowledge.generic | knowledge.verbs
        return learnt_spelling(soil.statistics, soil.vectors, soil.likelihoods, never, self)

    @property
    def letters(self) -> tuple[int, int]:
        """The fewest and the most letters of a word that is judged."""
        return self.min_letters, self.max_letters


def is_judged(word: str, letters: tuple[int, int] = (5, 30)) -> bool:
    """Whether a word as written is one that spelling can tell: letters only, no short form.

    >>> [is_judged(w) for w in ("daidzein", "NSAID", "rats", "SM5887")]
    [True, False, False, False]
    """
    fewest, most = letters
    fits = word.isalpha() and fewest <= len(word) <= most
    return fits and not is_acronym(word) and not word.isupper()


def learnt_spelling(
    statistics: NameStatistics,
    vectors: WordVectors | None,
    likely: Mapping[str, Scores],
    everyday: frozenset[str],
    plan: Spelling | None = None,
) -> SpellingSource:
    """A source that knows how the names of each type are written, where they tell themselves.

    Args:
        statistics: counts over the dictionary.
        vectors: words by falling frequency; without them nothing is learnt.
        likely: type → likelihood ratios by vector.
        everyday: words that are never names.
        plan: thresholds.
    """
    plan = plan or Spelling()
    letters = plan.letters
    if vectors is None:
        return SpellingSource({}, frozenset(), frozenset(), letters)
    in_names = {token for key in statistics.types for token in key}
    forms = dict.fromkeys(normal_token(w) for w in vectors.words if is_judged(w, letters))
    often = {normal_token(w) for w in vectors.words[: plan.frequent]}
    others = [form for form in forms if form in often and form not in in_names]
    spellings: dict[str, Written] = {}
    for type_ in sorted({type_ for types in statistics.single.values() for type_ in types}):
        names = sorted(
            w for w, types in statistics.single.items() if type_ in types and is_judged(w, letters)
        )
        if len(names) >= plan.min_names and others:
            made = _learnt(names, others, frozenset(forms), plan)
            if made is not None:
                scores = likely.get(type_, {})
                unlike = frozenset(word for word, (ratio, _) in scores.items() if ratio < 1)
                spellings[type_] = made._replace(unlike=_like_names(unlike - in_names, made))
    barred = frozenset(often | everyday) - in_names
    known = {word for each in spellings.values() for word in _like_names(barred, each)}
    return SpellingSource(spellings, frozenset(in_names), frozenset(known), letters)


def _like_names(words: frozenset[str], spelling: Written) -> frozenset[str]:
    """The words that would be taken for names; no others need be barred."""
    ordered = sorted(words)
    over = spelling.model(ordered) >= spelling.threshold
    return frozenset(word for word, is_over in zip(ordered, over.tolist(), strict=True) if is_over)


def _learnt(
    names: list[str], others: list[str], heard: frozenset[str], plan: Spelling
) -> Written | None:
    words = [*names, *others]
    is_name = np.repeat([1.0, 0.0], [len(names), len(others)])
    scores = held_out(words, is_name, folds=plan.folds, ridge=plan.ridge)
    # Only names that stand in raw text: those that nobody writes would flatter the precision.
    counted = np.array([word in heard for word in words], np.bool_)
    order = np.argsort(-scores[counted], kind="stable")
    listed = np.cumsum(is_name[counted][order])
    precision = listed / np.arange(1, len(listed) + 1)
    good = np.flatnonzero(precision >= plan.precision)
    if not len(good):
        return None
    last = int(good[-1])
    threshold = float(scores[counted][order][last])
    recall = float(listed[last] / max(1.0, listed[-1]))
    model = NgramModel.fitted(words, is_name, ridge=plan.ridge)
    return Written(model, threshold, float(precision[last]), recall)
