"""Section 3: the sources, which to mend next, how they meet, and where they disagree most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from weaklabel.evaluate import advice, by_mending
from weaklabel.evaluate.disagreement import in_words
from weaklabel.report.blocks import (
    Examples,
    Figure,
    Figures,
    Group,
    Items,
    Section,
    Shown,
    Table,
    Text,
    count,
    percent,
    plural,
    points,
)
from weaklabel.report.figures import Line, bars, matrix
from weaklabel.report.marks import Palette, marked, said
from weaklabel.report.quality import LEGEND
from weaklabel.report.run_files import RunFiles

MOST_SOURCES = 14
"""Sources a bar plot can show; the table has them all."""
MOST_PAIRED = 8
"""Sources the overlap matrix can show."""
FIRST_SENTENCES = 5
"""Example sentences that are not folded away."""

Rows = Sequence[Mapping[str, Any]]


def which_source(run: RunFiles, palette: Palette) -> Section:
    """The sources, sorted by what mending would buy; how they overlap and contradict."""
    question = "Which source should I mend next?"
    rows, vote = source_rows(run.analysis), run.analysis.get("vote_on_dev")
    if not rows:
        return Section("sources", question, "Unknown: the run's folder says nothing of sources.")
    blocks: list[Any] = [source_table(rows, vote), *_losses(rows)]
    shown = [disputed(row, palette) for row in run.analysis.get("disagreements", [])]
    if shown:
        title = "Where sources disagree most (training corpus)"
        blocks.append(Examples(title, [Group("", "", shown, unfolded=True)]))
    blocks.append(Figures(_figures(run, rows)))
    blocks += _spoken(run, palette)
    return Section("sources", question, advice(rows, vote), blocks)


def source_rows(analysis: Mapping[str, Any]) -> Rows:
    """What is known of each source, the one worth mending most first."""
    on_dev = {row["source"]: row for row in analysis.get("sources_on_dev", [])}
    rows = [{**on_dev.get(r["source"], {}), **r} for r in analysis.get("sources", [])]
    return by_mending(rows)


# ---- the table ------------------------------------------------------------------------------
def source_table(rows: Rows, vote: Mapping[str, Any] | None = None) -> Table:
    """One row a source; with a dev set how right each is, and what the vote owes it."""
    scored = any("precision" in row for row in rows)
    headers = ["source"]
    if scored:
        headers += ["worst entry", "mended, F1", "without it, F1", "precision %", "recall %"]
    headers += ["spans", "entries", "coverage %", "overlap %", "conflict %"]
    extras = [name for name in _EXTRAS if any(_EXTRAS[name](row) for row in rows)]
    cells = [
        [row["source"], *(_scored_cells(row) if scored else []), *_spoken_cells(row)]
        + [_EXTRAS[name](row) for name in extras]
        for row in rows
    ]
    title = "Sources, the one worth mending most first"
    left = 2 if scored else 1
    return Table(title, [*headers, *extras], cells, left=left, note=_note(scored, vote))


def _scored_cells(row: Mapping[str, Any]) -> list[str]:
    worst = row.get("worst")
    without = [row.get(name) for name in ("marginal", "marginal_high", "marginal_low")]
    shares = [
        _measured(percent, [row.get(f"{name}{end}") for end in ("", "_low", "_high")])
        for name in ("precision", "recall")
    ]
    return [
        f"“{worst[0]}” {worst[1]:,}/{worst[2]:,}" if worst else "",
        points(row.get("mending")),
        _measured(points, [None if value is None else -value for value in without]),
        *shares,
    ]


def _spoken_cells(row: Mapping[str, Any]) -> list[str]:
    ratios = [percent(row.get(name)) for name in ("coverage", "overlap", "conflict")]
    return [count(row.get("spans")), count(row.get("entries")), *ratios]


def _lost(row: Mapping[str, Any]) -> str:
    total = sum((row.get("lost") or {}).values())
    return count(total) if total else ""


def _used(row: Mapping[str, Any]) -> str:
    amounts = (f"{n:,.10g} {name}" for name, n in (row.get("used") or {}).items())
    return Markup("<br>").join(amounts)


def _cost(row: Mapping[str, Any]) -> str:
    cost = row.get("cost")
    return "" if cost is None else f"{cost:,.10g}" if isinstance(cost, int | float) else str(cost)


_EXTRAS = {"lost": _lost, "used": _used, "cost per 1,000 sentences": _cost}
"""Columns that are there only if a source has something in them."""


def _measured(shown: Callable[[Any], str], numbers: Sequence[float | None]) -> str:
    """A number, and its 95 % interval under it."""
    value, low, high = map(shown, numbers)
    if not (value and low and high):
        return value
    return Markup("{}<br><small>{} – {}</small>").format(value, low, high)


def _note(scored: bool, vote: Mapping[str, Any] | None) -> str:
    note = (
        "Coverage: tokens it spoke about; overlap: spans another source touches; conflict: touched "
        "with another type or other boundaries (training corpus)."
    )
    if not scored:
        return note
    note += (
        " All the rest is strict, on the dev set, with 95 % intervals. Precision and recall: the "
        "source alone. Mended: how F1 of the vote would change had the source made no mistake; "
        "without it: had it been silent. Worst entry: wrong of all it fired."
    )
    if vote:
        note += (
            f" The vote has F1 {percent(vote['f1'])} % on {plural(vote['spans'], 'span')} of "
            f"{plural(vote['documents'], 'document')}; {percent(vote['seen'])} % of them some "
            "source marks exactly."
        )
    return note


def _losses(rows: Rows) -> list[Items]:
    """What sources lost, for which reason, with an example."""
    lines = []
    for row in rows:
        reasons = [f"{n:,} {reason}" for reason, n in (row.get("lost") or {}).items()]
        if reasons:
            example = f". For example: {row['notes'][0]}" if row.get("notes") else ""
            lines.append(f"{row['source']}: {'; '.join(reasons)}{example}")
    return [Items("What sources lost", lines)] if lines else []


# ---- sentences ------------------------------------------------------------------------------
def disputed(row: Mapping[str, Any], palette: Palette) -> Shown:
    """A sentence with the readings that contradict each other, a line a source."""
    votes = [
        (start, end, in_words(label), source)
        for source, spans in row["readings"]
        for start, end, label in spans
    ]
    line = marked(row["text"], None, (), palette)
    return Shown(row["document"], line, said(row["text"], votes, palette), apart=True)


def _spoken(run: RunFiles, palette: Palette) -> Iterable[Any]:
    sentences = [_sentence(row, palette) for row in run.analysis.get("sentences", [])]
    if not sentences:
        return []
    first, rest = sentences[:FIRST_SENTENCES], sentences[FIRST_SENTENCES:]
    groups = [Group("", "", first, unfolded=True)]
    groups += [Group(f"{len(rest)} more sentences", "", rest)] if rest else []
    return [Examples("What the sources said, sentence by sentence", groups), Text(LEGEND)]


def _sentence(row: Mapping[str, Any], palette: Palette) -> Shown:
    text = row["text"]
    found = row.get("predicted")
    line = marked(
        text, row.get("gold"), found if found is not None else row.get("aggregate", ()), palette
    )
    return Shown(row["document"], line, said(text, row.get("votes", ()), palette))


# ---- figures ----------------------------------------------------------------------------------
def _figures(run: RunFiles, rows: Rows) -> list[Figure]:
    shown = sorted(rows, key=lambda row: -row.get("coverage", 0))[:MOST_SOURCES]
    names = [row["source"] for row in shown]
    table = Table("Sources", *_plain(shown))
    top = shown[0]
    wide = f"“{top['source']}” speaks most: of {percent(top.get('coverage'))} % of the tokens"
    coverage = [Line("coverage", [row.get("coverage") for row in shown])]
    worst = max(shown, key=lambda row: row.get("conflict", 0))
    meets = (
        f"“{worst['source']}” is contradicted most: {percent(worst.get('conflict'))} % of its spans"
    )
    pair = [Line(n, [row.get(n) for row in shown]) for n in ("overlap", "conflict")]
    figures = [
        Figure(
            wide, bars("coverage", wide, names, coverage, "share of the corpus's tokens (%)"), table
        ),
        Figure(
            meets, bars("conflict", meets, names, pair, "share of the source's spans (%)"), table
        ),
    ]
    return figures + _overlap(run)


def _plain(rows: Rows) -> tuple[list[str], list[list[str]]]:
    headers = ["source", "spans", "coverage %", "overlap %", "conflict %"]
    ratios = ("coverage", "overlap", "conflict")
    return headers, [
        [row["source"], count(row.get("spans")), *(percent(row.get(name)) for name in ratios)]
        for row in rows
    ]


def _overlap(run: RunFiles) -> list[Figure]:
    found = run.analysis.get("overlap") or {}
    names, counts = list(found.get("sources", [])), found.get("matrix", [])
    if len(names) < 2:
        return []
    busy = sorted(range(len(names)), key=lambda i: -counts[i][i])[:MOST_PAIRED]
    keep = sorted(i for i in busy if counts[i][i])
    names, counts = [names[i] for i in keep], [[counts[i][j] for j in keep] for i in keep]
    pairs = [
        (counts[j][i], names[i], names[j])
        for i in range(len(keep))
        for j in range(i + 1, len(keep))
    ]
    if not pairs:
        return []
    most, one, other = max(pairs)
    title = (
        f"“{one}” and “{other}” contradict each other most: {plural(most, 'pair')} of spans"
        if most
        else "No two sources contradict each other"
    )
    rows = [[name, *map(count, row)] for name, row in zip(names, counts, strict=True)]
    note = (
        "Above the diagonal (green) pairs of equal spans, below it (orange) pairs that touch and "
        "differ; on it the source's own spans."
    )
    table = Table("Pairs of spans", ["source", *names], rows)
    return [Figure(title, matrix("overlap", title, names, counts), table, note)]
