"""Where the tokens of some sentences lie in a padded batch. No torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.ground.columns import row_counts, row_ranges
from weaklabel.ground.types import Longs


class Layout(NamedTuple):
    """Sentences of a corpus as the rows of a batch of ``B`` rows and ``T`` steps.

    Attributes:
        tokens: ``(n,)`` the sentences' tokens in the corpus, sentence by sentence.
        places: ``(n,)`` where each of them lies in a flat ``(B * T,)``.
        batch: ``B``.
        steps: ``T``, tokens of the longest.

    >>> layout = layout_of(np.array([0, 3, 4, 6]), np.array([1, 0]))
    >>> layout.pad(np.array([1, 2, 3, 4, 5, 6])).tolist()
    [[4, 0, 0], [1, 2, 3]]
    """

    tokens: Longs
    places: Longs
    batch: int
    steps: int

    def pad(
        self, values: npt.NDArray[np.generic], dtype: npt.DTypeLike | None = None
    ) -> npt.NDArray[np.generic]:
        """``(N, …)``, a value for each token of the corpus → ``(B, T, …)``, 0 at padding."""
        return self.lay(values[self.tokens], dtype)

    def lay(
        self, values: npt.NDArray[np.generic], dtype: npt.DTypeLike | None = None
    ) -> npt.NDArray[np.generic]:
        """``(n, …)``, a value for each token of the batch → ``(B, T, …)``, 0 at padding."""
        shape = self.batch * self.steps, *values.shape[1:]
        flat = np.zeros(shape, values.dtype if dtype is None else dtype)
        flat[self.places] = values
        return flat.reshape(self.batch, self.steps, *values.shape[1:])


def layout_of(splits: Longs, rows: Longs) -> Layout:
    """The layout of some sentences.

    Args:
        splits: ``(S + 1,)`` sentences → tokens.
        rows: ``(B,)`` sentences, one at least that is not empty.
    """
    lengths = row_counts(splits, rows)
    steps = int(lengths.max())
    places = padded_places(lengths, steps)
    return Layout(row_ranges(splits, rows), places, len(rows), steps)


def padded_places(lengths: Longs, steps: int) -> Longs:
    """Where each token of a batch lies in a flat ``(B * T,)``, tokens in order."""
    row = np.repeat(np.arange(len(lengths)), lengths)
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    places: Longs = row * steps + np.arange(len(row)) - before
    return places
