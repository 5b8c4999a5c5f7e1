r"""UTF-8 bytes → tokens ``\w+|[^\w\s]`` and the places where a sentence may end.

:mod:`weaklabel.ground.segment` says what tokens and sentence ends are; this is the same, compiled.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.characters import SPACE, WORD, character_classes
from weaklabel.kernels.compiling import compiled, inner
from weaklabel.kernels.loading import byte_at, put_int
from weaklabel.kernels.stops import ENDS, NEVER, known_words, verdict

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

_NEWLINE, _STOP, _EXCLAMATION, _QUESTION, _HYPHEN = 10, 46, 33, 63, 45
_MOST_KEPT = 1 << 24
"""Bytes of text up to which the room for tokens is kept."""
_kept_room = threading.local()
_CLOSERS = tuple(map(ord, "\"')]”’"))


class Tokens(NamedTuple):
    """The tokens of some parts of a text, and where its sentences may end.

    Attributes:
        byte_start, byte_end: ``(N,)`` offsets into the bytes.
        start, end: ``(N,)`` offsets in characters, counted as the parts are.
        part_tokens: ``(P,)`` tokens of each part.
        stops: ``(Q,)`` characters after which a sentence may end, in order.
        decided: ``(Q,)`` :data:`ENDS` or :data:`ASK`.
        part_stops: ``(P,)`` stops of each part.
    """

    byte_start: Ints
    byte_end: Ints
    start: Ints
    end: Ints
    part_tokens: Longs
    stops: Ints
    decided: Bytes
    part_stops: Longs


@inner
def decode(i: int) -> tuple[int, int]:
    """The character at an address in valid UTF-8, and its length in bytes."""
    c = np.int64(byte_at(i))
    if c < 0x80:
        return c, 1
    if c < 0xE0:
        return (c & 0x1F) << 6 | (np.int64(byte_at(i + 1)) & 0x3F), 2
    if c < 0xF0:
        return (
            (c & 0x0F) << 12
            | (np.int64(byte_at(i + 1)) & 0x3F) << 6
            | (np.int64(byte_at(i + 2)) & 0x3F)
        ), 3
    return (
        (c & 0x07) << 18
        | (np.int64(byte_at(i + 1)) & 0x3F) << 12
        | (np.int64(byte_at(i + 2)) & 0x3F) << 6
        | (np.int64(byte_at(i + 3)) & 0x3F)
    ), 4


@inner
def _closed_stop(i: int, end: int, classes: int) -> tuple[int, int]:
    """Bytes and characters of the closers after a stop at ``i``; -1 where no white space follows.

    At most three closing quotes or brackets.
    """
    at = i + 1
    for closers in range(4):
        if at >= end:
            return -1, 0
        character, size = decode(at)
        if byte_at(classes + character) == SPACE:
            return at - i - 1, closers
        if closers == 3 or character not in _CLOSERS:
            return -1, 0
        at += size
    return -1, 0


@inner
def _blank_line(i: int, end: int, classes: int) -> tuple[int, int]:
    """Bytes and characters from a line end at ``i`` past the last one of the white space it opens.

    0 where there is no other: one line end is no blank line.
    """
    at, characters = i + 1, 1
    found, found_characters = 0, 0
    while at < end:
        character, size = decode(at)
        if byte_at(classes + character) != SPACE:
            break
        at += size
        characters += 1
        if character == _NEWLINE:
            found, found_characters = at - i, characters
    return found, found_characters


def tokens_of(
    data: Bytes,
    part_start: Longs,
    part_end: Longs,
    part_character: Longs,
) -> Tokens:
    """The tokens of some parts of a text.

    ``byte_start`` and ``byte_end`` are good until this thread calls again: the room that tokens are
    written to is kept, because fresh memory costs as much as what is done with it.

    Args:
        data: valid UTF-8.
        part_start, part_end: ``(P,)`` bytes of each part; no token crosses its ends.
        part_character: ``(P,)`` what the first character of each part counts as.
    """
    size = int((part_end - part_start).sum())
    room = getattr(_kept_room, "room", None)
    if room is None or room.shape[1] < size:
        room = np.empty((6, size + size // 4), np.int32)
        if size <= _MOST_KEPT:
            _kept_room.room = room
    n, q, part_tokens, part_stops = tokenise(
        data, part_start, part_end, part_character, character_classes(), *known_words(), room
    )
    byte_start, byte_end, start, end, stops, decided = room
    return Tokens(
        byte_start[:n], byte_end[:n], start[:n].copy(), end[:n].copy(),
        part_tokens, stops[:q].copy(), decided[:q].astype(np.uint8), part_stops,
    )  # fmt: skip


@compiled
def tokenise(
    data: Bytes,
    part_start: Longs,
    part_end: Longs,
    part_character: Longs,
    classes: Bytes,
    packed: Words,
    kinds: Bytes,
    room: Ints,
) -> tuple[int, int, Longs, Longs]:
    """Tokens and stops, written to ``room``, and how many there are; see :func:`tokens_of`.

    ``room`` is ``(6, bytes)``: where tokens begin and end in bytes and in characters, stops, and
    how they are decided.
    """
    part_tokens = np.empty(len(part_start), np.int64)
    part_stops = np.empty(len(part_start), np.int64)
    row = 4 * room.shape[1]
    byte_start_at = room.ctypes.data
    byte_end_at, start_at, end_at = (
        byte_start_at + row, byte_start_at + 2 * row, byte_start_at + 3 * row
    )  # fmt: skip
    stops, decided = room[4], room[5]
    base, table = data.ctypes.data, classes.ctypes.data
    n, q = 0, 0
    for p in range(len(part_start)):
        first, end = base + part_start[p], base + part_end[p]
        i = first
        at = part_character[p]
        n_before, q_before = n, q
        begin = i  # of the sentence, 0 while a stop must be asked about
        free = i  # bytes from here on are not yet part of a stop or blank line
        while i < end:
            c = np.int64(byte_at(i))
            size = 1
            if c < 0x80:
                kind = byte_at(table + c)
            else:
                character, size = decode(i)
                kind = byte_at(table + character)
            if kind == SPACE:
                if c == _NEWLINE and i >= free:
                    size_of_blank, characters = _blank_line(i, end, table)
                    if size_of_blank:
                        stops[q] = at + characters
                        decided[q] = ENDS
                        q += 1
                        begin = free = i + size_of_blank
                i += size
                at += 1
                continue
            put_int(byte_start_at + 4 * n, i - base)
            put_int(start_at + 4 * n, at)
            if kind == WORD:
                i += size
                at += 1
                while i < end:
                    c = np.int64(byte_at(i))
                    if c < 0x80:
                        if byte_at(table + c) != WORD:
                            break
                        i += 1
                    else:
                        character, size = decode(i)
                        if byte_at(table + character) != WORD:
                            break
                        i += size
                    at += 1
            else:
                if c in (_STOP, _EXCLAMATION, _QUESTION):
                    size_of_closers, closers = _closed_stop(i, end, table)
                    after = i + 1 + size_of_closers
                    if size_of_closers >= 0:
                        free = after
                        judged = verdict(first, begin, i, after, end, table, packed, kinds)
                        if judged != NEVER:
                            stops[q] = at + 1 + closers
                            decided[q] = judged
                            q += 1
                            begin = after if judged == ENDS else 0
                i += size
                at += 1
            put_int(byte_end_at + 4 * n, i - base)
            put_int(end_at + 4 * n, at)
            n += 1
        part_tokens[p] = n - n_before
        part_stops[p] = q - q_before
    return n, q, part_tokens, part_stops


@compiled
def rows_between(
    starts: Ints, part_tokens: Longs, stops: Ints, part_stops: Longs
) -> tuple[Longs, Longs]:
    """Tokens of each sentence, and sentences of each part; a sentence without tokens is none."""
    lengths = np.empty(len(starts), np.int64)
    part_rows = np.zeros(len(part_tokens), np.int64)
    rows, t, q = 0, 0, 0
    for p in range(len(part_tokens)):
        t_end, q_end = t + part_tokens[p], q + part_stops[p]
        begin = t
        while t < t_end:
            if q < q_end and stops[q] <= starts[t]:
                q += 1
                if t > begin:
                    lengths[rows] = t - begin
                    rows += 1
                    part_rows[p] += 1
                begin = t
                continue
            t += 1
        if t > begin:
            lengths[rows] = t - begin
            rows += 1
            part_rows[p] += 1
        q = q_end
    return lengths[:rows].copy(), part_rows


@compiled
def character_bytes(data: Bytes, first: Longs, last: Longs, characters: Ints) -> Longs:
    """``(P,)`` the byte at which the so many-eth character of each range of bytes begins."""
    found = np.empty(len(first), np.int64)
    for p in range(len(first)):
        i, at = first[p], 0
        while at < characters[p] and i < last[p]:
            i += 1
            while i < last[p] and data[i] & 0xC0 == 0x80:
                i += 1
            at += 1
        found[p] = i
    return found
