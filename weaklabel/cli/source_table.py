"""The source table as lines of at most 100 columns, and the sentences where sources disagree."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from weaklabel.cli.show import WIDTH
from weaklabel.evaluate.disagreement import in_words

Row = Mapping[str, Any]

SHORTEST_NAME = 12
"""Columns a source's name keeps, however wide the numbers are."""
INDENT = "    "


class Line(NamedTuple):
    """A line and how it looks on a terminal."""

    text: str
    style: str = ""


def table_lines(rows: Sequence[Row]) -> list[Line]:
    """One line of numbers a source; under it its worst entry, what it lost, used and costs.

    Args:
        rows: of :class:`weaklabel.SourceAnalysis`.
    """
    scored = any("precision" in row for row in rows)
    head = _SCORED if scored else _UNSCORED
    numbers = [[cell(row) for _, _, cell in head] for row in rows]
    widths = [
        max(len(name), len(unit), *(len(row[i]) for row in numbers), 0)
        for i, (name, unit, _) in enumerate(head)
    ]
    names = [row["source"] for row in rows]
    longest = max(map(len, ("source", *names)))
    gap = 2 if longest + sum(widths) + 2 * len(widths) <= WIDTH else 1
    room = max(SHORTEST_NAME, WIDTH - sum(widths) - gap * len(widths))
    width = min(longest, room)

    def line(name: str, cells: Sequence[str]) -> str:
        shown = _cut(name, width).ljust(width)
        numbers = (" " * gap + cell.rjust(w) for cell, w in zip(cells, widths, strict=True))
        return (shown + "".join(numbers)).rstrip()

    lines = [
        Line(line("source", [name for name, _, _ in head]), "bold"),
        Line(line("", [unit for _, unit, _ in head]), "dim"),
    ]
    for row, cells in zip(rows, numbers, strict=True):
        lines.append(Line(line(row["source"], cells)))
        lines += [Line(text, "dim") for text in _wrapped(" · ".join(_facts(row, scored)), INDENT)]
    return lines


def vote_lines(vote: Row) -> list[Line]:
    """What the vote of all sources reaches on the dev set, and what two columns mean."""
    low, high = 100 * vote["f1_low"], 100 * vote["f1_high"]
    text = (
        f"vote of all sources: strict F1 {100 * vote['f1']:.1f} [{low:.1f} – {high:.1f}] on "
        f"{vote['documents']:,} annotated documents, {vote['spans']:,} spans; some source marks "
        f"{100 * vote['seen']:.1f} % of them exactly. Without: how that F1 changes if the source "
        "is silent; mended: if it made no mistake."
    )
    return [Line(text, "dim") for text in _wrapped(text, "")]


def disagreement_lines(rows: Sequence[Row]) -> list[Line]:
    """Each sentence on a line, each source's reading of it on a line under it."""
    lines = [Line("where sources disagree most", "bold")] if rows else []
    for row in rows:
        spans = [span for _, said in row["readings"] for span in said]
        low, high = min(s[0] for s in spans), max(s[1] for s in spans)
        name = _cut(row["document"], 24)
        text = _around(row["text"], low, high, WIDTH - len(name) - 4)
        lines.append(Line(f"  {name}  {text}"))
        wide = min(max(len(source) for source, _ in row["readings"]), 20)
        for source, said in row["readings"]:
            reading = ", ".join(
                f"“{_plain(row['text'][a:b])}” {in_words(label)}" for a, b, label in said
            )
            line = f"{INDENT}{_cut(source, wide).ljust(wide)}  {reading}"
            lines.append(Line(_cut(line, WIDTH), "dim"))
    return lines


def advice_lines(advice: str) -> list[Line]:
    """Which source to mend next."""
    first, *more = textwrap.wrap(advice, WIDTH - 8)
    return [Line(f"next    {first}"), *(Line(f"        {text}") for text in more)]


# ---- cells ----------------------------------------------------------------------------------
def _percent(name: str) -> Any:
    return lambda row: "" if row.get(name) is None else f"{100 * row[name]:.1f}"


def _count(name: str) -> Any:
    return lambda row: f"{row[name]:,}"


def _with_interval(name: str) -> Any:
    def cell(row: Row) -> str:
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        if row.get(name) is None:
            return ""
        around = "" if low is None or high is None else f" [{100 * low:.0f}–{100 * high:.0f}]"
        return f"{100 * row[name]:.1f}{around}"

    return cell


def _change(name: str, sign: int) -> Any:
    def cell(row: Row) -> str:
        if row.get(name) is None:
            return ""
        value = round(100 * sign * row[name], 1) + 0.0  # never a minus before nothing
        return f"{value:+.1f}".replace("-", "−") if value else "0.0"

    return cell


_SPOKEN = [(name, "%", _percent(name)) for name in ("coverage", "overlap", "conflict")]
_UNSCORED = [("spans", "", _count("spans")), ("entries", "", _count("entries")), *_SPOKEN]
_SCORED = [
    ("spans", "", _count("spans")),
    *_SPOKEN,
    ("precision", "% [95 %]", _with_interval("precision")),
    ("recall", "% [95 %]", _with_interval("recall")),
    ("without", "F1", _change("marginal", -1)),
    ("mended", "F1", _change("mending", 1)),
]


def _facts(row: Row, scored: bool) -> Iterator[str]:
    """What does not fit into columns, as far as there is something to say."""
    if scored and row["entries"]:
        yield f"{row['entries']:,} {'entry' if row['entries'] == 1 else 'entries'}"
    if row.get("worst"):
        entry, wrong, spans = row["worst"]
        yield f"worst “{_cut(entry, 40)}” wrong {wrong:,} of {spans:,}"
    lost = [f"{n:,} {reason}" for reason, n in row.get("lost", {}).items()]
    if lost:
        example = f" (for example: {_cut(row['notes'][0], WIDTH)})" if row.get("notes") else ""
        yield "lost " + ", ".join(lost) + example
    used = [f"{n:,.10g} {name}" for name, n in row.get("used", {}).items()]
    if used:
        yield "used " + ", ".join(used)
    cost = row.get("cost")
    if cost is not None:
        amount = f"{cost:,.10g}" if isinstance(cost, int | float) else cost
        yield f"cost per 1,000 sentences: {amount}"


# ---- fitting --------------------------------------------------------------------------------
def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _plain(text: str) -> str:
    """Text on one line: every kind of white space is a blank, nothing moves."""
    return "".join(" " if c.isspace() or not c.isprintable() else c for c in text)


def _cut(text: str, width: int) -> str:
    """At most so many columns.

    >>> _cut("congestive", 6), _cut("heart", 6)
    ('conge…', 'heart')
    """
    text = _plain(text)
    return text if len(text) <= width else text[: width - 1] + "…"


def _around(text: str, low: int, high: int, width: int) -> str:
    """The part of a text around some of its characters, cut to a width.

    >>> _around("It was acute heart failure again.", 13, 26, 21)
    '…te heart failure ag…'
    """
    text = _plain(text)
    if len(text) <= width:
        return text
    start = max(0, min((low + high - width) // 2, low, len(text) - width))
    end = start + width
    front = "…" + text[start + 1 : end] if start else text[:end]
    return front if end >= len(text) else front[:-1] + "…"
