"""Votes → Examples: what many sources say becomes one reading, with its doubts."""

from weaklabel.aggregate.base import Aggregator
from weaklabel.aggregate.weighted import WINNER, VoteSettings, WeightedVote

AGGREGATORS = {"weighted": WeightedVote}
"""Aggregators by name."""

__all__ = ["AGGREGATORS", "WINNER", "Aggregator", "VoteSettings", "WeightedVote"]
