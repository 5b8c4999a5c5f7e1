"""How fast raw text becomes votes of a dictionary: tokenising, sentences, matching, the table.

    python benchmarks/labelling.py [--data FOLDER] [--quick] [--json FILE] [--check]

Strings in memory to a table of votes, with the KB's 99 thousand names, normalised as by default;
each text is seen once in a process of fresh objects, so no sentence and no match is remembered.
--check exits 1 under 5 M tokens/s on one core, or under 1.8 times that on two.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from machine import about

from weaklabel.io import read_lexicon
from weaklabel.sources.dictionary import DictionarySource, NameIndex
from weaklabel.text import Corpus

GOAL, AIM, TWO_CORES = 5e6, 15e6, 1.8


def once(index: NameIndex, lines: list[str], threads: int) -> dict[str, Any]:
    os.environ["WEAKLABEL_THREADS"] = str(threads)
    source = DictionarySource(index)  # anew: what names mean is looked up again
    began = time.perf_counter()
    corpus = Corpus.from_texts(lines)
    read = time.perf_counter()
    votes = source.label(corpus)
    done = time.perf_counter()
    n = corpus.n_tokens
    return {
        "threads": threads,
        "tokens": n,
        "votes": len(votes),
        "read_ns": (read - began) / n * 1e9,
        "label_ns": (done - read) / n * 1e9,
        "tokens_per_second": n / (done - began),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("WEAKLABEL_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--quick", action="store_true", help="a tenth of the text")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    if not wanted.data.is_dir():
        print(f"no text at {wanted.data}; set WEAKLABEL_DATA", file=sys.stderr)
        return 0
    kb = wanted.data / "kb/derived"
    index = NameIndex(read_lexicon(kb / "disease.tsv") | read_lexicon(kb / "chemical.tsv"))
    began = time.perf_counter()
    index.compiled  # noqa: B018
    compiled = time.perf_counter() - began
    text = (wanted.data / "pubmed-text/cased.txt").read_text(encoding="utf-8").split("\n")
    lines = [line for line in text if line][: 10_000 if wanted.quick else None]
    once(index, lines[:100], 1)
    rows = [once(index, lines, threads) for _ in range(5) for threads in (1, 2)]
    speed = {
        n: statistics.median(row["tokens_per_second"] for row in rows if row["threads"] == n)
        for n in (1, 2)
    }
    summary = {
        "names": len(index.lexicon),
        "compile_seconds": compiled,
        "one_core": speed[1],
        "two_cores": speed[2],
        "ratio": speed[2] / speed[1],
        "goal": GOAL,
        "aim": AIM,
    }
    summary["met"] = speed[1] >= GOAL and summary["ratio"] >= TWO_CORES
    for name, value in summary.items():
        print(f"{name:16} {value:,.2f}" if isinstance(value, float) else f"{name:16} {value}")
    if wanted.json:
        result = {"about": about(), "rows": rows, "summary": summary}
        wanted.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return int(wanted.check and not summary["met"])


if __name__ == "__main__":
    sys.exit(main())
