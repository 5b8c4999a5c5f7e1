"""The processes that train one network together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Reduce = Callable[[Sequence[Tensor]], None]
"""Replaces each tensor, in place, by its sum over all processes."""


@dataclass(frozen=True)
class World:
    """One of several processes, each of which holds the whole network and the whole corpus.

    Attributes:
        rank: which one this is, from 0.
        size: how many there are.
        reduce: adds tensors up over all of them; not called where there is only one.

    >>> World(rank=1, size=3).share
    slice(1, None, 3)
    """

    rank: int = 0
    size: int = 1
    reduce: Reduce = lambda tensors: None

    @property
    def share(self) -> slice:
        """Which sentences of a batch this process works on."""
        return slice(self.rank, None, self.size)

    def sum_gradients(self, weights: Sequence[nn.Parameter], loss: Tensor) -> None:
        """Give each process the gradients and the loss of the whole batch, in place."""
        if self.size == 1:
            return
        gradients = []
        for weight in weights:
            if weight.grad is None:  # this process had no sentence, or none that needs the weight
                weight.grad = torch.zeros_like(weight)
            gradients.append(weight.grad)
        self.reduce([*gradients, loss])


ALONE = World()
"""One process, which trains by itself."""
