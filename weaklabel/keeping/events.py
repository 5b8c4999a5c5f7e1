"""What a run tells while it works. The library prints nothing: who listens, shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happened."""

    OPENED = "opened"
    STARTED = "started"
    EPOCH = "epoch"
    DONE = "done"
    KEPT = "kept"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Event:
    """One thing a run has to say.

    Attributes:
        kind: what happened.
        stage: the stage it happened in, empty outside stages.
        text: the words for a person.
        seconds: how long it took, where something ended.
        facts: the same as values, for ``log.jsonl``.
    """

    kind: Kind
    stage: str = ""
    text: str = ""
    seconds: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]
"""Takes events one by one; what it raises stops the run."""


def silent(event: Event) -> None:
    """A listener that shows nothing."""
