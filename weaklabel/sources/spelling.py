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
from typing import Any, NamedTuple

import numpy as np

from weaklabel.normal import is_acronym, normal_token
from weaklabel.sources.likeness import Scores
from weaklabel.sources.mining import NameStatistics
from weaklabel.sources.ngrams import NgramModel, held_out
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors
from weaklabel.votes import Vote, Votes

LETTERS = range(5, 31)
"""Letters of a word that is judged."""
MIN_NAMES = 1000
"""One-word names a type needs."""
PRECISION = 0.95
"""Share of listed words among held-out words above the threshold."""
FREQUENT = 15_000
"""So many most frequent words are known well enough: names among them are listed."""


class Spelling(NamedTuple):
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

    Attributes:
        spellings: type → how its names are written.
        listed: tokens of the dictionary's names, in normal form: the dictionary judges them.
        known: everyday and frequent words, in normal form.
        name: how the source is listed.
    """

    spellings: Mapping[str, Spelling]
    listed: frozenset[str]
    known: frozenset[str]
    name: str = "spelling"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        ids, written = corpus.interned
        found = self.accepted(written)
        kinds = [found.get(normal_token(w), ("", 0.0))[0] if is_judged(w) else "" for w in written]
        heard = np.array([kind != "" for kind in kinds], np.bool_)
        rows = []
        for at in np.flatnonzero(heard[ids]).tolist():
            sentence = int(np.searchsorted(corpus.token_splits, at, "right")) - 1
            start = at - int(corpus.token_splits[sentence])
            kind = kinds[ids[at]]
            entry = f"{kind}:{normal_token(written[ids[at]])}"
            rows.append(Vote(sentence, start, start + 1, kind, self.name, 1.0, entry))
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name], types=self.spellings)

    def accepted(self, words: Iterable[str]) -> dict[str, tuple[str, float]]:
        """Normal form → the type a word is taken for, and its log odds over the threshold."""
        forms = {normal_token(word) for word in words if is_judged(word)}
        judged = sorted(forms - self.known - self.listed)
        best: dict[str, tuple[str, float]] = {}
        for kind, spelling in sorted(self.spellings.items()):
            over = (spelling.model(judged) - spelling.threshold).tolist()
            for form, margin in zip(judged, over, strict=True):
                if form in spelling.unlike:
                    continue
                if margin >= 0 and margin > best.get(form, ("", -1.0))[1]:
                    best[form] = (kind, margin)
        return best

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        spellings = {
            kind: {
                **each._asdict(),
                "model": each.model.to_json(),
                "unlike": sorted(each.unlike),
            }
            for kind, each in sorted(self.spellings.items())
        }
        return {"spellings": spellings, "known": sorted(self.known)}

    @classmethod
    def from_json(cls, about: Mapping[str, Any], listed: frozenset[str]) -> SpellingSource:
        """Read what :meth:`to_json` wrote.

        Args:
            about: what it wrote.
            listed: tokens of the dictionary's names, which are saved with the dictionary.
        """
        spellings = {
            kind: Spelling(
                NgramModel.from_json(each["model"]),
                each["threshold"],
                each["precision"],
                each["recall"],
                frozenset(each["unlike"]),
            )
            for kind, each in about["spellings"].items()
        }
        return cls(spellings, listed, frozenset(about["known"]))


def is_judged(word: str) -> bool:
    """Whether a word as written is one that spelling can tell: letters only, no short form.

    >>> [is_judged(w) for w in ("daidzein", "NSAID", "rats", "SM5887")]
    [True, False, False, False]
    """
    return word.isalpha() and len(word) in LETTERS and not is_acronym(word) and not word.isupper()


def learnt_spelling(
    statistics: NameStatistics,
    vectors: WordVectors | None,
    likely: Mapping[str, Scores],
    everyday: frozenset[str],
) -> SpellingSource:
    """A source that knows how the names of each type are written, where they tell themselves.

    Args:
        statistics: counts over the dictionary.
        vectors: words by falling frequency; without them nothing is learnt.
        likely: type → likelihood ratios by vector.
        everyday: words that are never names.
    """
    if vectors is None:
        return SpellingSource({}, frozenset(), frozenset())
    in_names = {token for key in statistics.types for token in key}
    forms = dict.fromkeys(normal_token(w) for w in vectors.words if is_judged(w))
    often = {normal_token(w) for w in vectors.words[:FREQUENT]}
    others = [form for form in forms if form in often and form not in in_names]
    spellings: dict[str, Spelling] = {}
    for kind in sorted({kind for kinds in statistics.single.values() for kind in kinds}):
        names = sorted(w for w, k in statistics.single.items() if kind in k and is_judged(w))
        if len(names) >= MIN_NAMES and others:
            made = _learnt(names, others, frozenset(forms))
            if made is not None:
                scores = likely.get(kind, {})
                unlike = frozenset(word for word, (ratio, _) in scores.items() if ratio < 1)
                spellings[kind] = made._replace(unlike=_like_names(unlike - in_names, made))
    barred = frozenset(often | everyday) - in_names
    known = {word for each in spellings.values() for word in _like_names(barred, each)}
    return SpellingSource(spellings, frozenset(in_names), frozenset(known))


def _like_names(words: frozenset[str], spelling: Spelling) -> frozenset[str]:
    """The words that would be taken for names; no others need be barred."""
    ordered = sorted(words)
    over = spelling.model(ordered) >= spelling.threshold
    return frozenset(word for word, is_over in zip(ordered, over.tolist(), strict=True) if is_over)


def _learnt(names: list[str], others: list[str], heard: frozenset[str]) -> Spelling | None:
    words = [*names, *others]
    is_name = np.repeat([1.0, 0.0], [len(names), len(others)])
    scores = held_out(words, is_name)
    # Only names that stand in raw text: those that nobody writes would flatter the precision.
    counted = np.array([word in heard for word in words], np.bool_)
    order = np.argsort(-scores[counted], kind="stable")
    listed = np.cumsum(is_name[counted][order])
    precision = listed / np.arange(1, len(listed) + 1)
    good = np.flatnonzero(precision >= PRECISION)
    if not len(good):
        return None
    last = int(good[-1])
    threshold = float(scores[counted][order][last])
    recall = float(listed[last] / max(1.0, listed[-1]))
    return Spelling(NgramModel.fitted(words, is_name), threshold, float(precision[last]), recall)
