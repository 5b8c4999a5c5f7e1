"""Trainers: examples → a network, by one fit or several. Importing this needs no torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

from weaklabel.components import table
from weaklabel.ground.types import Floats
from weaklabel.targets import Examples

if TYPE_CHECKING:
    from weaklabel.nn.network import Network

Fit = Callable[[Examples], "Network"]
"""Trains a new network, whose first weights are always the same."""
Relabel = Callable[["Network"], Floats]
"""What a network believes of the training text, ``(N, K)``: masses that sum to 1."""


class Trainer(Protocol):
    """Decides how often a network is fitted, and on what. A frozen dataclass of its options."""

    kind: ClassVar[str]

    def __call__(self, examples: Examples, *, fit: Fit, relabel: Relabel) -> Network:
        """The network that is kept.

        Args:
            examples: ``N`` tokens; what aggregation and cleaning made.
            fit: trains on them, or on others made of them.
            relabel: what a network that was fitted says of the same tokens.
        """
        ...


TRAINERS = table("trainer", {"once": "weaklabel.train.trainers.once:Once"})
