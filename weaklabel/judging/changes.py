"""What the rules did to a dictionary, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from weaklabel.judging.values import Changes
from weaklabel.sources import Change

MOST_CHANGES = 50
"""Changed names the report lists; all of them are in ``changes.tsv``."""


def changes_of(changes: Sequence[Change]) -> Changes:
    """How many names each rule changed, and the first of them."""
    rules = Counter(f"{change.action}: {change.rule}" for change in changes)
    first = tuple(change._asdict() for change in changes[:MOST_CHANGES])
    return Changes(count=len(changes), rules=dict(rules.most_common()), first=first)
