"""Frequent word sequences, level by level, as integers.

A sequence of ``n`` words is the pair of its first ``n - 1`` words, which must be frequent
themselves (Agrawal & Srikant, 1994), and its last word; a level is the sorted array of such
pairs, and a sequence's id its row there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from weaklabel.ground.types import Longs
from weaklabel.sources.phrases.stream import Stream


@dataclass(frozen=True, eq=False)
class NGrams:
    """The frequent sequences of a corpus with a vocabulary of ``V`` words.

    Attributes:
        vocabulary: word → id; a single word's id is its id as a sequence too.
        levels: for lengths 2, 3, …: ``(C_n,)`` sorted keys, prefix id · V + last word.
        counts: for lengths 1, 2, …: ``(C_n,)`` occurrences.
        min_count: occurrences of the rarest sequence of several words.
    """

    vocabulary: dict[str, int] = field(repr=False)
    levels: tuple[Longs, ...]
    counts: tuple[Longs, ...]
    min_count: int

    @classmethod
    def frequent(
        cls, stream: Stream, vocabulary: dict[str, int], *, min_count: int, max_words: int
    ) -> NGrams:
        """Count the sequences of a stream that occur at least ``min_count`` times."""
        size = len(vocabulary)
        counts = [np.bincount(stream.words, minlength=size).astype(np.int64)]
        levels: list[Longs] = []
        ids = stream.words
        often = counts[0] >= min_count
        good = often[stream.words] if len(ids) else np.zeros(0, np.bool_)
        ids = np.where(good, ids, -1)
        for n in range(2, max_words + 1):
            keys = _keys(ids, good, stream, n, size)
            found, number = np.unique(keys[keys >= 0], return_counts=True)
            levels.append(found[number >= min_count])
            counts.append(number[number >= min_count].astype(np.int64))
            ids = _rows(levels[-1], keys)
        return cls(vocabulary, tuple(levels), tuple(counts), min_count)

    def ids(self, stream: Stream) -> Longs:
        """``(M, L)``: the sequence of ``n + 1`` words that begins at each word, -1 for none.

        Single words always have their id, unless the vocabulary lacks them.
        """
        table = np.full((len(stream.words), len(self.counts)), -1, np.int64)
        table[:, 0] = stream.words
        known = stream.words >= 0
        good = np.zeros(len(known), np.bool_)
        good[known] = self.counts[0][stream.words[known]] >= self.min_count
        ids = np.where(good, stream.words, -1)
        for n, level in enumerate(self.levels, 2):
            ids = _rows(level, _keys(ids, good, stream, n, len(self.vocabulary)))
            table[:, n - 1] = ids
        return table

    def words(self, n: int) -> list[tuple[str, ...]]:
        """The sequences of ``n`` words, by id."""
        names = list(self.vocabulary)
        if n == 1:
            return [(name,) for name in names]
        before = self.words(n - 1)
        size = len(names)
        return [(*before[key // size], names[key % size]) for key in self.levels[n - 2].tolist()]


def _keys(ids: Longs, good: np.ndarray, stream: Stream, n: int, size: int) -> Longs:
    """``(M,)``: the key of the sequence of ``n`` words at each word, -1 where there is none."""
    keys = np.full(len(ids), -1, np.int64)
    last = len(ids) - n + 1
    if last <= 0:
        return keys
    whole = (ids[:last] >= 0) & good[n - 1 :] & (stream.runs[:last] == stream.runs[n - 1 :])
    keys[:last][whole] = ids[:last][whole] * size + stream.words[n - 1 :][whole]
    return keys


def _rows(level: Longs, keys: Longs) -> Longs:
    """``(M,)``: the row of each key in a sorted level, -1 where it is not listed."""
    rows = np.full(len(keys), -1, np.int64)
    if not len(level):
        return rows
    at = np.minimum(np.searchsorted(level, keys), len(level) - 1)
    found = level[at] == keys
    rows[found] = at[found]
    return rows
