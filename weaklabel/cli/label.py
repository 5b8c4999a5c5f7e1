"""``weaklabel label``: votes of the sources, or pseudo-labels to take elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import configured, experiment_of, type_map
from weaklabel.cli.manners import polite
from weaklabel.cli.run import say_problems
from weaklabel.cli.show import Show, plain_table

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="FILE.parquet for all votes; .conll, .jsonl, .pubtator for spans.",
    ),
]


@polite
def label(
    out: Out,
    corpus: o.Corpus = "",
    dictionary: o.Dictionaries = o.NONE,
    recipe: o.Recipe = "",
    config: o.ConfigFile = "",
    set_: o.Set = o.NONE,
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    keep: o.Keep = "",
    drop: o.Drop = "",
    vectors: o.Vectors = "",
    quiet: o.Quiet = False,
    traceback: o.Traceback = False,
) -> None:
    """Label a corpus, without training.

    Prints what each source said; writes all votes, or the spans they agree on.
    """
    made = configured(
        config,
        set_,
        {"recipe": recipe},
        {
            "corpus": corpus,
            "dictionaries": list(dictionary),
            "format": format,
            "type_map": type_map(map_types),
            "keep": keep,
            "drop": drop,
            "vectors": vectors,
        },
    )
    show = Show(quiet=quiet, json=False)
    experiment = experiment_of(made, needs=["corpus", "dictionaries"])
    say_problems(show, experiment.problems, out)

    from weaklabel.aggregate import WeightedVote
    from weaklabel.evaluate import to_annotations
    from weaklabel.io import write
    from weaklabel.running.advice import warnings_of
    from weaklabel.running.labelling import label as label_corpus

    sources, votes = label_corpus(experiment)
    for warning in warnings_of(experiment, votes, sources.changes):
        show.line(f"  ! {warning}", "yellow")
    if out.suffix == ".parquet":
        votes.save(out)
    else:
        vote = WeightedVote(experiment.settings.aggregation)
        agreed = vote.resolve(experiment.corpus, votes)
        write(out, experiment.corpus, to_annotations(experiment.corpus, agreed))
    for line in source_lines(votes.summary(experiment.corpus)):
        typer.echo(line)
    show.line(f"wrote   {out}")


def source_lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The source table as lines."""
    head = ("source", "spans", "entries", "coverage", "overlap", "conflict")
    return plain_table(
        head,
        [
            (
                str(row["source"]),
                f"{row['spans']:,}",
                f"{row['entries']:,}",
                *(f"{100 * row[name]:.1f} %" for name in head[3:]),
            )
            for row in rows
        ],
    )
