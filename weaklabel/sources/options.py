"""A source that is its options: what a source that asks a model, a tool or a file mostly is.

It is listed by the name among them, and a saved model keeps them alone: not what they name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar, get_args

from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, to_mapping


class Named(Protocol):
    """Options that say how their source is listed."""

    @property
    def name(self) -> str:
        """How the source is listed."""
        ...


Options = TypeVar("Options", bound=Named)


@dataclass(frozen=True, eq=False)
class ConfiguredSource(Generic[Options]):
    """What such sources share; one of them adds its ``kind`` and ``label(corpus)``.

    Attributes:
        options: a frozen dataclass, one of whose fields is ``name``.

    >>> @dataclass(frozen=True)
    ... class CapitalOptions:
    ...     name: str = "capitals"
    ...     shortest: int = 3
    >>> class CapitalSource(ConfiguredSource[CapitalOptions]):
    ...     kind = "capitals"
    >>> source = CapitalSource(CapitalOptions(shortest=5))
    >>> source.name, source.describe()
    ('capitals', {'name': 'capitals', 'shortest': 5})
    >>> CapitalSource.from_description(source.describe())
    CapitalSource(options=CapitalOptions(name='capitals', shortest=5))
    """

    options: Options

    @property
    def name(self) -> str:
        """How it is listed."""
        return self.options.name

    def describe(self) -> dict[str, Any]:
        """Its options; a saved model names what they name and does not hold it."""
        about: dict[str, Any] = to_mapping(self.options)
        return about

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> Self:
        """The source that :meth:`describe` tells of.

        Raises:
            ConfigError: for an unknown option or a wrong value.
        """
        return cls(cls.options_of(about))

    @classmethod
    def options_of(cls, values: Mapping[str, Any]) -> Options:
        """Options by name, checked; what is absent keeps its default.

        Raises:
            ConfigError: for an unknown option or a wrong value.
        """
        (base,) = (each for each in cls.__orig_bases__ if get_args(each))  # type: ignore[attr-defined]
        options: Options = checked(get_args(base)[0], values)
        return options


def folder_beside(base: Path, name: str) -> str:
    """A folder of this name beside the table, if there is one; else the name, as of a package."""
    folder = base / name
    return str(folder) if folder.is_dir() else name


def check_share(name: str, value: float) -> None:
    """See that an option such as ``min_score`` is a share.

    Raises:
        ConfigError: if it does not lie in 0 … 1.
    """
    if not 0 <= value <= 1:
        raise ConfigError(f"{name} must lie in 0 … 1, got {value}")
