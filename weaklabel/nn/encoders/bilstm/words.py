"""Distinct words → arrays of small integers: vector rows, characters, shape. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.ground.types import Bools, Ints, Longs
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors, vector_word

MAX_CHARS = 24
"""Characters of a word that are read: of a longer word the first 14 and the last 10."""
_HEAD = 14
N_SHAPES = 8
"""Yes-or-no facts about a word's form, see :func:`shape_bits`."""


class WordTable(NamedTuple):
    """``W`` distinct words, encoded.

    Attributes:
        vector: ``(W,)`` row of the frozen vectors, 0 where there is none.
        trained: ``(W,)`` row of the trainable vectors, 0 where there is none.
        chars: ``(W, L)`` character ids, 0 after the word's end, 1 for an unknown character.
        shape: ``(W, N_SHAPES)`` bool.
    """

    vector: Ints
    trained: Ints
    chars: npt.NDArray[np.int16]
    shape: Bools


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Everything a tagger knows about words before it is trained.

    Attributes:
        vectors: frozen word vectors; may be an empty table.
        trained: words with a trainable vector, as :func:`~weaklabel.vectors.vector_word` writes
            them.
        alphabet: the known characters, sorted.
    """

    vectors: WordVectors = field(repr=False)
    trained: tuple[str, ...] = field(repr=False)
    alphabet: str

    @classmethod
    def of(cls, corpus: Corpus, vectors: WordVectors | None, *, min_count: int) -> Vocabulary:
        """The vocabulary for training on a corpus.

        Args:
            corpus: the training text.
            vectors: frozen word vectors, ``None`` for none.
            min_count: occurrences that earn a word a trainable vector; 0 for no such vectors.
        """
        ids, words = corpus.interned
        counts = np.bincount(ids, minlength=len(words)).tolist()
        total: dict[str, int] = {}
        for word, n in zip(words, counts, strict=True):
            form = vector_word(word)
            total[form] = total.get(form, 0) + n
        trained = sorted(w for w, n in total.items() if n >= min_count) if min_count else []
        if vectors is None:
            vectors = WordVectors((), np.zeros((0, 1), np.int8), np.zeros(0, np.float32))
        return cls(vectors, tuple(trained), "".join(sorted(set().union(*words))))

    @cached_property
    def _trained_rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.trained, 1)}

    def encode(self, words: Sequence[str]) -> WordTable:
        """Look up distinct words."""
        forms = [vector_word(word) for word in words]
        known, trained = self.vectors.rows, self._trained_rows
        return WordTable(
            np.array([known.get(form, -1) + 1 for form in forms], np.int32),
            np.array([trained.get(form, 0) for form in forms], np.int32),
            self._chars(words),
            shape_bits(words),
        )

    def _chars(self, words: Sequence[str]) -> npt.NDArray[np.int16]:
        points, lengths = _code_points(words)
        known = np.array([ord(c) for c in self.alphabet], np.uint32)
        at = np.searchsorted(known, points)
        at[at == len(known)] = 0
        found = known[at] == points if len(known) else np.zeros(len(points), np.bool_)
        ids = np.where(found, at + 2, 1).astype(np.int16)
        width = int(min(MAX_CHARS, lengths.max(initial=1)))
        column = np.arange(width)[None, :]
        from_end = lengths[:, None] - width + column
        source = np.where((lengths[:, None] <= MAX_CHARS) | (column < _HEAD), column, from_end)
        start = np.cumsum(lengths) - lengths
        inside = column < lengths[:, None]
        chars = np.zeros((len(words), width), np.int16)
        chars[inside] = ids[(start[:, None] + source)[inside]]
        return chars


def _code_points(
    words: Sequence[str],
) -> tuple[npt.NDArray[np.uint32], Longs]:
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(joined, "<u4"), np.array([len(w) for w in words], np.int64)


def shape_bits(words: Sequence[str]) -> Bools:
    """Facts about the form of each word, ``(W, N_SHAPES)``.

    In order: capital first, all capitals, capital inside, all small, a digit in it, only digits,
    one character, not a word (punctuation).

    >>> shape_bits(["TNF2"])[0].astype(int).tolist()
    [1, 1, 1, 0, 1, 0, 0, 0]
    """
    rows = [
        (
            w[:1].isupper(),
            w.isupper(),
            not w[1:].islower() and any(map(str.isupper, w[1:])),
            w.islower(),
            any(map(str.isdigit, w)),
            w.isdigit(),
            len(w) == 1,
            not any(map(str.isalnum, w)),
        )
        for w in words
    ]
    return np.array(rows, np.bool_).reshape(len(words), N_SHAPES)
