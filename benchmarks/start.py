"""How long starting takes: import, help, and reading two dictionaries of 99,000 names.

    python benchmarks/start.py [--data FOLDER] [--quick] [--json FILE] [--check]

Best of five (--quick: two) runs. Goals: import 0.2 s, help 1.5 s, dictionaries 1 s.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable

from command import Result, run
from timing import seconds

from weaklabel.io import read_lexicon

GOALS = {"import": 0.2, "help": 1.5, "dictionaries": 1.0}


def started(*arguments: str) -> None:
    """A fresh Python that does one thing."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def measure(wanted: argparse.Namespace) -> Result:
    rounds = 2 if wanted.quick else 5
    actions: dict[str, Callable[[], object]] = {
        "import": lambda: started("-c", "import weaklabel"),
        "help": lambda: started("-m", "weaklabel", "--help"),
    }
    folder = wanted.data / "kb" / "derived"
    if folder.is_dir():
        paths = [folder / f"{name}.tsv" for name in ("disease", "chemical")]
        actions["dictionaries"] = lambda: [read_lexicon(path) for path in paths]
    measured = {name: min(seconds(action, rounds)) for name, action in actions.items()}
    for name, took in measured.items():
        print(f"{name:14} {took:6.3f} s   goal {GOALS[name]:.1f} s")
    within = {name: took <= GOALS[name] for name, took in measured.items()}
    return Result(measured, all(within.values()), within)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, quick="best of two", data="optional"))
