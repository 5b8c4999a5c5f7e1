"""Sections 1 and 2: how good is it, and where does it fail?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaklabel.report.blocks import (
    Examples,
    Figure,
    Figures,
    Group,
    Section,
    Shown,
    Table,
    Text,
    count,
    percent,
    plural,
    span_of,
)
from weaklabel.report.figures import Line, intervals
from weaklabel.report.figures import systems as plot_systems
from weaklabel.report.marks import Palette, marked
from weaklabel.report.run_files import RunFiles

SYSTEMS = {
    "dictionary_only": "dictionary alone",
    "votes": "all sources",
    "dev": "trained tagger",
}
"""Keys of ``scores.json``, with the words of the command line."""

_SPLIT_KEYS = {"dictionary_only": "dictionary_only", "votes": "votes", "dev": "tagger"}

RELAXED = {
    "overlap": "overlap: some character in common, any type",
    "type_only": "type only: overlap, and the same type",
    "left": "left boundary: same type, same start",
    "right": "right boundary: same type, same end",
}

NO_DEV = "Nothing was scored: this run had no annotated dev set, so nobody can say how good it is."


def verdict(run: RunFiles) -> str:
    """The report's first sentence."""
    if not run.is_scored:
        return f"{NO_DEV} Fifty annotated abstracts as a dev set would tell."
    micro = _micro(run, "dev")
    text = (
        f"The tagger finds {percent(micro['recall'])} % of the annotated spans and "
        f"{percent(micro['precision'])} % of what it marks is right: "
        f"strict F1 {percent(micro['f1'])}{_bracketed(micro)}"
    )
    gains = [
        f"{_apart(micro['f1'] - _micro(run, key)['f1'])} {words}"
        for key, words in (
            ("dictionary_only", "the dictionary alone"),
            ("votes", "the votes it learnt from"),
        )
        if key in run.scores
    ]
    return text + (f", {' and '.join(gains)}." if gains else ".")


def _micro(run: RunFiles, key: str) -> dict[str, Any]:
    micro: dict[str, Any] = run.scores[key]["strict"]["micro"]
    return micro


def _bracketed(measure: dict[str, Any]) -> str:
    return f" [{interval}]" if (interval := span_of(measure)) else ""


def _apart(difference: float) -> str:
    if abs(difference) < 0.0005:
        return "level with"
    side = "above" if difference > 0 else "below"
    return f"{abs(100 * difference):.1f} {side}"


# ---- 1 --------------------------------------------------------------------------------------
def how_good(run: RunFiles) -> Section:
    """Strict and relaxed scores, by type and by split."""
    question = "How good is it, and how sure are we?"
    if not run.is_scored:
        note = str(run.scores.get("note", "")).strip()
        return Section(
            "quality", question, NO_DEV, [Text(f"In the run's words: {note}.")] * bool(note)
        )
    micro, documents = _micro(run, "dev"), run.manifest.get("dev_documents")
    answer = (
        f"Strict F1 {percent(micro['f1'])}; other documents of the same kind would likely give "
        f"{span_of(micro) or 'something near it'} (95 % interval over "
        f"{plural(documents, 'document') if documents else 'the documents'} with "
        f"{plural(micro['gold'], 'annotated span')})."
    )
    figures = [f for f in (_by_type(run), _by_split(run)) if f]
    blocks = [_summary(run), Figures(figures), *_relaxed(run)]
    return Section("quality", question, answer, blocks)


def _systems(run: RunFiles) -> dict[str, str]:
    return {key: words for key, words in SYSTEMS.items() if key in run.scores}


_HEADERS = (
    "precision %",
    "recall %",
    "F1 %",
    "95 % interval of F1",
    "gold",
    "predicted",
    "correct",
)


def _cells(m: Mapping[str, Any]) -> list[str]:
    ratios = [percent(m.get(name)) for name in ("precision", "recall", "f1")]
    return [*ratios, span_of(dict(m)), *(count(m.get(n)) for n in ("gold", "predicted", "correct"))]


def _summary(run: RunFiles) -> Table:
    rows = [[words, *_cells(_micro(run, key))] for key, words in _systems(run).items()]
    note = "A span is right when document, start, end and type are all equal to a gold span's."
    return Table("Strict scores on the dev set", ("", *_HEADERS), rows, note=note)


def overall(run: RunFiles) -> Figure | None:
    """The picture right under the verdict: three systems, F1 with intervals."""
    systems = _systems(run)
    if len(systems) < 2:
        return None
    first, last = (_micro(run, key) for key in (next(iter(systems)), "dev"))
    gain = last["f1"] - first["f1"]
    better = "better" if gain >= 0 else "worse"
    apart = (last["f1_low"] or 0) > (first["f1_high"] or 1) or (first["f1_low"] or 0) > (
        last["f1_high"] or 1
    )
    sure = "the intervals lie apart" if apart else "the intervals overlap"
    title = f"The tagger is {abs(100 * gain):.1f} F1 {better} than the dictionary alone; {sure}"
    line = Line("F1", *_three([_micro(run, key) for key in systems]))
    svg = plot_systems("overall", title, line, list(systems.values()), _AXIS)
    return Figure(title, svg, _summary(run))


_AXIS = "strict F1 (%), line: 95 % interval"


def _three(rows: Sequence[Mapping[str, Any] | None]) -> list[list[Any]]:
    return [[row and row.get(name) for row in rows] for name in ("f1", "f1_low", "f1_high")]


