"""The BiLSTM as a plan. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weaklabel.nn.encoders.bilstm.options import BiLSTMOptions
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors

if TYPE_CHECKING:
    from weaklabel.nn.assets import Assets
    from weaklabel.nn.encoders.base import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class BiLSTM(BiLSTMOptions):
    """One LSTM each way over word vectors, characters, the word's shape and the votes."""

    kind: ClassVar[str] = "bilstm"

    def learn(self, corpus: Corpus, vectors: WordVectors | None, *, channels: int) -> Encoder:
        """See :class:`~weaklabel.nn.encoders.EncoderPlan`."""
        from weaklabel.nn.encoders.bilstm.encoder import BiLSTMEncoder
        from weaklabel.nn.encoders.bilstm.words import Vocabulary

        vocabulary = Vocabulary.of(corpus, vectors, min_count=self.word_min_count)
        return BiLSTMEncoder(vocabulary, channels, self)

    def restore(self, assets: Assets, *, channels: int) -> Encoder:
        """See :class:`~weaklabel.nn.encoders.EncoderPlan`."""
        from weaklabel.nn.encoders.bilstm.encoder import BiLSTMEncoder, vocabulary_of

        return BiLSTMEncoder(vocabulary_of(assets), channels, self)
