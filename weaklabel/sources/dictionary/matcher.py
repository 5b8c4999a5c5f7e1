"""Matcher: where the names of a compiled lexicon stand in a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.batches import cores, in_order
from weaklabel.kernels.interning import Vocabulary
from weaklabel.kernels.scanning import (
    Matches,
    Stream,
    candidates,
    every,
    longest,
    segmented,
    stream,
)
from weaklabel.kernels.words import CodeBook
from weaklabel.sources.dictionary.compilation import CompiledLexicon
from weaklabel.text import Corpus

_Words = Callable[[int, int], tuple[Ints, Vocabulary, Ints]]
"""A range of documents → word of each token, distinct words, and what these are to a scan."""
Mode = Literal["longest", "all", "segmentation"]
BATCH_TOKENS = 1 << 17
"""Tokens that are scanned at once; whole documents."""


@dataclass(frozen=True, eq=False)
class Matcher:
    """Finds names.

    Attributes:
        lexicon: the names.
        mode: ``longest``: from left to right the longest name at each place, none overlapping;
            ``all``: every name at every place; ``segmentation``: of all tilings of a sentence by
            names the one whose squared lengths sum up highest (Shang et al. 2018).

    >>> lexicon = CompiledLexicon.of_names(["acute pain", "pain"], [("D",)] * 2, [()] * 2)
    >>> found = Matcher(lexicon).matches(Corpus.from_texts(["Acute pains and pain."]))
    >>> found.start.tolist(), found.end.tolist()
    ([0, 3], [2, 4])
    """

    lexicon: CompiledLexicon
    mode: Mode = "longest"

    def matches(self, corpus: Corpus, *, threads: int = 0) -> Matches:
        """Where the names stand, by token of the whole corpus.

        Args:
            corpus: any text.
            threads: batches of documents scanned at once, 0 for one a core; the result is the same.
        """
        nothing = Matches(*(np.empty(0, np.int32),) * 3, np.empty(0, np.int64))
        found = self.each(corpus, threads=threads)
        return Matches(*map(np.concatenate, zip(nothing, *found, strict=True)))

    def each(self, corpus: Corpus, *, threads: int = 0) -> Iterator[Matches]:
        """As :meth:`matches`, batch by batch: the next ones are scanned while one is looked at."""
        threads = threads or cores()
        ranges, words_of = self._words(corpus)

        def work(batch: tuple[int, int]) -> Matches:
            rows = corpus.sentence_splits[batch[0] : batch[1] + 1]
            splits = corpus.token_splits[rows[0] : rows[-1] + 1]
            ids, words, of_words = words_of(*batch)
            found = self.scan(ids, splits - splits[0], words, of_words)
            shift = np.int32(splits[0])
            return found._replace(start=found.start + shift, end=found.end + shift)

        return in_order(work, ranges, threads)

    def _words(self, corpus: Corpus) -> tuple[list[tuple[int, int]], _Words]:
        """Ranges of documents, and what gives the words of one: what is known already is used."""
        book = CodeBook(self.lexicon.vocabulary, self.lexicon.normalisation)
        if "token_ids" in corpus.__dict__:
            ids, words = corpus.token_ids
            of_words = book.codes(words)
            tokens = corpus.token_splits[corpus.sentence_splits]
            return _ranges(corpus), lambda a, b: (ids[tokens[a] : tokens[b]], words, of_words)

        def coded(ids: Ints, words: Vocabulary) -> tuple[Ints, Vocabulary, Ints]:
            return ids, words, book.codes(words)

        if corpus.worded:
            parts = {(part.first, part.last): part for part in corpus.worded}
            return list(parts), lambda a, b: coded(parts[a, b].ids, parts[a, b].words)
        return _ranges(corpus), lambda a, b: coded(*corpus.ids_of(a, b))

    def codes(self, words: Vocabulary) -> Ints:
        """What each word of a text is to a scan; see :class:`weaklabel.kernels.words.CodeBook`."""
        return CodeBook(self.lexicon.vocabulary, self.lexicon.normalisation).codes(words)

    def scan(self, ids: Ints, splits: Longs, words: Vocabulary, of_words: Ints) -> Matches:
        """The names in sentences given as word ids; tokens are counted from 0.

        Args:
            ids: ``(N,)`` index of each token's string in ``words``.
            splits: ``(S + 1,)`` row splits, sentences → tokens, from 0.
            words: the distinct strings.
            of_words: their :meth:`codes`.
        """
        return self.scan_stream(Stream(*stream(ids, splits, of_words)), ids, words)

    def scan_stream(self, read: Stream, ids: Ints, words: Vocabulary) -> Matches:
        """As :meth:`scan`, for sentences read as the lexicon's own tokens already."""
        names = self.lexicon.names
        written = (ids, words.pool, words.splits)
        if self.mode == "segmentation":
            return Matches(*segmented(read.tokens, read.places, names, *written))
        starts = candidates(read.tokens, names.flags, names.pairs, names.shift)
        scan: Callable[..., tuple[Ints, Ints, Ints, Longs]]
        scan = longest if self.mode == "longest" else every
        return Matches(*scan(read.tokens, read.places, starts, names, *written))


def _ranges(corpus: Corpus) -> list[tuple[int, int]]:
    """Ranges of documents of about :data:`BATCH_TOKENS` tokens."""
    splits = corpus.token_splits[corpus.sentence_splits]
    marks = np.arange(0, splits[-1], BATCH_TOKENS)
    firsts = np.unique(np.searchsorted(splits[1:], marks, side="right")).tolist()
    bounds = [0, *firsts[1:], corpus.n_documents]
    return [(a, b) for a, b in pairwise(bounds) if a < b]
