"""Whether a sentence ends at a stop: ``ends_sentence`` of ``ground/segment``, compiled for ASCII.

Where another character stands in what must be looked at, the answer is :data:`ASK`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.ground.segment import ABBREVIATIONS, BEFORE_INITIAL, MAY_END, SENTENCE_OPENERS
from weaklabel.kernels.characters import SPACE, WORD
from weaklabel.kernels.compiling import aside
from weaklabel.kernels.loading import byte_at

ASK, ENDS, NEVER = 0, 1, 2
"""A stop that ``ground/segment`` must judge; one that ends a sentence; one that does not."""
_ABBREVIATION, _MAY_END, _OPENER, _BEFORE_INITIAL, _GREEK = 1, 2, 4, 8, 16
_GREEKS = ("alpha", "beta", "gamma", "delta", "kappa")
_STOP, _HYPHEN, _COMMA, _SEMICOLON, _BRACKET, _ZERO = map(ord, ".-,;(0")
_OPENING = (34, 39, 40, 91)
_TAIL = 40
_LONGEST = 30
"""Bytes of a word that are looked at, so that all of it lies in the tail the rules see."""
_SLOTS_SHIFT = 55
_A, _B = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
_MULTIPLIERS = np.array([_A, _B], np.uint64)


class KnownWords(NamedTuple):
    """Words that the rules know, in a hash table of 512 slots.

    Attributes:
        packed: ``(1024,)`` up to 16 bytes of each word, as two numbers.
        kinds: ``(512,)`` what it is: a sum of bits; 0 where there is no word.
    """

    packed: npt.NDArray[np.uint64]
    kinds: npt.NDArray[np.uint8]


@cache
def known_words() -> KnownWords:
    """The words of :mod:`weaklabel.ground.segment`; it is a test that all of them are found."""
    table = KnownWords(np.zeros(1024, np.uint64), np.zeros(512, np.uint8))
    kinds = {
        _ABBREVIATION: ABBREVIATIONS,
        _MAY_END: MAY_END,
        _OPENER: SENTENCE_OPENERS,
        _BEFORE_INITIAL: BEFORE_INITIAL,
        _GREEK: frozenset(_GREEKS),
    }
    for word in sorted(frozenset().union(*kinds.values())):
        raw = word.encode()
        low, high = (int.from_bytes(raw[k : k + 8], "little") for k in (0, 8))
        slot = ((low ^ (high * _A)) * _B % (1 << 64)) >> _SLOTS_SHIFT
        while table.kinds[slot]:
            slot = (slot + 1) % 512
        table.packed[2 * slot : 2 * slot + 2] = low, high
        table.kinds[slot] = sum(kind for kind, words in kinds.items() if word in words)
    return table


@aside
def _kind(
    start: int, end: int, packed: npt.NDArray[np.uint64], kinds: npt.NDArray[np.uint8]
) -> int:
    """What a word is without case: a sum of bits."""
    if end - start > 16:
        return 0
    low, high = np.uint64(0), np.uint64(0)
    for k in range(end - start):
        c = np.uint64(byte_at(start + k))
        if 65 <= c <= 90:
            c += np.uint64(32)
        if k < 8:
            low |= c << np.uint64(8 * k)
        else:
            high |= c << np.uint64(8 * (k - 8))
    mixed = (low ^ (high * np.uint64(_A))) * np.uint64(_B)
    slot = np.int64(mixed >> np.uint64(_SLOTS_SHIFT))
    while kinds[slot] != 0:
        if packed[2 * slot] == low and packed[2 * slot + 1] == high:
            return int(kinds[slot])
        slot = (slot + 1) & 511
    return 0


@aside
def _all_between(start: int, end: int, low: int, high: int) -> bool:
    """Whether all bytes are from ``low`` to ``high``, and there is one."""
    for k in range(start, end):
        if not low <= byte_at(k) <= high:
            return False
    return start < end


@aside
def _is_prose(
    start: int, end: int, packed: npt.NDArray[np.uint64], kinds: npt.NDArray[np.uint8]
) -> bool:
    if end - start < 3 or not _all_between(start, end, 97, 122):
        return False
    return _kind(start, end, packed, kinds) & _ABBREVIATION == 0


@aside
def _is_lower_name(
    at: int, end: int, packed: npt.NDArray[np.uint64], kinds: npt.NDArray[np.uint8]
) -> bool:
    """Letters and a digit, or a Greek letter's name and a hyphen, in eight bytes."""
    after = at
    while after < end and 97 <= byte_at(after) <= 122:
        after += 1
    if after in (at, end) or after >= at + 8:
        return False
    c = byte_at(after)
    return 48 <= c <= 57 or (c == _HYPHEN and _kind(at, after, packed, kinds) & _GREEK != 0)


@aside
def _is_band(start: int, end: int) -> bool:
    """A chromosome band: "14q22", "Xp11"."""
    at = start
    if byte_at(at) in (88, 89):
        at += 1
    else:
        while at < end and 48 <= byte_at(at) <= 57:
            at += 1
    arms = 0
    while at < end:
        if byte_at(at) not in (112, 113):
            return False
        digits = at + 1
        while digits < end and 48 <= byte_at(digits) <= 57:
            digits += 1
        if digits == at + 1:
            return False
        at = digits
        arms += 1
    return arms > 0


@aside
def _is_year(start: int, end: int) -> bool:
    if end - start != 4:
        return False
    century = (byte_at(start), byte_at(start + 1))
    return century in ((49, 57), (50, 48)) and _all_between(start + 2, end, 48, 57)


