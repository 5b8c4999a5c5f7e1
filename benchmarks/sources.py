"""What each source adds to the votes: strict F1 on a dev set, sources joined in their order.

    python benchmarks/sources.py [--data FOLDER] [--corpora a,b] [--quick] [--json FILE] [--check]

Labels nothing with gold: the sources are built from dictionary, raw training text and word vectors;
the dev set only scores. --check exits 1 where all sources together miss the goal of a corpus.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from command import Result, run
from corpora import CORPORA

from weaklabel.aggregate.agree import agreed
from weaklabel.evaluate import score
from weaklabel.io import read, read_gold, read_lexicon
from weaklabel.on_tokens import to_annotations
from weaklabel.recipes.protocol import union
from weaklabel.sources import apply_sources, build_sources
from weaklabel.vectors import WordVectors

GOALS = {"bc5cdr": 0.862, "ncbi": 0.745}


def measured(data: Path, corpus: str, *, draws: int) -> dict[str, Any]:
    """Rows of one corpus: after each source, precision, recall, F1 and its interval."""
    files = CORPORA[corpus]
    text, gold = read(data / files.train), read_gold(data / files.dev).gold
    lexicon = union([read_lexicon(data / path) for path in files.dictionaries])
    began = time.perf_counter()
    sources = build_sources(lexicon, text, vectors=WordVectors.bundled())
    built = time.perf_counter()
    votes = apply_sources(gold.corpus, sources)
    labelled = time.perf_counter()
    rows = []
    for n, name in enumerate(sources.names, 1):
        resolved = agreed(gold.corpus, votes.of_source(*sources.names[:n]))
        micro = score(gold, to_annotations(gold.corpus, resolved), bootstrap=draws).micro
        rows.append({"source": name, "spans": len(resolved), **_numbers(micro)})
    return {
        "corpus": corpus,
        "rows": rows,
        "f1": rows[-1]["f1"],
        "goal": GOALS[corpus],
        "build_seconds": built - began,
        "label_seconds": labelled - built,
    }


def _numbers(micro: Any) -> dict[str, float]:
    names = ("precision", "recall", "f1", "f1_low", "f1_high")
    # Without draws there is no interval.
    told = {name: getattr(micro, name) for name in names}
    return {name: float(value) for name, value in told.items() if value is not None}


def measure(wanted: argparse.Namespace) -> Result:
    results = []
    for corpus in wanted.corpora:
        result = measured(wanted.data, corpus, draws=0 if wanted.quick else 1000)
        results.append(result)
        print(f"\n{corpus}: built in {result['build_seconds']:.1f} s\n")
        print("| sources so far | precision | recall | F1 | gain |\n|---|---|---|---|---|")
        before = None
        for row in result["rows"]:
            gain = "" if before is None else f"{100 * (row['f1'] - before):+.1f}"
            before = row["f1"]
            cells = (f"{100 * row[k]:.1f}" for k in ("precision", "recall", "f1"))
            print(f"| {row['source']} | {' | '.join(cells)} | {gain} |")
    reached = {result["corpus"]: result["f1"] >= result["goal"] for result in results}
    return Result(results, all(reached.values()), reached)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, quick="no intervals", lists={"corpora": list(CORPORA)}))
