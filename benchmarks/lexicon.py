"""What a compiled lexicon of a million names costs: building, memory, and mapping it again.

    python benchmarks/lexicon.py [--data FOLDER] [--quick] [--json FILE] [--check]

From Python strings to an index with vocabulary, types and concept ids, on one thread; then saved,
mapped and used once. The median of five builds, each of them listed. --quick takes 100 thousand
names. --check exits 1 over 2 s, 100 MB, or 0.2 s until the mapped index has found a name.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ["WEAKLABEL_THREADS"] = "1"

from command import Result, run
from matching import MILLION, read_names, read_text

from weaklabel.sources.dictionary.compilation import CompiledLexicon
from weaklabel.sources.dictionary.matcher import Matcher
from weaklabel.text import Corpus

BUILD_SECONDS, INDEX_MB, RELOAD_SECONDS = 2.0, 100.0, 0.2
ROUNDS = 5


def measured(names: list[str]) -> dict[str, float]:
    """One build, saved and mapped."""
    types = [("Disease",) if i % 2 else ("Chemical",) for i in range(len(names))]
    concepts = [(f"mesh:D{i:06d}",) for i in range(len(names))]
    began = time.perf_counter()
    made = CompiledLexicon.of_names(names, types, concepts)
    built = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names"
        made.save(path)
        began = time.perf_counter()
        again = CompiledLexicon.load(path)
        found = Matcher(again).matches(Corpus.from_texts([names[0]]))
        loaded = time.perf_counter() - began
        assert found.end.tolist(), "the first name is not found"
    return {
        "names": len(names),
        "build_seconds": built,
        "index_mb": made.nbytes / 1e6,
        "reload_seconds": loaded,
    }


def measure(wanted: argparse.Namespace) -> Result:
    names = read_names(
        wanted.data, MILLION // 10 if wanted.quick else MILLION, read_text(wanted.data, 40_000)
    )
    measured(names[:1000])  # kernels are compiled once, not each time
    rows = [measured(names) for _ in range(ROUNDS)]
    summary = {name: median(row[name] for row in rows) for name in rows[0]}
    builds = ", ".join(f"{row['build_seconds']:.2f}" for row in rows)
    print(
        f"{summary['names']:,} names: built in {summary['build_seconds']:.2f} s "
        f"({builds}), "
        f"{summary['index_mb']:.1f} MB, mapped and used in {summary['reload_seconds']:.3f} s"
    )
    met = (
        summary["build_seconds"] <= BUILD_SECONDS
        and summary["index_mb"] <= INDEX_MB
        and summary["reload_seconds"] <= RELOAD_SECONDS
    )
    return Result(rows, met, summary)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, quick="100 thousand names"))
