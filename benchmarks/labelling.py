"""How fast raw text becomes votes of a dictionary, in how much memory, and what starting costs.

    python benchmarks/labelling.py [--data FOLDER] [--quick] [--json FILE] [--check]

Tokenising, sentences, matching and the table of votes, with the KB's 99 thousand names, normalised
as by default; each measurement is of fresh objects, so no sentence and no match is remembered.

* *speed*: text in memory to votes, on one core and on two: `pubmed-text` once, as Python strings,
  and 18 times over, 52 M tokens, as one Arrow array.
* *memory*: a process of its own reads 52 M tokens from a file of lines into a corpus file, maps it,
  labels it and saves the votes; the same with a tenth of the text beside it. The mapped file counts
  as memory while it is mapped, though the system may take it back; what cannot be is given too.
* *start*: a process that labels one sentence with compiled kernels, none of them kept, and again
  with all of them kept, beside one that does the same with the specification in Python.

--quick takes a tenth of all. --check exits 1 below the goals.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from command import Result, run

ONE_CORE, AIM, TWO_CORES = 5e6, 15e6, 1.8
MEMORY_MB = 1536.0
FIRST_SECONDS, LATER_SECONDS = 20.0, 0.5
TIMES = 18
"""How often the text is repeated to make 52 M tokens."""

MAKE_INDEX = """
from pathlib import Path
from weaklabel.io import read_lexicon
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
kb = Path({data!r}) / "kb/derived"
index = NameIndex(read_lexicon(kb / "disease.tsv") | read_lexicon(kb / "chemical.tsv"))
"""
LABEL_FILE = (
    MAKE_INDEX
    + """
import json, resource
from weaklabel.io import stream
from weaklabel.text import Corpus
def status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))
made = stream({text!r}, {corpus!r}, format="lines")
votes = DictionarySource(index).label(Corpus.load({corpus!r}))
anonymous = status("RssAnon")
votes.save({votes!r})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(dict(tokens=made.n_tokens, votes=len(votes), peak_mb=peak, own_mb=anonymous)))
"""
)
NAMES = """
import atexit, gc
atexit.register(gc.freeze)  # as the command line does
import numpy, pyarrow, pandas, scipy.optimize  # as every run with the usual sources does
from weaklabel.lexicon import Lexicon, Term
lexicon = Lexicon.of([Term("acute pain", ("Disease",))])
"""
COMPILED = (
    NAMES
    + """
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.text import Corpus
print(len(DictionarySource(NameIndex(lexicon)).label(Corpus.from_texts(["No acute pain."]))))
"""
)
SPECIFIED = (
    NAMES
    + """
from itertools import combinations
from weaklabel.ground.normal import normal_token
from weaklabel.ground.segment import sentences, tokenize
text = "No acute pain."
found = 0
for sentence in sentences(text):
    words = [normal_token(text[a:b]) for a, b in tokenize(text, *sentence)]
    ranges = combinations(range(len(words) + 1), 2)
    found += sum(tuple(words[a:b]) in lexicon.by_key for a, b in ranges)
