"""Settings of the sources."""

from __future__ import annotations

from dataclasses import dataclass, field

from weaklabel.errors import ConfigError
from weaklabel.sources.tailor import TailorSettings

BUILT_IN = (
    "dictionary",
    "pattern",
    "spelling",
    "adjective",
    "composition",
    "abbreviation",
    "consistency",
)


@dataclass(frozen=True)
class SourceSettings:
    """Which sources speak, and how carefully the dictionary is tailored.

    Attributes:
        use: the sources, in the order they are asked; later ones build on earlier ones.
        learn_abbreviations: keep short forms that several documents define alike, for documents
            that do not define them.
        tailor: when a name is taken for a word of everyday English.
    """

    use: tuple[str, ...] = BUILT_IN
    learn_abbreviations: bool = True
    tailor: TailorSettings = field(default_factory=TailorSettings)

    def __post_init__(self) -> None:
        unknown = [name for name in self.use if name not in BUILT_IN]
        if unknown:
            raise ConfigError(
                f"sources.use names {unknown[0]!r}; the built-in sources are {', '.join(BUILT_IN)}"
            )
