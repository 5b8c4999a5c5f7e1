"""How fast names are found, beside the fastest matchers one can install.

    python benchmarks/matching.py [--data FOLDER] [--sizes 2500,10000,100000,1000000] [--quick]
                                  [--json FILE] [--check]

Longest match at token boundaries, one thread, no cache of sentences. Two times for each engine:

* *ready*: the text is tokenised, lower-cased and interned (ours) or lower-cased and joined
  (theirs) beforehand; what is timed is strings or ids to spans in tokens. Engines that know no
  token boundaries get text and names with a space on both sides of each token: then their own
  longest match is ours, and no filter is needed. The rows marked "filtered" get single spaces and
  a vectorised filter instead; they are faster, and miss what an inner part of a word hides.
* *raw*: from Python strings to spans, everything counted; the peers on lower-cased text with a
  vectorised boundary filter.

Before anything is timed, each engine's spans are compared with ours. The fastest of all rows, the
filtered ones too, is what ours is measured against. --check exits 1 unless, in "ready", ours is 1.5
times that at each size. What building an index costs is measured by lexicon.py.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

os.environ["WEAKLABEL_THREADS"] = "1"

import numpy as np
from command import Result, run
from matchers import (
    PEERS,
    Peer,
    Spans,
    Text,
    ahocorasick_rs,
    at_boundaries,
    daachorse,
    flashtext,
    joined,
    ours_build,
    ours_spans,
    padded,
    pyahocorasick,
    spacy_build,
    spacy_spans,
    text_of,
)
from timing import seconds

from weaklabel.ground.segment import TOKEN
from weaklabel.text import Corpus

SIZES = ("2500", "10000", "100000", "1000000")
MILLION = 1_000_000
GOAL = 1.5


def read_text(data: Path, n_lines: int) -> list[str]:
    """Only ASCII: lower-casing some other letters changes how many characters there are."""
    raw = (data / "pubmed-text/cased.txt").read_text(encoding="utf-8").split("\n")
    return [line for line in raw if line.isascii() and not line.isspace() and line][:n_lines]


def read_names(data: Path, size: int, lines: list[str]) -> list[str]:
    """Lower-cased names: real ones, a tenth cut from the text, made-up ones to fill up.

    Made-up names put a word of the text before pieces of real ones: they share their first tokens
    with the text and with one another, which is what makes matching slow.
    """
    rng = random.Random(0)
    real: list[str] = []
    for file in ("disease", "chemical"):
        rows = (data / f"kb/derived/{file}.tsv").read_text(encoding="utf-8").split("\n")
        real += [row.split("\t")[1].lower() for row in rows if row.count("\t")]
    real = sorted({name for name in real if name.isascii() and TOKEN.search(name)})
    rng.shuffle(real)
    words = " ".join(lines[:20000]).lower().split(" ")
    names = dict.fromkeys(real[: size - size // 10])
    for _ in range(size // 10):
        i = rng.randrange(len(words))
        names[" ".join(words[i : i + rng.randint(2, 4)]).strip(" .,;:()")] = None
    pieces = [name.split(" ") for name in real]
    while len(names) < size:
        left, right = rng.choice(pieces), rng.choice(pieces)
        names[" ".join([rng.choice(words), *left[-2:], *right[:1]][: rng.randint(2, 4)])] = None
    by_tokens = {tuple(TOKEN.findall(name)): name for name in names}
    return [name for tokens, name in by_tokens.items() if any(t.isalnum() for t in tokens)]


def boundaries(text: str) -> np.ndarray:
    """Whether a word may begin or end at each character."""
    codes = np.frombuffer(text.encode("ascii"), np.uint8)
    word = ((codes >= 48) & (codes <= 57)) | ((codes >= 97) & (codes <= 122)) | (codes == 95)
    free = np.ones(len(codes) + 1, np.bool_)
    free[1:-1] = ~(word[1:] & word[:-1])
    return free


def raw_spans(peer: Peer, made: Any, lines: list[str]) -> int:
    text = "\n".join(lines).lower()
    free = boundaries(text)
    start, end = peer.find(made, peer.form(text))
    return int((free[start] & free[end]).sum())


Row = Callable[[str, Callable[[], Spans], Callable[[], Any] | None], None]


def of_strings(peer: Peer, names: list[str], text: Text, row: Row) -> None:
    """Two rows: on padded text, and on text with single spaces and a filter."""
    exact, form = peer.made_of([padded(name) for name in names]), peer.form(text.padded)
    row(peer.name, lambda: at_boundaries(*peer.find(exact, form), text, "padded"), None)
    plain = peer.made_of(names)
    loose, tight = peer.made_of([joined(name) for name in names]), peer.form(text.joined)
    row(
        f"{peer.name}, filtered",
        lambda: at_boundaries(*peer.find(loose, tight), text, "joined"),
        lambda: raw_spans(peer, plain, text.lines),
    )


def measured(names: list[str], text: Text, rounds: int, *, slow: bool) -> list[dict[str, Any]]:
    """Rows of one size: ours first; thousand tokens a second."""
    n = text.corpus.n_tokens
    mine = ours_build(names, text)
    wanted = ours_spans(mine)
    rows = []

    def row(name: str, ready: Callable[[], Spans], raw: Callable[[], Any] | None) -> None:
        spans = ready()
        shared = len(set(map(tuple, spans.T.tolist())) & set(map(tuple, wanted.T.tolist())))
        rows.append(
            {
                "engine": name,
                "spans": spans.shape[1],
                "alike": 2 * shared / max(1, spans.shape[1] + wanted.shape[1]),
                "ready": n / median(seconds(ready, rounds)) / 1e3,
                "raw": None if raw is None else n / median(seconds(raw, rounds)) / 1e3,
            }
        )
        print(f"    {name}: {rows[-1]['ready']:,.0f}", file=sys.stderr)

    row(
        "weaklabel",
        lambda: ours_spans(mine),
        lambda: mine.matcher.matches(Corpus.from_texts(text.lines)),
    )
    for peer in (
        daachorse(bytewise=True),
        daachorse(bytewise=False),
        ahocorasick_rs(),
        pyahocorasick(),
    ):
        of_strings(peer, names, text, row)
        gc.collect()
    if slow:
        words = flashtext()
        keywords = words.made_of([joined(name) for name in names])
        row(
            "FlashText",
            lambda: at_boundaries(*words.find(keywords, text.joined), text, "joined"),
            None,
        )
        del keywords
        gc.collect()
        phrases = spacy_build(names, text)
        row("spaCy PhraseMatcher", lambda: spacy_spans(phrases, text), None)
    return rows


def compared(names: list[str], text: Text, rounds: int, *, slow: bool) -> list[dict[str, Any]]:
    """Rows of one size, printed."""
    rows = [{"names": len(names), **row} for row in measured(names, text, rounds, slow=slow)]
    for row in rows:
        raw = "" if row["raw"] is None else f"{row['raw']:,.0f}"
        cells = (row["engine"], f"{row['ready']:,.0f}", raw, row["spans"])
        print(f"| {len(names):,} | {' | '.join(map(str, cells))} | {row['alike']:.4f} |")
    return rows


def ratios(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """How much faster ours, the first row, is than the fastest other: ready, and raw."""
    mine, *others = rows
    ready = mine["ready"] / max(row["ready"] for row in others)
    return ready, mine["raw"] / max(row["raw"] for row in others if row["raw"])


def measure(wanted: argparse.Namespace) -> Result:
    lines = read_text(wanted.data, 8_000 if wanted.quick else 40_000)
    text = text_of(lines)
    sizes = [int(size) for size in wanted.sizes]
    if wanted.quick:
        sizes = [size for size in sizes if size < MILLION]
    rows: list[dict[str, Any]] = []
    summary: dict[str, Any] = {"tokens": text.corpus.n_tokens}
    met = True
    print(f"{text.corpus.n_tokens:,} tokens; thousand tokens a second, one thread\n")
    print("| names | engine | ready | raw | spans | alike |\n|---|---|---|---|---|---|")
    for size in sizes:
        names = read_names(wanted.data, size, lines)
        found = compared(names, text, 3 if wanted.quick else 5, slow=not wanted.quick)
        rows += found
        ready, raw = ratios(found)
        print(f"| | **ratio** | {ready:.2f} | {raw:.2f} | | |", flush=True)
        summary |= {f"ready_{size}": ready, f"raw_{size}": raw}
        met &= ready >= GOAL
    return Result(rows, met, summary)


if __name__ == "__main__":
    quick = "less text, no million, fast peers"
    sys.exit(run(__doc__, measure, quick=quick, lists={"sizes": SIZES}, packages=PEERS))
