"""score_sources(): what each source is worth on the dev set, and what the vote loses without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from weaklabel.evaluate.bootstrap import f1_of, interval, resampled, wilson
from weaklabel.evaluate.measure import Measure
from weaklabel.evaluate.repair import mended, wrong_votes
from weaklabel.evaluate.strict import CORRECT, GOLD, PREDICTED, strict_counts
from weaklabel.ground.spans import NO_TYPES
from weaklabel.ground.types import Doubles, Longs
from weaklabel.on_tokens import to_annotations
from weaklabel.text import Gold
from weaklabel.votes import Votes

Resolve = Callable[[Votes], Votes]
"""Makes one reading of votes: the spans they agree on."""


def score_sources(
    gold: Gold,
    votes: Votes,
    *,
    resolve: Resolve | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One row a source, to lay beside :meth:`Votes.summary`.

    Args:
        gold: the dev set.
        votes: what the sources said of ``gold.corpus``.
        resolve: makes one reading of votes; asked for all, without each source, and with each
            source's mistakes put right.
        bootstrap: resamplings of documents for the intervals; the same for every source.
        seed: what the resampling starts from.

    Returns:
        ``source``; ``precision``, ``recall`` (strict, the source alone; precision is None where
        it said nothing) and their 95 % intervals, ``precision_low`` … ``recall_high`` (the wider
        of the bootstrap over documents and of Wilson's interval over spans);
        ``dev_spans``, ``dev_wrong`` (how many it marked, how many of them are wrong);
        ``marginal`` (F1 of the whole vote minus F1 without the source, as a fraction; negative
        where the source harms), ``marginal_low``, ``marginal_high`` (its 95 % interval, pairs
        drawn alike); ``mending`` (what F1 would gain had the source made no mistake:
        :func:`~weaklabel.evaluate.repair.mended`); these four are None without ``resolve``.
        ``worst`` (the entry with most wrong spans: ``[entry, wrong, spans]``, None where nothing
        is wrong).
    """
    draws = max(1, bootstrap)
    whole = None if resolve is None else _counts(gold, resolve(votes))
    rows: list[dict[str, Any]] = []
    for name in votes.sources:
        own = votes.of_source(name)
        row = {"source": name, **_alone(_counts(gold, own), draws, seed)}
        row |= dict.fromkeys(("marginal", "marginal_low", "marginal_high", "mending"))
        if resolve is not None and whole is not None:
            row |= _marginal(gold, votes, name, resolve, whole, draws, seed)
            row["mending"] = 0.0
            if wrong_votes(gold, votes, name).any():
                right = _counts(gold, resolve(mended(gold, votes, name)))
                row["mending"] = _f1(right) - _f1(whole)
        rows.append({**row, "worst": _worst(gold, own)})
    return rows


def score_vote(
    gold: Gold, votes: Votes, resolve: Resolve, *, bootstrap: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """The vote as a whole, to lay over the rows of :func:`score_sources`.

    Returns:
        ``documents`` and ``spans`` of gold; ``precision``, ``recall``, ``f1``, ``f1_low``,
        ``f1_high`` of the vote, strict; ``seen``, the share of gold spans that at least one
        source marks exactly: no way of weighing these sources finds more.
    """
    counts = _counts(gold, resolve(votes))
    measure = Measure.of(*counts.sum(0).tolist())
    low, high = interval(f1_of(resampled(counts, draws=max(1, bootstrap), seed=seed)))
    right = gold.annotations.keys()
    seen = right & to_annotations(gold.corpus, votes).keys()
    return {
        "documents": gold.corpus.n_documents,
        "spans": len(right),
        "precision": measure.precision,
        "recall": measure.recall,
        "f1": measure.f1,
        "f1_low": low,
        "f1_high": high,
        "seen": len(seen) / len(right) if right else 0.0,
    }


def _counts(gold: Gold, votes: Votes) -> Longs:
    """``(D, 3)``: gold, predicted and correct spans by document."""
    counts: Longs = strict_counts(gold, to_annotations(gold.corpus, votes)).counts.sum(1)
    return counts


def _f1(counts: Longs) -> float:
    return float(f1_of(counts.sum(0)))


def _alone(counts: Longs, draws: int, seed: int) -> dict[str, Any]:
    total, predicted, correct = counts.sum(0).tolist()
    drawn = resampled(counts, draws=draws, seed=seed)
    found: dict[str, Any] = {
        "precision": correct / predicted if predicted else None,
        "recall": correct / total if total else 0.0,
        "dev_spans": predicted,
        "dev_wrong": predicted - correct,
    }
    for name, of in (("precision", PREDICTED), ("recall", GOLD)):
        bounds = _bounds(counts.sum(0).tolist(), drawn, of)
        found[f"{name}_low"], found[f"{name}_high"] = bounds
    return found


def _bounds(totals: list[int], drawn: Doubles, of: int) -> tuple[float | None, float | None]:
    """Interval of correct spans among gold or predicted ones: the wider of two.

    Resampling documents knows that mistakes come together; where a source has hardly a span, or
    never erred, all draws are alike, and Wilson's interval is the wider one.
    """
    if not totals[of]:
        return None, None
    some = drawn[drawn[:, of] > 0]
    low, high = wilson(totals[CORRECT], totals[of])
    if len(some):
        resampled_low, resampled_high = interval(some[:, CORRECT] / some[:, of])
        low, high = min(low, resampled_low), max(high, resampled_high)
    return low, high


def _marginal(
    gold: Gold, votes: Votes, name: str, resolve: Resolve, whole: Longs, draws: int, seed: int
) -> dict[str, Any]:
    """F1 of the vote with and without a source; both are resampled by the same documents."""
    others = votes.of_source(*(n for n in votes.sources if n != name))
    without = whole if len(others) == len(votes) else _counts(gold, resolve(others))
    drawn = [f1_of(resampled(side, draws=draws, seed=seed)) for side in (whole, without)]
    low, high = interval(drawn[0] - drawn[1])
    return {
        "marginal": _f1(whole) - _f1(without),
        "marginal_low": low,
        "marginal_high": high,
    }


def _worst(gold: Gold, own: Votes) -> list[Any] | None:
    """The entry with most wrong spans; its type before a colon is left out."""
    wrong: Counter[str] = Counter()
    spans: Counter[str] = Counter()
    name = own.sources[int(own.source[0])] if len(own) else ""
    bad = wrong_votes(gold, own, name) if name else np.zeros(0, np.bool_)
    for row, is_wrong in zip(own.rows(), bad.tolist(), strict=True):
        if row.label in NO_TYPES or not row.entry:
            continue
        kind, colon, rest = row.entry.partition(":")
        entry = rest if colon and kind in own.labels else row.entry
        spans[entry] += 1
        wrong[entry] += is_wrong
    entry, count = max(wrong.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return [entry, count, spans[entry]] if count else None
