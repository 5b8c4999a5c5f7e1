"""How long and how fast to train, as values. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from weaklabel.errors import ConfigError


class Optimiser(StrEnum):
    """The rules for a step that can be chosen."""

    ADAMW = "adamw"
    RADAM = "radam"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How long and how fast to train. Units are in the names.

    Attributes:
        epochs: at most this many passes over the sentences.
        patience_epochs: stop after this many epochs without a better score.
        batch_tokens: tokens a batch, padding included.
        optimiser: ``adamw`` or ``radam`` (Liu et al., 2020), both with decoupled weight decay.
        learning_rate: its peak.
        warmup_share: share of all steps over which the rate rises to its peak.
        final_rate_share: share of the peak that is left at the last step; the way is linear.
        weight_decay: strength of the decay, of matrices only.
        clip_norm: longest gradient; a longer one is shortened to it.
        averaging: decay of the exponential moving average of the weights that is scored and
            kept, 0 for the weights as they are. Early in training the decay is lower.
        held_out_share: without a dev set, share of the documents kept back to know when to stop.
    """

    epochs: int = 10
    patience_epochs: int = 4
    batch_tokens: int = 1024
    optimiser: Optimiser = Optimiser.ADAMW
    learning_rate: float = 3e-3
    warmup_share: float = 0.1
    final_rate_share: float = 0.05
    weight_decay: float = 0.01
    clip_norm: float = 5.0
    averaging: float = 0.998
    held_out_share: float = 0.1

    def __post_init__(self) -> None:
        for name in ("epochs", "patience_epochs", "batch_tokens"):
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
