"""Vote, one row of a table of votes; Account, what a source tells of its own work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Account:
    """What a source tells of its own work: what was lost, and what it used.

    Only what a second asking would tell alike: no times.

    Attributes:
        lost: reason → how many spans, sentences or documents were lost for it.
        used: resource → amount, such as ``{"requests": 12, "tokens": 34_000}``.
        notes: a few examples of what was lost, as sentences for people.
    """

    lost: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Vote(NamedTuple):
    """One row of :class:`Votes`, as a source yields it; ``start`` and ``end`` count tokens.

    >>> import weaklabel as wl
    >>> rows = [Vote(0, 0, 1, "Chemical", "me"), Vote(0, 1, 2, wl.OUTSIDE, "me", score=0.5)]
    >>> wl.Votes.of(rows, n_sentences=1).row(1).label
    'O'
    """

    sentence: int
    start: int
    end: int
    label: str
    source: str
    score: float = 1.0
    entry: str = ""
    concepts: tuple[str, ...] = ()
