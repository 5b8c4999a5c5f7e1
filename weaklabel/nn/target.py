"""Examples of a batch of sentences as tensors: what the loss is taken against."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.ground.columns import row_counts, row_ranges
from weaklabel.ground.types import Longs
from weaklabel.nn.padding import Layout, layout_of
from weaklabel.targets import Examples


class Target(NamedTuple):
    """What may be right of ``B`` sentences of at most ``T`` tokens; ``K`` tags.

    A sentence is *soft* if it holds a belief, or a token of less than full weight. The last two
    are there only if a sentence of the batch is.

    Attributes:
        allowed: ``(B, T, K)`` bool, tags that may be right; all at padding and where nothing is
            known.
        soft: ``(B,)`` bool; ``None`` if no sentence is.
        belief: ``(B, T, K)`` float, rows that sum to 1; a row of 0 where there is no belief, but
            a set of allowed tags.
        weight: ``(B, T)`` float, 0 to 1, how much a token's label counts.
    """

    allowed: Tensor
    soft: Tensor | None = None
    belief: Tensor | None = None
    weight: Tensor | None = None

    def of(self, rows: Tensor | slice) -> Target:
        """The target of some of the sentences."""
        belief = None if self.belief is None else self.belief[rows]
        weight = None if self.weight is None else self.weight[rows]
        soft = None if self.soft is None else self.soft[rows]
        return Target(self.allowed[rows], soft, belief, weight)


class Targets:
    """The targets of a whole corpus, batch by batch.

    Args:
        examples: ``N`` tokens in ``S`` sentences.
    """

    def __init__(self, examples: Examples) -> None:
        self.examples = examples
        self._believed = examples.believed
        uncertain = self._believed
        if examples.token_weight is not None:
            uncertain = uncertain | (examples.token_weight < 1)
        so_many = np.concatenate([[0], np.cumsum(uncertain)])
        self._soft = np.diff(so_many[examples.token_splits]) > 0

    def of(self, rows: Longs, device: torch.device | str = "cpu") -> Target:
        """The target of some sentences, ``(B,)``."""
        examples, layout = self.examples, layout_of(self.examples.token_splits, rows)
        allowed = _allowed(examples, layout).to(device)
        soft = self._soft[rows]
        if not soft.any():
            return Target(allowed)
        chosen = np.flatnonzero(self._believed[layout.tokens])
        tokens, places = layout.tokens[chosen], layout.places[chosen]
        pairs = row_ranges(examples.tag_splits, tokens)
        place = np.repeat(places, row_counts(examples.tag_splits, tokens))
        belief = np.zeros((layout.batch * layout.steps, len(examples.scheme)), np.float32)
        belief[place, examples.tag[pairs]] = examples.mass[pairs]
        weight = np.ones((layout.batch, layout.steps), np.float32)
        if examples.token_weight is not None:
            weight.reshape(-1)[layout.places] = examples.token_weight[layout.tokens]
        return Target(
            allowed,
            torch.from_numpy(soft).to(device),
            torch.from_numpy(belief).view(allowed.shape).to(device),
            torch.from_numpy(weight).to(device),
        )


def allowed_tensor(examples: Examples, rows: Longs, device: torch.device | str = "cpu") -> Tensor:
    """The allowed tags of some sentences, ``(B, T, K)`` bool; all true at padding."""
    return _allowed(examples, layout_of(examples.token_splits, rows)).to(device)


def _allowed(examples: Examples, layout: Layout) -> Tensor:
    tokens, places = layout.tokens, layout.places
    allowed = np.ones((layout.batch * layout.steps, len(examples.scheme)), np.bool_)
    allowed[places[examples.known[tokens]]] = False
    pairs = row_ranges(examples.tag_splits, tokens)
    place = np.repeat(places, row_counts(examples.tag_splits, tokens))
    allowed[place, examples.tag[pairs]] = True
    return torch.from_numpy(allowed).view(layout.batch, layout.steps, -1)
