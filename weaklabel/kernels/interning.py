"""Byte strings → small integers: every distinct one once, in order of first appearance."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.compiling import aside, compiled, inner
from weaklabel.kernels.loading import byte_at, int_at, word_at
from weaklabel.kernels.strings import pieces
from weaklabel.kernels.tokenising import Bytes

Hashes = npt.NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_LONG = np.uint64(0xFF00000000000000)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_56, _32, _29 = np.uint64(56), np.uint64(32), np.uint64(29)
SLACK = 8
"""Bytes after the last string of a pool, so that eight can be read from any place in it."""


class Vocabulary(NamedTuple):
    """Distinct strings, found again by their bytes.

    Attributes:
        pool: the strings' bytes, one after the other, and :data:`SLACK`.
        splits: ``(V + 1,)`` where each begins in ``pool``.
        slots: ``(2 * slots,)`` open-addressing table: key, 1 + index; index 0 where free.
    """

    pool: Bytes
    splits: Ints
    slots: Hashes

    @property
    def size(self) -> int:
        """``V``, the number of strings."""
        return len(self.splits) - 1

    @property
    def nbytes(self) -> int:
        """Memory of its arrays."""
        return self.pool.nbytes + self.splits.nbytes + self.slots.nbytes

    def strings(self) -> list[str]:
        """All strings, in order."""
        return pieces(self.pool, self.splits)

    def find(self, string: str) -> int:
        """The index of a string, or -1."""
        data = np.frombuffer(string.encode(), np.uint8)
        bounds = np.array([0, len(data)], np.int32)
        return int(look_up(data, bounds[:1], bounds[1:], *self)[0])

    def string(self, index: int) -> str:
        """One string."""
        return self.pool[self.splits[index] : self.splits[index + 1]].tobytes().decode()


@inner
def _word(place: int, size: int, limit: int) -> int:
    """Up to eight bytes from an address as one number, zeros above them."""
    if size == 0:
        return np.uint64(0)
    if place + 8 <= limit:
        return word_at(place) & (_ALL >> np.uint64(64 - 8 * size))
    word = np.uint64(0)
    for k in range(size):
        word |= np.uint64(byte_at(place + k)) << np.uint64(8 * k)
    return word


@inner
def key_of(place: int, size: int, limit: int) -> int:
    """A 64-bit key of the ``size`` bytes from an address: of up to seven bytes no two share one.

    The mixing at the end maps no two numbers to one, so short strings, whose bytes and length fit
    into 64 bits, are told apart by their keys alone. Longer ones share a key once in 2**56 pairs.

    Args:
        place: an address.
        size: bytes.
        limit: the address after the last byte that may be read.
    """
    if size < 8:
        h = _word(place, size, limit) | np.uint64(size) << _56
    else:
        h = np.uint64(size) * _ODD
        for _ in range(size // 8):
            h = (h ^ word_at(place)) * _MIX
            h ^= h >> _32
            place += 8
        h = (h ^ _word(place, size % 8, limit)) * _MIX
        h ^= h >> _32
        h |= _LONG
    h ^= h >> _32
    h *= _ODD
    h ^= h >> _29
    h *= _MIX
    return h ^ (h >> _32)


@inner
def _equal(a: int, b: int, size: int) -> bool:
    """Whether eight bytes or more are the same at two addresses."""
    for k in range(0, size - 7, 8):
        if word_at(a + k) != word_at(b + k):
            return False
    return word_at(a + size - 8) == word_at(b + size - 8)


@inner
def slot_of(
    key: int, place: int, size: int, pool: int, splits: int, slots: int, mask: int
) -> tuple[int, int]:
    """The index of some bytes in a vocabulary, or -1; and the slot it has or would have.

    ``place``, ``pool``, ``splits`` and ``slots`` are addresses.
    """
    slot = np.int64(key & mask)
    while True:
        entry = slots + 16 * slot
        index = np.int64(word_at(entry + 8)) - 1
        if index < 0:
            return -1, slot
        if word_at(entry) == key:
            if size < 8:
                return index, slot
            start = int_at(splits + 4 * index)
            if int_at(splits + 4 * index + 4) - start == size and _equal(place, pool + start, size):
                return index, slot
        slot = np.int64(np.uint64(slot + 1) & mask)


@compiled
def look_up(
    data: Bytes, starts: Ints, ends: Ints, pool: Bytes, splits: Ints, slots: Hashes
) -> Ints:
    """``(N,)`` index of each string of ``data`` in a vocabulary, -1 where it is not in it."""
    found = np.empty(len(starts), np.int32)
    base, limit = data.ctypes.data, data.ctypes.data + len(data)
    mask = np.uint64(len(slots) // 2 - 1)
    at = pool.ctypes.data, splits.ctypes.data, slots.ctypes.data
    for n in range(len(starts)):
        place = base + np.int64(starts[n])
        size = np.int64(ends[n]) - np.int64(starts[n])
        key = key_of(place, size, limit)
        found[n], _ = slot_of(key, place, size, at[0], at[1], at[2], mask)
    return found


@inner
def _known(
    n: int, ids: Ints, base: int, starts: Ints, ends: Ints, limit: int,
    pool: int, splits: int, slots: int, mask: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Fill in ``ids`` from ``n`` on up to a string that is new: its place, key and free slot."""
    key, slot = np.uint64(0), np.int64(0)
    while n < len(starts):
        place = base + np.int64(starts[n])
        size = np.int64(ends[n]) - np.int64(starts[n])
        key = key_of(place, size, limit)
        index, slot = slot_of(key, place, size, pool, splits, slots, mask)
        if index < 0:
            break
        ids[n] = index
        n += 1
    return n, key, slot


