"""comparison_html(): two runs side by side; what got better, where, and by more than chance?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from weaklabel import io
from weaklabel.evaluate import Comparison, Difference, SentenceFinder, align, compare
from weaklabel.report.blocks import (
    Examples,
    Figure,
    Group,
    Section,
    Shown,
    Table,
    Text,
    percent,
    plural,
    points,
)
from weaklabel.report.figures import Line, intervals
from weaklabel.report.marks import Palette, marked
from weaklabel.report.page import rendered
from weaklabel.report.run_files import RunFiles
from weaklabel.text import Annotations, Gold

GOLD, PREDICTED = "dev_gold.jsonl", "predictions.jsonl"
MOST, SENTENCES = 12, 5
LEVEL = 0.05
"""A difference is called larger than chance below this p-value."""


class _Paired(NamedTuple):
    """Both runs' predictions on one dev set."""

    gold: Gold
    first: Annotations
    second: Annotations
    test: Comparison


def comparison_html(first: RunFiles, second: RunFiles) -> str:
    """The second run against the first, as HTML."""
    paired = _paired(first, second)
    palette = Palette(sorted({*first.types, *second.types}))
    return rendered(
        title=f"{first.name} and {second.name}: weaklabel comparison",
        name=f"{second.name}, compared with {first.name}",
        facts=[f"{run.name}: seed {run.manifest.get('seed', '?')}" for run in (first, second)],
        verdict=_verdict(first, second, paired),
        picture=_picture(first, second),
        sections=[
            _how_much(first, second, paired),
            _where(first, second, paired, palette),
            _what_differs(first, second),
        ],
    )


def _paired(first: RunFiles, second: RunFiles) -> _Paired | None:
    """Read both predictions; None where gold or one of them is missing."""
    gold_file = next((f for run in (second, first) if (f := run.folder / GOLD).is_file()), None)
    files = [run.folder / PREDICTED for run in (first, second)]
    if gold_file is None or not all(file.is_file() for file in files):
        return None
    gold = io.read_gold(gold_file).gold
    a, b = (align(gold, *_predictions(str(file))) for file in files)
    return _Paired(gold, a, b, compare(gold, a, b))


def _predictions(file: str) -> tuple[Any, Annotations]:
    read = io.read_gold(file).gold
    return read.corpus, read.annotations


# ---- verdict and picture --------------------------------------------------------------------
def _verdict(first: RunFiles, second: RunFiles, paired: _Paired | None) -> str:
    if paired is not None:
        return _in_words(paired.test.micro, first.name, second.name)
    if not (first.is_scored and second.is_scored):
        which = [run.name for run in (first, second) if not run.is_scored]
        return f"Nobody can say which is better: {' and '.join(which)} had no annotated dev set."
    difference = _f1(second) - _f1(first)
    return (
        f"{second.name} has {points(difference)} F1 against {first.name} ({percent(_f1(second))} "
        f"and {percent(_f1(first))}). Whether that is more than chance cannot be told: the folders "
        f"do not hold gold and both predictions on it."
    )


def _in_words(d: Difference, first: str, second: str) -> str:
    interval = f"[{points(d.low)} to {points(d.high)}], p = {d.p_value:.3f}"
    if d.p_value >= LEVEL:
        return (
            f"No difference beyond chance: {second} has {points(d.difference)} F1 against "
            f"{first}, {interval}."
        )
    better, worse = (second, first) if d.difference > 0 else (first, second)
    return (
        f"{better} is better than {worse} by {abs(100 * d.difference):.1f} F1, more than chance "
        f"explains: {second} minus {first} is {points(d.difference)} {interval}."
    )


def _f1(run: RunFiles) -> float:
    return float(run.scores["dev"]["strict"]["micro"]["f1"])


def _picture(first: RunFiles, second: RunFiles) -> Figure | None:
    runs = [run for run in (first, second) if run.is_scored]
    if len(runs) < 2:
        return None
    tables = [_measures(run) for run in runs]
    rows = list(dict.fromkeys(name for table in tables for name in table))
    gains = {
        name: tables[1][name]["f1"] - tables[0][name]["f1"]
        for name in rows
        if name in tables[0] and name in tables[1]
    }
    most = max(gains, key=lambda name: abs(gains[name]))
    title = f"The greatest difference is for {most}: {points(gains[most])} F1"
    lines = [
        Line(run.name, *([m.get(n, {}).get(k) for n in rows] for k in ("f1", "f1_low", "f1_high")))
        for run, m in zip(runs, tables, strict=True)
    ]
    cells = [
        [name, *(percent(t.get(name, {}).get("f1")) for t in tables), points(gains.get(name, 0.0))]
        for name in rows
    ]
    table = Table("Strict F1 (%)", ["", first.name, second.name, "difference"], cells)
    axis = "strict F1 (%), line: 95 % interval"
    return Figure(title, intervals("compared", title, rows, lines, axis), table)


def _measures(run: RunFiles) -> dict[str, Any]:
    strict = run.scores["dev"]["strict"]
    splits = run.analysis.get("splits", {}).get("tagger", {})
    used = {name: row for name, row in splits.items() if row["gold"] or row["predicted"]}
    return {"all types": strict["micro"], **strict["types"], **used}


