"""A vocabulary's normal forms: compiled for ASCII, asked of Python for the rest."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from threading import Lock

import numpy as np

from weaklabel.ground.normal import APOSTROPHES, HYPHENS, SPELLING_TRIGGERS, Normalisation
from weaklabel.ground.types import Bools, Ints
from weaklabel.kernels.interning import SLACK, Interner, Vocabulary, interned, look_up
from weaklabel.kernels.normalising import normal_forms
from weaklabel.kernels.scanning import APOSTROPHE, JOINT, LETTER_S
from weaklabel.kernels.tokenising import Bytes


@cache
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
    said = {row: chain.token(words.string(row)).encode() for row in rows}
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
    sizes, head = np.diff(words.splits), words.pool[words.splits[:-1]]
    short = (sizes <= _JOINT_BYTES) & _joint_heads()[head]
    rows = np.flatnonzero(short)
    found = {row: _joints().get(words.string(row)) for row in rows.tolist()}
    return {row: code for row, code in found.items() if code is not None}


@cache
def _joints() -> dict[str, int]:
    kinds = ((JOINT, HYPHENS), (APOSTROPHE, APOSTROPHES), (LETTER_S, ("s", "S")))
    return {word: code for code, words in kinds for word in words}


@cache
def _joint_heads() -> Bools:
    """``(256,)``: the first bytes of such words."""
    heads = np.zeros(256, np.bool_)
    heads[[word.encode()[0] for word in _joints()]] = True
    return heads


_JOINT_BYTES = max(len(word.encode()) for word in _joints())


_ROOM = 1 << 16
"""About how many distinct words a text of a million tokens has."""


class CodeBook:
    """What words are to a scan, each looked at when it first occurs; threads may share one.

    A word's code is 1 + the index of its normal form in ``known``, 0 where it has none there, or
    one of :mod:`weaklabel.kernels.scanning`.
    """

    def __init__(self, known: Vocabulary, chain: Normalisation) -> None:
        self.known, self.chain = known, chain
        self._words = Interner(_ROOM)
        self._codes = np.empty(0, np.int32)
        self._one_at_a_time = Lock()

    def codes(self, words: Vocabulary) -> Ints:
        """``(V,)`` the code of each word."""
        with self._one_at_a_time:
            ids = self._words.ids_of(words)
            new = self._words.since(len(self._codes))
            if new.size:
                forms, splits = normal_words(new, self.chain)
                found = look_up(forms, splits[:-1], splits[1:], *self.known) + np.int32(1)
                if self.chain.joints:
                    for index, code in joint_codes(new).items():
                        found[index] = found[index] + code if code == LETTER_S else code
                self._codes = np.concatenate([self._codes, found])
            return self._codes[ids]
