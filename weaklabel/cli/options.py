"""Options that several verbs share, so that each is called and explained the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Corpus = Annotated[str, typer.Option(metavar="PATH", help="Raw text: a file or a folder.")]
Dictionaries = Annotated[
    list[str],
    typer.Option(
        "--dictionary",
        metavar="[TYPE=]PATH",
        help="A dictionary; may be given several times. TYPE where the file names none.",
    ),
]
Dev = Annotated[
    str, typer.Option(metavar="FILE", help="Annotated documents: when to stop, and scores.")
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAME",
        help="The text's or the files' format, if it is not guessed.",
    ),
]
MapTypes = Annotated[
    list[str],
    typer.Option(
        "--map-types",
        metavar="FROM[,FROM…]=TO",
        help="Types renamed on reading, everywhere; may be given several times.",
    ),
]
Keep = Annotated[
    str, typer.Option(metavar="FILE", help="Names that stay, whatever a rule says; one a line.")
]
Drop = Annotated[str, typer.Option(metavar="FILE", help="Names that go; one a line.")]
Sources = Annotated[
    str,
    typer.Option(
        "--sources",
        metavar="FILE",
        help="Your own sources, listed in a sources.toml; with them no dictionary is needed.",
    ),
]
Vectors = Annotated[
    str, typer.Option(metavar="FILE", help='Word vectors; also "bundled" (default) or "none".')
]
RunOut = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The run's folder.")]
Recipe = Annotated[str, typer.Option(metavar="NAME", help="The method. [default: default]")]
ConfigFile = Annotated[
    str, typer.Option("--config", metavar="FILE", help="Configuration (TOML); options go over it.")
]
Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A setting, as training.epochs=5; may be given several times.",
    ),
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Fixes every random choice. [default: 0]")
]
Device = Annotated[
    str, typer.Option(metavar="NAME", help="auto, cpu or cuda. [default: auto]", show_default=False)
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with this folder; redo only what changed.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the table only.")]
Json = Annotated[bool, typer.Option("--json", help="Print the scores as JSON, all else to stderr.")]
Traceback = Annotated[bool, typer.Option("--traceback", help="Show the traceback of an error.")]

NONE: Any = []
"""The default of options that may be given several times."""
