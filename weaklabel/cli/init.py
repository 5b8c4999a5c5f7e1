"""``weaklabel init``: a configuration to be edited, every option with its default and a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.manners import CallError, polite

File = Annotated[Path, typer.Argument(metavar="FILE", help="The configuration to write.")]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@polite
def init(
    file: File = Path("config.toml"),
    recipe: o.Recipe = "",
    set_: o.Set = o.NONE,
    force: Force = False,
    traceback: o.Traceback = False,
) -> None:
    """Write a configuration in which every option is named, explained and set to its default.

    weaklabel run --config FILE --out runs/NAME reads it; an option left out keeps its default.
    """
    from weaklabel.cli.inputs import configured
    from weaklabel.ground.atomic import write_text
    from weaklabel.ground.config import to_mapping, to_toml
    from weaklabel.ground.docstrings import comments

    if file.exists() and not force:
        raise CallError(f"{file} is there already; --force writes over it")
    config = configured("", set_, {"recipe": recipe}, {}).config
    values = to_mapping(config)
    heads = {name: values[name] for name in ("recipe", "seed", "device", "inputs")}
    head = "# weaklabel run --config THIS_FILE --out runs/NAME\n\n"
    write_text(file, head + to_toml({**heads, **values}, comments(config)))
    typer.echo(f"wrote   {file}     next: weaklabel run --config {file} --out runs/mine")
