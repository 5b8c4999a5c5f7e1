"""What tells a phrase: concordance, information, completeness, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from weaklabel.ground.types import Bools, Doubles, Longs
from weaklabel.sources.phrases.ngrams import NGrams
from weaklabel.sources.phrases.stream import Stream
from weaklabel.text import Corpus

_QUOTES = frozenset("\"'“”‘’«»`´")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_HYPHENS = frozenset("-‐‑‒–—−")


@dataclass(frozen=True, eq=False)
class Evidence:
    """A corpus read for the features of its sequences.

    Attributes:
        corpus: the raw text.
        stream: its words.
        ngrams: its frequent sequences.
        ids: ``(M, L)`` the sequences that begin at each word.
        stopwords: function words, in normal form.
    """

    corpus: Corpus
    stream: Stream
    ngrams: NGrams
    ids: Longs
    stopwords: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, corpus: Corpus, stream: Stream, ngrams: NGrams, stopwords: frozenset[str]
    ) -> Evidence:
        """Read a corpus."""
        return cls(corpus, stream, ngrams, ngrams.ids(stream), stopwords)

    def first(self, n: int) -> Longs:
        """``(C_n,)``: where each sequence of ``n`` words stands first."""
        column = self.ids[:, n - 1]
        places = np.flatnonzero(column >= 0)
        first = np.zeros(len(self.ngrams.counts[n - 1]), np.int64)
        first[column[places[::-1]]] = places[::-1]
        return first

    def share(self, n: int, true: Bools) -> Doubles:
        """``(C_n,)``: the share of each sequence's occurrences where a ``(M,)`` mask is true."""
        column = self.ids[:, n - 1]
        places = column >= 0
        size = len(self.ngrams.counts[n - 1])
        hits = np.bincount(column[places], true[places].astype(np.float64), minlength=size)
        return hits / np.maximum(self.ngrams.counts[n - 1], 1)

    # ---- the corpus, once ---------------------------------------------------------------------
    @cached_property
    def stops(self) -> Bools:
        """``(V,)``: stop-words."""
        stops = self.stopwords
        return np.array([word in stops for word in self.ngrams.vocabulary], np.bool_)

    @cached_property
    def idf(self) -> Doubles:
        """``(V,)``: log of documents by documents with the word."""
        corpus, stream = self.corpus, self.stream
        documents = corpus.sentence_document[corpus.token_sentence[stream.tokens]]
        pairs = np.unique(documents.astype(np.int64) * len(self.stops) + stream.words)
        with_word = np.bincount(pairs % len(self.stops), minlength=len(self.stops))
        idf: Doubles = np.log(max(corpus.n_documents, 1) / np.maximum(with_word, 1))
        return idf

    def token_is(self, wanted: frozenset[str]) -> Bools:
        """``(N,)``: tokens that are one of some marks."""
        interned = self.corpus.interned
        table: Bools = np.array([w in wanted for w in interned.words], np.bool_)
        there: Bools = table[interned.ids]
        return there

    def enclosed(self, n: int, opening: frozenset[str], closing: frozenset[str]) -> Bools:
        """``(M,)``: whether the sequence of ``n`` words at each word stands between two marks."""
        tokens, sentence = self.stream.tokens, self.corpus.token_sentence
        ends = tokens[np.minimum(np.arange(len(tokens)) + n - 1, len(tokens) - 1)]
        before = np.maximum(tokens - 1, 0)
        after = np.minimum(ends + 1, len(sentence) - 1)
        left = self.token_is(opening)[before] & (sentence[before] == sentence[tokens])
        right = self.token_is(closing)[after] & (sentence[after] == sentence[ends])
        both: Bools = left & right & (before != tokens) & (after != ends)
        return both

    def all_words(self, n: int, true: Bools) -> Bools:
        """``(M,)``: whether a ``(M,)`` mask is true of ``n`` words from each word on."""
        summed = np.concatenate([[0], np.cumsum(true)])
        ends = np.minimum(np.arange(len(true)) + n, len(true))
        whole: Bools = summed[ends] - summed[:-1] == n
        return whole

    def hyphened(self, n: int) -> Bools:
        """``(M,)``: whether a hyphen stands inside the ``n`` words from each word on."""
        tokens = self.stream.tokens
        summed = np.concatenate([[0], np.cumsum(self.token_is(_HYPHENS))])
        ends = tokens[np.minimum(np.arange(len(tokens)) + n - 1, len(tokens) - 1)]
        inside: Bools = summed[ends] > summed[tokens]
        return inside

    def written(self, how: str) -> Bools:
        """``(M,)``: words that are "capitalised" or in "capitals" all through."""
        interned = self.corpus.interned
        if how == "capitals":
            table = [len(word) > 1 and word.isupper() for word in interned.words]
        else:
            table = [word[:1].isupper() for word in interned.words]
        there: Bools = np.array(table, np.bool_)[interned.ids[self.stream.tokens]]
        return there

    def contrast(self, n: int, idf: Doubles) -> Doubles:
        """``(C_n,)``: mean idf of each sequence's words by that of the words around them."""
        sentence = self.corpus.token_sentence[self.stream.tokens]
        weights = idf[self.stream.words]
        sums = np.bincount(sentence, weights, minlength=len(self.corpus))[sentence]
        sizes = np.bincount(sentence, minlength=len(self.corpus))[sentence]
        summed = np.concatenate([[0.0], np.cumsum(weights)])
        ends = np.minimum(np.arange(len(weights)) + n, len(weights))
        inside = summed[ends] - summed[:-1]
        around = (sums - inside) / np.maximum(sizes - n, 1)
        column = self.ids[:, n - 1]
        places = column >= 0
        size = len(self.ngrams.counts[n - 1])
        total = [np.bincount(column[places], x[places], minlength=size) for x in (inside, around)]
        return np.asarray(total[0] / n / np.maximum(total[1], _TINY))


