"""``weaklabel vectors``: word vectors of one's own text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing
from weaklabel.cli.manners import polite

Text = Annotated[list[Path], typer.Argument(metavar="TEXT...", help="Corpora or raw text files.")]
Out = Annotated[Path, typer.Option(metavar="FILE.safetensors", help="Where to write them.")]
Exclude = Annotated[
    list[Path],
    typer.Option(
        metavar="PATH",
        help="Annotated text to keep apart: sentences that share 9 words in a row with it "
        "are left out. May be given several times.",
    ),
]
NOTHING: list[Path] = []


@polite
def vectors(
    text: Text,
    out: Out,
    exclude: Exclude = NOTHING,
    width: Annotated[int, typer.Option(help="Numbers a word.")] = 128,
    min_count: Annotated[int, typer.Option(help="Occurrences a word needs.")] = 3,
    epochs: Annotated[int, typer.Option(help="Passes over the text.")] = 10,
    seed: Annotated[int, typer.Option(help="Fixes everything that is random.")] = 0,
    traceback: o.Traceback = False,
) -> None:
    """Train word vectors on raw text, for `run --vectors`."""
    from weaklabel.train.word_vectors import train_vectors

    lines = (line for path in text for line in _documents(path))
    apart = (line for path in exclude for line in _documents(path))
    made = train_vectors(
        lines, width=width, min_count=min_count, epochs=epochs, seed=seed, exclude=apart
    )
    made.save(out, about={"trained_on": ", ".join(path.name for path in text), "seed": str(seed)})
    size = out.stat().st_size / 1e6
    typer.echo(f"wrote   {out}     {len(made):,} words × {made.width}, {size:.1f} MB")


def _documents(path: Path) -> list[str]:
    from weaklabel.io import read

    corpus = read(existing(path, "TEXT"))
    return [str(text) for text in corpus.texts.to_pylist()]
