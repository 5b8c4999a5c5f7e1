"""Word vectors from raw text: skip-gram with negative sampling (Mikolov et al., 2013)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator

import numpy as np

from weaklabel.errors import DataError
from weaklabel.ground.optional import require
from weaklabel.ground.segment import Offsets, sentences, tokenize
from weaklabel.vectors import WordVectors, vector_word

_log = logging.getLogger(__name__)

SHARED_WORDS = 9
"""A sentence that shares this many consecutive words with an excluded text is left out."""
_WORD = re.compile(r"\w+")
_Shingle = tuple[str, ...]


def train_vectors(
    lines: Iterable[str],
    *,
    width: int = 128,
    window: int = 5,
    negative: int = 8,
    min_count: int = 3,
    epochs: int = 10,
    seed: int,
    exclude: Iterable[str] = (),
) -> WordVectors:
    """Train vectors for the words of a text.

    One thread, so that the same text and seed give the same numbers.

    Args:
        lines: raw text, a document or a sentence a line.
        width: numbers a word.
        window: words to each side that a word is to predict, at most.
        negative: random words it is to tell from them.
        min_count: occurrences a word needs.
        epochs: passes over the text.
        seed: fixes everything that is random.
        exclude: texts, such as a dev set's documents, that must not be learnt from; see
            :func:`without_shared`.

    Raises:
        MissingDependency: without gensim (``pip install 'weaklabel[vectors]'``).
        DataError: if no word occurs ``min_count`` times.
    """
    word2vec = require("gensim.models.word2vec", extra="vectors", what="Training word vectors")
    text = [
        [vector_word(sentence[a:b]) for a, b in tokenize(sentence)]
        for sentence in without_shared(lines, exclude)
    ]
    model = word2vec.Word2Vec(
        vector_size=width,
        window=window,
        negative=negative,
        min_count=min_count,
        sg=1,
        sample=1e-4,
        workers=1,
        seed=seed,
    )
    model.build_vocab(text)
    if not len(model.wv):
        raise DataError(
            f"no word occurs {min_count} times in {len(text)} sentences: "
            "give more text or a lower min_count"
        )
    model.train(text, total_examples=model.corpus_count, epochs=epochs)
    _log.info("%d vectors from %d sentences", len(model.wv), len(text))
    return WordVectors.of(list(model.wv.index_to_key), np.asarray(model.wv.vectors))


def without_shared(
    lines: Iterable[str], exclude: Iterable[str], *, shared_words: int = SHARED_WORDS
) -> Iterator[str]:
    r"""The sentences of a text, less those that share a passage with an excluded text.

    Words are compared as ``\w+`` in lower case. A shared passage that runs over several
    sentences removes all of them.

    >>> text = ["One two three. Four five six seven."]
    >>> list(without_shared(text, ["zero FOUR, five six!"], shared_words=3))
    ['One two three.']
    """
    known = {s for text in exclude for s in _shingles(_words(text), shared_words)}
    for line in lines:
        parts = sentences(line)
        touched = _touched(line, known, shared_words) if known else []
        for start, end in parts:
            if not any(a < end and start < b for a, b in touched):
                yield line[start:end]


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _shingles(words: list[str], n: int) -> Iterator[_Shingle]:
    return zip(*(words[i:] for i in range(n)), strict=False)


def _touched(line: str, known: set[_Shingle], n: int) -> list[Offsets]:
    """Character ranges of the line's passages that are known."""
    places = [match.span() for match in _WORD.finditer(line)]
    shingles = _shingles(_words(line), n)
    return [(places[i][0], places[i + n - 1][1]) for i, s in enumerate(shingles) if s in known]
