"""The dictionary as a plan: what a run chooses of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, get_args

from weaklabel.errors import ConfigError
from weaklabel.sources.dictionary.matcher import Mode
from weaklabel.sources.dictionary.source import DictionarySource
from weaklabel.sources.soil import Soil


@dataclass(frozen=True)
class Dictionary:
    """The run's dictionary, matched as it is after tailoring.

    Attributes:
        mode: ``longest``: from left to right the longest name at each place; ``all``: every name
            at every place; ``segmentation``: the tiling of a sentence by the longest names.
    """

    kind: ClassVar[str] = "dictionary"
    learnt: ClassVar[type[DictionarySource]] = DictionarySource
    mode: str = "longest"

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ConfigError(f"mode must be one of {', '.join(get_args(Mode))}, got {self.mode!r}")

    def grow(self, soil: Soil) -> DictionarySource:
        """The source of the names that may speak."""
        return DictionarySource.from_description({"mode": self.mode}, soil.index)
