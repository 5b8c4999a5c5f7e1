"""Long sentences in pieces of a model's size: overlapping windows that begin and end at words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from weaklabel.ground.types import Longs


@dataclass(frozen=True)
class Pieces:
    """A sentence's words in pieces; words without a piece are left out.

    Attributes:
        tokens: the corpus's row of each word.
        words: the pieces of each word, one or more.
    """

    tokens: tuple[int, ...]
    words: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, ids: Sequence[int], word_ids: Sequence[int | None], base: int) -> Pieces:
        """Group pieces by the word they are of.

        Args:
            ids: the pieces.
            word_ids: the word of each piece, None for a special one.
            base: the corpus's row of word 0.

        >>> Pieces.of([7, 8, 9], [0, 0, 2], base=10)
        Pieces(tokens=(10, 12), words=((7, 8), (9,)))
        """
        grouped: dict[int, list[int]] = {}
        for piece, word in zip(ids, word_ids, strict=True):
            if word is not None:
                grouped.setdefault(word, []).append(piece)
        return cls(tuple(base + w for w in grouped), tuple(map(tuple, grouped.values())))


class Window(NamedTuple):
    """Part of a sentence.

    Attributes:
        pieces: what the model reads.
        firsts: ``(W,)`` where in ``pieces`` the words it answers for begin.
        tokens: ``(W,)`` the corpus's rows of these words.
    """

    pieces: tuple[int, ...]
    firsts: Longs
    tokens: Longs


def windows(sentences: Sequence[Pieces], *, room: int, overlap: int) -> list[Window]:
    """Windows over sentences; every word is answered for once, where it has most context.

    Args:
        sentences: words in pieces.
        room: pieces a window. Of a single word with more, its first pieces are read.
        overlap: pieces that neighbouring windows share, as far as whole words allow.

    >>> sentence = Pieces((0, 1, 2, 3), ((5,), (6,), (7,), (8,)))
    >>> [(w.pieces, w.tokens.tolist()) for w in windows([sentence], room=3, overlap=2)]
    [((5, 6, 7), [0, 1]), ((6, 7, 8), [2, 3])]
    """
    found: list[Window] = []
    for sentence in sentences:
        lengths = [min(len(word), room) for word in sentence.words]
        ranges = list(_ranges(lengths, room, overlap))
        owner = _owners(ranges, len(lengths))
        for k, (a, b) in enumerate(ranges):
            starts = np.cumsum([0, *lengths[a : b - 1]])
            mine = np.flatnonzero(owner[a:b] == k)
            if len(mine):
                pieces = tuple(piece for word in sentence.words[a:b] for piece in word[:room])
                tokens = np.array(sentence.tokens, np.int64)[a:b][mine]
                found.append(Window(pieces, starts[mine], tokens))
    return found


def _ranges(lengths: Sequence[int], room: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Ranges of words that fit the room, each beginning inside the one before."""
    a = 0
    while a < len(lengths):
        b, used = a, 0
        while b < len(lengths) and used + lengths[b] <= room:
            used += lengths[b]
            b += 1
        yield a, b
        if b == len(lengths):
            return
        again, shared = b, 0
        # The word after the window must fit as well, or the next window would end where this does.
        spare = room - lengths[b]
        while again > a + 1 and shared + lengths[again - 1] <= min(overlap, spare):
            again -= 1
            shared += lengths[again]
        a = again


def _owners(ranges: Sequence[tuple[int, int]], n: int) -> Longs:
    """``(n,)``: the window in which each word stands farthest from a cut; the first of equals."""
    best = np.full(n, -1, np.int64)
    owner = np.zeros(n, np.int64)
    for k, (a, b) in enumerate(ranges):
        at = np.arange(a, b)
        left = at - a if a > 0 else np.full(b - a, n)
        right = b - 1 - at if b < n else np.full(b - a, n)
        context = np.minimum(left, right)
        better = context > best[a:b]
        best[a:b][better] = context[better]
        owner[a:b][better] = k
    return owner


def batches(found: Sequence[Window], *, limit: int, extra: int) -> Iterator[list[Window]]:
    """Windows of like length together, at most ``limit`` pieces a batch once padded.

    Args:
        found: the windows.
        limit: pieces a batch; a window longer than that is a batch of its own.
        extra: special pieces that every window gets.
    """
    batch: list[Window] = []
    for window in sorted(found, key=lambda w: -len(w.pieces)):
        width = len(batch[0].pieces if batch else window.pieces) + extra
        if batch and (len(batch) + 1) * width > limit:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
