"""Down-sampling of unreliable instances: disputed sentences count less, empty ones come less often.

Where a dictionary misses names, sentences in which nothing fired are the least reliable: some of
their "outside" is a name nobody listed. Drawing them less often moves the label distribution, so
the prior that the loss sees (:meth:`Examples.prior`) counts every sentence with its weight and its
chance to be drawn (Ye et al., 2019).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from weaklabel.errors import ConfigError
from weaklabel.targets import Examples


@dataclass(frozen=True)
class CleaningSettings:
    """How much disputed and empty sentences count.

    Attributes:
        disputed_weight: weight of a sentence in which every labelled token is disputed; a sentence
            partly disputed lies between this and 1.
        keep_empty: chance that a sentence in which nothing fired is drawn in an epoch.
    """

    disputed_weight: float = 0.5
    keep_empty: float = 0.8

    def __post_init__(self) -> None:
        for name in ("disputed_weight", "keep_empty"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"cleaning.{name} must lie between 0 and 1, got {value}")


@dataclass(frozen=True)
class Downsample:
    """Sets weights and keep rates; same sentences, same order, same tags."""

    settings: CleaningSettings = field(default_factory=CleaningSettings)

    def __call__(self, examples: Examples) -> Examples:
        """The same examples, better weighted."""
        labelled, disputed = _counts(examples)
        share = disputed / np.maximum(labelled, 1)
        weight = examples.weight * (1 - share * (1 - self.settings.disputed_weight))
        keep = np.where(labelled == 0, examples.keep * self.settings.keep_empty, examples.keep)
        return examples.because(
            "down-sampling", weight=weight.astype(np.float32), keep=keep.astype(np.float32)
        )


def _counts(
    examples: Examples,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Per sentence: tokens that may be part of a name, and those of them not decided."""
    maybe = examples.maybe_named
    open_ = maybe & ~examples.decided
    splits = examples.token_splits

    def summed(
        mask: np.ndarray[tuple[int], np.dtype[np.bool_]],
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        total = np.zeros(len(mask) + 1, np.int64)
        np.cumsum(mask, out=total[1:])
        counts: np.ndarray[tuple[int], np.dtype[np.int64]] = total[splits[1:]] - total[splits[:-1]]
        return counts

    return summed(maybe), summed(open_)
