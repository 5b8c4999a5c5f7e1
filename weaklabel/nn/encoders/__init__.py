"""Encoders: text in, one row of numbers a token out. Importing this needs no torch.

An encoder is a plan, which is its options (a frozen dataclass, :class:`EncoderPlan`), and the
module that the plan makes (:class:`weaklabel.nn.encoders.base.Encoder`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from weaklabel.components import table

if TYPE_CHECKING:
    from weaklabel.nn.assets import Assets
    from weaklabel.nn.encoders.base import Encoder
    from weaklabel.text import Corpus
    from weaklabel.vectors import WordVectors


class EncoderPlan(Protocol):
    """An encoder's options, which make one. A frozen dataclass, in a file that needs no torch."""

    kind: ClassVar[str]

    def learn(self, corpus: Corpus, vectors: WordVectors | None, *, channels: int) -> Encoder:
        """A new encoder for a training corpus, its first weights drawn from torch's random state.

        Args:
            corpus: the text it will be trained on: an alphabet or a list of words is made of it.
            vectors: frozen word vectors, ``None`` for none; an encoder need not use them.
            channels: ``C``, channels of the votes that it will be shown.
        """
        ...

    def restore(self, assets: Assets, *, channels: int) -> Encoder:
        """The encoder whose :meth:`Encoder.assets` these are; its weights are loaded afterwards."""
        ...


ENCODERS = table("encoder", {"bilstm": "weaklabel.nn.encoders.bilstm:BiLSTM"})
