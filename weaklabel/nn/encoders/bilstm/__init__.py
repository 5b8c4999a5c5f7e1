"""The BiLSTM's options. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weaklabel.errors import ConfigError
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors

if TYPE_CHECKING:
    from weaklabel.nn.assets import Assets
    from weaklabel.nn.encoders.base import Encoder


@dataclass(frozen=True, slots=True, kw_only=True)
class BiLSTM:
    """One LSTM each way over word vectors, characters, the word's shape and the votes.

    Attributes:
        hidden: width of the LSTM, each direction.
        char_embedding: numbers a character.
        char_width: filters of the character convolution, each three characters wide.
        word_min_count: a word of the training text seen this often gets a trainable vector of
            its own beside the frozen one; 0 for none.
        word_width: numbers of that trainable vector.
        dropout: share of the LSTM's inputs and outputs set to 0 while training.
        word_dropout: share of a batch's distinct words whose vectors are hidden while training,
            so that spelling and context are learnt too.
    """

    kind: ClassVar[str] = "bilstm"
    hidden: int = 150
    char_embedding: int = 30
    char_width: int = 64
    word_min_count: int = 0
    word_width: int = 32
    dropout: float = 0.5
    word_dropout: float = 0.1

    def __post_init__(self) -> None:
        for name in ("dropout", "word_dropout"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} must be a share from 0 to 1, got {getattr(self, name)}")
        for name in ("hidden", "char_embedding", "char_width", "word_width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, got {getattr(self, name)}")

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
