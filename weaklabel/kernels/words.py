"""A vocabulary's normal forms: compiled for ASCII, asked of Python for the rest."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from weaklabel.kernels.batches import in_order
from weaklabel.kernels.interning import SLACK, Vocabulary, interned, look_up
from weaklabel.kernels.normalising import normal_forms
from weaklabel.kernels.scanning import APOSTROPHE, JOINT, LETTER_S
from weaklabel.kernels.tokenising import Bytes, Ints
from weaklabel.normal import APOSTROPHES, HYPHENS, SPELLING_TRIGGERS, Normalisation

_WORDS = 1 << 13
"""Words that are worked on at once."""


@lru_cache
def _triggers() -> Bytes:
    table = np.zeros(26**3, np.uint8)
    for trigger in SPELLING_TRIGGERS:
        a, b, c = (ord(letter) - ord("a") for letter in trigger)
        table[676 * a + 26 * b + c] = 1
    return table


def normal_words(words: Vocabulary, chain: Normalisation) -> tuple[Bytes, Ints]:
    """The normal forms of all words: their bytes, and ``(V + 1,)`` where each begins.

    The same as ``chain.token`` of each word.
    """
    forms, splits, asked = normal_forms(
        words.pool, words.splits, chain.case, chain.spelling, chain.plural, _triggers()
    )
    rows = np.flatnonzero(asked).tolist()
    if not rows:
        return forms, splits
    raw, at = words.pool.tobytes(), words.splits.tolist()
    said = {row: chain.token(raw[at[row] : at[row + 1]].decode()).encode() for row in rows}
    return _filled(forms, splits, said)


def _filled(forms: Bytes, splits: Ints, said: dict[int, bytes]) -> tuple[Bytes, Ints]:
    """The forms with some, now empty, filled in."""
    sizes = np.diff(splits)
    rows = np.fromiter(said, np.int64, len(said))
    sizes[rows] = [len(form) for form in said.values()]
    grown = np.zeros(len(splits), np.int32)
    np.cumsum(sizes, out=grown[1:])
    bounds = [0, *splits[rows].tolist(), int(splits[-1])]
    raw = forms.tobytes()
    pieces = [b""] * (2 * len(said) + 1)
    pieces[::2] = [raw[a:b] for a, b in pairwise(bounds)]
    pieces[1::2] = said.values()
    return np.frombuffer(b"".join([*pieces, bytes(SLACK)]), np.uint8), grown


def normal_vocabulary(words: Vocabulary, chain: Normalisation) -> tuple[Ints, Vocabulary]:
    """``(V,)`` index of each word's normal form, and the distinct normal forms."""
    forms, splits = normal_words(words, chain)
    return interned(forms, splits[:-1], splits[1:])


def joint_codes(words: Vocabulary) -> dict[int, int]:
    """The words that do not count inside a name, or not always → their codes."""
    found = {}
    for code, joints in ((JOINT, HYPHENS), (APOSTROPHE, APOSTROPHES), (LETTER_S, ("s", "S"))):
        for word in joints:
            index = words.find(word)
            if index >= 0:
                found[index] = code
    return found


def codes(words: Vocabulary, known: Vocabulary, chain: Normalisation, *, threads: int = 1) -> Ints:
    """``(V,)`` what each word is to a scan.

    1 + the index of its normal form in ``known``, 0 where it has none there, or a code of
    :mod:`weaklabel.kernels.scanning`.
    """

    def work(part: Vocabulary) -> Ints:
        forms, splits = normal_words(part, chain)
        return look_up(forms, splits[:-1], splits[1:], *known) + np.int32(1)

    parts = [
        words._replace(splits=words.splits[first : first + _WORDS + 1])
        for first in range(0, words.size, _WORDS)
    ]
    found = np.concatenate([np.empty(0, np.int32), *in_order(work, parts, threads)])
    if chain.joints:
        for index, code in joint_codes(words).items():
            found[index] = found[index] + code if code == LETTER_S else code
    return found
