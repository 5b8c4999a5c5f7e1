"""Tables as columns: names ↔ indices, row splits, order, what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.errors import SpanError
from weaklabel.ground.types import Floats, Ints, Longs

if TYPE_CHECKING:
    import pyarrow as pa

Columns = tuple[Ints, Ints, Ints, Ints, Ints, Floats, Ints]
"""Sentence, start, end, label, source, score, entry: ``(V,)`` each."""


class Interned(NamedTuple):
    """A corpus's tokens as small integers.

    Attributes:
        ids: ``(N,)`` index of each token's string in ``words``.
        words: the distinct strings.
    """

    ids: Ints
    words: tuple[str, ...]


def shift(codes: Ints, by: int) -> Ints:
    """Indices moved up by so many; -1 stays."""
    return np.where(codes < 0, codes, codes + np.int32(by))


def codes(names: Sequence[str], known: Sequence[str], *, missing: int | None = None) -> Ints:
    """The index of each name in ``known``; a name that is not in it is ``missing``, if given."""
    of = {name: i for i, name in enumerate(known)}
    found = [of[name] if missing is None else of.get(name, missing) for name in names]
    return np.array(found, np.int32)


def refuse_impossible(columns: Columns, sources: Sequence[str], n_sentences: int) -> None:
    """Refuse rows with an empty or negative range, or of a sentence outside the corpus.

    Raises:
        SpanError: for the first one.
    """
    sentence, start, end, _, source, *_ = columns
    fine = (start >= 0) & (start < end) & (sentence >= 0) & (sentence < n_sentences)
    if fine.all():
        return
    i = int(np.argmin(fine))
    place = f"tokens {start[i]} to {end[i]} of sentence {sentence[i]} (of {n_sentences})"
    raise SpanError(f"source {sources[source[i]]!r} voted for an impossible span: {place}")


def ordered(columns: Columns, labels: Sequence[str], sources: Sequence[str]) -> Columns:
    """Rows by sentence, start, end, label, source, score and entry; equal ones are one."""
    sentence, start, end, label, source, score, entry = columns
    by_label, by_source = (
        np.argsort(np.argsort(np.array(names, dtype=object), kind="stable"))
        for names in (labels, sources or ("",))
    )
    keys = (entry, score, by_source[source], by_label[label], end, start, sentence)
    if not _ascending(keys[::-1]):
        order = np.lexsort(keys)
        columns = tuple(column[order] for column in columns)  # type: ignore[assignment]
    if len(sentence) < 2:
        return columns
    same = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    if not same.any():
        return columns
    return tuple(column[np.concatenate([[True], ~same])] for column in columns)


def _ascending(keys: Sequence[npt.NDArray[Any]]) -> bool:
    """Whether rows are in order already, first key first."""
    tied = np.ones(max(0, len(keys[0]) - 1), np.bool_)
    for key in keys:
        if (tied & (key[1:] < key[:-1])).any():
            return False
        tied &= key[1:] == key[:-1]
        if not tied.any():
            return True
    return True


def column_codes(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    """A dictionary-encoded Parquet column as indices into ``names``, -1 where it is null."""
    of = {name: i for i, name in enumerate(names)}
    found = [np.empty(0, np.int32)]
    for chunk in column.chunks:
        known = np.array([*(of[name] for name in chunk.dictionary.to_pylist()), -1], np.int32)
        indices = chunk.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
        found.append(known[indices])
    return np.concatenate(found)


def row_splits(counts: npt.NDArray[np.integer]) -> Longs:
    """Row splits of rows with so many items each."""
    splits = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=splits[1:])
    return splits


def row_counts(splits: npt.NDArray[np.integer], rows: npt.NDArray[np.integer]) -> Longs:
    """How many items some rows have."""
    counts: Longs = splits[rows + 1].astype(np.int64) - splits[rows]
    return counts


def row_ranges(splits: npt.NDArray[np.integer], rows: npt.NDArray[np.integer]) -> Longs:
    """The concatenation of ``arange(splits[r], splits[r + 1])`` for each row."""
    counts = row_counts(splits, rows)
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    shift = np.repeat(splits[rows] - (ends - counts), counts)
    ranges: Longs = np.arange(total, dtype=np.int64) + shift
    return ranges
