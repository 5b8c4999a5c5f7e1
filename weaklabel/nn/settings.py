"""What a tagger is made of, as values. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass

from weaklabel.errors import ConfigError
from weaklabel.tags import TagStyle


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerSettings:
    """The tagger's shape and its noise while training.

    Attributes:
        encoder: a name in ``weaklabel.nn.encoders.ENCODERS``.
        tag_style: how spans are written as tags.
        hidden: width of the LSTM, each direction.
        char_embedding: numbers a character.
        char_width: filters of the character convolution, each three characters wide.
        word_min_count: a word of the training text seen this often gets a trainable vector of
            its own beside the frozen one; 0 for none.
        word_width: numbers of that trainable vector.
        dropout: share of the LSTM's inputs and outputs set to 0.
        word_dropout: share of a batch's distinct words whose vectors are hidden, so that
            spelling and context are learnt too.
        entry_masking: share of the entries whose votes are hidden from the tagger in a batch,
            so that it learns to find a name that its dictionary does not have.
        stand_ins: whether the parts of a hidden name that are names themselves are shown in its
            place, as a dictionary without it would have it.
        consistent: whether a name found in one place of a document is weighed over all its
            occurrences in it when predicting.
        feature_sources: sources whose votes the tagger sees; empty for all it is given.
    """

    encoder: str = "bilstm"
    tag_style: TagStyle = TagStyle.BIOES
    hidden: int = 150
    char_embedding: int = 30
    char_width: int = 64
    word_min_count: int = 0
    word_width: int = 32
    dropout: float = 0.5
    word_dropout: float = 0.1
    entry_masking: float = 0.15
    stand_ins: bool = True
    consistent: bool = True
    feature_sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("dropout", "word_dropout", "entry_masking"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} must be a share from 0 to 1, got {getattr(self, name)}")
        for name in ("hidden", "char_embedding", "char_width", "word_width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, got {getattr(self, name)}")
