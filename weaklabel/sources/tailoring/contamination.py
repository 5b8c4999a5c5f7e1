"""How many of a vocabulary's frequent names are everyday words, and how likely one of them is.

A dictionary lists some words of everyday English as names: brands ("Advanced", "Body"), symbols,
slips. Let ``c`` be their share among the frequent one-word names that a vocabulary alone attests.
How like names they are is spread as among all words, for words they are. So of the names, at
least ``c`` times the share of all words lies below any likelihood ratio: where few names lie below
it, ``c`` is small. In a dictionary of anatomy "breast" and "plasma" look odd, but hardly any name
there is a mere word, and so they are taken for names; in a list of brands half of the names are.

By Bayes' rule a name with likelihood ratio ``r`` (of being listed) is real with chance
``1 - c / r``, so that it is doubted below ``c / (1 - chance)``.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from weaklabel.ground.types import Doubles

GRID = (0.05, 0.1, 0.2, 0.6, 1.0)
"""Likelihood ratios below which shares are compared; above 1 real names abound."""


def contamination(
    names: Iterable[float], words: Doubles, *, min_expected: float = 20.0
) -> float | None:
    """The largest share of some names that may be everyday words; ``None`` if they are too few.

    Args:
        names: likelihood ratios of the names.
        words: those of words that are no names.
        min_expected: so many names must be expected below a ratio, were all of them everyday
            words, for the names below it to tell.

    >>> words = np.linspace(0, 4, 1000)
    >>> contamination([0.5] * 20 + [8.0] * 180, words)
    0.4
    >>> contamination([0.5, 8.0], words) is None
    True
    """
    ratios = np.array(list(names), np.float64)
    bounds = []
    for limit in GRID:
        share = float((words < limit).mean()) if len(words) else 0.0
        if share * len(ratios) >= min_expected:
            bounds.append(float((ratios < limit).mean()) / share)
    return min(1.0, *bounds) if bounds else None
