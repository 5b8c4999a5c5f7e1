"""What every benchmark offers on the command line, writes and exits with.

    def measure(wanted: argparse.Namespace) -> Result: ...  # prints as it goes

    if __name__ == "__main__":
        sys.exit(run(__doc__, measure, quick="a tenth of the text"))

Nothing large is imported here: a process that a benchmark starts counts what its parent held.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from machine import about


class Result(NamedTuple):
    """What was measured.

    Attributes:
        rows: the measurements, as JSON can hold them.
        met: whether the goal is reached.
        summary: what the rows come to, and the goal.
    """

    rows: Any
    met: bool
    summary: Mapping[str, Any] = {}


def run(
    doc: str | None,
    measure: Callable[[argparse.Namespace], Result],
    *,
    quick: str,
    data: Literal["needed", "optional", "none"] = "needed",
    lists: Mapping[str, Sequence[str]] = {},
    packages: Sequence[str] = (),
) -> int:
    """Read the command line, measure, write what was found; the process's exit status.

    Args:
        doc: the benchmark's docstring; its first line is the help.
        measure: gets ``quick``, ``data`` (a folder) and the lists, each by its name.
        quick: what ``--quick`` leaves out.
        data: whether it reads the corpora under ``--data``; where they are needed and are not
            there, nothing is measured and nothing has failed.
        lists: further options by name, each with what it lists if it is not given.
        packages: whose versions are written too.
    """
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    if data != "none":
        default = os.environ.get("WEAKLABEL_DATA", "../shared/data")
        parser.add_argument("--data", type=Path, default=Path(default), metavar="FOLDER")
    for name, usual in lists.items():
        parser.add_argument(f"--{name}", type=_listed, default=list(usual), metavar="A,B,…")
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there")
    parser.add_argument("--check", action="store_true", help="exit 1 below the goal")
    wanted = parser.parse_args()
    if data == "needed" and not wanted.data.is_dir():
        print(f"no corpora at {wanted.data}; set WEAKLABEL_DATA", file=sys.stderr)
        return 0
    result = measure(wanted)
    if wanted.json:
        summary = {**result.summary, "met": result.met}
        told = {"about": about(*packages), "rows": result.rows, "summary": summary}
        wanted.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return int(wanted.check and not result.met)


def _listed(text: str) -> list[str]:
    return text.split(",")