@aside
def _grown(values: Any) -> Any:
    """The same numbers with as much room again behind them."""
    more = np.empty(2 * len(values), values.dtype)
    for k in range(len(values)):
        more[k] = values[k]
    return more


@compiled
def intern(
    data: Bytes, starts: Ints, ends: Ints, pool: Bytes, splits: Ints, slots: Hashes, count: int
) -> tuple[Ints, Bytes, Ints, Hashes, int]:
    """Ids of strings of ``data``, and a growing vocabulary with those that are new.

    Args:
        data: bytes.
        starts, ends: ``(N,)`` where each string lies.
        pool, splits, slots, count: the arrays of a :class:`Vocabulary` with room at their ends, and
            how many strings it has. They are written to, or left for larger ones.
    """
    ids = np.empty(len(starts), np.int32)
    used = np.int64(splits[count])
    mask = np.uint64(len(slots) // 2 - 1)
    base, limit = data.ctypes.data, data.ctypes.data + len(data)
    pool_at, splits_at, slots_at = pool.ctypes.data, splits.ctypes.data, slots.ctypes.data
    n = 0
    while True:
        n, key, slot = _known(n, ids, base, starts, ends, limit, pool_at, splits_at, slots_at, mask)
        if n == len(starts):
            break
        size = np.int64(ends[n]) - np.int64(starts[n])
        if count + 1 == len(splits):
            splits = _grown(splits)
        while used + size + SLACK > len(pool):
            pool = _grown(pool)
        for k in range(size):
            pool[used + k] = data[starts[n] + k]
        used += size
        ids[n] = count
        count += 1
        splits[count] = used
        slots[2 * slot] = key
        slots[2 * slot + 1] = count
        if 3 * count > len(slots):  # two thirds of the slots are taken
            slots = _table(pool, splits, count, 2 * len(slots))
            mask = np.uint64(len(slots) // 2 - 1)
        pool_at, splits_at, slots_at = pool.ctypes.data, splits.ctypes.data, slots.ctypes.data
        n += 1
    for k in range(SLACK):
        pool[used + k] = 0
    return ids, pool, splits, slots, count


@aside
def _table(pool: Bytes, splits: Ints, count: int, size: int) -> Hashes:
    slots = np.zeros(size, np.uint64)
    mask = np.uint64(size // 2 - 1)
    for index in range(count):
        size_of = np.int64(splits[index + 1]) - np.int64(splits[index])
        limit = pool.ctypes.data + len(pool)
        key = key_of(pool.ctypes.data + np.int64(splits[index]), size_of, limit)
        at = np.int64(key & mask)
        while slots[2 * at + 1] != 0:
            at = np.int64(np.uint64(at + 1) & mask)
        slots[2 * at] = key
        slots[2 * at + 1] = index + 1
    return slots


class Interner:
    """A vocabulary that grows.

    >>> data = np.frombuffer(b"a bc a", np.uint8)
    >>> grows = Interner()
    >>> grows.ids(data, np.array([0, 2], "i4"), np.array([1, 4], "i4")).tolist()
    [0, 1]
    >>> grows.ids(data, np.array([5], "i4"), np.array([6], "i4")).tolist()
    [0]
    >>> grows.vocabulary().strings()
    ['a', 'bc']
    """

    def __init__(self, room: int = 0) -> None:
        """An empty one, its table large enough for so many strings."""
        slots = 1 << max(10, (3 * room // 2).bit_length())
        self._pool = np.zeros(max(1 << 14, 8 * room), np.uint8)
        self._splits = np.zeros(max(1 << 10, room), np.int32)
        self._slots = np.zeros(2 * slots, np.uint64)
        self._count = 0

    def ids(self, data: Bytes, starts: Ints | Longs, ends: Ints | Longs) -> Ints:
        """``(N,)`` index of each string of ``data``; those that are new are taken up."""
        ids, self._pool, self._splits, self._slots, self._count = intern(
            data, starts, ends, self._pool, self._splits, self._slots, self._count
        )
        return ids

    def ids_of(self, words: Vocabulary) -> Ints:
        """``(V,)`` index of each string of a vocabulary."""
        return self.ids(words.pool, words.splits[:-1], words.splits[1:])

    def since(self, first: int) -> Vocabulary:
        """A view of the strings from the so many-eth on; nothing can be found in it."""
        splits = self._splits[first : self._count + 1]
        return Vocabulary(self._pool, splits, np.zeros(2, np.uint64))

    def vocabulary(self) -> Vocabulary:
        """What it holds by now."""
        splits = self._splits[: self._count + 1].copy()
        return Vocabulary(self._pool[: splits[-1] + SLACK].copy(), splits, self._slots.copy())


def interned(
    data: Bytes, starts: Ints | Longs, ends: Ints | Longs, *, room: int = 0
) -> tuple[Ints, Vocabulary]:
    """``(N,)`` index of each string of ``data``, and the distinct strings.

    Args:
        data: bytes.
        starts, ends: ``(N,)`` where each string lies.
        room: about how many distinct ones there will be.
    """
    grows = Interner(room)
    return grows.ids(data, starts, ends), grows.vocabulary()


@compiled
def keys_of(data: Bytes, splits: Longs) -> Hashes:
    """``(N,)`` a 64-bit key of each string; see :func:`key_of`."""
    keys = np.empty(len(splits) - 1, np.uint64)
    base, limit = data.ctypes.data, data.ctypes.data + len(data)
    for n in range(len(keys)):
        keys[n] = key_of(base + splits[n], splits[n + 1] - splits[n], limit)
    return keys


@compiled
def byte_offsets(
    data: Bytes, text_start: Longs, text_end: Longs, text_splits: Longs, starts: Ints, ends: Ints
) -> tuple[Longs, Longs]:
    """Where tokens given in characters lie in bytes.

    Args:
        data: valid UTF-8.
        text_start, text_end: ``(D,)`` bytes of each text.
        text_splits: ``(D + 1,)`` row splits, texts → tokens.
        starts, ends: ``(N,)`` characters within the token's text, ascending.
    """
    byte_start = np.empty(len(starts), np.int64)
    byte_end = np.empty(len(starts), np.int64)
    for d in range(len(text_start)):
        i, at = text_start[d], 0
        for n in range(text_splits[d], text_splits[d + 1]):
            for bound in range(2):
                character = starts[n] if bound == 0 else ends[n]
                while at < character and i < text_end[d]:
                    i += 1
                    while i < text_end[d] and data[i] & 0xC0 == 0x80:
                        i += 1
                    at += 1
                if bound == 0:
                    byte_start[n] = i
                else:
                    byte_end[n] = i
    return byte_start, byte_end
