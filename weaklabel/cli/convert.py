"""``weaklabel convert``: one corpus format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing, type_map
from weaklabel.cli.manners import polite

In = Annotated[Path, typer.Argument(metavar="IN", help="What to read.")]
Out = Annotated[
    Path,
    typer.Argument(
        metavar="OUT",
        help="FILE.pubtator, .conll or .jsonl; .arrow for text alone, larger than memory.",
    ),
]


@polite
def convert(
    source: In,
    target: Out,
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    traceback: o.Traceback = False,
) -> None:
    """Turn a corpus into another format.

    To FILE.arrow a corpus of any size is written as it is read; read again, it is mapped, not
    loaded.
    """
    if target.suffix == ".arrow":
        _stream(source, target, format)
        return
    from weaklabel.io import read_gold, write

    read = read_gold(existing(source, "IN"), format=format or None, type_map=type_map(map_types))
    for problem in read.problems:
        typer.echo(f"weaklabel: {problem}", err=True)
    for note in read.notes:
        typer.echo(f"weaklabel: {note}", err=True)
    write(target, read.gold.corpus, read.gold.annotations)
    documents, spans = read.gold.corpus.n_documents, len(read.gold.annotations)
    typer.echo(f"wrote   {target}     {documents:,} documents, {spans:,} annotations")


def _stream(source: Path, target: Path, format: str) -> None:
    from weaklabel.io import stream

    made = stream(existing(source, "IN"), target, format=format or None)
    for note in made.notes:
        typer.echo(f"weaklabel: {note}", err=True)
    typer.echo(f"wrote   {target}     {made.n_documents:,} documents, {made.n_tokens:,} tokens")
