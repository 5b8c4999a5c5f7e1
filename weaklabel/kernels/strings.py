"""Strings ↔ flat UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from weaklabel.errors import DataError
from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.tokenising import Bytes


def arrow(strings: Sequence[str] | pa.LargeStringArray) -> pa.LargeStringArray:
    """Strings as an Arrow array.

    Raises:
        DataError: if a string holds half a surrogate pair, which no UTF-8 text can.
    """
    if isinstance(strings, pa.LargeStringArray):
        return strings
    try:
        return pa.array(strings, pa.large_string())
    except UnicodeEncodeError as error:
        raise DataError(
            f"{error.object[:60]!r} holds half a surrogate pair at {error.start}, "
            f"which is no character. Read the file as UTF-8"
        ) from None


def flat(strings: Sequence[str] | pa.LargeStringArray) -> tuple[Bytes, Longs]:
    """All bytes, and ``(len + 1,)`` where each string begins; of an Arrow array without a copy.

    Raises:
        DataError: as :func:`arrow`.
    """
    array = arrow(strings)
    _, offsets, data = array.buffers()
    if not len(array) or data is None:
        return np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    splits = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8), splits


def pieces(data: Bytes, splits: Ints | Longs) -> list[str]:
    """Flat bytes as strings; ``splits`` begins where the first one does.

    >>> pieces(np.frombuffer(b"abc", np.uint8), np.array([0, 1, 3]))
    ['a', 'bc']
    """
    raw, bounds = data.tobytes(), splits.tolist()
    if raw.isascii():  # one string for all: cutting it costs less
        text = raw.decode("ascii")
        return [text[a:b] for a, b in pairwise(bounds)]
    return [raw[a:b].decode() for a, b in pairwise(bounds)]
