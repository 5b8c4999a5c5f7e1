"""write_tailoring_report(): a tailoring's folder → one HTML page: what changed, and why?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from weaklabel.errors import RunFolderError
from weaklabel.ground.atomic import write_text
from weaklabel.report.blocks import (
    Code,
    Examples,
    Figure,
    Group,
    Section,
    Shown,
    Table,
    count,
    percent,
    plural,
    points,
)
from weaklabel.report.figures import Line, bars
from weaklabel.report.marks import Palette, marked
from weaklabel.report.page import rendered

VERSION = 1
Rule = Mapping[str, Any]


def write_tailoring_report(folder: str | Path, *, name: str = "") -> Path:
    """Write ``report.html`` from the ``tailoring.json`` beside it; the same bytes each time.

    Args:
        folder: of a tailoring.
        name: what it is called; the folder's own name if not given.

    Raises:
        RunFolderError: if the folder is no tailoring's, or of another version.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / "tailoring.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunFolderError(f"{folder} holds no tailoring.json") from None
    except ValueError as error:
        raise RunFolderError(f"{folder / 'tailoring.json'} is broken: {error}") from None
    if about.get("version") != VERSION:
        raise RunFolderError(f"{folder} was made by another version of weaklabel")
    path = folder / "report.html"
    write_text(path, tailoring_html(name or folder.resolve().name, about["facts"], about["rules"]))
    return path


def tailoring_html(name: str, facts: Mapping[str, Any], rules: Sequence[Rule]) -> str:
    """The page."""
    palette = Palette(facts["types"])
    sections = [
        _better(facts, rules),
        _entries("dropped", "Which names were dropped, and why?", rules, palette),
        _entries("added", "Which names were added, and on what evidence?", rules, palette),
        _variants(rules, palette),
        _next(rules),
    ]
    listed = [
        f"{facts['documents']:,} documents",
        f"{facts['tokens']:,} tokens",
        f"{facts['names_before']:,} dictionary names",
        ", ".join(facts["types"]),
    ]
    if "dev_documents" in facts:
        listed.insert(3, f"{facts['dev_documents']:,} annotated documents")
    return rendered(
        title=f"{name}: weaklabel tailoring",
        name=f"{name}, a tailored dictionary",
        facts=listed,
        verdict=_verdict(facts),
        picture=_picture(rules),
        sections=sections,
    )


def _verdict(facts: Mapping[str, Any]) -> str:
    """The page's first sentence.

    >>> _verdict({"names_before": 16, "dropped": 1, "added": 0})
    'Of 16 names 1 was dropped, and 0 that the corpus has were added.'
    """
    changed = (
        f"Of {plural(facts['names_before'], 'name')} {facts['dropped']:,} "
        f"{_were(facts['dropped'])} dropped, and {facts['added']:,} that the corpus has "
        f"{_were(facts['added'])} added"
    )
    if "f1_after" not in facts:
        return f"{changed}."
    before, after = facts["f1_before"], facts["f1_after"]
    return (
        f"{changed}: matched alone, the dictionary scores {percent(after)} instead of "
        f"{percent(before)} F1."
    )


def _were(n: int) -> str:
    return "was" if n == 1 else "were"


