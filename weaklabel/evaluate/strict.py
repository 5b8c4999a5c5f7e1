"""Strict counts: a span is right when document, start, end and type are all equal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from weaklabel.errors import DataError
from weaklabel.ground.types import Bools, Longs
from weaklabel.text import Annotations, Gold

GOLD, PREDICTED, CORRECT = range(3)


class StrictCounts(NamedTuple):
    """What strict scores are made of.

    Attributes:
        types: ``K`` types of gold or predictions, sorted.
        counts: ``(D, K, 3)`` by document and type: gold, predicted, correct.
    """

    types: tuple[str, ...]
    counts: Longs


def strict_counts(gold: Gold, predicted: Annotations) -> StrictCounts:
    """Count gold, predicted and correct spans by document and type. Duplicates count once.

    Args:
        gold: ``D`` documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus`` (see :func:`align`).

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    documents = gold.corpus.n_documents
    check_rows(predicted, documents)
    types = tuple(sorted({*gold.annotations.labels, *predicted.labels}))
    sides = [_columns(side, types) for side in (gold.annotations, predicted)]
    rows = np.concatenate(sides)
    is_gold = np.repeat([True, False], [len(side) for side in sides])
    order = np.lexsort((rows[:, 2], rows[:, 1], rows[:, 3], rows[:, 0]))
    rows, is_gold = rows[order], is_gold[order]
    first = np.ones(len(rows), np.bool_)
    first[1:] = (rows[1:] != rows[:-1]).any(1)
    which = np.cumsum(first) - 1
    cell = (rows[:, 0] * max(1, len(types)) + rows[:, 3])[first]
    here = [_any(which, side, len(cell)) for side in (is_gold, ~is_gold)]
    size = documents * len(types)
    columns = [np.bincount(cell[mask], minlength=size) for mask in (*here, here[0] & here[1])]
    return StrictCounts(types, np.stack(columns, -1).reshape(documents, len(types), 3))


def check_rows(predicted: Annotations, documents: int) -> None:
    """Refuse predictions about documents that gold does not have.

    Raises:
        DataError: with the first such row.
    """
    outside = (predicted.document < 0) | (predicted.document >= documents)
    if outside.any():
        row = int(predicted.document[np.argmax(outside)])
        raise DataError(
            f"a predicted span is in document row {row}, but gold has {documents} documents; "
            "pair them by id first: align(gold, corpus, annotations)"
        )


def _columns(side: Annotations, types: tuple[str, ...]) -> Longs:
    code = np.array([types.index(name) for name in side.labels], np.int64)
    label = code[side.label] if len(side) else np.zeros(0, np.int64)
    return np.stack([side.document, side.start, side.end, label], 1).astype(np.int64)


def _any(which: Longs, mask: Bools, size: int) -> Bools:
    found = np.zeros(size, np.bool_)
    found[which[mask]] = True
    return found
