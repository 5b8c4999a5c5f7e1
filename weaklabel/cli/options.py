"""Options that several verbs share, so that each is called and explained the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Corpus = Annotated[str, typer.Option(help="Raw text: a file or a folder.")]
Dictionaries = Annotated[
    list[str],
    typer.Option(
        "--dictionary",
        help="A dictionary; may be given several times. TYPE=PATH where the file names no type.",
    ),
]
Dev = Annotated[str, typer.Option(help="Annotated documents: when to stop, and scores.")]
Format = Annotated[str, typer.Option("--format", help="The corpus's format, if it is not guessed.")]
MapTypes = Annotated[
    list[str],
    typer.Option("--map-types", help="FROM[,FROM…]=TO: types renamed on reading, everywhere."),
]
Keep = Annotated[str, typer.Option(help="File of names that stay, whatever a rule says.")]
Drop = Annotated[str, typer.Option(help="File of names that go.")]
Vectors = Annotated[str, typer.Option(help='Word vectors: a file, "bundled" or "none".')]
RunOut = Annotated[Path, typer.Option("--out", help="The run's folder.")]
Recipe = Annotated[str, typer.Option(help="The method.")]
ConfigFile = Annotated[str, typer.Option("--config", help="Configuration (TOML).")]
Set = Annotated[
    list[str],
    typer.Option("--set", help="KEY=VALUE over the configuration, as training.epochs=5."),
]
Seed = Annotated[int | None, typer.Option(help="Fixes every random choice. [default: 0]")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda. [default: auto]")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with this folder; redo only what changed.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the table only.")]
Json = Annotated[bool, typer.Option("--json", help="Print the scores as JSON, all else to stderr.")]
Traceback = Annotated[
    bool, typer.Option("--traceback", help="Show the traceback of an error.", show_default=False)
]

NONE: Any = []
"""The default of options that may be given several times."""