# ---- the sections ---------------------------------------------------------------------------
def _how_much(first: RunFiles, second: RunFiles, paired: _Paired | None) -> Section:
    question = "Is the difference larger than chance?"
    if paired is None:
        answer = f"Unknown: it takes {GOLD} in one folder and {PREDICTED} in both."
        return Section("difference", question, answer)
    test = paired.test
    sure = test.micro.p_value < LEVEL
    answer = f"{'Yes' if sure else 'No'}: p = {test.micro.p_value:.3f} over all types."
    rows = [
        [
            name,
            percent(d.first),
            percent(d.second),
            points(d.difference),
            f"{points(d.low)} to {points(d.high)}",
            f"{d.p_value:.3f}",
        ]
        for name, d in {"all types": test.micro, **test.types}.items()
    ]
    headers = ["", f"{first.name} F1 %", f"{second.name} F1 %"]
    headers += ["difference", "95 % interval of it", "p"]
    note = (
        "Paired bootstrap over documents, 1,000 draws, two-sided. It speaks of other documents "
        "like these, not of other seeds: train each with several to see how much the seed does."
    )
    return Section("difference", question, answer, [Table("Strict F1", headers, rows, note=note)])


def _where(first: RunFiles, second: RunFiles, paired: _Paired | None, palette: Palette) -> Section:
    question = "What got better, and what got worse?"
    if paired is None:
        return Section("where", question, "Unknown, for the same reason.")
    gold, a, b = (side.keys() for side in (paired.gold.annotations, paired.first, paired.second))
    kinds = {
        f"Found now, missed by {first.name}": (gold & b) - a,
        f"Missed now, found by {first.name}": (gold & a) - b,
        f"Wrong now, not marked by {first.name}": b - gold - a,
        f"Wrong in {first.name}, no longer marked": a - gold - b,
    }
    sizes = [len(keys) for keys in kinds.values()]
    answer = (
        f"{second.name} finds {plural(sizes[0], 'span')} that {first.name} missed and misses "
        f"{sizes[1]:,} that it found; {plural(sizes[2], 'wrong span')} came, {sizes[3]:,} went."
    )
    finder = SentenceFinder(paired.gold.corpus)
    blocks: list[Any] = [
        Text(f"Underlined is gold, shaded is what {second.name} found; labels say which.")
    ]
    for title, keys in kinds.items():
        groups = list(_groups(paired, keys, finder, palette))
        if groups:
            blocks.append(Examples(title, groups))
    return Section("where", question, answer, blocks)


def _groups(
    paired: _Paired, keys: set[tuple[int, int, int, str]], finder: SentenceFinder, palette: Palette
) -> Iterator[Group]:
    """The commonest names of some spans, with sentences."""
    corpus = paired.gold.corpus
    surface = {k: corpus.document_text(k[0])[k[1] : k[2]] for k in sorted(keys)}
    alike: dict[tuple[str, str], list[tuple[int, int, int, str]]] = {}
    for key, name in surface.items():
        alike.setdefault((name.casefold(), key[3]), []).append(key)
    for every in sorted(alike.values(), key=len, reverse=True)[:MOST]:
        own, n = every[:SENTENCES], len(every)
        name, label = surface[own[0]], own[0][3]
        rows = [
            finder.show(*key[:3], gold=paired.gold.annotations, found=paired.second) for key in own
        ]
        shown = [
            Shown(row["document"], marked(row["text"], row["gold"], row["found"], palette))
            for row in rows
        ]
        yield Group(name, f"{label} · {plural(n, 'time')}", shown)


def _what_differs(first: RunFiles, second: RunFiles) -> Section:
    question = "What was done differently?"
    rows = list(_settings(first.settings, second.settings))
    for key in ("weaklabel", "code", "device", "machine"):
        pair = [str(run.manifest.get(key, "")) for run in (first, second)]
        rows += [[key, *pair]] if pair[0] != pair[1] else []
    names = [{(r.get("name"), r.get("action")) for r in run.changes} for run in (first, second)]
    fresh, gone = names[1] - names[0], names[0] - names[1]
    answer = f"{plural(len(rows), 'setting')} differ" + ("s." if len(rows) == 1 else ".")
    if fresh or gone:
        answer += f" {plural(len(fresh | gone), 'name')} of the dictionary changed in one run only."
    headers = ["", first.name, second.name]
    blocks = [Table("Settings and versions that differ", headers, rows, left=3)] if rows else []
    return Section("settings", question, answer, blocks)


def _settings(a: Mapping[str, Any], b: Mapping[str, Any], path: str = "") -> Iterator[list[str]]:
    for key in dict.fromkeys([*a, *b]):
        pair = [side.get(key) for side in (a, b)]
        if all(isinstance(value, dict) for value in pair):
            yield from _settings(pair[0] or {}, pair[1] or {}, f"{path}{key}.")
        elif pair[0] != pair[1]:
            yield [f"{path}{key}", *("" if value is None else str(value) for value in pair)]
