"""Spans drawn at random."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from made_spans import Rows


@pytest.fixture
def draw() -> Callable[[int, int], tuple[Rows, Rows]]:
    """Two random, half agreeing sets of spans over ``documents`` documents."""

    def drawn(seed: int, documents: int = 4) -> tuple[Rows, Rows]:
        rng = random.Random(seed)

        def rows(count: int) -> Rows:
            return {
                (rng.randrange(documents), start, start + rng.randint(1, 6), rng.choice("AB"))
                for start in rng.choices(range(16), k=count)
            }

        gold = rows(rng.randint(0, 14))
        kept = {row for row in gold if rng.random() < 0.5}
        return gold, kept | rows(rng.randint(0, 8))

    return drawn
