"""``weaklabel demo``: the main job on the bundled data."""

from __future__ import annotations

from pathlib import Path

from weaklabel.cli import options as o
from weaklabel.cli.inputs import configured
from weaklabel.cli.manners import polite
from weaklabel.cli.run import carry_out

NEXT = "your own text:  weaklabel run --corpus FOLDER --dictionary FILE --out runs/mine"


@polite
def demo(
    out: o.RunOut = Path("runs/demo"),
    set_: o.Set = o.NONE,
    seed: o.Seed = None,
    device: o.Device = "",
    resume: o.Resume = False,
    quiet: o.Quiet = False,
    json: o.Json = False,
    traceback: o.Traceback = False,
) -> None:
    """Run the main job on the bundled data."""
    from weaklabel.demo import paths

    files = paths()
    made = configured(
        "",
        set_,
        {"seed": seed, "device": device},
        {
            "corpus": str(files["corpus"]),
            "dictionaries": [str(files["dictionary"])],
            "dev": str(files["dev"]),
        },
    )
    needs = ["corpus", "names"]
    carry_out(made, out, needs=needs, resume=resume, quiet=quiet, as_json=json, next_step=NEXT)
