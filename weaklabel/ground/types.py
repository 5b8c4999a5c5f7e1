"""The arrays of numbers that signatures speak of; the shape is said where a name is used."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
"""Masks."""
Ints = npt.NDArray[np.int32]
"""Offsets and indices, one for each token, span or vote: 4 bytes."""
Longs = npt.NDArray[np.int64]
"""Row splits, rows and counts: what numpy's own functions count in."""
Floats = npt.NDArray[np.float32]
"""Scores and weights that a network reads or gives."""
Doubles = npt.NDArray[np.float64]
"""Statistics."""
