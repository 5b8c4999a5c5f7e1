"""One tag a token with its probabilities, for a whole corpus. No torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from weaklabel.ground.types import Floats, Longs


class Path(NamedTuple):
    """One tag a token, with its probabilities, for a whole corpus of ``N`` tokens.

    Attributes:
        tags: ``(N,)``.
        own: ``(N,)`` probability of the tag.
        steps: ``(N,)`` probability of the tag given the one before it.
    """

    tags: Longs
    own: Floats
    steps: Floats

    @classmethod
    def outside(cls, n: int) -> Path:
        """All tokens outside, nothing weighed."""
        return cls(np.zeros(n, np.int64), np.zeros(n, np.float32), np.zeros(n, np.float32))

    def step_within(self, place: tuple[int, int]) -> Floats:
        """Factors of the probability of a span's tags: the first's own, then steps."""
        start, end = place
        return np.concatenate([self.own[start : start + 1], self.steps[start + 1 : end]])
