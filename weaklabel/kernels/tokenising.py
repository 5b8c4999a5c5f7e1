r"""UTF-8 bytes → tokens ``\w+|[^\w\s]`` and the places where a sentence may end.

:mod:`weaklabel.segment` says what the tokens and the sentence ends are; this is the same, compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.kernels.characters import SPACE, WORD
from weaklabel.kernels.compiling import compiled, inner
from weaklabel.kernels.loading import byte_at, put_int

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

ENDS, ASK = 1, 0
"""A stop that ends a sentence for certain; one that :mod:`weaklabel.segment` must judge."""
_NEWLINE, _STOP, _EXCLAMATION, _QUESTION, _HYPHEN = 10, 46, 33, 63, 45
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
def _opens_with_capital(i: int, end: int, classes: int) -> bool:
    """Whether the first character after white space at ``i`` is one of A to Z."""
    while i < end:
        character, size = decode(i)
        if byte_at(classes + character) != SPACE:
            return 65 <= character <= 90
        i += size
    return False


@inner
def _goes_on_in_lower_case(i: int, end: int, classes: int) -> bool:
    """Whether a word of lower-case letters alone comes after the white space at ``i``.

    Before a hyphen it may be a name that opens a sentence ("beta-blockers"): that counts not.
    """
    while i < end and byte_at(i) < 0x80 and byte_at(classes + np.int64(byte_at(i))) == SPACE:
        i += 1
    start = i
    while i < end and 97 <= byte_at(i) <= 122:
        i += 1
    if i in (start, end):
        return i > start
    after = np.int64(byte_at(i))
    return after < 0x80 and after != _HYPHEN and byte_at(classes + after) != WORD


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


@inner
def _packed(start: int, end: int) -> int:
    """Up to eight bytes as one number."""
    packed = np.uint64(0)
    for k in range(end - start):
        packed |= np.uint64(byte_at(start + k)) << np.uint64(8 * k)
    return packed


@inner
def _is_certain(first: int, i: int, end: int, classes: int, kept: npt.NDArray[np.uint64]) -> bool:
    """Whether a stop at ``i`` with no closer after it ends a sentence whatever else there is.

    A capital follows, and before it stands a word of three lower-case letters or more that is no
    abbreviation; or, before a full stop, no word at all.
    """
    if not _opens_with_capital(i + 1, end, classes):
        return False
    if byte_at(i) != _STOP:
        return True
    start = i
    while start > first and 97 <= byte_at(start - 1) <= 122:
        start -= 1
    if start > first:
        before = np.int64(byte_at(start - 1))
        if before >= 0x80 or before == _STOP or (start < i and byte_at(classes + before) == WORD):
            return False
        if start == i:
            return byte_at(classes + before) != WORD
    if i - start < 3:
        return False
    if i - start <= 8:
        packed = _packed(start, i)
        for known in kept:
            if packed == known:
                return False
    return True


@compiled
def tokenise(
    data: Bytes,
    part_start: Longs,
    part_end: Longs,
    part_character: Longs,
    classes: Bytes,
    kept: npt.NDArray[np.uint64],
) -> tuple[Ints, Ints, Ints, Ints, Longs, Ints, Bytes, Longs]:
    """The tokens of some parts of a text; see :class:`Tokens`.

    Args:
        data: valid UTF-8.
        part_start, part_end: ``(P,)`` bytes of each part; no token crosses its ends.
        part_character: ``(P,)`` what the first character of each part counts as.
        classes: see :func:`weaklabel.kernels.characters.character_classes`.
        kept: abbreviations of three to eight letters as packed bytes: they need a closer look.
    """
    room = 0
    for p in range(len(part_start)):
        room += part_end[p] - part_start[p]
    byte_start = np.empty(room, np.int32)
    byte_end = np.empty(room, np.int32)
    starts = np.empty(room, np.int32)
    ends = np.empty(room, np.int32)
    part_tokens = np.empty(len(part_start), np.int64)
    stops = np.empty(room // 2 + 1, np.int32)
    decided = np.empty(room // 2 + 1, np.uint8)
    part_stops = np.empty(len(part_start), np.int64)
    byte_start_at, byte_end_at = byte_start.ctypes.data, byte_end.ctypes.data
    start_at, end_at = starts.ctypes.data, ends.ctypes.data
    base, table = data.ctypes.data, classes.ctypes.data
    n, q = 0, 0
    for p in range(len(part_start)):
        first, end = base + part_start[p], base + part_end[p]
        i = first
        at = part_character[p]
        n_before, q_before = n, q
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
                        free = i + size_of_blank
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
                        if not _goes_on_in_lower_case(after, end, table):
                            certain = closers == 0 and _is_certain(first, i, end, table, kept)
                            stops[q] = at + 1 + closers
                            decided[q] = ENDS if certain else ASK
                            q += 1
                i += size
                at += 1
            put_int(byte_end_at + 4 * n, i - base)
            put_int(end_at + 4 * n, at)
            n += 1
        part_tokens[p] = n - n_before
        part_stops[p] = q - q_before
    return (
        byte_start[:n].copy(), byte_end[:n].copy(), starts[:n].copy(), ends[:n].copy(),
        part_tokens, stops[:q].copy(), decided[:q].copy(), part_stops,
    )  # fmt: skip


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
