"""Losses: what a source could not say, counted by reason, with a few examples of each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping

from weaklabel.votes import Account

log = logging.getLogger(__name__)
"""Where losses are said and nothing else; the first argument of a record names the source."""
EXAMPLES = 3
"""Examples kept of each reason."""


class Losses:
    """Counts what one source loses on one corpus; becomes its :class:`Account`.

    >>> losses = Losses("dose")
    >>> losses.add("failed", "document '7', sentence 3: ZeroDivisionError")
    >>> losses.account().lost
    {'failed': 1}
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.counts: Counter[str] = Counter()
        self.used: Counter[str] = Counter()
        self._notes: dict[str, list[str]] = {}

    def add(self, reason: str, note: str = "", *, count: int = 1) -> None:
        """Count a loss; the first few notes of each reason are kept.

        Args:
            reason: a short phrase that heads a column.
            note: an example, as a sentence for people.
            count: how many spans, sentences or documents were lost.
        """
        self.counts[reason] += count
        notes = self._notes.setdefault(reason, [])
        if note and len(notes) < EXAMPLES:
            notes.append(note)

    def first(self, reason: str) -> str:
        """The first example of a reason, or nothing."""
        return next(iter(self._notes.get(reason, [])), "")

    def account(self) -> Account:
        """Counts and notes, in an order that does not depend on when they came."""
        notes = tuple(note for reason in sorted(self._notes) for note in self._notes[reason])
        return Account(_sorted(self.counts), _sorted(self.used), notes)

    def accounts(self) -> dict[str, Account]:
        """The account by the source's name, as :meth:`Votes.of` takes it; empty if nothing is."""
        told = self.account()
        return {} if told == Account() else {self.source: told}

    def warn(self) -> None:
        """Say once, as a warning, what was lost."""
        if self.counts:
            listed = ", ".join(f"{n:,} {reason}" for reason, n in sorted(self.counts.items()))
            first = self.first(min(self._notes)) if self._notes else ""
            log.warning("source %r lost: %s%s", self.source, listed, first and f"; first: {first}")


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts) if counts[name]}
