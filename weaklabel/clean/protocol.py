"""What a cleaner is, and what it may use."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from weaklabel.ground.types import Floats, Longs
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes


class FitPredict(Protocol):
    """Trains a fresh tagger on some sentences and asks it about others."""

    def __call__(
        self, examples: Examples, train: Longs, predict: Longs, *, fold: int = 0
    ) -> Floats:
        """The beliefs of a tagger about sentences that it was not trained on.

        Args:
            examples: the labels; those of ``train`` are learnt from.
            train: rows of the sentences to learn from.
            predict: rows of the sentences to ask about.
            fold: tells the randomness of one call from another's.

        Returns:
            ``(n, K)``: the probability of each tag for each token of ``predict``, in its order.
        """
        ...


class Given(NamedTuple):
    """What a cleaner may use beside the examples.

    Attributes:
        corpus: the training text.
        votes: what every source said of it.
        agreed: one reading of the votes.
        rng: the step's own randomness, from the run's seed.
        fit_predict: trains the run's tagger on some sentences and asks it about others.
    """

    corpus: Corpus
    votes: Votes
    agreed: Votes
    rng: np.random.Generator
    fit_predict: FitPredict


class Cleaner(Protocol):
    """Same sentences, same order, input untouched; only weights, keep rates or labels change.

    A frozen dataclass that is its options, with a ``kind``; in Python a plain function will do.
    """

    def __call__(self, examples: Examples, given: Given, /) -> Examples:
        """The same examples, better."""
        ...
