"""What each source adds to the votes: strict F1 on a dev set, sources joined in their order.

    python benchmarks/sources.py [--data FOLDER] [--corpora a,b] [--quick] [--json FILE] [--check]

Labels nothing with gold: the sources are built from dictionary, raw training text and word vectors;
the dev set only scores. --check exits 1 where all sources together miss the goal of a corpus.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from weaklabel import __version__
from weaklabel.aggregate import WeightedVote
from weaklabel.evaluate import score, to_annotations
from weaklabel.io import read, read_gold, read_lexicon
from weaklabel.sources import apply_sources, build_sources
from weaklabel.vectors import WordVectors

CORPORA = {
    "bc5cdr": (
        "bc5cdr/train_docs.pubtator",
        "bc5cdr/dev.pubtator",
        ["kb/derived/disease.tsv", "kb/derived/chemical.tsv"],
        0.862,
    ),
    "ncbi": (
        "ncbi-disease/train_docs.pubtator",
        "ncbi-disease/dev.pubtator",
        ["ncbi-disease/dict_disease.tsv"],
        0.745,
    ),
}


def measure(data: Path, corpus: str, *, draws: int) -> dict[str, Any]:
    """Rows of one corpus: after each source, precision, recall, F1 and its interval."""
    train, dev, dictionaries, goal = CORPORA[corpus]
    text, gold = read(data / train), read_gold(data / dev).gold
    first, *others = (read_lexicon(data / path) for path in dictionaries)
    lexicon = first
    for other in others:
        lexicon = lexicon | other
    began = time.perf_counter()
    sources = build_sources(lexicon, text, vectors=WordVectors.bundled())
    built = time.perf_counter()
    votes = apply_sources(gold.corpus, sources)
    labelled = time.perf_counter()
    rows = []
    for n, name in enumerate(sources.names, 1):
        resolved = WeightedVote().resolve(gold.corpus, votes.of_source(*sources.names[:n]))
        micro = score(gold, to_annotations(gold.corpus, resolved), bootstrap=draws).micro
        rows.append({"source": name, "spans": len(resolved), **_numbers(micro)})
    return {
        "corpus": corpus,
        "rows": rows,
        "f1": rows[-1]["f1"],
        "goal": goal,
        "build_seconds": built - began,
        "label_seconds": labelled - built,
    }


def _numbers(micro: Any) -> dict[str, float]:
    names = ("precision", "recall", "f1", "f1_low", "f1_high")
    # Without draws there is no interval.
    told = {name: getattr(micro, name) for name in names}
    return {name: float(value) for name, value in told.items() if value is not None}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("WEAKLABEL_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--corpora", default="bc5cdr,ncbi")
    parser.add_argument("--quick", action="store_true", help="no intervals")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    if not wanted.data.is_dir():
        print(f"no corpora at {wanted.data}; set WEAKLABEL_DATA", file=sys.stderr)
        return 0
    results = []
    for corpus in wanted.corpora.split(","):
        result = measure(wanted.data, corpus, draws=0 if wanted.quick else 1000)
        results.append(result)
        print(f"\n{corpus}: built in {result['build_seconds']:.1f} s\n")
        print("| sources so far | precision | recall | F1 | gain |\n|---|---|---|---|---|")
        before = None
        for row in result["rows"]:
            gain = "" if before is None else f"{100 * (row['f1'] - before):+.1f}"
            before = row["f1"]
            cells = (f"{100 * row[k]:.1f}" for k in ("precision", "recall", "f1"))
            print(f"| {row['source']} | {' | '.join(cells)} | {gain} |")
    met = {r["corpus"]: r["f1"] >= r["goal"] for r in results}
    if wanted.json:
        machine = {"machine": platform.machine(), "python": platform.python_version()}
        about = {"about": {**machine, "weaklabel": __version__}, "rows": results, "summary": met}
        wanted.json.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return int(wanted.check and not all(met.values()))


if __name__ == "__main__":
    sys.exit(main())