_TINY = 1e-9


def several_words(evidence: Evidence, n: int, frequencies: Sequence[Doubles]) -> Doubles:
    """``(C_n, 14)`` features of the sequences of ``n`` words, two or more.

    Args:
        evidence: the corpus.
        n: words of a sequence.
        frequencies: for each length ``(C_n,)`` occurrences, rectified or raw.
    """
    first, frequency = evidence.first(n), frequencies[n - 1]
    count = np.maximum(frequency, 1)
    total = max(len(evidence.stream.words), 1)
    left, right = _best_split(evidence, n, first, frequencies)
    ratio = count * total / (left * right)
    words = evidence.stream.words[first[:, None] + np.arange(n)]
    stops, idf = evidence.stops[words], evidence.idf
    parts = np.maximum(
        frequencies[n - 2][evidence.ids[first, n - 2]],
        frequencies[n - 2][evidence.ids[first + 1, n - 2]],
    )
    capital = evidence.written("capitalised")
    return np.stack(
        [
            ratio,
            count / np.sqrt(left * right),
            count / total * np.log(ratio),
            evidence.contrast(n, idf),
            evidence.share(n, evidence.enclosed(n, _QUOTES, _QUOTES)),
            evidence.share(n, evidence.hyphened(n)),
            evidence.share(n, evidence.enclosed(n, _OPENING, _CLOSING)),
            evidence.share(n, evidence.all_words(n, capital)),
            stops[:, 0],
            stops[:, -1],
            stops.mean(1),
            idf[words].mean(1),
            count / np.maximum(parts, 1),
            _longer(evidence, n, frequencies) / count,
        ],
        axis=1,
    ).astype(np.float64)


def single_words(evidence: Evidence, rows: Longs, frequencies: Sequence[Doubles]) -> Doubles:
    """``(len(rows), 9)`` features of some single words."""
    frequency = frequencies[0]
    raw = np.maximum(evidence.ngrams.counts[0], 1)
    columns = [
        np.log(np.maximum(frequency, 1)),
        frequency / raw,
        evidence.stops,
        evidence.idf,
        evidence.share(1, evidence.enclosed(1, _QUOTES, _QUOTES)),
        evidence.share(1, evidence.enclosed(1, _OPENING, _CLOSING)),
        evidence.share(1, evidence.written("capitalised")),
        evidence.share(1, evidence.written("capitals")),
        _longer(evidence, 1, frequencies) / np.maximum(frequency, 1),
    ]
    return np.stack([column[rows] for column in columns], axis=1).astype(np.float64)


def _best_split(
    evidence: Evidence, n: int, first: Longs, frequencies: Sequence[Doubles]
) -> tuple[Doubles, Doubles]:
    """``(C_n,)`` twice: occurrences of the two parts that meet most often by chance."""
    left = right = np.zeros(len(first))
    for k in range(1, n):
        a = np.maximum(frequencies[k - 1][evidence.ids[first, k - 1]], 1)
        b = np.maximum(frequencies[n - k - 1][evidence.ids[first + k, n - k - 1]], 1)
        better = a * b > left * right
        left, right = np.where(better, a, left), np.where(better, b, right)
    return left, right


def _longer(evidence: Evidence, n: int, frequencies: Sequence[Doubles]) -> Doubles:
    """``(C_n,)``: occurrences of the most frequent sequence that has one word more."""
    found = np.zeros(len(frequencies[n - 1]))
    if n < len(frequencies):
        first = evidence.first(n + 1)
        for shift in (0, 1):
            np.maximum.at(found, evidence.ids[first + shift, n - 1], frequencies[n])
    return found
