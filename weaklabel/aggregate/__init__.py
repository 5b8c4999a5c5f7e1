"""Votes → Examples: what many sources say becomes one reading, with its doubts."""

from __future__ import annotations

from weaklabel.aggregate.protocol import WINNER, Aggregator, Reader, Reading
from weaklabel.components import table

AGGREGATORS = table(
    "aggregator",
    {
        "weighted": "weaklabel.aggregate.weighted:WeightedVote",
        "given": "weaklabel.aggregate.labels:Given",
    },
)
"""Aggregators by kind."""

__all__ = ["AGGREGATORS", "WINNER", "Aggregator", "Reader", "Reading"]
