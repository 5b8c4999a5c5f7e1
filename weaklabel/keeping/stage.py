"""A stage of a run: a function, and how what it returns is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Stage(Generic[T]):
    """A function whose value is kept in a run's folder under the hash of its arguments.

    Attributes:
        name: such as ``"label"``.
        doing: what it is called while it happens, such as ``"labelling"``.
        make: makes the value of the arguments; its first one is the open folder, which it may
            tell of its progress.
        outputs: the files and folders it leaves, relative to the run's folder, for its arguments.
        save: writes a value into the folder, each file whole or not at all.
        load: reads it back; given the arguments too, for what no file can hold.
        text: what the value of some arguments comes to, in a few words for a person.
    """

    name: str
    doing: str
    make: Callable[..., T]
    outputs: Callable[[Mapping[str, Any]], Sequence[str]]
    save: Callable[[T, Path], None]
    load: Callable[[Path, Mapping[str, Any]], T]
    text: Callable[[T, Mapping[str, Any]], str]


def always(*outputs: str) -> Callable[[Mapping[str, Any]], Sequence[str]]:
    """The same outputs whatever the arguments."""
    return lambda arguments: outputs
