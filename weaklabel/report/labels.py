"""Sections 3 to 5: the sources, what was changed in the labels, and their distribution."""

from __future__ import annotations

from collections import Counter
from typing import Any

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
    spaced,
)
from weaklabel.report.figures import Line, bars, calibration, matrix
from weaklabel.report.marked import Palette, marked, said
from weaklabel.report.quality import LEGEND
from weaklabel.report.run_files import RunFiles

MOST_SOURCES = 14
"""Sources a bar plot can show; the table has them all."""
MOST_PAIRED = 8
"""Sources the overlap matrix can show."""
FIRST_SENTENCES = 5
"""Example sentences that are not folded away."""
MOST_CHANGES = 300
"""Changed names the page shows; the file has them all."""


# ---- 3 --------------------------------------------------------------------------------------
def which_source(run: RunFiles, palette: Palette) -> Section:
    """The sources, sorted by what mending would buy; how they overlap and contradict."""
    question = "Which source should I mend next?"
    rows = _source_rows(run)
    if not rows:
        return Section("sources", question, "Unknown: the run's folder says nothing of sources.")
    blocks: list[Any] = [_source_table(rows), Figures(_source_figures(run, rows))]
    shown = run.analysis.get("sentences", [])
    if shown:
        sentences = [_sentence(row, palette) for row in shown]
        first, rest = sentences[:FIRST_SENTENCES], sentences[FIRST_SENTENCES:]
        groups = [Group("", "", first, unfolded=True)]
        groups += [Group(f"{len(rest)} more sentences", "", rest)] if rest else []
        title = "What the sources said, sentence by sentence"
        blocks += [Examples(title, groups), Text(LEGEND)]
    return Section("sources", question, _mend(rows), blocks)


def _source_rows(run: RunFiles) -> list[dict[str, Any]]:
    on_dev = {row["source"]: row for row in run.analysis.get("sources_on_dev", [])}
    rows = [{**on_dev.get(r["source"], {}), **r} for r in run.analysis.get("sources", [])]
    types = run.scores.get("dev", {}).get("strict", {}).get("types", {})
    for row in rows:
        if row.get("worst"):  # an entry may carry its type before a colon
            kind, colon, name = str(row["worst"][0]).partition(":")
            shown = name if colon and kind in types else row["worst"][0]
            row["worst"] = [shown, *row["worst"][1:]]
    return sorted(rows, key=_mending, reverse=True)


def _mending(row: dict[str, Any]) -> tuple[float, float]:
    """What mending a source would buy: its wrong spans; without gold, its disputed ones."""
    return float(row.get("dev_wrong", 0)), row.get("conflict", 0.0) * row.get("spans", 0)


def _mend(rows: list[dict[str, Any]]) -> str:
    first = rows[0]
    name = f"“{first['source']}”"
    wrong = first.get("dev_wrong")
    if wrong:
        spans = plural(first["dev_spans"], "span")
        text = f"{name}: {wrong:,} of its {spans} on the dev set are wrong"
        if first.get("worst"):
            entry, bad, fired = first["worst"]
            text += f"; its worst entry is “{entry}”, wrong {bad:,} times of {fired:,}"
        harmful = [f"“{r['source']}”" for r in rows if (r.get("cost") or 0) < 0]
        return f"{text}." + (f" The vote is better without {', '.join(harmful)}." * bool(harmful))
    if "dev_wrong" in first or not _mending(first)[1]:
        return "No source stands out."
    disputed = percent(first["conflict"])
    return f"Without gold only a hint: others contradict {disputed} % of the spans of {name}."


def _source_table(rows: list[dict[str, Any]]) -> Table:
    scored = any("precision" in row for row in rows)
    headers = ["source", "worst entry"] if scored else ["source"]
    headers += ["spans", "entries", "coverage %", "overlap %", "conflict %"]
    if scored:
        headers += ["precision %", "95 % interval", "recall %", "vote loses without it, F1"]
    note = (
        "Coverage: tokens it spoke about; overlap: spans another source touches; conflict: touched "
        "with another type or other boundaries (training corpus)."
    )
    if scored:
        note += " Precision and recall: the source alone, strict, on the dev set."
    title = "Sources, the one worth mending most first"
    cells = [_source_cells(row, scored) for row in rows]
    return Table(title, headers, cells, left=2 if scored else 1, note=note)


def _source_cells(row: dict[str, Any], scored: bool) -> list[str]:
    numbers = [count(row.get("spans")), count(row.get("entries"))]
    numbers += [percent(row.get(name)) for name in ("coverage", "overlap", "conflict")]
    if not scored:
        return [row["source"], *numbers]
    worst = row.get("worst")
    low, high = row.get("precision_low"), row.get("precision_high")
    cost = row.get("cost")
    return [
        row["source"],
        f"“{worst[0]}” {worst[1]:,}/{worst[2]:,}" if worst else "",
        *numbers,
        percent(row.get("precision")),
        "" if low is None or high is None else f"{percent(low)} – {percent(high)}",
        percent(row.get("recall")),
        "" if cost is None else f"{100 * cost:+.1f}".replace("-", "−"),
    ]


def _source_figures(run: RunFiles, rows: list[dict[str, Any]]) -> list[Figure]:
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


def _plain(rows: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
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


def _sentence(row: dict[str, Any], palette: Palette) -> Shown:
    text = row["text"]
    found = row.get("predicted")
    line = marked(
        text, row.get("gold"), found if found is not None else row.get("aggregate", ()), palette
    )
    return Shown(row["document"], line, said(text, row.get("votes", ()), palette))


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
