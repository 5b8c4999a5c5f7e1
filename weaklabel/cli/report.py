"""``weaklabel report``: a run's report again, or two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing
from weaklabel.cli.manners import CallError, polite

Run = Annotated[Path, typer.Argument(help="A run's folder.")]
Other = Annotated[Path | None, typer.Argument(help="A second run, compared with the first.")]


@polite
def report(run: Run, other: Other = None, traceback: o.Traceback = False) -> None:
    """Write a run's report, or compare two."""
    from weaklabel.report import write_report

    for folder in (run, other):
        if folder is not None and not (existing(folder, "report") / "scores.json").exists():
            raise CallError(f"{folder} holds no scores: is it the folder of a finished run?")
    path = write_report(run) if other is None else write_report(run, other)
    typer.echo(f"report  {path}")
