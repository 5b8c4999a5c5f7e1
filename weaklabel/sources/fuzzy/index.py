"""Which names are nearly a given string, without comparing it with every name.

If at most ``d`` edits turn a name into the string, then of ``d + 1`` pieces of the name one stands
unchanged in the string, and not far from its place (Li et al., 2011, "Pass-Join"). Pieces are
looked up; only names that share one are compared in full. Nothing is missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from weaklabel.ground.normal import Key
from weaklabel.ground.optional import require

_OPPOSITES = (
    ("hyper", "hypo"), ("brady", "tachy"), ("macro", "micro"), ("inter", "intra"),
    ("ante", "post"), ("pre", "post"), ("endo", "exo"), ("oligo", "poly"), ("mono", "poly"),
    ("in", "ex"), ("ab", "ad"), ("a", "eu"),
)  # fmt: skip
"""Greek and Latin prefixes that turn a word into its opposite."""


class FuzzyMatch(NamedTuple):
    """A name that is nearly what was asked for.

    Attributes:
        key: the name's normal form.
        similarity: 1 − edits ⁄ the longer one's characters (Levenshtein, 1966).
    """

    key: Key
    similarity: float


class _Piece(NamedTuple):
    """A range of characters of all names of one length, and who has what there."""

    start: int
    end: int
    rows: dict[str, list[int]]


class FuzzyIndex:
    """Names by their pieces.

    Args:
        keys: normal forms of names.
        threshold: the least similarity that counts, 0.5 to 1.

    >>> index = FuzzyIndex([("hypertension",), ("renal", "failure")], threshold=0.85)
    >>> index.best(("renal", "failur"))
    FuzzyMatch(key=('renal', 'failure'), similarity=0.9230769230769231)
    >>> index.best(("hypotension",)), index.best(("rena",))
    (None, None)
    """

    def __init__(self, keys: Iterable[Key], *, threshold: float) -> None:
        self.threshold = threshold
        self._distance = require(
            "rapidfuzz.distance", extra="fuzzy", what="Fuzzy matching"
        ).Levenshtein.distance
        self._keys = sorted(set(keys))
        self._names = [" ".join(key) for key in self._keys]
        self._row = {name: row for row, name in enumerate(self._names)}
        self._pieces: dict[int, list[_Piece]] = {}
        for row, name in enumerate(self._names):
            if len(name) not in self._pieces:
                self._pieces[len(name)] = self._cut(len(name))
            for start, end, rows in self._pieces[len(name)]:
                rows.setdefault(name[start:end], []).append(row)
        self.longest = math.floor(max(self._pieces, default=0) / threshold + _EPSILON)
        """Characters of the longest string that can be like any name."""
        self.shortest = math.ceil(min(self._pieces, default=1) * threshold - _EPSILON)
        """Characters of the shortest."""

    def __len__(self) -> int:
        return len(self._keys)

    def best(self, key: Key) -> FuzzyMatch | None:
        """The most similar name that is compatible; of equals, the first in sorted order.

        Args:
            key: normal tokens of a stretch of text.
        """
        text = " ".join(key)
        exact = self._row.get(text)
        if exact is not None:
            return FuzzyMatch(self._keys[exact], 1.0)
        best: tuple[float, int] | None = None
        for row in sorted(self._candidates(text)):
            name = self._names[row]
            size = max(len(name), len(text))
            allowed = self._edits(size)
            distance = self._distance(text, name, score_cutoff=allowed)
            if distance > allowed:
                continue
            similarity = 1 - distance / size
            if (best is None or similarity > best[0]) and compatible(key, self._keys[row]):
                best = (similarity, row)
        return None if best is None else FuzzyMatch(self._keys[best[1]], best[0])

    def _candidates(self, text: str) -> set[int]:
        """Rows of the names that share a piece with a string, near its place."""
        found: set[int] = set()
        length = len(text)
        low = math.ceil(length * self.threshold - _EPSILON)
        high = math.floor(length / self.threshold + _EPSILON)
        for size in range(low, high + 1):
            pieces = self._pieces.get(size)
            if pieces is None:
                continue
            allowed, longer = self._edits(max(size, length)), length - size
            # Edits before the piece shift it, edits after it make up for the rest of the length.
            first, last = -((allowed - longer) // 2), (allowed + longer) // 2
            for start, end, rows in pieces:
                width = end - start
                for at in range(max(0, start + first), min(length - width, start + last) + 1):
                    there = rows.get(text[at : at + width])
                    if there is not None:
                        found.update(there)
        return found

    def _edits(self, size: int) -> int:
        """Edits allowed where the longer string has ``size`` characters."""
        return math.floor((1 - self.threshold) * size + _EPSILON)

    def _cut(self, size: int) -> list[_Piece]:
        """Where names of ``size`` characters are cut: one piece more than edits are allowed."""
        n = self._edits(math.floor(size / self.threshold + _EPSILON)) + 1
        return [_Piece(size * i // n, size * (i + 1) // n, {}) for i in range(n)]


_EPSILON = 1e-9
_LONG = 5
"""Characters of the shortest word that may be misspelt."""


def compatible(one: Key, other: Key) -> bool:
    """Whether two strings that look alike may also mean the same.

    They may not if they differ in a number, in a short word ("vitamin A", "vitamin B"; "lobe
    syndrome", "Lowe syndrome"), in the count of tokens by more than one, or by a prefix of
    opposite meaning.

    >>> compatible(("interleukin", "2"), ("interleukin", "4"))
    False
    >>> compatible(("familial", "hypercalcemia"), ("familial", "hypocalcemia"))
    False
    >>> compatible(("amino", "phylline"), ("aminophylline",))
    True
    """
    if abs(len(one) - len(other)) > 1 or list(_marks(one)) != list(_marks(other)):
        return False
    if len(one) != len(other):
        return True
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return not any(max(len(a), len(b)) < _LONG or _opposite(a, b) for a, b in differing)


def _marks(key: Key) -> Iterator[str]:
    """What carries meaning in few characters."""
    for token in key:
        digits = "".join(c for c in token if c.isdigit())
        if digits or len(token) <= 2:
            yield digits or token


def _opposite(a: str, b: str) -> bool:
    for left, right in _OPPOSITES:
        for x, y in ((a, b), (b, a)):
            if x.startswith(left) and y.startswith(right) and x[len(left) :] == y[len(right) :]:
                return True
    return False
