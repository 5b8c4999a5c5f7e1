"""What a tagger is made of, as values. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, field

from weaklabel.components import one_of
from weaklabel.errors import ConfigError
from weaklabel.nn.encoders import ENCODERS, EncoderPlan
from weaklabel.nn.encoders.bilstm import BiLSTM
from weaklabel.nn.heads import HEADS, HeadPlan
from weaklabel.nn.heads.crf import CRF
from weaklabel.tags import TagStyle


@dataclass(frozen=True, slots=True, kw_only=True)
class VotesPlan:
    """What a tagger sees of the votes, and what is hidden from it while training.

    Attributes:
        entry_masking: share of the entries whose votes are hidden from the tagger in a batch,
            so that it learns to find a name that its dictionary does not have.
        stand_ins: whether the parts of a hidden name that are names themselves are shown in its
            place, as a dictionary without it would have it.
        sources: sources whose votes the tagger sees; empty for all it is given.
        heed: what a vote adds to the score of its tag before training: a new tagger leans on its
            sources, and training has to teach it only what they do not know.
    """

    entry_masking: float = 0.15
    stand_ins: bool = True
    sources: tuple[str, ...] = ()
    heed: float = 1.5

    def __post_init__(self) -> None:
        if not 0 <= self.entry_masking <= 1:
            raise ConfigError(
                f"entry_masking must be a share from 0 to 1, got {self.entry_masking}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerPlan:
    """The parts of a tagger.

    Attributes:
        tag_style: how spans are written as tags.
        consistent: whether a name found in one place of a document is weighed over all its
            occurrences in it when predicting.
        encoder: text → a row of numbers a token; one of ``weaklabel.nn.encoders.ENCODERS``.
        head: rows of numbers → tags; one of ``weaklabel.nn.heads.HEADS``.
        votes: what the tagger sees of the votes.
    """

    tag_style: TagStyle = TagStyle.BIOES
    consistent: bool = True
    encoder: EncoderPlan = one_of(ENCODERS, BiLSTM)
    head: HeadPlan = one_of(HEADS, CRF)
    votes: VotesPlan = field(default_factory=VotesPlan)
