"""score(): everything at once, with intervals."""

from __future__ import annotations

import numpy as np

from weaklabel.errors import ConfigError
from weaklabel.evaluate.bootstrap import f1_of, interval, resampled
from weaklabel.evaluate.cross_check import seqeval_scores
from weaklabel.evaluate.measure import Measure, Scores
from weaklabel.evaluate.relaxed import RELAXED, relaxed_counts
from weaklabel.evaluate.strict import strict_counts
from weaklabel.ground.types import Longs
from weaklabel.text import Annotations, Gold

SCORERS = ("weaklabel", "seqeval")
"""Who may count: we do, or seqeval as a cross-check."""


def score(
    gold: Gold,
    predicted: Annotations,
    *,
    bootstrap: int = 1000,
    seed: int = 0,
    scorer: str = "weaklabel",
) -> Scores:
    """Strict and relaxed precision, recall and F1, each F1 with a 95 % interval.

    Args:
        gold: documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus`` (:func:`align` pairs
            documents of another corpus by id). A document without prediction has none.
        bootstrap: resamplings of documents for the intervals; 0 leaves the intervals out.
        seed: what the resampling starts from.
        scorer: ``"weaklabel"``, or ``"seqeval"`` for strict scores as seqeval counts them on tags:
            no intervals, no relaxed scores (see :func:`weaklabel.evaluate.seqeval_scores`).

    Raises:
        ConfigError: for another scorer.
        DataError: if a prediction names a document that is not there.

    >>> from weaklabel.text import Annotation, Annotations, Corpus, Gold
    >>> corpus = Corpus.from_texts(["Aspirin helps.", "Fever returns."])
    >>> gold = Gold(corpus, Annotations.of([Annotation(0, 0, 7, "Chemical"),
    ...                                     Annotation(1, 0, 5, "Disease")]))
    >>> scores = score(gold, Annotations.of([Annotation(0, 0, 7, "Chemical")]))
    >>> scores.precision, scores.recall, scores.types["Disease"].f1
    (1.0, 0.5, 0.0)
    """
    if scorer == "seqeval":
        return seqeval_scores(gold, predicted)
    if scorer != "weaklabel":
        raise ConfigError(f"unknown scorer {scorer!r}; known: {', '.join(SCORERS)}")
    types, strict = strict_counts(gold, predicted)
    near = relaxed_counts(gold, predicted)
    counts = np.concatenate([strict.sum(1, keepdims=True), strict, near], axis=1)
    micro, *others = measures(counts, bootstrap=bootstrap, seed=seed)
    by_type, relaxed = others[: len(types)], others[len(types) :]
    return Scores(
        micro,
        dict(zip(types, by_type, strict=True)),
        dict(zip(RELAXED, relaxed, strict=True)),
        len(counts),
    )


def strict_f1(gold: Gold, predicted: Annotations) -> float:
    """Strict micro F1 alone, without intervals: what training watches on the dev set.

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    totals = strict_counts(gold, predicted).counts.sum((0, 1))
    return Measure.of(*totals.tolist()).f1


def measures(counts: Longs, *, bootstrap: int, seed: int) -> list[Measure]:
    """One :class:`Measure` for each column of ``(D, M, 3)`` counts."""
    totals = counts.sum(0).tolist()
    if not bootstrap:
        return [Measure.of(*row) for row in totals]
    drawn = f1_of(resampled(counts, draws=bootstrap, seed=seed))
    bounds = [interval(drawn[:, i]) for i in range(len(totals))]
    return [
        Measure.of(*row, f1_low=low, f1_high=high)
        for row, (low, high) in zip(totals, bounds, strict=True)
    ]
