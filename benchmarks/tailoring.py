"""What tailoring a dictionary to a corpus costs, and what each of its rules is worth.

    python benchmarks/tailoring.py [--data FOLDER] [--corpora a,b] [--quick] [--json FILE] [--check]

`weaklabel dictionary tailor` is run as a user runs it, in a process of its own on one core, start
and reading and writing counted: once without annotated documents and with all rules, the corpus
filter too (time and memory are taken there); then with the dev set, which decides nothing and only
weighs each rule, as it runs by default and with the corpus filter. --quick leaves the weighing out.
--check exits 1 where BC5CDR's 99 thousand names take more than 60 s or 1.5 GB.
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

from machine import about

SECONDS, MEGABYTES = 60.0, 1536.0
CORPORA = {
    "bc5cdr": (
        "bc5cdr/train_docs.pubtator",
        "bc5cdr/dev.pubtator",
        ["kb/derived/disease.tsv", "kb/derived/chemical.tsv"],
    ),
    "ncbi": (
        "ncbi-disease/train_docs.pubtator",
        "ncbi-disease/dev.pubtator",
        ["ncbi-disease/dict_disease.tsv"],
    ),
}
CORPUS_FILTER = ["--corpus-filter"]


class Cost(NamedTuple):
    """What a command took, its whole process."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def run(arguments: list[str]) -> Cost:
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


def tailored(data: Path, corpus: str, options: list[str]) -> tuple[Cost, dict[str, Any]]:
    """What tailoring took, and the ``tailoring.json`` it wrote."""
    train, _, dictionaries = CORPORA[corpus]
    given = [part for path in dictionaries for part in ("--dictionary", str(data / path))]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "tailored"
        verb = [sys.executable, "-m", "weaklabel", "dictionary", "tailor"]
        cost = run([*verb, "--corpus", str(data / train), *given, "--out", str(out), *options])
        return cost, json.loads((out / "tailoring.json").read_text(encoding="utf-8"))


def costs(data: Path, corpus: str) -> dict[str, Any]:
    """Time and memory of all rules, without annotated documents."""
    cost, told = tailored(data, corpus, CORPUS_FILTER)
    facts = told["facts"]
    sizes = {name: facts[name] for name in ("tokens", "names_before", "dropped", "added")}
    return {"corpus": corpus, "what": "all rules", **cost._asdict(), **sizes}


def gains(data: Path, corpus: str, what: str, options: list[str]) -> dict[str, Any]:
    """What each rule did, and its gain on the dev set in points of F1."""
    cost, told = tailored(data, corpus, ["--dev", str(data / CORPORA[corpus][1]), *options])
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
    return {"corpus": corpus, "what": what, **cost._asdict(), **scores, "rules": rules}


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("WEAKLABEL_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--corpora", default=",".join(CORPORA))
    parser.add_argument("--quick", action="store_true", help="time and memory only")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    if not wanted.data.is_dir():
        print(f"no corpora at {wanted.data}; set WEAKLABEL_DATA", file=sys.stderr)
        return 0
    rows: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    for corpus in wanted.corpora.split(","):
        rows.append(costs(wanted.data, corpus))
        show(rows[-1])
        if corpus == "bc5cdr":
            taken, peak = rows[-1]["wall_seconds"], rows[-1]["peak_mb"]
            summary |= {"seconds": taken, "goal_seconds": SECONDS}
            summary |= {"peak_mb": peak, "goal_peak_mb": MEGABYTES}
            summary["met"] = taken <= SECONDS and peak <= MEGABYTES
        for what, options in (("default", []), ("with corpus filter", CORPUS_FILTER)):
            if not wanted.quick:
                rows.append(gains(wanted.data, corpus, what, options))
                show(rows[-1])
    if wanted.json:
        result = {"about": about(), "rows": rows, "summary": summary}
        wanted.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return int(wanted.check and not summary.get("met", True))


if __name__ == "__main__":
    sys.exit(main())
