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
times that at each size, and a million names are built in 2 s into 100 MB and mapped in 0.2 s.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

os.environ["WEAKLABEL_THREADS"] = "1"

import numpy as np
from machine import about

from weaklabel.kernels.scanning import Stream, stream
from weaklabel.normal import Normalisation
from weaklabel.segment import TOKEN
from weaklabel.sources.compiled import CompiledLexicon
from weaklabel.sources.matcher import Matcher
from weaklabel.text import Corpus

PEERS = ("daachorse", "ahocorasick_rs", "pyahocorasick", "flashtext")
GOAL, BUILD_SECONDS, INDEX_MB, RELOAD_SECONDS = 1.5, 2.0, 100.0, 0.2
CASE = Normalisation.only("case")
Spans = np.ndarray
"""``(2, F)``: first token and one past the last, by first token."""


class Text(NamedTuple):
    """A text in the forms the engines want, made beforehand.

    Attributes:
        lines: sentences as they are.
        padded: lower-cased tokens, each with a space before and after it.
        joined: the same with one space between two tokens.
        starts, ends: of each form, the token that begins or ends at a character; -1 if none does.
        corpus: the tokenised corpus.
        docs: spaCy's, made of the same lower-cased tokens, and the first token of each.
    """

    lines: list[str]
    padded: str
    joined: str
    starts: dict[str, np.ndarray]
    ends: dict[str, np.ndarray]
    corpus: Corpus
    docs: tuple[list[Any], list[int]]


def text_of(lines: list[str]) -> Text:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    corpus = Corpus.from_texts(lines)
    rows = [[token.lower() for token in sentence.words] for sentence in corpus]
    vocab, firsts, n = Vocab(), [], 0
    docs = []
    for row in rows:
        docs.append(Doc(vocab, words=row))
        firsts.append(n)
        n += len(row)
    padded = "\n".join("".join(f" {token} " for token in row) for row in rows)
    joined = "\n".join(" ".join(row) for row in rows)
    starts, ends = {}, {}
    for form, text, pad in (("padded", padded, 1), ("joined", joined, 0)):
        first, last = np.full(len(text) + 2, -1, np.int32), np.full(len(text) + 2, -1, np.int32)
        at = n = 0
        for row in rows:
            for token in row:
                size = len(token) + 2 * pad
                first[at], last[at + size] = n, n
                at += size + (not pad)
                n += 1
            at += pad
        starts[form], ends[form] = first, last
    return Text(lines, padded, joined, starts, ends, corpus, (docs, firsts))


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


def padded(name: str) -> str:
    return "".join(f" {token} " for token in TOKEN.findall(name))


def joined(name: str) -> str:
    return " ".join(TOKEN.findall(name))


def at_boundaries(start: np.ndarray, end: np.ndarray, text: Text, form: str) -> Spans:
    """Occurrences by characters as token spans, but those that cut a token."""
    a, b = text.starts[form][start], text.ends[form][end]
    fits = (a >= 0) & (b >= 0)
    return np.stack([a[fits], b[fits] + 1])


def longest_of(a: np.ndarray, b: np.ndarray) -> Spans:
    """All occurrences → the longest from left to right, none overlapping."""
    order = np.lexsort((-b, a))
    keep, free = [], -1
    for i, x, y in zip(order.tolist(), a[order].tolist(), b[order].tolist(), strict=True):
        if x >= free:
            keep.append(i)
            free = y
    return np.stack([a[keep], b[keep]])


def boundaries(text: str) -> np.ndarray:
    """Whether a word may begin or end at each character."""
    codes = np.frombuffer(text.encode("ascii"), np.uint8)
    word = ((codes >= 48) & (codes <= 57)) | ((codes >= 97) & (codes <= 122)) | (codes == 95)
    free = np.ones(len(codes) + 1, np.bool_)
    free[1:-1] = ~(word[1:] & word[:-1])
    return free


# ---- engines -------------------------------------------------------------------------------------
Find = Callable[[Any, Any], tuple[np.ndarray, np.ndarray]]


class Peer(NamedTuple):
    """A matcher of strings, or of bytes: made of names, finds occurrences by character."""

    name: str
    build: Callable[[list[Any]], Any]
    find: Find
    bytewise: bool = False

    def form(self, text: str) -> Any:
        return text.encode() if self.bytewise else text

    def made_of(self, names: list[str]) -> Any:
        return self.build([self.form(name) for name in names])


