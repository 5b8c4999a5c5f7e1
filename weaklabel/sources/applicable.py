"""Where a source could have spoken: only there is its silence evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from weaklabel.ground.types import Bools
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes


def sentences_of(corpus: Corpus, rows: Iterable[int]) -> Bools:
    """``(S,)`` mask of some sentences, given by their rows."""
    mask = np.zeros(len(corpus), np.bool_)
    mask[list(rows)] = True
    return mask


def sentences_with(corpus: Corpus, wanted: Sequence[bool]) -> Bools:
    """``(S,)`` mask of the sentences that hold one of some words.

    Args:
        corpus: the text.
        wanted: for each distinct word of the corpus, in its order, whether it is one of them.

    >>> corpus = Corpus.from_texts(["Hepatitis. It hurts."])
    >>> words = corpus.interned.words
    >>> sentences_with(corpus, [word.endswith("itis") for word in words]).tolist()
    [True, False]
    """
    mask = np.zeros(len(corpus), np.bool_)
    ids, words = corpus.interned
    if len(words):
        mask[corpus.token_sentence[np.asarray(wanted, np.bool_)[ids]]] = True
    return mask


def spoken_where(
    corpus: Corpus,
    source: str,
    rows: Sequence[Vote],
    *,
    also: Bools | None = None,
    types: Iterable[str] = (),
) -> Votes:
    """A source's votes, where it applies to the sentences that it spoke about, and some more.

    Args:
        corpus: the corpus voted on.
        source: the source's name.
        rows: its votes.
        also: ``(S,)`` sentences in which it could have spoken.
        types: types to list even if no row has them.
    """
    mask = sentences_of(corpus, (row.sentence for row in rows))
    if also is not None:
        mask |= also
    return Votes.of(
        rows,
        n_sentences=len(corpus),
        sources=[source],
        types=types,
        applicable={source: mask},
    )
