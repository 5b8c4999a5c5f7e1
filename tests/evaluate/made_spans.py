"""Small corpora with spans drawn at random: scoring needs no sense."""

from __future__ import annotations

from weaklabel.text import Annotation, Annotations, Corpus, Gold

Rows = set[tuple[int, int, int, str]]
TEXT = "abcdefghij klmnopqrst. " * 2


def annotations(rows: Rows) -> Annotations:
    return Annotations.of(Annotation(*row) for row in rows)


def gold_of(rows: Rows, *, documents: int) -> Gold:
    return Gold(Corpus.from_texts([TEXT] * documents), annotations(rows))