def _by_effect(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that changed the dictionary, the largest effect first."""
    changed = [rule for rule in rules if rule["action"] in ("dropped", "added")]
    return sorted(
        changed, key=lambda r: (-abs(r.get("gain") or 0.0), -r["times"], -r["names"], r["rule"])
    )


def _picture(rules: Sequence[Rule]) -> Figure | None:
    weighed = [r for r in _by_effect(rules) if points(r.get("gain") or 0.0) != "0.0"]
    if not weighed:
        return None
    best = max(weighed, key=lambda rule: rule["gain"])
    title = f"“{best['rule']}” helps most: {points(best['gain'])} points of F1"
    if best["gain"] <= 0:
        title = "No rule helps on this dev set"
    names = [rule["rule"] for rule in weighed]
    gains = [float(rule["gain"]) for rule in weighed]
    axis = "gain in strict F1 (points)"
    table = Table(
        title, ["rule", "gain"], [[n, points(g)] for n, g in zip(names, gains, strict=True)]
    )
    return Figure(title, bars("gains", title, names, [Line("gain", gains)], axis), table)


def _better(facts: Mapping[str, Any], rules: Sequence[Rule]) -> Section:
    question = "Is the dictionary better now?"
    scored = "f1_after" in facts
    if not scored:
        answer = "Nobody knows without annotated documents: --dev FILE weighs each rule."
    else:
        by = facts["f1_after"] - facts["f1_before"]
        way = "Yes" if by > 0 else "No" if by < 0 else "No difference"
        answer = (
            f"{way}: {points(by)} points of strict F1 on "
            f"{plural(facts['dev_documents'], 'document')}, the dictionary matched alone. "
            "The dev set decided nothing."
        )
    head = ["rule", "action", *(["gain"] if scored else []), "names", "in corpus"]
    head += ["F1 so far"] if scored else []
    rows = [_row(rule, scored) for rule in _by_effect(rules)]
    note = "In corpus: how often the names stand there, each counted by itself."
    if scored:
        note += (
            " Gain: strict F1 of all rules less that of all but this one, in points. F1 so far: "
            "with this rule and those asked before it; the order is that of tailoring.json."
        )
    about = Table(
        "What each rule does",
        ["rule", "what it does"],
        [[rule["rule"], rule["about"]] for rule in _once(rules)],
        left=2,
        folded=True,
    )
    title = "The rules, those that matter most first"
    return Section("better", question, answer, [Table(title, head, rows, left=2, note=note), about])


def _row(rule: Rule, scored: bool) -> list[str]:
    gain = [points(rule["gain"]) if "gain" in rule else ""] if scored else []
    f1 = [percent(rule.get("f1"))] if scored else []
    cells = [rule["rule"], rule["action"], *gain, count(rule["names"]), count(rule["times"])]
    return [*cells, *f1]


def _once(rules: Sequence[Rule]) -> list[Rule]:
    return list({rule["rule"]: rule for rule in rules}.values())


def _entries(action: str, question: str, rules: Sequence[Rule], palette: Palette) -> Section:
    here = [rule for rule in _by_effect(rules) if rule["action"] == action]
    total, heard = (sum(rule[what] for rule in here) for what in ("names", "heard"))
    answer = "None."
    if here:
        answer = f"{plural(total, 'name')}, by {plural(len(here), 'rule')}. "
        answer += _heard(heard, total)
    groups = [_group(rule, palette, unfolded=i == 0) for i, rule in enumerate(here)]
    blocks = (
        [Examples("Those that stand most often in the corpus, by rule", groups)] if here else []
    )
    return Section(action, question, answer, blocks)


def _heard(heard: int, total: int) -> str:
    """How many of the names the corpus has at all."""
    if heard == total:
        return "All of them stand in this corpus."
    return (
        f"{heard:,} of them stand in this corpus; for the other {total - heard:,} the change makes "
        "no difference here."
    )


def _group(rule: Rule, palette: Palette, *, unfolded: bool = False) -> Group:
    facts = f"{plural(rule['names'], 'name')}, {plural(rule['times'], 'time')} in the corpus"
    shown = [_shown(entry, palette) for entry in rule["shown"]]
    return Group(rule["rule"], facts, shown, unfolded)


def _shown(entry: Mapping[str, Any], palette: Palette) -> Shown:
    place = entry["example"]
    kind = ", ".join(entry["types"])
    told = marked("", None, [], palette) + f"{entry['evidence']} · {entry['times']:,} ×"
    if place is None:
        line = marked(entry["name"], None, [(0, len(entry["name"]), kind)], palette)
        return Shown("not in the corpus", line, [("why", told)])
    span = (place["start"], place["end"], kind)
    line = marked(place["text"], None, [span], palette)
    return Shown(place["document"], line, [(entry["name"], told)])


def _variants(rules: Sequence[Rule], palette: Palette) -> Section:
    met = [rule for rule in rules if rule["action"] == "met"]
    times = sum(rule["times"] for rule in met)
    answer = (
        f"{plural(times, 'spelling variant')} of listed names stand in the corpus; normalisation "
        "finds them, so they need no row."
    )
    rows = [[rule["rule"], _one(rule), count(rule["times"])] for rule in met]
    table = Table(
        "Kinds of variants", ["variant", "in the text, and as listed", "in corpus"], rows, left=2
    )
    question = "Which spellings are found without a row of their own?"
    return Section("variants", question, answer, [table] if rows else [])


def _one(rule: Rule) -> str:
    return "; ".join(f"{e['name']}, {e['evidence']}" for e in rule["shown"][:2])


def _next(rules: Sequence[Rule]) -> Section:
    del rules
    commands = (
        "# a name back, another out: names in a file, one a line\n"
        "weaklabel dictionary tailor --keep keep.txt --drop drop.txt …\n"
        "# or edit changes.tsv: delete the rows you do not believe, and have only the rest made\n"
        "weaklabel dictionary tailor --changes changes.tsv …\n"
        "# use it\n"
        "weaklabel run --dictionary dictionary.tsv --corpus PATH --out runs/NAME"
    )
    answer = "Every change is a row of changes.tsv; your own word counts more than any rule."
    return Section("next", "What if I do not agree?", answer, [Code("Commands", commands)])
