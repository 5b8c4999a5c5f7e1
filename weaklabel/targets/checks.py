"""What examples are refused for: masses that say nothing clear, weights that are none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from weaklabel.errors import DataError
from weaklabel.ground.types import Floats, Longs

CLOSE = 1e-3
"""How far the masses of a belief may be from a sum of 1."""


def single(mass: npt.ArrayLike, token: Longs) -> Floats:
    """Masses in single precision, as they are kept: what is 0 there is 0 from the start.

    Args:
        mass: ``(M,)``.
        token: ``(M,)`` the token of each, for the message.

    Raises:
        DataError: if one is negative or no number.
    """
    masses = np.asarray(mass, np.float32)
    wrong = np.flatnonzero(~(masses >= 0))  # so written, NaN is wrong as well
    if len(wrong):
        raise DataError(
            f"a pair gives token {token[wrong[0]]} a mass of {masses[wrong[0]]:.4g}: masses are "
            "0 or more; leave out the pairs of a token that is to be unknown"
        )
    return masses


def refuse_masses(mass: Floats, token: Longs, counts: Longs) -> None:
    """Refuse masses that are neither those of allowed sets nor those of beliefs.

    Args:
        mass: ``(M,)``.
        token: ``(M,)`` the token of each.
        counts: ``(N,)`` how many tags each token has.

    Raises:
        DataError: for the first token whose masses are wrong.
    """
    if not ((mass > 0) & (mass <= 1 + CLOSE)).all():
        raise DataError("a tag's mass must lie above 0 and not above 1")
    totals = np.bincount(token, weights=mass, minlength=len(counts))
    believed = np.abs(totals - 1) <= CLOSE
    wrong = np.flatnonzero((counts > 0) & ~believed & (np.abs(totals - counts) > CLOSE))
    if len(wrong):
        raise DataError(
            f"the masses of token {wrong[0]} sum to {totals[wrong[0]]:.4g}: a belief sums to 1, an "
            "allowed set has a mass of 1 for each tag"
        )


def refuse_beyond(name: str, values: Floats, of: str, *, most: int | None = None) -> None:
    """Refuse weights that are below 0, above the most, or no finite number.

    Args:
        name: what they are called.
        values: one for each row.
        of: what a row is.
        most: the largest allowed; none without it.

    Raises:
        DataError: for the first that is wrong.
    """
    fine = (values >= 0) & np.isfinite(values)  # so written, NaN is wrong as well
    if most is not None:
        fine &= values <= most
    wrong = np.flatnonzero(~fine)
    if len(wrong):
        wanted = "a finite number, 0 or more" if most is None else f"a number from 0 to {most}"
        raise DataError(
            f"{name} of {of} {wrong[0]} is {values[wrong[0]]:.4g}: expected {wanted}; give 0 for "
            f"a {of} that is not to count"
        )
