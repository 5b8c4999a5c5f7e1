"""From when on a way of composing names counts: the options of the source that composes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CompositionRules:
    """Thresholds of names, words and text.

    Attributes:
        min_before: names in which a token stands before another name, to be a modifier at all.
        half_trust: as many such names are worth an even chance before the text is asked.
        strength: occurrences in the text that weigh as much as what the dictionary says.
        min_trust: smoothed share of a modifier's occurrences before a name that must make a
            listed name.
        min_after: names in which a word stands after another name, to be a suffix.
        min_names: names that must end in a head, or with a number, for it to be productive.
        min_share: share of a head's names that must have one type.
        min_diversity: different first tokens a head must take.
        min_eponyms: names of a head whose token before it stands nowhere else, to take any such.
        frequent: the so many most frequent words are no eponyms.
        min_listed: pairs of a word and a name after it that are listed and stand in the text, for
            modifiers of a type to be learnt: a model of fewer would judge by chance.
        min_seed: names a word must extend, to teach what the vectors of modifiers are like.
        min_seeds: such words that the vectors must know.
        ridge: penalty on that model's squared weights.
        unknown_rank: the frequency rank supposed of a word without a vector.
    """

    min_before: int = 5
    half_trust: int = 30
    strength: float = 5.0
    min_trust: float = 0.3
    min_after: int = 10
    min_names: int = 20
    min_share: float = 0.9
    min_diversity: int = 15
    min_eponyms: int = 100
    frequent: int = 8000
    min_listed: int = 100
    min_seed: int = 3
    min_seeds: int = 50
    ridge: float = 1.0
    unknown_rank: int = 30_000
