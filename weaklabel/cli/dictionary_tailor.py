"""``weaklabel dictionary tailor``: drop what is noise, add what the corpus supports, say why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing, names_in, type_map, word_vectors
from weaklabel.cli.manners import CallError, polite
from weaklabel.cli.show import plain_table

if TYPE_CHECKING:
    from weaklabel.lexicon import Lexicon
    from weaklabel.sources.tailoring.entries import Entry
    from weaklabel.tailoring import RuleResult, Tailored

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="For dictionary.tsv, changes.tsv, tailoring.json and report.html.",
    ),
]
Dev = Annotated[
    str, typer.Option(metavar="FILE", help="Annotated documents: what each rule gains. No choices.")
]
Changes = Annotated[
    str,
    typer.Option(metavar="FILE", help="An edited changes.tsv: its rows are made, and no others."),
]
CorpusFilter = Annotated[
    bool,
    typer.Option(
        "--corpus-filter", help="Drop also concepts whose canonical name the corpus never has."
    ),
]
Without = Annotated[
    list[str], typer.Option(metavar="RULE", help="A rule that is not asked; may be repeated.")
]


@polite
def tailor(
    out: Out,
    corpus: o.Corpus = "",
    dictionary: o.Dictionaries = o.NONE,
    dev: Dev = "",
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    keep: o.Keep = "",
    drop: o.Drop = "",
    changes: Changes = "",
    corpus_filter: CorpusFilter = False,
    without: Without = o.NONE,
    vectors: o.Vectors = "",
    traceback: o.Traceback = False,
) -> None:
    """Fit a dictionary to a corpus: names dropped and added, each with rule and evidence.

    Dictionary, raw text and word vectors decide; the dev set only weighs what was decided.
    """
    if not corpus or not dictionary:
        raise CallError(f"{'--dictionary' if corpus else '--corpus'} is missing")
    renamed = type_map(map_types)
    named = {option: names_in(path, option) for option, path in _given(keep, drop)}

    from weaklabel.io import read_gold
    from weaklabel.tailoring import checked_folder
    from weaklabel.tailoring import tailor as fit

    checked_folder(out)
    lexicon = _lexicon(list(dictionary), renamed)
    text = read_gold(existing(corpus, "--corpus"), format=format or None, type_map=renamed)
    gold = read_gold(existing(dev, "--dev"), type_map=renamed).gold if dev else None
    tailored = fit(
        lexicon,
        text.gold.corpus,
        gold,
        keep=named.get("--keep", frozenset()),
        drop=named.get("--drop", frozenset()),
        changes=_changes(changes),
        corpus_filter=corpus_filter,
        without=without,
        vectors=None if vectors == "none" else word_vectors(vectors) or "bundled",
    )
    report = tailored.save(out)
    for line in tailored_lines(tailored):
        typer.echo(line)
    typer.echo(f"dictionary  {out / 'dictionary.tsv'}     changes  {out / 'changes.tsv'}")
    typer.echo(f"report      {report}")


def _given(keep: str, drop: str) -> list[tuple[str, str]]:
    return [(option, path) for option, path in (("--keep", keep), ("--drop", drop)) if path]


def _lexicon(paths: list[str], renamed: dict[str, str]) -> Lexicon:
    from weaklabel.cli.inputs import read_dictionaries
    from weaklabel.experiment import Inputs
    from weaklabel.recipes.protocol import union

    return union(read_dictionaries(Inputs(dictionaries=tuple(paths), type_map=renamed)))


def _changes(path: str) -> list[Entry] | None:
    from weaklabel.sources.tailoring.entries import read_entries

    if not path:
        return None
    try:
        text = existing(path, "--changes").read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CallError(f"--changes {path}: not UTF-8 at byte {error.start}") from None
    return read_entries(text, path=path)


def tailored_lines(tailored: Tailored) -> list[str]:
    """The rule table, the largest effect first, and the dictionary before and after."""
    facts = tailored.facts
    scored = "f1_after" in facts
    head = ["rule", "action", "names", "in corpus", *(["gain", "F1 so far"] if scored else [])]
    lines = plain_table(head, [_row(rule, scored) for rule in _sorted(tailored.rules)])
    sizes = (
        f"{facts['names_before']:,} names before, {facts['dropped']:,} dropped, "
        f"{facts['added']:,} added: {facts['names_after']:,}"
    )
    if scored:
        before, after = 100 * facts["f1_before"], 100 * facts["f1_after"]
        sizes += f"; strict F1 of the dictionary alone {before:.1f} → {after:.1f}"
    if not facts["names_after"]:
        sizes += "\n  ! no name is left, and dictionary.tsv is empty: --keep FILE brings names back"
    return [*lines, "", *sizes.split("\n")]


def _sorted(rules: tuple[RuleResult, ...]) -> list[RuleResult]:
    return sorted(rules, key=lambda r: (r.action == "met", -abs(r.gain or 0.0), -r.times, r.rule))


def _row(rule: RuleResult, scored: bool) -> list[str]:
    from weaklabel.report.blocks import percent, points

    cells = [rule.rule, rule.action, f"{rule.names:,}" if rule.names else "", f"{rule.times:,}"]
    if scored:
        cells += ["" if rule.gain is None else points(rule.gain), percent(rule.f1)]
    return cells
