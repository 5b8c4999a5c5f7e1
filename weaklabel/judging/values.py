"""What a run says of itself, as typed values; ``analysis.json`` is written from them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from weaklabel.text import Annotations, Gold


@dataclass(frozen=True, kw_only=True)
class Priors:
    """The share of tokens that lie in spans of each type.

    Attributes:
        types: ``T`` types.
        labels: ``(T,)`` in the labels as the loss saw them.
        predicted: ``(T,)`` in what the tagger predicts.
        gold: ``(T,)`` in what a person marked; ``None`` without a dev set.
    """

    types: tuple[str, ...]
    labels: tuple[float, ...]
    predicted: tuple[float, ...]
    gold: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What the rules did to a dictionary.

    Attributes:
        count: names that were dropped, muted, or kept against a rule.
        rules: action and rule → how many, the commonest first.
        first: the first of them, a row each.
    """

    count: int
    rules: Mapping[str, int]
    first: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class SourceTable:
    """How the sources speak of the training corpus; see :class:`weaklabel.SourceAnalysis`.

    Attributes:
        sources: a row a source.
        overlap: how often pairs of them meet.
        disagreements: sentences in which they contradict each other most.
    """

    sources: tuple[Mapping[str, Any], ...]
    overlap: Mapping[str, Any]
    disagreements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class DevAnalysis:
    """What can be said with a dev set.

    Attributes:
        splits: system → scores by what the dictionary knows of a name.
        errors: the commonest misses and false alarms, with sentences.
        error_counts: kind of mistake → how many.
        calibration: how right the tagger is where it is how sure.
        sources_on_dev: a row a source: how right it is, and what it is worth.
        vote_on_dev: the vote as a whole.
        relaxed: scores of the tagger where touching is enough.
    """

    splits: Mapping[str, Mapping[str, Any]]
    errors: Mapping[str, Sequence[Mapping[str, Any]]]
    error_counts: Mapping[str, int]
    calibration: Sequence[Mapping[str, float | int]]
    sources_on_dev: Sequence[Mapping[str, Any]]
    vote_on_dev: Mapping[str, Any]
    relaxed: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RunAnalysis:
    """What the report is made from.

    Attributes:
        table: how the sources speak of the training corpus.
        changes: what the rules did to the dictionary.
        warnings: what usually goes wrong, as far as it did.
        sentences: coloured example sentences.
        priors: shares of types in labels, predictions and gold.
        dev: what can be said with a dev set; ``None`` without one.
    """

    table: SourceTable
    changes: Changes
    warnings: tuple[str, ...]
    sentences: tuple[Mapping[str, Any], ...]
    priors: Priors
    dev: DevAnalysis | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as ``analysis.json`` holds them: one level, what is not there left out."""
        priors = {name: value for name, value in asdict(self.priors).items() if value is not None}
        return {
            **asdict(self.table),
            "changes": asdict(self.changes),
            "warnings": self.warnings,
            "sentences": self.sentences,
            "priors": priors,
            **({} if self.dev is None else asdict(self.dev)),
        }


@dataclass(frozen=True)
class Judged:
    """What a run says of its tagger.

    Attributes:
        scores: ``scores.json``.
        analysis: ``analysis.json``, what the report is made from.
        predictions: the tagger's spans on the dev set; empty without one.
        dev: the dev set.
    """

    scores: Mapping[str, Any]
    analysis: Mapping[str, Any]
    predictions: Annotations
    dev: Gold | None = None
