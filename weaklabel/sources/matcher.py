"""Matcher: where the names of a compiled lexicon stand in a corpus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from weaklabel.kernels.documents import cores, in_order
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
from weaklabel.kernels.tokenising import Ints, Longs
from weaklabel.kernels.words import codes
from weaklabel.sources.compiled import CompiledLexicon
from weaklabel.text import Corpus

Mode = Literal["longest", "all", "segmentation"]
BATCH_TOKENS = 1 << 19
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
        known = corpus.__dict__.get("token_ids")
        of_known = None if known is None else self.codes(known[1])  # once for all batches

        def work(batch: tuple[int, int]) -> Matches:
            rows = corpus.sentence_splits[batch[0] : batch[1] + 1]
            splits = corpus.token_splits[rows[0] : rows[-1] + 1]
            if known is None or of_known is None:
                ids, words = corpus.ids_of(*batch)
                of_words = self.codes(words)
            else:
                ids, words = known[0][splits[0] : splits[-1]], known[1]
                of_words = of_known
            found = self.scan(ids, splits - splits[0], words, of_words)
            shift = np.int32(splits[0])
            return found._replace(start=found.start + shift, end=found.end + shift)

        found = list(in_order(work, _batches(corpus), threads or cores()))
        if len(found) == 1:
            return found[0]
        nothing = Matches(*(np.empty(0, np.int32),) * 3, np.empty(0, np.int64))
        return Matches(*map(np.concatenate, zip(nothing, *found, strict=True)))

    def codes(self, words: Vocabulary) -> Ints:
        """What each word of a text is to a scan; see :func:`weaklabel.kernels.words.codes`."""
        return codes(words, self.lexicon.vocabulary, self.lexicon.normalisation)

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


def _batches(corpus: Corpus) -> list[tuple[int, int]]:
    """Ranges of documents of about :data:`BATCH_TOKENS` tokens."""
    splits = corpus.token_splits[corpus.sentence_splits]
    marks = np.arange(0, splits[-1], BATCH_TOKENS)
    firsts = np.unique(np.searchsorted(splits[1:], marks, side="right")).tolist()
    bounds = [0, *firsts[1:], corpus.n_documents]
    return [(a, b) for a, b in pairwise(bounds) if a < b]
