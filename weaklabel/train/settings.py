"""How long and how fast to train, as values. Importing this needs no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from weaklabel.errors import ConfigError

SMALLEST_BATCH = 256
"""Tokens of the smallest batch that a small corpus is cut into."""
BATCHES_AN_EPOCH = 30
"""Batches an epoch that a small corpus is cut into, if it can be."""


class Optimiser(StrEnum):
    """The rules for a step that can be chosen."""

    ADAMW = "adamw"
    RADAM = "radam"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How long and how fast to train. Units are in the names.

    Attributes:
        epochs: at most this many passes over the sentences.
        steps: about so many steps in all; what a corpus's size makes of them in epochs is done,
            within ``min_epochs`` and ``epochs``.
        min_epochs: at least this many passes, however large the corpus (but never more than
            ``epochs``).
        patience_epochs: stop after this many epochs (or a quarter of all, if that is more)
            without a better score.
        batch_tokens: tokens a batch, padding included; a small corpus is cut into smaller ones.
        optimiser: ``adamw`` or ``radam`` (Liu et al., 2020), both with decoupled weight decay.
        learning_rate: its peak.
        warmup_share: share of all steps over which the rate rises to its peak.
        final_rate_share: share of the peak that is left at the last step; the way is linear.
        weight_decay: strength of the decay, of matrices only.
        clip_norm: longest gradient; a longer one is shortened to it.
        averaging: decay of the exponential moving average of the weights that is scored and
            kept, 0 for the weights as they are. Early in training the decay is lower.
        mixed_precision: whether the encoder computes in bfloat16 where that is good enough; scores,
            losses and weights stay as they are.
        held_out_share: without a dev set, share of the documents kept back to know when to stop.
    """

    epochs: int = 30
    steps: int = 900
    min_epochs: int = 3
    patience_epochs: int = 4
    batch_tokens: int = 1024
    optimiser: Optimiser = Optimiser.ADAMW
    learning_rate: float = 3e-3
    warmup_share: float = 0.1
    final_rate_share: float = 0.05
    weight_decay: float = 0.01
    clip_norm: float = 5.0
    averaging: float = 0.998
    mixed_precision: bool = False
    held_out_share: float = 0.1

    def __post_init__(self) -> None:
        for name in ("epochs", "steps", "min_epochs", "patience_epochs", "batch_tokens"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("learning_rate", "clip_norm"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("warmup_share", "final_rate_share", "averaging", "held_out_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} must be a share from 0 to 1, got {getattr(self, name)}")
        if self.weight_decay < 0:
            raise ConfigError(f"weight_decay must not be negative, got {self.weight_decay}")

    def for_corpus(self, tokens: int) -> TrainingSettings:
        """These settings for a corpus of so many tokens: ``steps`` turned into epochs.

        >>> small = TrainingSettings().for_corpus(9_000)
        >>> small.batch_tokens, small.epochs
        (300, 30)
        >>> large = TrainingSettings().for_corpus(120_000)
        >>> large.batch_tokens, large.epochs
        (1024, 7)
        """
        batch = min(self.batch_tokens, max(SMALLEST_BATCH, tokens // BATCHES_AN_EPOCH))
        planned = self.steps // max(1, math.ceil(tokens / batch))
        epochs = min(self.epochs, max(self.min_epochs, planned))
        patience = max(self.patience_epochs, epochs // 4)
        return replace(self, batch_tokens=batch, epochs=epochs, patience_epochs=patience)
