r"""The scores of all paths of a batch, as the recursions in plain torch take them.

.. math:: s(y) = a_{y_1} + \sum_t E_{t, y_t} + \sum_{t>1} W_{y_{t-1}, y_t} + b_{y_n}

Axes: ``B`` sentences, ``T`` tokens, ``K`` tags; padding comes last. Scores are natural
logarithms; ``-inf`` forbids a tag or a move.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Potentials(NamedTuple):
    """Scores of all paths of a batch.

    Attributes:
        emissions: ``(B, T, K)``.
        start: ``(K,)``.
        transitions: ``(K, K)``, from row to column; or ``(B, T, K, K)``, those into each token,
            of which the first token's are not looked at.
        end: ``(K,)``.
        lengths: ``(B,)`` int64 on the CPU, each at least 1.
    """

    emissions: Tensor
    start: Tensor
    transitions: Tensor
    end: Tensor
    lengths: Tensor

    @property
    def shared(self) -> bool:
        """Whether a move scores the same wherever it is made."""
        return self.transitions.dim() == 2

    def into(self, step: int) -> Tensor:
        """Scores of the moves into a token: ``(K, K)``, or ``(B, K, K)``."""
        return self.transitions if self.shared else self.transitions[:, step]

    def rows(self, rows: Tensor) -> Potentials:
        """Those of some sentences."""
        there = rows.to(self.emissions.device)
        return self._replace(
            emissions=self.emissions.index_select(0, there),
            transitions=self.transitions if self.shared else self.transitions[there],
            lengths=self.lengths[rows.cpu()],
        )

    def last(self) -> Tensor:
        """``(B,)``: the last token's step, on the emissions' device."""
        return (self.lengths - 1).to(self.emissions.device)


class Sorted(NamedTuple):
    """A batch with time first and long sentences first, so that a step is a prefix of rows."""

    order: Tensor  # (B,) rows of the batch, longest first
    last: Tensor  # (B,) index of the last token
    alive: list[int]  # (T,) how many sentences have a token at each step


def longest_first(potentials: Potentials) -> Sorted:
    """In which order to work on the sentences."""
    lengths, steps = potentials.lengths, potentials.emissions.shape[1]
    order = torch.argsort(lengths, descending=True, stable=True)
    alive = (lengths[None, :] > torch.arange(steps)[:, None]).sum(1).tolist()
    there = order.to(potentials.emissions.device)
    return Sorted(there, (lengths[order] - 1).to(there.device), alive)
