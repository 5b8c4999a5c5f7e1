"""Matchers of names beside ours: each made of names, each finding spans of tokens in a text.

Engines that know no token boundaries get text and names with a space on both sides of each token,
or with single spaces between tokens; what they find by characters becomes tokens here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from weaklabel.ground.normal import Normalisation
from weaklabel.ground.segment import TOKEN
from weaklabel.kernels.scanning import Stream, stream
from weaklabel.sources.dictionary.compilation import CompiledLexicon
from weaklabel.sources.dictionary.matcher import Matcher
from weaklabel.text import Corpus

PEERS = ("daachorse", "ahocorasick_rs", "pyahocorasick", "flashtext")
"""Packages that the peers come from, spaCy aside."""
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


# ---- peers, of strings ---------------------------------------------------------------------------
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


# ---- spaCy, and ours -----------------------------------------------------------------------------
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
