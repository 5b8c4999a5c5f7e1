"""Down-sampling of unreliable instances: disputed sentences count less, empty ones come less often.

Where a dictionary misses names, sentences in which nothing fired are the least reliable: some of
their "outside" is a name nobody listed. Drawing them less often moves the label distribution, so
the prior that the loss sees (:meth:`Examples.prior`) counts every sentence with its weight and its
chance to be drawn (Ye et al., 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from weaklabel.clean.protocol import Given
from weaklabel.errors import ConfigError
from weaklabel.ground.types import Bools, Longs
from weaklabel.targets import Examples


@dataclass(frozen=True)
class Downsample:
    """Disputed sentences weigh less, empty ones are sampled less often; tags stay as they are.

    Attributes:
        disputed_weight: weight of a sentence in which every labelled token is disputed; a sentence
            partly disputed lies between this and 1.
        keep_empty: chance that a sentence in which nothing fired is drawn in an epoch.

    >>> from weaklabel.tags import TagScheme, TagStyle
    >>> from weaklabel.targets import from_tags
    >>> from weaklabel.text import Corpus
    >>> corpus = Corpus.from_texts(["severe pain", "none here"])
    >>> scheme = TagScheme(("Disease",), TagStyle.BIO)
    >>> examples = from_tags(corpus, np.array([0, 1, 0, 0]), scheme, provenance="by hand")
    >>> Downsample(keep_empty=0.5).weighed(examples).keep.tolist()
    [1.0, 0.5]
    """

    kind: ClassVar[str] = "downsample"
    disputed_weight: float = 0.5
    keep_empty: float = 0.8

    def __post_init__(self) -> None:
        for name in ("disputed_weight", "keep_empty"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"cleaning: {name} must lie between 0 and 1, got {value}")

    def __call__(self, examples: Examples, given: Given) -> Examples:
        """The same examples, better weighted."""
        return self.weighed(examples)

    def weighed(self, examples: Examples) -> Examples:
        """The same examples, better weighted; nothing beside them is looked at."""
        labelled, disputed = _counts(examples)
        share = disputed / np.maximum(labelled, 1)
        weight = examples.weight * (1 - share * (1 - self.disputed_weight))
        keep = np.where(labelled == 0, examples.keep * self.keep_empty, examples.keep)
        return examples.because(
            "down-sampling", weight=weight.astype(np.float32), keep=keep.astype(np.float32)
        )


def _counts(examples: Examples) -> tuple[Longs, Longs]:
    """Per sentence: tokens that may be part of a name, and those of them not decided."""
    maybe = examples.maybe_named
    return _summed(maybe, examples), _summed(maybe & ~examples.decided, examples)


def _summed(mask: Bools, examples: Examples) -> Longs:
    total = np.zeros(len(mask) + 1, np.int64)
    np.cumsum(mask, out=total[1:])
    counts: Longs = total[examples.token_splits[1:]] - total[examples.token_splits[:-1]]
    return counts
