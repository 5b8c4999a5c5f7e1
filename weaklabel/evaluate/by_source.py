"""score_sources(): what each source is worth on the dev set, and what the vote loses without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from weaklabel.errors import DataError
from weaklabel.evaluate.bootstrap import interval, resampled
from weaklabel.evaluate.scoring import strict_f1
from weaklabel.evaluate.strict import CORRECT, PREDICTED, strict_counts
from weaklabel.text import OUTSIDE, UNKNOWN, Annotation, Annotations, Corpus, Gold
from weaklabel.votes import Votes


def to_annotations(corpus: Corpus, votes: Votes) -> Annotations:
    """Votes for a type as character spans; votes for OUTSIDE and UNKNOWN are left out.

    Raises:
        DataError: if the votes are about another corpus (another number of sentences).
    """
    if votes.n_sentences != len(corpus):
        raise DataError(
            f"votes about {votes.n_sentences} sentences do not fit a corpus of {len(corpus)}"
        )
    document = corpus.sentence_document
    base = corpus.token_splits[:-1]
    return Annotations.of(
        Annotation(
            int(document[row.sentence]),
            int(corpus.token_start[base[row.sentence] + row.start]),
            int(corpus.token_end[base[row.sentence] + row.end - 1]),
            row.label,
            row.concepts,
            row.score,
        )
        for row in votes.rows()
        if row.label not in (OUTSIDE, UNKNOWN)
    )


def score_sources(
    gold: Gold,
    votes: Votes,
    *,
    resolve: Callable[[Votes], Votes] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One row a source, to lay beside :meth:`Votes.summary`.

    Args:
        gold: the dev set.
        votes: what the sources said of ``gold.corpus``.
        resolve: makes one reading of votes; asked once for all and once without each source.
        bootstrap: resamplings of documents for the interval of precision.
        seed: what the resampling starts from.

    Returns:
        ``source``; ``precision``, ``precision_low``, ``precision_high``, ``recall`` (strict, the
        source alone; precision is None where it said nothing); ``dev_spans``, ``dev_wrong`` (how
        many it marked, how many of them are wrong); ``cost`` (F1 of the whole vote minus F1
        without the source, as a fraction; None without ``resolve``; negative where the source
        harms); ``worst`` (the entry with most wrong spans: ``[entry, wrong, spans]``, None where
        nothing is wrong).
    """
    whole = _f1(gold, votes, resolve)
    rows: list[dict[str, Any]] = []
    for name in votes.sources:
        own = votes.of_source(name)
        counts = strict_counts(gold, to_annotations(gold.corpus, own)).counts.sum(1)
        drawn = resampled(counts, draws=max(1, bootstrap), seed=seed)
        spoke = drawn[drawn[:, PREDICTED] > 0]
        bounds = interval(spoke[:, CORRECT] / spoke[:, PREDICTED]) if len(spoke) else (None, None)
        total_gold, predicted, correct = counts.sum(0).tolist()
        without = _f1(gold, votes.of_source(*(n for n in votes.sources if n != name)), resolve)
        rows.append(
            {
                "source": name,
                "precision": correct / predicted if predicted else None,
                "precision_low": bounds[0],
                "precision_high": bounds[1],
                "recall": correct / total_gold if total_gold else 0.0,
                "dev_spans": predicted,
                "dev_wrong": predicted - correct,
                "cost": None if whole is None or without is None else whole - without,
                "worst": _worst(gold, own),
            }
        )
    return rows


def _f1(gold: Gold, votes: Votes, resolve: Callable[[Votes], Votes] | None) -> float | None:
    if resolve is None:
        return None
    return strict_f1(gold, to_annotations(gold.corpus, resolve(votes)))


def _worst(gold: Gold, own: Votes) -> list[Any] | None:
    right = gold.annotations.keys()
    wrong: Counter[str] = Counter()
    spans: Counter[str] = Counter()
    base, corpus = gold.corpus.token_splits[:-1], gold.corpus
    for row in own.rows():
        if row.label in (OUTSIDE, UNKNOWN) or not row.entry:
            continue
        start = int(corpus.token_start[base[row.sentence] + row.start])
        end = int(corpus.token_end[base[row.sentence] + row.end - 1])
        document = int(corpus.sentence_document[row.sentence])
        spans[row.entry] += 1
        wrong[row.entry] += (document, start, end, row.label) not in right
    entry, count = max(wrong.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return [entry, count, spans[entry]] if count else None
