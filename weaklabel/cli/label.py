"""``weaklabel label``: votes of the sources, or pseudo-labels to take elsewhere."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import check_ending, configured, experiment_of, type_map
from weaklabel.cli.manners import polite
from weaklabel.cli.run import say_problems
from weaklabel.cli.show import Show

if TYPE_CHECKING:
    from weaklabel.aggregate import Reader
    from weaklabel.judging.analysis import SourceAnalysis
    from weaklabel.text import Corpus
    from weaklabel.votes import Votes

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="FILE.parquet for all votes; .conll, .jsonl, .pubtator for spans.",
    ),
]
Dev = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="Annotated documents: how right each source is, and what it is worth."
    ),
]
Disagreements = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="Sentences shown where sources disagree most."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the table as JSON, all else to stderr.")]


@polite
def label(
    out: Out,
    corpus: o.Corpus = "",
    dictionary: o.Dictionaries = o.NONE,
    dev: Dev = "",
    recipe: o.Recipe = "",
    config: o.ConfigFile = "",
    set_: o.Set = o.NONE,
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    keep: o.Keep = "",
    drop: o.Drop = "",
    sources: o.Sources = "",
    vectors: o.Vectors = "",
    disagreements: Disagreements = 3,
    quiet: o.Quiet = False,
    json: Json = False,
    traceback: o.Traceback = False,
) -> None:
    """Label a corpus, without training.

    Writes all votes, or the spans they agree on; prints what each source said and, with a dev set,
    what it is worth and which to mend next.
    """
    made = configured(
        config,
        set_,
        {"recipe": recipe},
        {
            "corpus": corpus,
            "dictionaries": list(dictionary),
            "dev": dev,
            "format": format,
            "type_map": type_map(map_types),
            "keep": keep,
            "drop": drop,
            "sources": sources,
            "vectors": vectors,
        },
    )
    if out.suffix != ".parquet":
        check_ending(out, "; or .parquet, for all votes")
    show = Show(quiet=quiet, json=json)
    experiment = experiment_of(made, needs=["corpus", "names"])
    say_problems(show, experiment.problems, out)

    from weaklabel.aggregate.agree import scheme_of
    from weaklabel.cli.losses import losses_told_once
    from weaklabel.judging.analysis import analyse, resolved_by
    from weaklabel.judging.warnings import losses, warnings_of
    from weaklabel.steps.label import label as label_corpus

    truth = experiment.dev
    with losses_told_once() as told:
        asked, votes = label_corpus(None, **experiment.labelling())
        told.by_verb = False
        warnings = warnings_of(
            corpus=experiment.corpus, lexicon=experiment.lexicon, dev=truth, votes=votes,
            changes=asked.changes, notes=experiment.notes,
        )  # fmt: skip
        reader = experiment.aggregator.fit(experiment.corpus, votes, scheme_of(votes))
        in_table = set(losses(votes))
        for warning in warnings:
            if warning not in in_table:
                show.line(f"  ! {warning}", "yellow")
        _write(out, experiment.corpus, votes, reader)
        found = analyse(
            experiment.corpus,
            votes,
            dev=truth,
            sources=asked,
            resolve=None if truth is None else resolved_by(reader, truth.corpus),
            most=disagreements,
            bootstrap=experiment.evaluation.bootstrap_draws,
            seed=made.config.seed,
        )
    if json:
        about = {**_about(experiment.corpus, votes), "out": str(out), "warnings": warnings}
        typer.echo(json_module.dumps({**about, **found.to_dict()}, ensure_ascii=False))
        show.line(f"wrote   {out}")
    else:
        _print(show, found, out)


def _write(out: Path, corpus: Corpus, votes: Votes, reader: Reader) -> None:
    """All votes, or the spans they agree on, as the file's ending says."""
    if out.suffix == ".parquet":
        votes.save(out)
        return
    from weaklabel.io import write
    from weaklabel.on_tokens import to_annotations

    write(out, corpus, to_annotations(corpus, reader.read(corpus, votes).agreed))


def _about(corpus: Corpus, votes: Votes) -> dict[str, int]:
    sizes = {"documents": corpus.n_documents, "sentences": len(corpus), "tokens": corpus.n_tokens}
    return {**sizes, "votes": len(votes)}


def _print(show: Show, found: SourceAnalysis, out: Path) -> None:
    """The table, always; unless quiet, what it means and what to do next."""
    from weaklabel.cli import source_table as shown

    for text, style in shown.table_lines(found.rows):
        show.console.print(text, style=style or None, soft_wrap=True)
    lines = [] if found.vote is None else shown.vote_lines(found.vote)
    lines += shown.disagreement_lines(found.disagreements)
    for text, style in lines:
        show.line(text, style)
    show.line(f"wrote   {out}")
    for text, style in shown.advice_lines(found.advice):
        show.line(text, style)
