"""How long starting takes: import, help, and reading two dictionaries of 99,000 names.

    python benchmarks/start.py [--data FOLDER] [--quick] [--json FILE] [--check]

Best of five (--quick: two) runs. Goals: import 0.2 s, help 1.5 s, dictionaries 1 s.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from weaklabel import __version__
from weaklabel.io import read_lexicon

GOALS = {"import": 0.2, "help": 1.5, "dictionaries": 1.0}


def best(action: Callable[[], object], times: int) -> float:
    """The shortest of some runs, in seconds."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def started(*arguments: str) -> None:
    """A fresh Python that does one thing."""
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("WEAKLABEL_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    times = 2 if wanted.quick else 5
    measured = {
        "import": best(lambda: started("-c", "import weaklabel"), times),
        "help": best(lambda: started("-m", "weaklabel", "--help"), times),
    }
    folder = wanted.data / "kb" / "derived"
    if folder.is_dir():
        paths = [folder / f"{name}.tsv" for name in ("disease", "chemical")]
        measured["dictionaries"] = best(lambda: [read_lexicon(path) for path in paths], times)
    for name, seconds in measured.items():
        print(f"{name:14} {seconds:6.3f} s   goal {GOALS[name]:.1f} s")
    met = {name: seconds <= GOALS[name] for name, seconds in measured.items()}
    if wanted.json:
        machine = {"machine": platform.machine(), "python": platform.python_version()}
        about = {"about": {**machine, "weaklabel": __version__}, "rows": measured, "summary": met}
        wanted.json.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return int(wanted.check and not all(met.values()))


if __name__ == "__main__":
    sys.exit(main())