def _by_type(run: RunFiles) -> Figure | None:
    systems = _systems(run)
    tables = {key: run.scores[key]["strict"]["types"] for key in systems}
    dev = tables["dev"]
    types = sorted({t for table in tables.values() for t in table if table[t]["gold"] or t in dev})
    if not types:
        return None
    known = [t for t in types if t in dev]
    best, worst = (pick(known, key=lambda t: dev[t]["f1"]) for pick in (max, min))
    title = f"By type: {best} is found best (F1 {percent(dev[best]['f1'])})"
    if best != worst:
        title += f", {worst} worst ({percent(dev[worst]['f1'])})"
    lines = [Line(w, *_three([tables[key].get(t) for t in types])) for key, w in systems.items()]
    rows = [
        [t, words, *_cells(tables[key][t])]
        for t in types
        for key, words in systems.items()
        if t in tables[key]
    ]
    table = Table("Strict scores by type", ("type", "system", *_HEADERS), rows, left=2)
    return Figure(title, intervals("types", title, types, lines, _AXIS), table)


def _by_split(run: RunFiles) -> Figure | None:
    splits: dict[str, Any] = run.analysis.get("splits", {})
    systems = {k: w for k, w in SYSTEMS.items() if _SPLIT_KEYS[k] in splits}
    if "dev" not in systems:
        return None
    tagger = splits["tagger"]
    names = [name for name, row in tagger.items() if row["gold"] or row["predicted"]]
    if not names:
        return None
    unseen = tagger.get("not in dictionary", {})
    if unseen.get("gold"):
        title = f"Of names not in the dictionary the tagger finds {percent(unseen['recall'])} %"
    else:
        title = "Every annotated name is in the dictionary or an abbreviation"
    tables = {key: splits[_SPLIT_KEYS[key]] for key in systems}
    lines = [Line(w, *_three([tables[k].get(n) for n in names])) for k, w in systems.items()]
    labels = [f"{name} ({tagger[name]['gold']:,})" for name in names]
    rows = [
        [name, words, *_cells(tables[key][name])]
        for name in names
        for key, words in systems.items()
        if name in tables[key]
    ]
    note = (
        "Each span is in one category, the first that fits: abbreviation (a short form by its "
        "looks, or defined in the document), ambiguous (several types in the dictionary), in "
        "dictionary, not in dictionary. In the plot, the number of gold spans in brackets."
    )
    table = Table("Strict scores by split", ("split", "system", *_HEADERS), rows, left=2, note=note)
    return Figure(title, intervals("splits", title, labels, lines, _AXIS), table)


def _relaxed(run: RunFiles) -> list[Table]:
    systems = {k: w for k, w in _systems(run).items() if run.scores[k].get("relaxed")}
    rows = [
        [words, name, *_cells(run.scores[key]["relaxed"][criterion])]
        for criterion, words in RELAXED.items()
        for key, name in systems.items()
        if criterion in run.scores[key]["relaxed"]
    ]
    title = "Relaxed scores: what counts as found when boundaries or types may differ"
    note = "Spans are matched one to one. Overlap minus type only: spans of the wrong type."
    headers = ("criterion", "system", *_HEADERS)
    return [Table(title, headers, rows, left=2, note=note, folded=True)] if rows else []


# ---- 2 --------------------------------------------------------------------------------------
_KINDS = {
    "missed": ("Missed", "annotated, and nothing was found there"),
    "invented": ("Invented", "found, and nothing is annotated there"),
    "boundary": ("Wrong boundaries", "right type, but the span starts or ends elsewhere"),
    "type": ("Wrong type", "something is there, but of another type"),
}


def where_it_fails(run: RunFiles, palette: Palette) -> Section:
    """The commonest mistakes of each kind, with sentences."""
    question = "Where does it fail?"
    errors: dict[str, Any] = run.analysis.get("errors", {})
    if not run.is_scored or not errors:
        return Section("failures", question, "Unknown: mistakes can only be counted against gold.")
    blocks: list[Any] = [Text(LEGEND)]
    for kind, (name, words) in _KINDS.items():
        entries = enumerate(errors.get(kind, []))
        groups = [_group(entry, palette, unfolded=not i) for i, entry in entries]
        if groups:
            blocks.append(Examples(f"{name}: {words}", groups))
    return Section("failures", question, _worst(run, errors), blocks)


LEGEND = (
    "In the sentences, underlined is gold, shaded is found; the label after a span says "
    "which: “✓” both, “gold” only the annotation, “found” only the tagger."
)


def _worst(run: RunFiles, errors: dict[str, Any]) -> str:
    totals = run.analysis.get("error_counts")
    micro = _micro(run, "dev")
    parts = []
    if totals:
        every = max(1, sum(totals.values()))
        shares = sorted(totals.items(), key=lambda item: -item[1])
        listed = ", ".join(f"{_KINDS[k][0].lower()} {percent(n / every)} %" for k, n in shares)
        parts.append(f"Of {plural(sum(totals.values()), 'mistake')}: {listed}.")
    else:
        lost, wrong = micro["gold"] - micro["correct"], micro["predicted"] - micro["correct"]
        parts.append(
            f"{plural(lost, 'annotated span')} not found exactly, "
            f"{plural(wrong, 'found span')} wrong."
        )
    entries = [(entry, kind) for kind in errors for entry in errors[kind] if kind in _KINDS]
    if entries:
        entry, kind = max(entries, key=lambda pair: pair[0]["count"])
        parts.append(
            f"The commonest single one: “{entry['name']}” ({entry['type']}), "
            f"{_KINDS[kind][0].lower()} {plural(entry['count'], 'time')}."
        )
    return " ".join(parts)


def _group(entry: dict[str, Any], palette: Palette, *, unfolded: bool) -> Group:
    sentences = [
        Shown(e["document"], marked(e["text"], e.get("gold"), e.get("predicted") or (), palette))
        for e in entry.get("examples", ())
    ]
    facts = f"{entry['type']} · {plural(entry['count'], 'time')}"
    return Group(entry["name"], facts, sentences, unfolded)
