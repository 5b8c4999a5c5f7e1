"""What speaks against a name, rule by rule: each says why in a sentence, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from weaklabel.ground.normal import Key, is_acronym
from weaklabel.lexicon import Term
from weaklabel.sources.tailoring.customs import Count, Form, of_form
from weaklabel.sources.tailoring.everyday import everyday_words
from weaklabel.sources.tailoring.evidence import Evidence
from weaklabel.sources.tailoring.writing import (
    is_exact,
    is_long,
    is_spelt,
    is_written_so,
    written_otherwise,
)

Doubt = Callable[[Term, Key], str | None]


@dataclass(frozen=True, eq=False)
class Customs:
    """How usual a form is among the other names of a name's types.

    Attributes:
        evidence: what is known of the run's names.
        form: whether a name has the form.
        about: the form in words.
        listed: whether the form is a list's, which alone drops nothing: not where no other name
            is there to compare.
    """

    evidence: Evidence
    form: Form
    about: str
    listed: bool = False

    @cached_property
    def _counts(self) -> dict[str, Count]:
        return of_form(self.evidence.lexicon, self.form)

    def others(self, term: Term) -> list[Count]:
        """For each type of a name of the form: its other names of the form, of all others."""
        counts = (self._counts[type_] for type_ in term.types)
        return [Count(count.some - 1, count.all - 1) for count in counts]

    def is_custom(self, term: Term) -> bool:
        """Whether enough other names of one of its types have the form."""
        return any(count.share >= self.evidence.settings.custom for count in self.others(term))

    def __call__(self, term: Term, key: Key) -> str | None:
        """What speaks against a name of the form."""
        if not self.form(term, key) or self.is_custom(term):
            return None
        others = self.others(term)
        if self.listed and any(count.all == 0 for count in others):
            return None
        some, every = others[0]
        return f"{self.about}, as {some:,} of {every:,} other names of {term.types[0]}"


@dataclass(frozen=True, eq=False)
class Doubts:
    """What the run's evidence says against names.

    Attributes:
        evidence: what is known of the run's names.
    """

    evidence: Evidence

    @cached_property
    def no_letter(self) -> Doubt:
        """Names without a letter."""
        return Customs(self.evidence, _has_no_letter, "no letter")

    @cached_property
    def one_character(self) -> Doubt:
        """Names of one character."""
        return Customs(self.evidence, _is_one_character, "one character")

    @cached_property
    def function_words(self) -> Doubt:
        """Names that are function words alone, save short forms found only as written."""
        stopwords = self.evidence.knowledge.stopwords

        def form(term: Term, key: Key) -> bool:
            return not is_exact(term.name) and bool(key) and all(t in stopwords for t in key)

        return Customs(self.evidence, form, "function words alone", listed=True)

    @cached_property
    def _spelt(self) -> Customs:
        form: Form = lambda _, key: bool(key) and is_spelt(key)  # noqa: E731
        return Customs(self.evidence, form, "single letters and digits")

    def letters_and_digits(self, term: Term, key: Key) -> str | None:
        """Names of letters and digits, by how the text writes what could be one."""
        if not self._spelt.form(term, key) or self._spelt.is_custom(term):
            return None
        surfaces = self.evidence.spelt.get(term.name)
        if surfaces is None:  # two of them meet by chance, three seldom do
            return None if is_long(key) else self._spelt(term, key)
        written_so = is_written_so(term.name, surfaces)
        return None if written_so else written_otherwise(term.name, surfaces)

    def in_capitals(self, term: Term, key: Key) -> str | None:
        """Short forms that are words of a sentence in capitals."""
        return self.evidence.shouted.get(term.name)

    def general_noun(self, term: Term, key: Key) -> str | None:
        """General nouns that are no names of any of their types."""
        word, evidence = _one_word(term, key), self.evidence
        if word not in evidence.knowledge.generic:
            return None
        told = [evidence.no_kin(word, type_) for type_ in term.types]
        return told[0] if all(told) else None

    @cached_property
    def _everyday(self) -> dict[str, str]:
        return everyday_words(self.evidence)

    def everyday(self, term: Term, key: Key) -> str | None:
        """Words of everyday English, by their vectors; verbs also by their places in the text."""
        word, evidence = _one_word(term, key), self.evidence
        told: list[str | None] = [self._everyday.get(word)]
        if word in evidence.knowledge.verbs and word not in evidence.capitalised and not told[0]:
            told = [evidence.out_of_place(word, type_) for type_ in term.types]
        return told[0] if all(told) else None

    def small_letters(self, term: Term, key: Key) -> str | None:
        """Words that the text has in small letters, of types with capitals."""
        word = _one_word(term, key)
        told = [self.evidence.in_small_letters(word, type_) for type_ in term.types]
        return told[0] if word and all(told) else None


def _one_word(term: Term, key: Key) -> str:
    """The normal token of a name of one word; empty for a short form and for several words."""
    return key[0] if len(key) == 1 and not is_acronym(term.name) else ""


def _has_no_letter(term: Term, key: Key) -> bool:
    return not key or not any(c.isalpha() for c in term.name)


def _is_one_character(term: Term, key: Key) -> bool:
    return len(term.name) < 2 or (len(key) == 1 and len(key[0]) < 2)
