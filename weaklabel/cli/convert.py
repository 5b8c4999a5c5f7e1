"""``weaklabel convert``: one corpus format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing, type_map
from weaklabel.cli.manners import polite

In = Annotated[Path, typer.Argument(metavar="IN", help="What to read.")]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="FILE.pubtator, .conll or .jsonl.")]


@polite
def convert(
    source: In,
    target: Out,
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    traceback: o.Traceback = False,
) -> None:
    """Turn a corpus into another format."""
    from weaklabel.io import read_gold, write

    read = read_gold(existing(source, "IN"), format=format or None, type_map=type_map(map_types))
    for problem in read.problems:
        typer.echo(f"weaklabel: {problem}", err=True)
    for note in read.notes:
        typer.echo(f"weaklabel: {note}", err=True)
    write(target, read.gold.corpus, read.gold.annotations)
    documents, spans = read.gold.corpus.n_documents, len(read.gold.annotations)
    typer.echo(f"wrote   {target}     {documents:,} documents, {spans:,} annotations")
