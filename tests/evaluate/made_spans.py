"""Small corpora with spans drawn at random: scoring needs no sense."""

from __future__ import annotations

import random

from weaklabel.text import Annotation, Annotations, Corpus, Gold

Rows = set[tuple[int, int, int, str]]
TEXT = "abcdefghij klmnopqrst. " * 2


def annotations(rows: Rows) -> Annotations:
    return Annotations.of(Annotation(*row) for row in rows)


def gold_of(rows: Rows, *, documents: int) -> Gold:
    return Gold(Corpus.from_texts([TEXT] * documents), annotations(rows))


def draw(seed: int, documents: int = 4) -> tuple[Rows, Rows]:
    """Two random, half agreeing sets of spans over ``documents`` documents."""
    rng = random.Random(seed)

    def rows(count: int) -> Rows:
        return {
            (rng.randrange(documents), start, start + rng.randint(1, 6), rng.choice("AB"))
            for start in rng.choices(range(16), k=count)
        }

    gold = rows(rng.randint(0, 14))
    kept = {row for row in sorted(gold) if rng.random() < 0.5}
    return gold, kept | rows(rng.randint(0, 8))
