"""Encoders: a batch in, one row of numbers a token out. A new one is a module and a line here."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from weaklabel.nn.batch import Batch
from weaklabel.nn.encoders.bilstm import BiLSTMEncoder


class Encoder(Protocol):
    """What a tagger asks of an encoder, which is also an ``nn.Module``.

    It is made as ``Encoder(vocabulary, n_channels, settings)``. Padding and the order of the
    batch must not change what a token gets.
    """

    @property
    def width(self) -> int:
        """``H``, numbers a token."""
        ...

    def __call__(self, batch: Batch) -> Tensor:
        """``(B, T, H)``; anything at padding."""
        ...


ENCODERS = {"bilstm": BiLSTMEncoder}
