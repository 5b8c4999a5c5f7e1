"""What is known beforehand, and when a name of the dictionary is dropped."""

from __future__ import annotations

from dataclasses import dataclass

from weaklabel.knowledge import DEFAULT, knowledge_of


@dataclass(frozen=True)
class TailorSettings:
    """What is known beforehand, and when a name is dropped.

    Attributes:
        packs: what is known of the language and the field; none for none.
        custom: share of a type's names, or of the general nouns akin to it, from which what is
            odd (a function word, a number, small letters) is the type's custom, and no reason to
            drop a name.
        kin_names: names of a type that must end in a general noun for it to be akin to the type.
        kin_likeness: or so much likelier must it be a name of it than any word, by its vector.
        kin: such nouns that a type must have for it to be told by them whether it lists them.
        unlike: how much likelier, as a logarithm, a suspicious word must be another word than a
            name of its type, by its places in the text.
        neighbours: so many most frequent words are told apart as neighbours of a word.
        strength: what is known of neighbours in general weighs as much as so many names.
        chance: chance of being a real name under which a frequent one-word name is dropped; see
            :mod:`weaklabel.sources.tailoring.contamination`.
        frequent: only words among the so many most frequent ones are judged so.
        expected: everyday words that must be expected among a vocabulary's unlikeliest names,
            were all of them such words, for it to be judged by its own.
        likeness_names: one-word names a type needs among the vectors' words, for words to be
            judged by how like them they are: a model of few would judge by chance.
        likeness_folds: parts the words are dealt into; each is judged by a model of the others.
        likeness_ridge: penalty on that model's squared weights.
        capitals: capitals within sentences that the text must write a word with, to use it as a
            name: one may be a slip.
        capital_share: share of the word's occurrences there that must have one.
        heading_share: share of capitalised words from which a sentence tells nothing.
        small_letters: times that the text must write a word in small letters for that to tell
            against a short form in capitals, or a name of a type with capitals.
        definitions: documents that must define a short form as something else, for it to be
            dropped by ``weaklabel dictionary tailor``.
        definition_share: share of the documents that define it that must do so.
    """

    packs: tuple[str, ...] = DEFAULT
    custom: float = 1 / 3
    kin_names: int = 5
    kin_likeness: float = 10.0
    kin: int = 3
    unlike: float = 4.0
    neighbours: int = 500
    strength: float = 100.0
    chance: float = 0.8
    frequent: int = 8000
    expected: float = 20.0
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
