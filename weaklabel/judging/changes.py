"""What the rules did to a dictionary, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from weaklabel.sources import Change

MOST_CHANGES = 50
"""Changed names the report lists; all of them are in ``changes.tsv``."""


def changes_summary(changes: Sequence[Change]) -> dict[str, Any]:
    """How many names each rule changed, and the first of them."""
    rules = Counter(f"{change.action}: {change.rule}" for change in changes)
    first = [change._asdict() for change in changes[:MOST_CHANGES]]
    return {"count": len(changes), "rules": dict(rules.most_common()), "first": first}
