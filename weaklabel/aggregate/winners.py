"""Spans decided pattern by pattern, collected for all clusters: as columns, and as votes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.aggregate.patterns import Pattern
from weaklabel.aggregate.placement import Spans
from weaklabel.aggregate.protocol import WINNER
from weaklabel.ground.types import Ints, Longs
from weaklabel.votes import Votes


class Candidate(NamedTuple):
    """A span of a pattern that somebody voted for, with all that was said for it.

    Attributes:
        start, end: tokens of the pattern.
        label: index into the table's labels.
        strength: summed weight of those who voted for it.
        cells: the votes for it, as places in the pattern.
        entry: place of the vote whose entry it takes, -1 where none has one.
    """

    start: int
    end: int
    label: int
    strength: float
    cells: tuple[int, ...]
    entry: int


class Collected:
    """Spans of all clusters, taken candidate by candidate.

    Args:
        table: the votes that the patterns were made of.
    """

    def __init__(self, table: Votes) -> None:
        self.table = table
        self._taken: list[tuple[Longs, Candidate]] = []

    def take(self, pattern: Pattern, candidate: Candidate) -> None:
        """Add a candidate of a pattern, in each of its clusters."""
        self._taken.append((pattern.first, candidate))

    def spans(self) -> Spans:
        """The spans, as columns."""
        first = self._first
        start = self.table.start[first]
        offsets = (self._column([getattr(c, name) for _, c in self._taken]) for name in _PLACES)
        begin, end, label = offsets
        return Spans(self.table.sentence[first], start + begin, start + end, label)

    def votes(self) -> Votes:
        """The spans of types, as votes of one source, each with its entry and concept ids."""
        spans, table = self.spans(), self.table
        typed = np.isin(spans.label, [table.labels.index(name) for name in table.types])
        strength = self._column([c.strength for _, c in self._taken], np.float32)
        place = self._column([c.entry for _, c in self._taken])
        entry = np.where(place >= 0, table.entry[self._first + np.maximum(place, 0)], -1)
        columns = (spans.sentence, spans.start, spans.end, spans.label)
        source = np.zeros(len(typed), np.int32)
        return Votes.of_columns(
            [column[typed] for column in (*columns, source, strength, entry)],
            labels=table.labels,
            said=[WINNER],
            entries=table.entries,
            entry_concepts=self._concepts(),
            n_sentences=table.n_sentences,
            sources=[WINNER],
            types=table.labels,
        )

    @property
    def _first(self) -> Longs:
        """``(R,)`` row of the first vote of each span's cluster."""
        found: Longs = np.concatenate([np.zeros(0, np.int64), *(first for first, _ in self._taken)])
        return found

    def _column(self, values: list[float], dtype: npt.DTypeLike = np.int32) -> Ints:
        """``(R,)``: a value of each candidate, once for each of its clusters."""
        counts = [len(first) for first, _ in self._taken]
        return np.repeat(np.array(values, dtype), counts)

    def _concepts(self) -> list[tuple[str, ...]]:
        """The ids of each entry, and of the entries that voted with it for a span.

        A table keeps ids by entry, not by vote: what voted with an entry for one span counts
        wherever that entry wins.
        """
        table = self.table
        known = [dict.fromkeys(ids) for ids in table.entry_concepts]
        for first, candidate in self._taken:
            if candidate.entry < 0 or len(candidate.cells) == 1:
                continue
            own = table.entry[first + candidate.entry]
            for cell in candidate.cells:
                others = table.entry[first + cell]
                for a, b in np.unique(np.stack([own, others], 1), axis=0).tolist():
                    if b >= 0:
                        known[a].update(dict.fromkeys(table.entry_concepts[b]))
        return [tuple(ids) for ids in known]


_PLACES = ("start", "end", "label")
