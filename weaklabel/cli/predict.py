"""``weaklabel predict``: a trained tagger on new text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import check_ending, existing
from weaklabel.cli.manners import polite
from weaklabel.cli.show import Show

Model = Annotated[
    Path, typer.Option(metavar="FOLDER", help="A model's folder, as runs/NAME/model.")
]
Out = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="FILE.pubtator, .conll or .jsonl.")
]


@polite
def predict(
    model: Model,
    corpus: o.Corpus,
    out: Out,
    sources: o.Sources = "",
    format: o.Format = "",
    device: o.Device = "auto",
    quiet: o.Quiet = False,
    traceback: o.Traceback = False,
) -> None:
    """Find entities in new text."""
    from weaklabel.io import read, write
    from weaklabel.pipeline import load
    from weaklabel.sources import read_sources

    folder, text = existing(model, "--model"), existing(corpus, "--corpus")
    if (folder / "model" / "config.json").exists():  # a run's folder was given
        folder = folder / "model"
    own = read_sources(existing(sources, "--sources")) if sources else ()
    check_ending(out)
    documents = read(text, format=format or None)
    found = load(folder, sources=own, device=device).predict(documents)
    write(out, documents, found)
    counts = Counter(found.labels[code] for code in found.label.tolist())
    listed = ", ".join(f"{n:,} {kind}" for kind, n in sorted(counts.items())) or "no entity"
    show = Show(quiet=quiet, json=False)
    show.line(f"wrote   {out}     {listed} in {documents.n_documents:,} documents")