def _columns(found: list[tuple[int, ...]], start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    table = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
    return table[:, start], table[:, end]


def daachorse(*, bytewise: bool) -> Peer:
    import daachorse as d

    kind = d.DoubleArrayAhoCorasick if bytewise else d.CharwiseDoubleArrayAhoCorasick
    return Peer(
        f"daachorse ({'bytes' if bytewise else 'characters'})",
        lambda names: kind(names, d.MATCH_KIND_LEFTMOST_LONGEST),
        lambda made, text: _columns(made.find(text), 0, 1),
        bytewise,
    )


def ahocorasick_rs() -> Peer:
    from ahocorasick_rs import AhoCorasick, MatchKind

    return Peer(
        "ahocorasick_rs",
        lambda names: AhoCorasick(names, matchkind=MatchKind.LeftmostLongest),
        lambda made, text: _columns(made.find_matches_as_indexes(text), 1, 2),
    )


def pyahocorasick() -> Peer:
    import ahocorasick

    def build(names: list[str]) -> Any:
        made = ahocorasick.Automaton()
        for name in names:
            made.add_word(name, len(name))
        made.make_automaton()
        return made

    def find(made: Any, text: str) -> tuple[np.ndarray, np.ndarray]:
        table = np.fromiter(chain.from_iterable(made.iter_long(text)), np.int64).reshape(-1, 2)
        return table[:, 0] + 1 - table[:, 1], table[:, 0] + 1

    return Peer("pyahocorasick", build, find)


def flashtext() -> Peer:
    from flashtext import KeywordProcessor

    def build(names: list[str]) -> Any:
        made = KeywordProcessor()
        for name in names:
            made.add_keyword(name, 1)  # what is found is the clean name: a number
        return made

    def find(made: Any, text: str) -> tuple[np.ndarray, np.ndarray]:
        return _columns(made.extract_keywords(text, span_info=True), 1, 2)

    return Peer("FlashText", build, find)


def spacy_spans(made: Any, text: Text) -> Spans:
    docs, firsts = text.docs
    found = [
        (base + a, base + b)
        for doc, base in zip(docs, firsts, strict=True)
        for _, a, b in made(doc)
    ]
    table = np.array(found, np.int64).reshape(-1, 2)
    return longest_of(table[:, 0], table[:, 1])


def spacy_build(names: list[str], text: Text) -> Any:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

    vocab = text.docs[0][0].vocab
    made = PhraseMatcher(vocab)
    made.add("name", [Doc(vocab, words=TOKEN.findall(name)) for name in names])
    return made


class Ours(NamedTuple):
    """Our matcher, and the text read as its own tokens beforehand."""

    matcher: Matcher
    read: Stream
    ids: np.ndarray
    words: Any


def ours_build(names: list[str], text: Text) -> Ours:
    lexicon = CompiledLexicon.of_names(names, [("X",)] * len(names), [()] * len(names), CASE)
    matcher = Matcher(lexicon)
    ids, words = text.corpus.token_ids
    read = Stream(*stream(ids, text.corpus.token_splits, matcher.codes(words)))
    return Ours(matcher, read, ids, words)


def ours_spans(made: Ours) -> Spans:
    found = made.matcher.scan_stream(made.read, made.ids, made.words)
    return np.stack([found.start, found.end])


# ---- measuring -----------------------------------------------------------------------------------
def seconds(work: Callable[[], Any], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


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


def measure(names: list[str], text: Text, rounds: int, *, slow: bool) -> list[dict[str, Any]]:
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
                "ready": n / seconds(ready, rounds) / 1e3,
                "raw": None if raw is None else n / seconds(raw, rounds) / 1e3,
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


def million(names: list[str]) -> dict[str, float]:
    """Building, size and mapping of an index with types and concept ids, from Python strings."""
    types = [("Disease",) if i % 2 else ("Chemical",) for i in range(len(names))]
    concepts = [(f"mesh:D{i:06d}",) for i in range(len(names))]
    CompiledLexicon.of_names(names[:100], types[:100], concepts[:100])
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("WEAKLABEL_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--sizes", default="2500,10000,100000,1000000")
    parser.add_argument("--quick", action="store_true", help="less text, no million, fast peers")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    wanted = parser.parse_args()
    if not wanted.data.is_dir():
        print(f"no text at {wanted.data}; set WEAKLABEL_DATA", file=sys.stderr)
        return 0
    lines = read_text(wanted.data, 8_000 if wanted.quick else 40_000)
    text = text_of(lines)
    sizes = [int(size) for size in wanted.sizes.split(",")]
    if wanted.quick:
        sizes = [size for size in sizes if size <= 100_000]
    rows: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    print(f"{text.corpus.n_tokens:,} tokens; thousand tokens a second, one thread\n")
    print("| names | engine | ready | raw | spans | alike |\n|---|---|---|---|---|---|")
    for size in sizes:
        names = read_names(wanted.data, size, lines)
        found = measure(names, text, 3 if wanted.quick else 5, slow=not wanted.quick)
        rows += [{"names": len(names), **row} for row in found]
        for row in found:
            raw = "" if row["raw"] is None else f"{row['raw']:,.0f}"
            cells = (row["engine"], f"{row['ready']:,.0f}", raw, row["spans"])
            print(f"| {len(names):,} | {' | '.join(map(str, cells))} | {row['alike']:.4f} |")
        mine, *others = found
        raws = [row["raw"] for row in others if row["raw"]]
        summary[f"ready_{size}"] = mine["ready"] / max(row["ready"] for row in others)
        summary[f"raw_{size}"] = mine["raw"] / max(raws)
        print(
            f"| | **ratio** | {summary[f'ready_{size}']:.2f} | {summary[f'raw_{size}']:.2f} | | |",
            flush=True,
        )
    met = all(summary[f"ready_{size}"] >= GOAL for size in sizes)
    if 1_000_000 in sizes:
        summary["million"] = million(names)
        print(f"\n1 M names: {summary['million']}")
        held = summary["million"]
        met &= held["build_seconds"] <= BUILD_SECONDS and held["index_mb"] <= INDEX_MB
        met &= held["reload_seconds"] <= RELOAD_SECONDS
    summary["met"] = met
    if wanted.json:
        result = {"about": about(*PEERS), "tokens": text.corpus.n_tokens, "rows": rows}
        wanted.json.write_text(json.dumps({**result, "summary": summary}, indent=1) + "\n")
    return int(wanted.check and not met)


if __name__ == "__main__":
    sys.exit(main())
