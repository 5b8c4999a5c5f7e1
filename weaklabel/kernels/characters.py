"""What each Unicode character is to the tokeniser: exactly what Python's ``re`` says."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt

OTHER, WORD, SPACE = 0, 1, 2
Classes = npt.NDArray[np.uint8]


@cache
def character_classes() -> Classes:
    r"""``(0x110000,)``: :data:`WORD` for ``\w``, :data:`SPACE` for ``\s``, else :data:`OTHER`.

    >>> [int(character_classes()[ord(c)]) for c in "a_é 5-\u2028"]
    [1, 1, 1, 2, 1, 0, 2]
    """
    classes = np.full(0x110000, OTHER, np.uint8)
    # Beyond these planes no character is assigned that is a word's or white space.
    every = np.arange(0x40000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    for pattern, kind in ((r"\w+", WORD), (r"\s+", SPACE)):
        for match in re.finditer(pattern, every):
            classes[match.start() : match.end()] = kind
    classes.flags.writeable = False
    return classes
