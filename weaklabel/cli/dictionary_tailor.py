"""``weaklabel dictionary tailor``: drop what is noise, add what the corpus supports, say why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.manners import polite

Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the new one goes.")]


@polite
def tailor(
    out: Out,
    corpus: o.Corpus = "",
    dictionary: o.Dictionaries = o.NONE,
    dev: o.Dev = "",
    traceback: o.Traceback = False,
) -> None:
    """Fit a dictionary to a corpus; every change has a rule and its evidence."""
    raise NotImplementedError
