"""What each source adds to the votes: strict F1 on a dev set, sources joined in their order.

The first two rows are the raw dictionary matched alone: its names letter by letter, and their
normal forms. Then come the tailored dictionary and what grows of it.

    python benchmarks/sources.py [--data FOLDER] [--corpora a,b] [--quick] [--json FILE] [--check]

Labels nothing with gold: the sources are built from dictionary, raw training text and word vectors;
the dev set only scores. --check exits 1 where all sources together miss the goal of a corpus, or
are worse than either way of matching the raw dictionary.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from command import Result, run
from corpora import CORPORA, OTHER_TYPES

from weaklabel.aggregate.agree import agreed
from weaklabel.evaluate import score
from weaklabel.ground.segment import TOKEN
from weaklabel.io import read, read_gold, read_lexicon
from weaklabel.lexicon import Lexicon
from weaklabel.on_tokens import to_annotations
from weaklabel.recipes.protocol import union
from weaklabel.sources import apply_sources, build_sources
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.text import Corpus, Gold
from weaklabel.vectors import WordVectors
from weaklabel.votes import Vote, Votes

FILES = CORPORA | OTHER_TYPES
GOALS = {"bc5cdr": 0.866, "ncbi": 0.781}
"""Least F1 of all votes; elsewhere they need only be no worse than the dictionary alone."""


def measured(data: Path, corpus: str, *, draws: int) -> dict[str, Any]:
    """Rows of one corpus: after each source, precision, recall, F1 and its interval."""
    files = FILES[corpus]
    text, gold = read(data / files.train), read_gold(data / files.dev).gold
    lexicon = union([read_lexicon(data / path) for path in files.dictionaries])
    began = time.perf_counter()
    sources = build_sources(lexicon, text, vectors=WordVectors.bundled())
    built = time.perf_counter()
    votes = apply_sources(gold.corpus, sources)
    labelled = time.perf_counter()
    bare = {
        "names as written": as_written(gold.corpus, lexicon),
        "names in normal form": DictionarySource(NameIndex(lexicon)).label(gold.corpus),
    }
    rows = [_row(gold, name, found, draws) for name, found in bare.items()]
    goal = max(GOALS.get(corpus, 0.0), *(row["f1"] for row in rows))
    for n, name in enumerate(sources.names, 1):
        rows.append(_row(gold, name, votes.of_source(*sources.names[:n]), draws))
    return {
        "corpus": corpus,
        "rows": rows,
        "f1": rows[-1]["f1"],
        "goal": goal,
        "build_seconds": built - began,
        "label_seconds": labelled - built,
    }


def as_written(corpus: Corpus, lexicon: Lexicon) -> Votes:
    """The names that stand in a corpus letter by letter, the longest at each place."""
    types: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for term in lexicon.terms:
        types[tuple(TOKEN.findall(term.name))].update(term.types)
    longest = max(map(len, types), default=0)
    rows = []
    for sentence in corpus:
        words, i = sentence.words, 0
        while i < len(words):
            ends = range(min(len(words), i + longest), i, -1)
            end = next((end for end in ends if tuple(words[i:end]) in types), None)
            for type_ in sorted(types[tuple(words[i:end])]) if end else ():
                rows.append(Vote(sentence.index, i, end or i, type_, "dictionary"))
            i = end or i + 1
    return Votes.of(rows, n_sentences=len(corpus), sources=["dictionary"])


def _row(gold: Gold, name: str, votes: Votes, draws: int) -> dict[str, Any]:
    """The scores of some votes."""
    resolved = agreed(gold.corpus, votes)
    micro = score(gold, to_annotations(gold.corpus, resolved), bootstrap=draws).micro
    return {"source": name, "spans": len(resolved), **_numbers(micro)}


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
    sys.exit(run(__doc__, measure, quick="no intervals", lists={"corpora": list(FILES)}))
