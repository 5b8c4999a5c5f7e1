"""How phrases are mined."""

from __future__ import annotations

from dataclasses import dataclass

from weaklabel.errors import ConfigError
from weaklabel.knowledge import knowledge_of


@dataclass(frozen=True)
class PhraseSettings:
    """Settings of phrase mining; the defaults are AutoPhrase's.

    Attributes:
        min_count: occurrences of the rarest candidate.
        max_words: words of the longest.
        trees: trees of each forest.
        draws: examples of either pool that a tree sees, at most.
        rounds: how often quality and segmentation are estimated in turn.
        max_split: share of the dictionary's phrases that segmentation may split.
        threshold: least quality of a phrase of several words.
        single_threshold: least quality of a single word.
        packs: whose stop words tell function words from others.
    """

    min_count: int = 10
    max_words: int = 6
    trees: int = 1000
    draws: int = 100
    rounds: int = 2
    max_split: float = 0.05
    threshold: float = 0.5
    single_threshold: float = 0.8
    packs: tuple[str, ...] = ("english",)

    def __post_init__(self) -> None:
        knowledge_of(self.packs)
        for name in ("max_words", "trees", "draws", "rounds"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if self.min_count < 2:
            raise ConfigError(f"min_count must be 2 or more, got {self.min_count}")
        for name in ("max_split", "threshold", "single_threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} must lie in 0 … 1, got {getattr(self, name)}")
