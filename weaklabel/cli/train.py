"""``weaklabel train``: a tagger from pseudo-labels made elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import configured, type_map
from weaklabel.cli.manners import polite
from weaklabel.cli.run import carry_out

Labels = Annotated[
    str,
    typer.Option(metavar="FILE", help="Labelled text of another tool (conll, jsonl, pubtator)."),
]


@polite
def train(
    out: o.RunOut,
    labels: Labels = "",
    dictionary: o.Dictionaries = o.NONE,
    dev: o.Dev = "",
    recipe: o.Recipe = "",
    config: o.ConfigFile = "",
    set_: o.Set = o.NONE,
    seed: o.Seed = None,
    device: o.Device = "",
    format: o.Format = "",
    map_types: o.MapTypes = o.NONE,
    vectors: o.Vectors = "",
    resume: o.Resume = False,
    quiet: o.Quiet = False,
    json: o.Json = False,
    traceback: o.Traceback = False,
) -> None:
    """Train on labels made elsewhere.

    The labels are taken as they are. With --dictionary the tagger sees its votes beside the text.
    """
    made = configured(
        config,
        set_,
        {"recipe": recipe, "seed": seed, "device": device},
        {
            "labels": labels,
            "dictionaries": list(dictionary),
            "dev": dev,
            "format": format,
            "type_map": type_map(map_types),
            "vectors": vectors,
        },
    )
    carry_out(made, out, needs=["labels"], resume=resume, quiet=quiet, as_json=json)
