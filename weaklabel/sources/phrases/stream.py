"""A corpus as one stream of lower-cased words, cut where no phrase goes across."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from weaklabel.ground.normal import is_possessive, is_skipped
from weaklabel.ground.types import Longs
from weaklabel.text import Corpus

_WORD, _GLUE, _BREAK = 0, 1, 2


class Stream(NamedTuple):
    """``M`` words. Hyphens and possessives are passed over; other marks cut.

    Attributes:
        words: ``(M,)`` index into the vocabulary, -1 for words that it lacks.
        tokens: ``(M,)`` the corpus's row of each word.
        runs: ``(M,)`` ascending; words of one run stand together, nothing between them cuts.
    """

    words: Longs
    tokens: Longs
    runs: Longs


def vocabulary_of(corpus: Corpus) -> dict[str, int]:
    """The corpus's words in lower case, in order of first appearance."""
    table: dict[str, int] = {}
    for word in corpus.interned.words:
        if _kind(word) == _WORD:
            table.setdefault(word.lower(), len(table))
    return table


def stream_of(corpus: Corpus, vocabulary: Mapping[str, int]) -> Stream:
    """The words of a corpus.

    >>> corpus = Corpus.from_texts(["Beta-blockers, given in Still's disease."])
    >>> stream = stream_of(corpus, vocabulary_of(corpus))
    >>> stream.words.tolist(), (stream.runs - stream.runs[0]).tolist()
    ([0, 1, 2, 3, 4, 6], [0, 0, 1, 1, 1, 1])
    """
    ids, words = corpus.interned.ids, corpus.interned.words
    kinds = np.array([_kind(word) for word in words], np.int64)[ids] if len(ids) else ids
    kinds = np.array(kinds, np.int64)
    kinds[_possessives(corpus)] = _GLUE
    tokens = np.flatnonzero(kinds == _WORD)
    cuts = np.cumsum(kinds == _BREAK) + corpus.token_sentence
    codes = np.array([vocabulary.get(word.lower(), -1) for word in words] or [-1], np.int64)
    return Stream(codes[ids[tokens]], tokens, cuts[tokens].astype(np.int64))


def _kind(word: str) -> int:
    if any(c.isalnum() for c in word):
        return _WORD
    return _GLUE if is_skipped(word) else _BREAK


def _possessives(corpus: Corpus) -> Longs:
    """Rows of the "s" of possessives."""
    ids, words = corpus.interned.ids, corpus.interned.words
    s = [i for i, word in enumerate(words) if word in ("s", "S")]
    rows = [
        row
        for row in np.flatnonzero(np.isin(ids, s)).tolist()
        if row not in corpus.token_splits and is_possessive([words[ids[row - 1]], "s"], 1)
    ]
    return np.array(rows, np.int64)
