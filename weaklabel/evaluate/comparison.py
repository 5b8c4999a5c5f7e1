"""compare(): is one set of predictions better than another by more than chance?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from weaklabel.evaluate.bootstrap import f1_of, interval, resampled
from weaklabel.evaluate.strict import strict_counts
from weaklabel.ground.types import Doubles, Longs
from weaklabel.text import Annotations, Gold


@dataclass(frozen=True, slots=True)
class Difference:
    """The second F1 minus the first, on the same documents; fractions.

    Attributes:
        first, second: strict F1 of each.
        difference: ``second - first``.
        low, high: its 95 % interval.
        p_value: two-sided; small where a difference of this sign is hardly chance.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """Two sets of predictions side by side: over all spans, and by type."""

    micro: Difference
    types: Mapping[str, Difference] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """``{"micro": {...}, "types": {TYPE: {...}}}``."""
        return {
            "micro": asdict(self.micro),
            "types": {name: asdict(row) for name, row in self.types.items()},
        }

    def __str__(self) -> str:
        d = self.micro
        return (
            f"difference {100 * d.difference:+.1f} F1 [{100 * d.low:+.1f} – {100 * d.high:+.1f}], "
            f"p = {d.p_value:.3f}"
        )


def compare(
    gold: Gold, first: Annotations, second: Annotations, *, draws: int = 1000, seed: int = 0
) -> Comparison:
    """Paired bootstrap test of the difference in strict F1.

    Documents are resampled, and both predictions are scored on the same sample (Efron &
    Tibshirani, 1993; for F1 of language processing: Berg-Kirkpatrick et al., 2012). The
    two-sided p-value inverts the percentile interval: twice the smaller share of draws on
    either side of zero (with one added above and below, so that it is never 0), at most 1.

    Args:
        gold: documents and a person's spans.
        first: predictions whose ``document`` is a row of ``gold.corpus``.
        second: the predictions to compare with the first.
        draws: resamplings, at least 1.
        seed: what the resampling starts from.

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    tables = [strict_counts(gold, predicted) for predicted in (first, second)]
    types = tuple(sorted({name for table in tables for name in table.types}))
    columns = [_with_micro(table.types, table.counts, types) for table in tables]
    counts = np.stack(columns, axis=1)  # (D, 2, 1 + K, 3)
    scores = f1_of(counts.sum(0))
    drawn = f1_of(resampled(counts, draws=draws, seed=seed))
    micro, *others = (
        _difference(scores[:, i], drawn[:, 1, i] - drawn[:, 0, i]) for i in range(1 + len(types))
    )
    return Comparison(micro, dict(zip(types, others, strict=True)))


def _with_micro(own: tuple[str, ...], counts: Longs, types: tuple[str, ...]) -> Longs:
    """``(D, 1 + K, 3)``: all types together, then each of ``types``."""
    wide = np.zeros((len(counts), 1 + len(types), 3), np.int64)
    wide[:, 0] = counts.sum(1)
    wide[:, [1 + types.index(name) for name in own]] = counts
    return wide


def _difference(pair: Doubles, drawn: Doubles) -> Difference:
    beside = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    p_value = min(1.0, 2 * (1 + beside) / (1 + len(drawn)))
    first, second = pair.tolist()
    return Difference(first, second, second - first, *interval(drawn), p_value)
