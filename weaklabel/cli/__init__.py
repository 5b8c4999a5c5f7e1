"""``weaklabel <verb>``: one file a verb. Heavy packages are imported inside the verbs."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
from typing import Annotated

import typer

from weaklabel import __version__
from weaklabel.cli.components import components
from weaklabel.cli.convert import convert
from weaklabel.cli.demo import demo
from weaklabel.cli.dictionary import dictionary
from weaklabel.cli.evaluate import evaluate
from weaklabel.cli.info import info
from weaklabel.cli.init import init
from weaklabel.cli.label import label
from weaklabel.cli.predict import predict
from weaklabel.cli.report import report
from weaklabel.cli.run import run
from weaklabel.cli.train import train
from weaklabel.cli.vectors import vectors

app = typer.Typer(
    name="weaklabel",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

VERBS = (
    demo,
    init,
    run,
    label,
    train,
    predict,
    evaluate,
    report,
    convert,
    info,
    vectors,
    components,
)

for verb in VERBS:
    app.command()(verb)
app.add_typer(dictionary)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"weaklabel {__version__}")
        raise typer.Exit()


@app.callback()
def weaklabel(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Named-entity taggers from a corpus and a dictionary, without annotated training text."""


def main() -> None:
    """The command line's door."""
    # One thread a run, unless the user says otherwise: torch's threads spin while they wait, which
    # gains half on an idle machine and costs a factor of ten on one that does other work too.
    # Read when torch is loaded, which is later.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that lacks a sign shows "?"
            stream.reconfigure(errors="replace")
    # Looking for garbage among all that was imported, when the process ends, took half a second.
    atexit.register(gc.freeze)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("weaklabel: %(message)s"))
    logging.getLogger("weaklabel").addHandler(handler)
    app()
