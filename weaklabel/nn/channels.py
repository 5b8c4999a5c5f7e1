"""Votes as input channels of an encoder, and which of them to hide together. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.text import OUTSIDE, Corpus, Ints, Longs
from weaklabel.votes import Votes


class Cells(NamedTuple):
    """The votes' channels, sparse: ``C`` cells, by sentence.

    Attributes:
        splits: ``(S + 1,)`` row splits, sentences → cells.
        position: ``(C,)`` token within the sentence.
        channel: ``(C,)``.
        entry: ``(C,)`` what hides the cell.
        n_entries: entries there are.
    """

    splits: Longs
    position: Ints
    channel: Ints
    entry: Ints
    n_entries: int


@dataclass(frozen=True)
class VoteChannels:
    """Two channels, *begins* and *continues*, for each source and type a tagger listens to."""

    sources: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def of(cls, votes: Votes, wanted: tuple[str, ...] = ()) -> VoteChannels:
        """The channels for a table of votes.

        Args:
            votes: what the tagger will be shown while training.
            wanted: sources to listen to; empty for all of the table's.
        """
        sources = tuple(name for name in votes.sources if not wanted or name in wanted)
        return cls(sources, tuple(label for label in votes.labels if label != OUTSIDE))

    def __len__(self) -> int:
        return 2 * len(self.sources) * len(self.types)

    def cells(self, votes: Votes, corpus: Corpus) -> Cells:
        """Spell votes out by token; sources and types that have no channel are left out."""
        code = _codes(self.sources, votes.sources)[votes.source] * len(self.types)
        label = _codes(self.types, votes.labels)[votes.label]
        heard = (code >= 0) & (label >= 0)
        entry, n_entries = masking_groups(votes)
        start, end = votes.start[heard].astype(np.int64), votes.end[heard].astype(np.int64)
        width = end - start
        row = np.repeat(np.arange(len(width)), width)
        inside = np.arange(len(row)) - np.repeat(np.cumsum(width) - width, width)
        channel = 2 * (code + label)[heard][row] + (inside > 0)
        counts = np.bincount(votes.sentence[heard], weights=width, minlength=len(corpus))
        splits = np.zeros(len(corpus) + 1, np.int64)
        splits[1:] = np.cumsum(counts.astype(np.int64))
        return Cells(
            splits,
            (start[row] + inside).astype(np.int32),
            channel.astype(np.int32),
            entry[heard][row],
            n_entries,
        )


def _codes(ours: tuple[str, ...], theirs: tuple[str, ...]) -> npt.NDArray[np.int64]:
    place = {name: i for i, name in enumerate(ours)}
    # -len(...) stays negative after the type is added to it.
    return np.array([place.get(name, -1_000_000) for name in theirs], np.int64)


def masking_groups(votes: Votes) -> tuple[Ints, int]:
    """What hides each vote: ``(V,)`` group of each vote, and how many groups there are.

    A vote is hidden with its entry. Where votes of a sentence overlap, all of them are hidden
    with the entry of the longest, or a hidden name would show through its own parts. A vote
    without an entry is a group of its own.
    """
    n = len(votes)
    own = np.where(votes.entry >= 0, votes.entry, len(votes.entries) + np.arange(n))
    leader = np.arange(n)
    columns = (votes.sentence, votes.start, votes.end)
    sentence, start, end = (c.tolist() for c in columns)
    first, reach = 0, -1
    for i in range(n + 1):
        if i < n and i > first and sentence[i] == sentence[first] and start[i] < reach:
            reach = max(reach, end[i])
            continue
        if i - first > 1:
            longest = max(range(first, i), key=lambda j: (end[j] - start[j], -j))
            leader[first:i] = longest
        if i < n:
            first, reach = i, end[i]
    return own[leader].astype(np.int32), len(votes.entries) + n
