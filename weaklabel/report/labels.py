"""Sections 4 and 5: what was changed in the labels, and their distribution."""

from __future__ import annotations

from collections import Counter
from typing import Any

from weaklabel.report.blocks import (
    Figure,
    Figures,
    Items,
    Section,
    Table,
    count,
    percent,
    plural,
    spaced,
)
from weaklabel.report.figures import Line, bars, calibration
from weaklabel.report.run_files import RunFiles

MOST_CHANGES = 300
"""Changed names the page shows; the file has them all."""


# ---- 4 --------------------------------------------------------------------------------------
def what_changed(run: RunFiles) -> Section:
    """Names dropped, muted or added; annotations left out; what usually goes wrong."""
    question = "What was changed in my labels, and why?"
    rules = Counter((row.get("action", ""), row.get("rule", "")) for row in run.changes)
    names, left_out = len(run.changes), len(run.dropped)
    answer = f"{plural(names, 'name')} of the dictionary changed by rule; " if names else ""
    answer = answer or "No name of the dictionary was changed; "
    answer += (
        f"{plural(left_out, 'annotation')} left out on reading."
        if left_out
        else "no annotation was left out on reading."
    )
    blocks: list[Any] = []
    warnings = run.analysis.get("warnings", [])
    if warnings:
        blocks.append(Items("What usually goes wrong, as far as it did here", warnings))
    blocks += [_stages(run)] if _stages(run).rows else []
    if rules:
        rows = [[rule, action, count(n)] for (action, rule), n in rules.most_common()]
        blocks.append(
            Table(
                "Rules, and how many names each changed", ["rule", "action", "names"], rows, left=2
            )
        )
        blocks.append(_changes(run))
    if run.dropped:
        rows = [
            [r.get(k, "") for k in ("path", "line", "document", "message")] for r in run.dropped
        ]
        headers = ["file", "line", "document", "what did not fit"]
        note = _more(len(rows), "dropped.tsv")
        title = "Annotations that were left out"
        blocks.append(
            Table(title, headers, rows[:MOST_CHANGES], left=4, note=note, folded=len(rows) > 8)
        )
    return Section("changes", question, answer, blocks)


def _changes(run: RunFiles) -> Table:
    rows = [
        [r.get(k, "") for k in ("name", "types", "action", "rule", "evidence")] for r in run.changes
    ]
    note = "Name a file of names with --keep or --drop to overrule any rule. "
    return Table(
        "Every name, with its rule and evidence",
        ["name", "types", "action", "rule", "evidence"],
        rows[:MOST_CHANGES],
        left=5,
        note=note + _more(len(rows), "changes.tsv"),
        folded=True,
    )  # fmt: skip


def _more(rows: int, file: str) -> str:
    if rows <= MOST_CHANGES:
        return f"All of them are in {file}."
    return f"The first {MOST_CHANGES:,} of {rows:,}; all of them are in {file}."


def _stages(run: RunFiles) -> Table:
    stages = run.manifest.get("stages", {})
    rows = [
        [name, spaced(stages[name].get("text", ""))]
        for name in ("label", "aggregate", "clean")
        if name in stages
    ]
    return Table("What the stages did", ["stage", "in its words"], rows, left=2)


# ---- 5 --------------------------------------------------------------------------------------
def is_distribution_right(run: RunFiles) -> Section:
    """Shares of tokens by type in labels, predictions and gold; calibration."""
    question = "Is the label distribution right?"
    priors = run.analysis.get("priors") or {}
    types = priors.get("types") or []
    curve = run.analysis.get("calibration") or []
    if not types and not curve:
        return Section(
            "distribution", question, "Unknown: without gold there is nothing to hold it against."
        )
    figures, answers = [], []
    if types:
        figure, answer = _priors(priors, types)
        figures.append(figure)
        answers.append(answer)
    if curve:
        figure, answer = _calibration(curve)
        figures.append(figure)
        answers.append(answer)
    return Section("distribution", question, " ".join(answers), [Figures(figures)])


_SHARES = {"labels": "training labels", "predicted": "predicted on dev", "gold": "gold on dev"}


def _priors(priors: dict[str, Any], types: list[str]) -> tuple[Figure, str]:
    columns = {words: priors[name] for name, words in _SHARES.items() if priors.get(name)}
    true, found = priors.get("gold"), priors.get("predicted")
    if true and found:
        gaps = [abs(p - g) for p, g in zip(found, true, strict=True)]
        k = gaps.index(max(gaps))
        side = "too few" if found[k] < true[k] else "too many"
        title = (
            f"{types[k]}: {percent(found[k])} % of the dev tokens are predicted, "
            f"{percent(true[k])} % annotated"
        )
        answer = (
            f"The tagger marks {side} tokens as {types[k]}: {percent(found[k])} % where gold has "
            f"{percent(true[k])} %."
        )
        if max(gaps) < 0.0005:
            answer = "Yes: predicted and annotated shares are the same to 0.1 % of the tokens."
    else:
        title = "Share of tokens of each type"
        answer = "Without gold only the labels' own distribution is known."
    lines = [Line(words, values) for words, values in columns.items()]
    rows = [[t, *(percent(values[i]) for values in columns.values())] for i, t in enumerate(types)]
    table = Table("Share of tokens by type (%)", ["type", *columns], rows)
    return Figure(title, bars("priors", title, types, lines, "share of tokens (%)"), table), answer


def _calibration(curve: list[dict[str, Any]]) -> tuple[Figure, str]:
    spans = sum(row["spans"] for row in curve)
    gap = sum(row["spans"] * (row["confidence"] - row["precision"]) for row in curve) / max(
        1, spans
    )
    way = "too sure" if gap > 0 else "too modest"
    title = f"The tagger's scores are {way} by {abs(100 * gap):.1f} points on average"
    rows = [
        [
            f"{row['low']:.1f} – {row['high']:.1f}",
            count(row["spans"]),
            *(percent(row[name]) for name in ("confidence", "precision")),
        ]
        for row in curve
    ]
    note = "The larger the dot, the more spans. On the dotted line scores mean what they say."
    headers = ["score", "spans", "mean score %", "right %"]
    table = Table("Predicted spans by score", headers, rows)
    figure = Figure(title, calibration("calibration", title, curve), table, note)
    return figure, title + "."
