"""Normal forms of ASCII words, compiled; :mod:`weaklabel.ground.normal` says what they are."""

from __future__ import annotations

import numpy as np

from weaklabel.ground.types import Ints
from weaklabel.kernels.compiling import compiled, inner
from weaklabel.kernels.interning import SLACK
from weaklabel.kernels.tokenising import Bytes

_A, _S, _U, _X, _Z, _I, _O, _C, _H, _E = (ord(c) for c in "asuxziocHE".lower())


@inner
def _is_upper(byte: int) -> bool:
    return 65 <= byte <= 90


@inner
def _is_lower(byte: int) -> bool:
    return 97 <= byte <= 122


@inner
def _all_capitals(data: Bytes, start: int, end: int) -> bool:
    """Python's ``str.isupper`` for ASCII."""
    cased = False
    for k in range(start, end):
        if _is_lower(data[k]):
            return False
        cased |= _is_upper(data[k])
    return cased


@inner
def _asks_for_spelling(word: Bytes, size: int, triggers: Bytes) -> bool:
    """Whether three letters in a row are such that a spelling rule may apply."""
    for k in range(size - 2):
        index = np.int64(0)
        for byte in word[k : k + 3]:
            if not _is_lower(byte):
                index = -1
                break
            index = 26 * index + byte - 97
        if index >= 0 and triggers[index]:
            return True
    return False


@inner
def _singular_size(word: Bytes, n: int) -> tuple[int, bool]:
    """How much of a word its singular keeps, and whether a "y" comes after that."""
    last = word[n - 1]
    if last == _E:
        return (n - 1 if word[n - 2] == _S else n), False
    if last != _S:
        return n, False
    two, three = word[n - 2], word[n - 3]
    if three == _S and two in (_E, _I):  # "ses", "sis"
        return n - 2, False
    if three == _I and two == _E and n > 5:  # "ies"
        return n - 3, True
    if two == _E:
        # "xes", "zes", "ches", "shes"
        if three in (_X, _Z) or (three == _H and word[n - 4] in (_C, _S)):
            return n - 2, False
    elif two in (_S, _U, _I, _O):
        return n, False
    return n - 1, False


@compiled
def normal_forms(
    pool: Bytes, splits: Ints, case: bool, spelling: bool, plural: bool, triggers: Bytes
) -> tuple[Bytes, Ints, Bytes]:
    """Normal forms of words.

    Args:
        pool, splits: the words, one after the other.
        case, spelling, plural: steps of the chain.
        triggers: ``(17576,)`` what three letters in a row may ask for a spelling rule.

    Returns:
        The forms' bytes and where each begins, and for each word 1 where this cannot tell: it is
        not ASCII, or its spelling may change.
    """
    n_words = len(splits) - 1
    forms = np.empty(splits[n_words] + n_words + SLACK, np.uint8)
    form_splits = np.zeros(n_words + 1, np.int32)
    asked = np.zeros(n_words, np.uint8)
    used = 0
    for w in range(n_words):
        start, end = np.int64(splits[w]), np.int64(splits[w + 1])
        for k in range(start, end):
            if pool[k] >= 0x80:
                asked[w] = 1
        if asked[w]:
            form_splits[w + 1] = used
            continue
        short = plural and end - start > 2 and pool[end - 1] == _S
        if short and _all_capitals(pool, start, end - 1):
            end -= 1
        capitals = end - start > 1 and _all_capitals(pool, start, end)
        size = end - start
        for k in range(size):
            byte = pool[start + k]
            forms[used + k] = byte + 32 if case and _is_upper(byte) else byte
        if not capitals and size >= 4:
            word = forms[used : used + size]
            if spelling and _asks_for_spelling(word, size, triggers):
                asked[w] = 1
                form_splits[w + 1] = used
                continue
            if plural:
                size, with_y = _singular_size(word, size)
                if with_y:
                    forms[used + size] = 121
                    size += 1
        used += size
        form_splits[w + 1] = used
    forms[used : used + SLACK] = 0
    return forms[: used + SLACK].copy(), form_splits, asked
