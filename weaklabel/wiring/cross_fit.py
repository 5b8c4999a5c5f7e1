"""What one room needs of another, made where both are known: training a tagger for a cleaner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from weaklabel.ground.types import Floats, Longs
from weaklabel.nn.network import Network
from weaklabel.nn.plan import TaggerPlan
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.train.loop import train
from weaklabel.train.settings import TrainingSettings
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes


@dataclass(frozen=True, eq=False)
class CrossFit:
    """Trains the run's tagger on some sentences and asks it about others.

    Attributes:
        corpus: the training text.
        agreed: the votes that the tagger sees.
        tagger: what it is made of.
        training: how it is trained.
        vectors: its word vectors.
        seed: where its randomness starts; each fold has its own.
        device: where it computes.
    """

    corpus: Corpus = field(repr=False)
    agreed: Votes = field(repr=False)
    tagger: TaggerPlan
    training: TrainingSettings
    vectors: WordVectors | None = field(repr=False)
    seed: int
    device: str

    def parts(self) -> dict[str, Any]:
        """What it depends on, by the names under which a run is given it."""
        names = ("corpus", "agreed", "tagger", "training", "vectors", "seed", "device")
        return {name: getattr(self, name) for name in names}

    def __call__(
        self, examples: Examples, train_rows: Longs, predict_rows: Longs, *, fold: int = 0
    ) -> Floats:
        """``(n, K)`` beliefs about the tokens of ``predict_rows``, in their order.

        The tagger learns from ``train_rows`` alone; which of its epochs is best is decided by
        documents held out of these.

        Args:
            examples: the labels.
            train_rows: sentences to learn from.
            predict_rows: sentences to ask about.
            fold: tells the randomness of one call from another's.

        Raises:
            DataError: if nothing is known of ``train_rows``.
        """
        seed = int(np.random.SeedSequence([self.seed, fold, 2]).generate_state(1)[0])
        network = Network.build(
            examples.scheme, self.corpus, self.agreed, self.tagger, self.vectors, seed=seed
        )
        learnt = np.zeros(len(examples), np.float32)
        learnt[train_rows] = 1
        train(
            network,
            self.corpus,
            examples.because(f"fold {fold}", keep=examples.keep * learnt),
            self.agreed,
            plan=self.training,
            seed=seed,
            device=self.device,
        )
        beliefs = network.belief(network.encode(self.corpus, self.agreed), rows=predict_rows)
        splits = self.corpus.token_splits
        tokens = [np.arange(splits[row], splits[row + 1]) for row in predict_rows.tolist()]
        found: Floats = beliefs[np.concatenate([np.zeros(0, np.int64), *tokens])]
        return found


class Watched:
    """A function that remembers whether it was called.

    Args:
        function: what is called.
    """

    def __init__(self, function: CrossFit) -> None:
        self.function = function
        self.called = False

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function."""
        self.called = True
        return self.function(*arguments, **options)
