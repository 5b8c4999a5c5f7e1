"""What a run chooses: which sources grow, and when a name of the dictionary is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from weaklabel.components import several_of
from weaklabel.knowledge import DEFAULT, knowledge_of
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


@dataclass(frozen=True)
class TailorSettings:
    """What is known beforehand, and when a name is dropped.

    Attributes:
        packs: what is known of the language and the field; none for none.
        frequent: only words among the so many most frequent ones are judged by their vector.
        risky_share: a vocabulary is risky when this share of its frequent words look unlike names.
        risky_likeness: a name that only a risky vocabulary attests is dropped below this
            likelihood ratio (1: as like a name as any word).
        safe_likeness: one that another vocabulary attests alone is dropped below this.
        likeness_names: one-word names a type needs among the vectors' words, for words to be
            judged by how like them they are: a model of few would judge by chance.
        likeness_folds: parts the words are dealt into; each is judged by a model of the others.
        likeness_ridge: penalty on that model's squared weights.
        capitals: capitals within sentences that the text must write a word with, to use it as a
            name: one may be a slip.
        capital_share: share of the word's occurrences there that must have one.
        heading_share: share of capitalised words from which a sentence tells nothing.
        small_letters: times that the text must write a word in small letters for a short form in
            capitals to be doubted.
        definitions: documents that must define a short form as something else, for it to be
            dropped by ``weaklabel dictionary tailor``.
        definition_share: share of the documents that define it that must do so.
    """

    packs: tuple[str, ...] = DEFAULT
    frequent: int = 8000
    risky_share: float = 0.5
    risky_likeness: float = 3.5
    safe_likeness: float = 0.6
    likeness_names: int = 300
    likeness_folds: int = 5
    likeness_ridge: float = 10.0
    capitals: int = 3
    capital_share: float = 0.5
    heading_share: float = 0.5
    small_letters: int = 3
    definitions: int = 2
    definition_share: float = 2 / 3

    def __post_init__(self) -> None:
        knowledge_of(self.packs)
