"""Which source to mend next: the order of the source table, and one line of advice.

Rows are those of :meth:`Votes.summary`, with those of
:func:`~weaklabel.evaluate.by_source.score_sources` where there is a dev set, and what the source
lost and used (:class:`~weaklabel.votes.Account`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Rows = Sequence[Row]

NOTHING = 0.0005
"""A gain in F1 that is shown as 0.0."""


def by_mending(rows: Rows) -> list[Row]:
    """Rows, the source first whose mending would buy most.

    That is what F1 would gain without its mistakes; where that was not measured, its wrong spans;
    without a dev set, its spans that others contradict and what it lost.
    """
    return sorted(rows, key=_worth, reverse=True)


def _worth(row: Row) -> tuple[float, ...]:
    hint = round(row.get("conflict", 0.0) * row.get("spans", 0)) + lost(row)
    return (row.get("mending") or 0.0, row.get("dev_wrong", 0), hint)


def lost(row: Row) -> int:
    """How much a source says it lost, for whatever reason."""
    return int(sum(row.get("lost", {}).values()))


def advice(rows: Rows, vote: Row | None = None) -> str:
    """One line: which source to mend next, and why.

    Args:
        rows: sorted as :func:`by_mending` does.
        vote: what :func:`~weaklabel.evaluate.by_source.score_vote` says of the dev set.
    """
    if not rows:
        return "There is no source to mend."
    first = rows[0]
    if "dev_wrong" not in first:
        return _without_gold(first)
    return " ".join(filter(None, [_mistakes(first, vote), _harmful(rows), _unseen(first, vote)]))


def _mistakes(row: Row, vote: Row | None) -> str:
    wrong, gain = row["dev_wrong"], row.get("mending")
    if not wrong or (gain is not None and gain < NOTHING):
        return "No source's mistakes cost the vote anything."
    text = (
        f"“{row['source']}”: {wrong:,} of its {_plural(row['dev_spans'], 'span')} on the dev set "
    )
    text += "is wrong" if wrong == 1 else "are wrong"
    if gain is not None and vote is not None:
        text += f", and without these mistakes the vote would gain {100 * gain:.1f} F1"
    if row.get("worst"):
        entry, bad, fired = row["worst"]
        text += f"; start with “{entry}”, wrong {bad:,} of {_plural(fired, 'time')}"
    return text + "."


def _harmful(rows: Rows) -> str:
    harmful = [f"“{row['source']}”" for row in rows if (row.get("marginal") or 0) <= -NOTHING]
    return f"The vote is better without {', '.join(harmful)}." if harmful else ""


def _unseen(first: Row, vote: Row | None) -> str:
    """Where no mistake costs much, what is missing is said."""
    if vote is None or (first.get("mending") or 0.0) >= 1 - vote["seen"]:
        return ""
    unseen = 100 * (1 - vote["seen"])
    return f"No source marks {unseen:.0f} % of the spans: a new one could." if unseen >= 1 else ""


def _without_gold(row: Row) -> str:
    disputed = round(row.get("conflict", 0.0) * row.get("spans", 0))
    told, name = lost(row), f"“{row['source']}”"
    if not disputed and not told:
        return "No source stands out; a dev set would say which spans are wrong."
    if told > disputed:
        reason = max(row["lost"].items(), key=lambda item: item[1])[0]
        return f"{name} lost {told:,}, most for: {reason}. See to that before anything else."
    share = f"{100 * row['conflict']:.1f} % of its {_plural(row['spans'], 'span')}"
    return f"{name}: others contradict {share}. Only a hint: a dev set would say who is right."


def _plural(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
