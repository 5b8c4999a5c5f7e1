"""Spans laid over the tokens of a corpus, as pairs of a token and a tag."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from weaklabel.ground.types import Bools, Ints, Longs
from weaklabel.tags import TagScheme
from weaklabel.text import Corpus


class Spans(NamedTuple):
    """``R`` spans of a corpus; ``start`` and ``end`` count tokens within the sentence.

    Attributes:
        sentence, start, end: ``(R,)``.
        label: ``(R,)`` index into a list of names.
    """

    sentence: Ints
    start: Ints
    end: Ints
    label: Ints

    def where(self, keep: Bools) -> Spans:
        """The spans of a ``(R,)`` mask."""
        return Spans(*(column[keep] for column in self))


class Pairs(NamedTuple):
    """Pairs of a token of the corpus and a tag that may be right of it, ``(M,)`` each."""

    token: Longs
    tag: Longs


def covered(corpus: Corpus, spans: Spans) -> Longs:
    """The tokens that spans cover, span by span."""
    width = (spans.end - spans.start).astype(np.int64)
    base = corpus.token_splits[spans.sentence] + spans.start
    before = np.cumsum(width) - width
    tokens: Longs = np.repeat(base - before, width) + np.arange(int(width.sum()))
    return tokens


def laid(corpus: Corpus, spans: Spans, labels: tuple[str, ...], scheme: TagScheme) -> Pairs:
    """The tags of spans, token by token. All of them must be of types of the scheme."""
    width = (spans.end - spans.start).astype(np.int64)
    shape = np.stack([spans.label, width], 1)
    distinct, which = np.unique(shape, axis=0, return_inverse=True)
    tags = [scheme.span_tags(length, labels[label]) for label, length in distinct.tolist()]
    offset = np.cumsum([0, *map(len, tags)])[which.ravel()] if tags else width
    flat = np.array([tag for each in tags for tag in each], np.int64)
    before = np.cumsum(width) - width
    inside = np.arange(int(width.sum())) - np.repeat(before, width)
    return Pairs(covered(corpus, spans), flat[np.repeat(offset, width) + inside])
