"""What tailoring a dictionary to a corpus costs, and what each of its rules is worth.

    python benchmarks/tailoring.py [--data FOLDER] [--corpora a,b] [--quick] [--json FILE] [--check]

`weaklabel dictionary tailor` is run as a user runs it, in a process of its own on one core, start
and reading and writing counted: once without annotated documents and with all rules, the corpus
filter too, and once as it runs by default, without that filter, which leaves more names to work
with: these two are timed. Then with the dev set, which decides nothing and only weighs each rule:
by default, with the corpus filter, and with it on a corpus that holds dev's raw text too, as the
filter is meant to be used (Shang et al., 2018). --quick leaves the weighing out. --check exits 1
where BC5CDR's 99 thousand names take more than 60 s or 1.5 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from command import Result, run
from corpora import CORPORA

SECONDS, MEGABYTES = 60.0, 1536.0
CORPUS_FILTER = ["--corpus-filter"]
WAYS: dict[str, list[str]] = {"all rules": CORPUS_FILTER, "default": []}
"""How tailoring is timed."""
WEIGHED: dict[str, tuple[list[str], bool]] = {
    "default": ([], False),
    "with corpus filter": (CORPUS_FILTER, False),
    "with corpus filter, dev's raw text in the corpus": (CORPUS_FILTER, True),
}
"""How rules are weighed: options, and whether the corpus holds dev's raw text."""


class Cost(NamedTuple):
    """What a command took, its whole process."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def cost_of(arguments: list[str]) -> Cost:
    """Run a command on one core and wait for it.

    Peak memory is the child's own: this process imports nothing large, for a child begins its count
    with what its parent had.
    """
    one_core = {**os.environ, "OMP_NUM_THREADS": "1", "WEAKLABEL_THREADS": "1"}
    began = time.perf_counter()
    child = subprocess.Popen(arguments, env=one_core, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
    # Linux counts kilobytes, macOS bytes.
    peak = used.ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0**2)
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, peak)


def tailored(
    data: Path, corpus: str, options: list[str], *, with_dev_text: bool = False
) -> tuple[Cost, dict[str, Any]]:
    """What tailoring took, and the ``tailoring.json`` it wrote."""
    train, dev, dictionaries = CORPORA[corpus]
    given = [part for path in dictionaries for part in ("--dictionary", str(data / path))]
    with tempfile.TemporaryDirectory() as folder:
        text, out = data / train, Path(folder) / "tailored"
        if with_dev_text:
            text = Path(folder) / "text.pubtator"
            text.write_text(raw(data / train) + raw(data / dev), encoding="utf-8")
        verb = [sys.executable, "-m", "weaklabel", "dictionary", "tailor"]
        cost = cost_of([*verb, "--corpus", str(text), *given, "--out", str(out), *options])
        return cost, json.loads((out / "tailoring.json").read_text(encoding="utf-8"))


def raw(path: Path) -> str:
    """A PubTator file's titles and abstracts, without a label."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return (
        "\n".join(line for line in lines if "\t" not in line or "|" in line[:12]).strip() + "\n\n"
    )


def costs(data: Path, corpus: str, what: str) -> dict[str, Any]:
    """Time and memory without annotated documents."""
    cost, told = tailored(data, corpus, WAYS[what])
    facts = told["facts"]
    sizes = {name: facts[name] for name in ("tokens", "names_before", "dropped", "added")}
    return {"corpus": corpus, "what": what, **cost._asdict(), **sizes}


def gains(data: Path, corpus: str, what: str) -> dict[str, Any]:
    """What each rule did, and its gain on the dev set in points of F1."""
    options, with_dev_text = WEIGHED[what]
    weighing = ["--dev", str(data / CORPORA[corpus].dev), *options]
    cost, told = tailored(data, corpus, weighing, with_dev_text=with_dev_text)
    facts = told["facts"]
    rules = [
        {
            "rule": rule["rule"],
            "action": rule["action"],
            "names": rule["names"],
            "in_corpus": rule["times"],
            "gain_points": round(100 * rule["gain"], 2),
        }
        for rule in told["rules"]
        if rule["action"] != "met"
    ]
    scores = {f"f1_{when}": 100 * facts[f"f1_{when}"] for when in ("before", "after")}
    about = {"corpus": corpus, "what": f"weighed: {what}", **cost._asdict()}
    return {**about, **scores, "rules": rules}


def show(row: dict[str, Any]) -> None:
    print(
        f"\n{row['corpus']}, {row['what']}: {row['cpu_seconds']:.1f} s CPU, "
        f"{row['wall_seconds']:.1f} s, peak {row['peak_mb']:,.0f} MB",
        flush=True,
    )
    if "rules" not in row:
        return
    print(f"strict dev F1 of the dictionary alone {row['f1_before']:.1f} → {row['f1_after']:.1f}\n")
    print("| rule | action | names | in corpus | gain in points |\n|---|---|---|---|---|")
    for rule in row["rules"]:
        cells = (rule["rule"], rule["action"], f"{rule['names']:,}", f"{rule['in_corpus']:,}")
        print(f"| {' | '.join(cells)} | {rule['gain_points']:+.2f} |")


def measure(wanted: argparse.Namespace) -> Result:
    rows: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    met = True
    for corpus in wanted.corpora:
        for what in WAYS:
            rows.append(costs(wanted.data, corpus, what))
            show(rows[-1])
        if corpus == "bc5cdr":
            taken, peak = (max(row[of] for row in rows[-2:]) for of in ("wall_seconds", "peak_mb"))
            summary |= {"seconds": taken, "goal_seconds": SECONDS}
            summary |= {"peak_mb": peak, "goal_peak_mb": MEGABYTES}
            met = taken <= SECONDS and peak <= MEGABYTES
        for what in () if wanted.quick else WEIGHED:
            rows.append(gains(wanted.data, corpus, what))
            show(rows[-1])
    return Result(rows, met, summary)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, quick="time and memory only", lists={"corpora": list(CORPORA)}))
