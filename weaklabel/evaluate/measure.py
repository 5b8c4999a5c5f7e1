"""Measure and Scores: precision, recall and F1 with what they were counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any


@dataclass(frozen=True, slots=True)
class Measure:
    """Precision, recall and F1 of one comparison, as fractions.

    Attributes:
        precision: correct / predicted, 0 where nothing is predicted.
        recall: correct / gold, 0 where there is no gold span.
        f1: their harmonic mean, 0 where nothing is correct.
        f1_low, f1_high: 95 % interval of ``f1``; None where none was drawn.
        gold, predicted, correct: numbers of spans.
    """

    precision: float
    recall: float
    f1: float
    f1_low: float | None
    f1_high: float | None
    gold: int
    predicted: int
    correct: int

    @classmethod
    def of(
        cls,
        gold: int,
        predicted: int,
        correct: int,
        *,
        f1_low: float | None = None,
        f1_high: float | None = None,
    ) -> Measure:
        """From counts; an empty denominator gives 0, never an error.

        >>> Measure.of(gold=4, predicted=2, correct=1).f1
        0.3333333333333333
        >>> Measure.of(gold=0, predicted=0, correct=0).f1
        0.0
        """
        precision = correct / predicted if predicted else 0.0
        recall = correct / gold if gold else 0.0
        f1 = 2 * correct / (gold + predicted) if correct else 0.0
        return cls(precision, recall, f1, f1_low, f1_high, gold, predicted, correct)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, by the names of the attributes."""
        return asdict(self)


@dataclass(frozen=True)
class Scores:
    """What predictions are worth against gold.

    Attributes:
        micro: strict scores over all spans: document, start, end and type must be equal.
        types: the same for each type, sorted by name; one that nothing predicts has F1 0.
        relaxed: ``overlap``, ``type_only``, ``left``, ``right`` (see
            :func:`weaklabel.evaluate.relaxed_counts`); empty where there are no offsets.
        documents: number of documents the intervals were drawn over.
    """

    micro: Measure
    types: Mapping[str, Measure]
    relaxed: Mapping[str, Measure] = field(default_factory=dict)
    documents: int = 0

    @property
    def precision(self) -> float:
        """Strict micro precision."""
        return self.micro.precision

    @property
    def recall(self) -> float:
        """Strict micro recall."""
        return self.micro.recall

    @property
    def f1(self) -> float:
        """Strict micro F1."""
        return self.micro.f1

    def to_dict(self) -> dict[str, Any]:
        """``{"strict": {"micro": {...}, "types": {TYPE: {...}}}, "relaxed": {...}}``."""
        return {
            "strict": {
                "micro": self.micro.to_dict(),
                "types": {name: measure.to_dict() for name, measure in self.types.items()},
            },
            "relaxed": {name: measure.to_dict() for name, measure in self.relaxed.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scores:
        """The inverse of :meth:`to_dict`."""
        strict = values["strict"]
        return cls(
            Measure(**strict["micro"]),
            {name: Measure(**measure) for name, measure in strict["types"].items()},
            {name: Measure(**measure) for name, measure in values.get("relaxed", {}).items()},
        )

    def __str__(self) -> str:
        m = self.micro
        return (
            f"precision {m.precision:.1%}, recall {m.recall:.1%}, F1 {m.f1:.1%}{_interval(m)} "
            f"({m.correct:,} of {m.gold:,} gold spans, {m.predicted:,} predicted)"
        )

    def _repr_html_(self) -> str:
        rows = [("all types", self.micro), *self.types.items()]
        rows += [(f"relaxed: {name}", measure) for name, measure in self.relaxed.items()]
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        body = "".join(_html_row(name, measure) for name, measure in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_COLUMNS = ("", "precision %", "recall %", "F1 %", "95 % interval", "gold", "predicted", "correct")


def _interval(m: Measure) -> str:
    if m.f1_low is None or m.f1_high is None:
        return ""
    return f" [{m.f1_low:.1%} – {m.f1_high:.1%}]"


def _html_row(name: str, m: Measure) -> str:
    low_high = _interval(m).strip(" []").replace("%", "")
    numbers = (f"{100 * m.precision:.1f}", f"{100 * m.recall:.1f}", f"{100 * m.f1:.1f}", low_high)
    counts = (f"{m.gold:,}", f"{m.predicted:,}", f"{m.correct:,}")
    cells = "".join(f'<td style="text-align:right">{n}</td>' for n in (*numbers, *counts))
    return f"<tr><th style='text-align:left'>{escape(name)}</th>{cells}</tr>"
