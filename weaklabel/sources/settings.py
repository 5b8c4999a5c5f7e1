"""Which sources grow, where a run does not say."""

from __future__ import annotations

from functools import partial
from typing import Any

from weaklabel.components import several_of
from weaklabel.sources.kinds import SOURCES, Plan

BUILT_IN = (
    "dictionary",
    "pattern",
    "spelling",
    "adjective",
    "composition",
    "abbreviation",
    "consistency",
)
"""The kinds that grow by default, in the order they are asked: later ones build on earlier ones.

No source of the user's may take one of their names.
"""
_DEFAULTS = tuple(partial(SOURCES.make, kind, {}) for kind in BUILT_IN)


def default_plans() -> tuple[Plan, ...]:
    """The plans of a run that chooses none, each with its default options.

    >>> [plan.kind for plan in default_plans()][:2]
    ['dictionary', 'pattern']
    """
    return tuple(make() for make in _DEFAULTS)


def plans_field() -> Any:
    """A field of settings that holds the plans of a run: ``sources: tuple[Plan, ...]``."""
    return several_of(SOURCES, *_DEFAULTS)