print(found)
"""
)


def measure(wanted: argparse.Namespace) -> Result:
    started = start()
    print(
        f"start           first {started['first_seconds']:.1f} s, "
        f"later {started['later_extra_seconds']:.2f} s more than without kernels",
        flush=True,
    )
    remembered = memory(wanted.data, wanted.quick)
    fast = speed(wanted.data, wanted.quick)
    whole, one, two = remembered[-1], *(_median(fast, "repeated", n) for n in (1, 2))
    met = {
        "one core": one >= ONE_CORE and _median(fast, "once", 1) >= ONE_CORE,
        "two cores": two / one >= TWO_CORES,
        "memory": whole["peak_mb"] <= MEMORY_MB,
        "first use": started["first_seconds"] <= FIRST_SECONDS,
        "later starts": started["later_extra_seconds"] <= LATER_SECONDS,
    }
    for goal, is_met in met.items():
        print(f"{goal:15} {'met' if is_met else 'NOT MET'}")
    summary = {
        "one_core": one,
        "two_cores": two,
        "ratio": two / one,
        "once_one_core": _median(fast, "once", 1),
        "once_ratio": _median(fast, "once", 2) / _median(fast, "once", 1),
        "peak_mb": whole["peak_mb"],
        **started,
        "goals": met,
        "aim_one_core": AIM,
    }
    return Result({"speed": fast, "memory": remembered}, all(met.values()), summary)


# ---- start ----------------------------------------------------------------------------------
def start() -> dict[str, float]:
    """Seconds of the first process, and what a later one takes more than one without kernels."""
    with tempfile.TemporaryDirectory() as kept:
        first = _seconds(COMPILED, kept)
        pairs = [(_seconds(COMPILED, kept), _seconds(SPECIFIED, kept)) for _ in range(7)]
        later, plain = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "first_seconds": first,
        "later_seconds": later,
        "without_seconds": plain,
        "later_extra_seconds": later - plain,
    }


def _seconds(program: str, kept: str) -> float:
    began = time.perf_counter()
    environment = {**os.environ, "NUMBA_CACHE_DIR": kept}
    printed = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)
    if printed != "1\n":
        raise SystemExit(f"one name should have been found, not {printed}")
    return time.perf_counter() - began


# ---- memory ---------------------------------------------------------------------------------
def memory(data: Path, quick: bool) -> list[dict[str, Any]]:
    """Peak memory of a process that labels a tenth of the text, and one that labels all."""
    import json

    rows = []
    for times in (1,) if quick else (2, TIMES):
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: str(Path(folder) / name) for name in ("text", "corpus", "votes")}
            text = (data / "pubmed-text/cased.txt").read_bytes()
            with Path(paths["text"]).open("wb") as file:
                for _ in range(times):
                    file.write(text)
            del text
            program = LABEL_FILE.format(data=str(data), **paths)
            began = time.perf_counter()
            told = subprocess.check_output([sys.executable, "-c", program], text=True)
            row = {**json.loads(told), "seconds": time.perf_counter() - began}
        print(
            f"memory          {row['tokens']:>12,} tokens: peak {row['peak_mb']:,.0f} MB, "
            f"{row['own_mb']:,.0f} MB of it not mapped, {row['seconds']:.1f} s",
            flush=True,
        )
        rows.append(row)
    return rows


# ---- speed ----------------------------------------------------------------------------------
def speed(data: Path, quick: bool) -> list[dict[str, Any]]:
    """Tokens a second, one core and two in turn."""
    import pyarrow as pa

    space: dict[str, Any] = {}
    exec(MAKE_INDEX.format(data=str(data)), space)  # the same names as in the other processes
    index = space["index"]
    text = (data / "pubmed-text/cased.txt").read_text(encoding="utf-8").split("\n")
    lines = [line for line in text if line.strip()]
    if quick:
        lines = lines[: len(lines) // 10]
    texts = {"once": (lines, 9), "repeated": (pa.array(lines * TIMES, pa.large_string()), 5)}
    _label(index, lines[:100], 1)
    rows = []
    for name, (given, count) in texts.items():
        for _ in range(count):
            for threads in (1, 2):
                rows.append({"text": name, **_label(index, given, threads)})
        one, two = (_median(rows, name, threads) for threads in (1, 2))
        print(
            f"speed           {name}, {rows[-1]['tokens']:,} tokens: {one / 1e6:.1f} M tokens/s "
            f"on one core, {two / 1e6:.1f} M on two ({two / one:.2f} times)",
            flush=True,
        )
    return rows


def _label(index: Any, texts: Any, threads: int) -> dict[str, Any]:
    from weaklabel.sources.dictionary.source import DictionarySource
    from weaklabel.text import Corpus

    os.environ["WEAKLABEL_THREADS"] = str(threads)
    source = DictionarySource(index)  # anew: what names mean is looked up again
    began = time.perf_counter()
    corpus = Corpus.from_texts(texts)
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


def _median(rows: list[dict[str, Any]], text: str, threads: int) -> float:
    return statistics.median(
        row["tokens_per_second"]
        for row in rows
        if row["text"] == text and row["threads"] == threads
    )


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, quick="a tenth of the text"))
