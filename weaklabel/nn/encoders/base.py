"""What a network asks of an encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from weaklabel.ground.types import Longs
from weaklabel.nn.assets import Assets
from weaklabel.text import Corpus


class Group(NamedTuple):
    """Weights that are trained at one rate.

    Attributes:
        weights: those of them that need no gradient are left alone.
        rate: what the learning rate is multiplied by.
    """

    weights: list[nn.Parameter]
    rate: float = 1.0


class Encoder(nn.Module, ABC):
    """One row of numbers a token, made of the text and, if it likes, of the votes on it.

    What it makes of a text is up to it: it sees documents, offsets and tokens. It does so once a
    corpus (:meth:`encode`) and cuts its batches from that. Neither padding nor the order of a
    batch may change what a token gets.

    Attributes:
        width: ``H``, numbers a token.
        sees_votes: whether votes make a difference to it. They reach the head in any case.
    """

    width: int
    sees_votes: ClassVar[bool] = False

    @abstractmethod
    def encode(self, corpus: Corpus) -> Any:
        """All that batches are cut from: flat arrays over a whole corpus."""

    @abstractmethod
    def batch(self, columns: Any, rows: Longs, device: torch.device) -> Any:
        """The tensors of some sentences.

        Args:
            columns: what :meth:`encode` returned.
            rows: ``(B,)`` sentences, none of them empty, longest first.
            device: where to put them.
        """

    @abstractmethod
    def forward(self, inputs: Any, mask: Tensor, votes: Tensor) -> Tensor:
        """``(B, T, H)``; anything at padding.

        Args:
            inputs: what :meth:`batch` returned.
            mask: ``(B, T)`` bool, true on tokens; padding comes last.
            votes: ``(B, T, C)`` float, 0 or 1.
        """

    def groups(self) -> list[Group]:
        """All its weights, with the rates they are trained at."""
        return [Group(list(self.parameters()))]

    def assets(self) -> Assets:
        """What it must save beside its weights."""
        return Assets({}, {})