@aside
def _is_cited(at: int, end: int) -> bool:
    """What follows is an abbreviated name, or a year and a volume."""
    if at + 5 <= end and _all_between(at, at + 4, 48, 57) and byte_at(at + 4) == _SEMICOLON:
        return True
    if not 65 <= byte_at(at) <= 90:
        return False
    after = at + 1
    while after < end and after < at + 6 and 97 <= byte_at(after) <= 122:
        after += 1
    if after == end or byte_at(after) != _STOP:
        return False
    return after == at + 1 or (after + 1 < end and byte_at(after + 1) == _COMMA)


@aside
def _begins_with(begin: int, first: int, start: int, after: int, classes: int) -> int:
    """Whether nothing but white space stands between a sentence's begin and a word.

    ``begin`` is 0 where it is not known: then a stop before the word leaves it open.
    """
    at = start
    while at > first and byte_at(at - 1) < 0x80:
        if byte_at(classes + byte_at(at - 1)) != SPACE:
            break
        at -= 1
    if begin:
        if at > begin:
            return ASK if byte_at(at - 1) >= 0x80 else NEVER
        return ENDS if after - begin <= _TAIL else NEVER
    c = byte_at(at - 1)
    return NEVER if c < 0x80 and byte_at(classes + c) == WORD else ASK


@aside
def _letter_ends(
    start: int, begin: int, first: int, classes: int,
    packed: npt.NDArray[np.uint64], kinds: npt.NDArray[np.uint8],
) -> int:  # fmt: skip
    """Whether the letter at ``start`` is no initial."""
    at = start
    while at > first and byte_at(classes + byte_at(at - 1)) == SPACE and byte_at(at - 1) < 0x80:
        at -= 1
    if start - at > 8 or (at > first and byte_at(at - 1) >= 0x80):
        return ASK
    if at in (start, first) or at <= begin:
        return NEVER
    if byte_at(start) >= 97:
        return ENDS if 48 <= byte_at(at - 1) <= 57 else NEVER
    word = at
    while word > first:
        c = byte_at(word - 1)
        if c >= 0x80 or at - word > _LONGEST - 8:
            return ASK
        if byte_at(classes + c) == SPACE:
            break
        word -= 1
    if not _is_prose(word, at, packed, kinds):
        return NEVER
    return NEVER if _kind(word, at, packed, kinds) & _BEFORE_INITIAL != 0 else ENDS


@aside
def verdict(
    first: int, begin: int, i: int, after: int, end: int, classes: int,
    packed: npt.NDArray[np.uint64], kinds: npt.NDArray[np.uint8],
) -> int:  # fmt: skip
    """Whether a sentence ends at a stop: :data:`ENDS`, :data:`NEVER` or :data:`ASK`.

    Args:
        first, end: addresses of the part's text.
        begin: where the sentence begins, 0 where that is not known.
        i: the stop.
        after: where its closing quotes or brackets end; white space follows.
        classes: address of the characters' classes.
        packed, kinds: :class:`KnownWords`.
    """
    at = after  # ---- what follows
    while at < end and byte_at(at) < 0x80 and byte_at(classes + byte_at(at)) == SPACE:
        at += 1
    bracket = False
    for _ in range(3):
        if at == end or byte_at(at) not in _OPENING:
            break
        bracket |= byte_at(at) == _BRACKET
        at += 1
        if at < end and byte_at(at) < 0x80 and byte_at(classes + byte_at(at)) == SPACE:
            at += 1
    follower, capitals = at, False
    while at < end:
        c = byte_at(at)
        if c >= 0x80:
            return ASK
        if byte_at(classes + c) != WORD:
            break
        capitals |= at > follower and 65 <= c <= 90
        at += 1
    start = i  # ---- the word before
    while start > first:
        c = byte_at(start - 1)
        if c >= 0x80 or i - start > _LONGEST:
            return ASK
        if c != _STOP and byte_at(classes + c) != WORD:
            break
        start -= 1
    if byte_at(i) != _STOP or start == i or byte_at(i - 1) == _STOP:
        start = i  # no word
    if at == follower:
        if at == end or byte_at(after - 1) != _STOP:
            return ENDS
        return ENDS if bracket and _is_prose(start, i, packed, kinds) else NEVER
    opener = byte_at(follower)
    digit = 48 <= opener <= 57
    if 97 <= opener <= 122 and not capitals:
        if not _is_prose(start, i, packed, kinds):
            return NEVER
        return ENDS if _is_lower_name(follower, end, packed, kinds) else NEVER
    if opener == _ZERO and at > follower + 1 and 48 <= byte_at(follower + 1) <= 57:
        return NEVER
    if start == i:
        if not digit:
            return ENDS
        if after - 2 < max(first, begin):
            return NEVER
        c = byte_at(after - 2)
        if c >= 0x80:
            return ASK
        return NEVER if c in (61, 60, 62, 126, 32, 40) else ENDS
    number = _all_between(start, i, 48, 57)
    if number:
        opened = _begins_with(begin, first, start, after, classes)
        if opened != NEVER:
            return NEVER if opened == ENDS else ASK
    if digit and (number or _is_band(start, i)) and not _is_year(start, i):
        return NEVER
    opens = _kind(follower, at, packed, kinds) & _OPENER != 0
    bare = start
    while byte_at(bare) == _STOP:
        bare += 1
    kind = _kind(bare, i, packed, kinds)
    if kind & _ABBREVIATION != 0:
        return ENDS if opens and kind & _MAY_END != 0 else NEVER
    letter = byte_at(start)
    capital = 65 <= letter <= 90
    if i == start + 1 and (capital or 97 <= letter <= 122):
        return ENDS if opens else _letter_ends(start, begin, first, classes, packed, kinds)
    return NEVER if capital and _is_cited(follower, end) else ENDS
