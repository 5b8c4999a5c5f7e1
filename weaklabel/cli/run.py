"""``weaklabel run``: corpus + dictionary → a trained tagger, a score, a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from weaklabel.cli import options as o
from weaklabel.cli.inputs import Configured, configured, experiment_of, type_map
from weaklabel.cli.manners import polite
from weaklabel.cli.show import Show, show_result

if TYPE_CHECKING:
    from weaklabel.keeping.events import Event


@polite
def run(
    out: o.RunOut,
    corpus: o.Corpus = "",
    dictionary: o.Dictionaries = o.NONE,
    dev: o.Dev = "",
    recipe: o.Recipe = "",
    config: o.ConfigFile = "",
    set_: o.Set = o.NONE,
    seed: o.Seed = None,
    device: o.Device = "",
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    keep: o.Keep = "",
    drop: o.Drop = "",
    sources: o.Sources = "",
    vectors: o.Vectors = "",
    resume: o.Resume = False,
    quiet: o.Quiet = False,
    json: o.Json = False,
    traceback: o.Traceback = False,
) -> None:
    """Corpus + dictionary → a scored tagger.

    Labels the corpus by the dictionary and the rules around it (or by your own sources alone),
    trains a tagger on the labels, and scores it on the dev set, if there is one. Everything is kept
    in the run's folder.
    """
    made = configured(
        config,
        set_,
        {"recipe": recipe, "seed": seed, "device": device},
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
    labelled = bool(made.config.inputs.labels)  # the configuration of a `weaklabel train`
    needs = ["labels"] if labelled else ["corpus", "names"]
    carry_out(made, out, needs=needs, resume=resume, quiet=quiet, as_json=json)


def carry_out(
    made: Configured, out: Path, *, needs: list[str], resume: bool, quiet: bool, as_json: bool,
    next_step: str = "",
) -> None:  # fmt: skip
    """Run a configuration and show how it goes."""
    from weaklabel.cli.losses import losses_told_once
    from weaklabel.pipeline import run as run_experiment

    show = Show(quiet=quiet, json=as_json)

    def tell(event: Event) -> None:
        told.by_verb &= event.stage != "train"
        show(event)

    try:
        experiment = experiment_of(made, needs=needs)
        say_problems(show, experiment.problems, out)
        with losses_told_once() as told:
            run_experiment(
                experiment,
                seed=made.config.seed,
                folder=out,
                resume=resume,
                device=made.config.device,
                progress=tell,
            )
    finally:
        show.stop()
    show_result(show, out, as_json=as_json, next_step=next_step)


MOST_PROBLEMS = 10
"""Annotations left out that are said one by one; all of them are in ``dropped.tsv``."""


def say_problems(show: Show, problems: Any, out: Path) -> None:
    """Say which annotations were left out on reading."""
    for problem in problems[:MOST_PROBLEMS]:
        show.line(f"  ! {problem}", "yellow")
    if len(problems) > MOST_PROBLEMS:
        more = f"{len(problems) - MOST_PROBLEMS:,} more"
        show.line(f"  ! … and {more}, all listed in {out / 'dropped.tsv'}", "yellow")
