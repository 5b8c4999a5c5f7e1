"""Which names of a dictionary may speak at all; every refusal has a rule and its evidence.

A form or a list of general knowledge only makes a name suspicious. What drops it is evidence of
this run: the other names of its type, how they and it are used in the text, and how words behave
in raw text. ``keep`` and ``drop``, the user's own names, override every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from weaklabel.lexicon import Lexicon, Term
from weaklabel.normal import Key, is_acronym, normal_key
from weaklabel.sources.customs import Form, of_form
from weaklabel.sources.everyday import everyday_words
from weaklabel.sources.evidence import Evidence
from weaklabel.sources.written import (
    is_exact,
    is_long,
    is_spelt,
    is_written_so,
    written_otherwise,
)


class Change(NamedTuple):
    """A name that was dropped or kept against a rule, and why."""

    name: str
    types: tuple[str, ...]
    action: str
    rule: str
    evidence: str


class DropRule(NamedTuple):
    """One reason to drop a name.

    Attributes:
        name: how it is listed.
        about: what it drops, and on what evidence, in a sentence.
        evidence: a name and its normal form → what speaks against it, None where nothing does.
    """

    name: str
    about: str
    evidence: Callable[[Term, Key], str | None]


def drop_rules(
    evidence: Evidence, *, redefined: Mapping[str, str] | None = None
) -> tuple[DropRule, ...]:
    """The rules, in the order they are asked: the first that speaks is the one that is named.

    Args:
        evidence: what the run's dictionary, text and vectors say of the names.
        redefined: short form → evidence that the text means something else by it.
    """
    stopwords = evidence.knowledge.stopwords
    everyday = everyday_words(evidence)
    meant, aloud = redefined or {}, evidence.shouted

    def function_words(term: Term, key: Key) -> bool:
        return not is_exact(term.name) and bool(key) and all(t in stopwords for t in key)

    def spelt(term: Term, key: Key) -> bool:
        return bool(key) and is_spelt(key)

    def odd(form: Form, what: str) -> Evidences:
        return _odd_one(evidence, form, what)

    is_odd = odd(spelt, "single letters and digits")

    def letters_and_digits(term: Term, key: Key) -> str | None:
        told, surfaces = is_odd(term, key), evidence.spelt.get(term.name)
        if told is None or surfaces is None:
            return None if is_long(key) else told
        if is_written_so(term.name, surfaces):
            return None
        return f"{told}; {written_otherwise(term.name, surfaces)}"

    def small_letters(term: Term, key: Key) -> str | None:
        word = _one_word(term, key)
        told = [evidence.in_small_letters(word, type_) for type_ in term.types] if word else []
        return told[0] if all(told) and told else None

    def general(term: Term, key: Key) -> str | None:
        word = _one_word(term, key)
        return _general_noun(evidence, word, term.types) if word else None

    return (
        DropRule(
            "no letter", _CUSTOM.format("The name has no letter"), odd(_no_letter, "no letter")
        ),
        DropRule(
            "one character",
            _CUSTOM.format("The name is one character"),
            odd(_one_character, "one character"),
        ),
        DropRule(
            "stop-word",
            _CUSTOM.format("All its words are function words, and it is no short form in capitals"),
            odd(function_words, "function words alone"),
        ),
        DropRule(
            "word in capitals",
            "A short form in capitals that is a word in lower case, and that the corpus has only "
            "in sentences all in capitals.",
            lambda term, _: aloud.get(term.name),
        ),
        DropRule(
            "generic noun",
            "One word that names a kind of things, where the dictionary does not list such words "
            "for its type, or the text refers back by it (this drug) unlike by names of its type.",
            general,
        ),
        DropRule(
            "letters and digits only",
            _CUSTOM.format(
                "Nothing but single letters and numbers of one or two digits, where the corpus "
                "mostly writes these otherwise (2, 4 d is no 2,4-D), or never has one or two"
            ),
            letters_and_digits,
        ),
        DropRule(
            "everyday word",
            "One word that the text uses as a verb, or whose vector is unlike those of names of "
            "its type, in a vocabulary with many such words; and that the corpus does not "
            "capitalise.",
            lambda term, key: everyday.get(_one_word(term, key) or ""),
        ),
        DropRule(
            "word in small letters",
            "One word that the corpus mostly writes in small letters, while it writes nearly all "
            "names of its type with a capital.",
            small_letters,
        ),
        DropRule(
            "short form of something else",
            "A short form that the corpus's own definitions mostly give another meaning.",
            lambda term, _: meant.get(term.name),
        ),
    )


_CUSTOM = "{}, as few names of its type are."
Evidences = Callable[[Term, Key], str | None]


def _odd_one(evidence: Evidence, form: Form, what: str) -> Evidences:
    """Speaks against names of a form that is not the custom of any of their types."""
    counts = of_form(evidence.lexicon, form)

    def against(term: Term, key: Key) -> str | None:
        if not form(term, key):
            return None
        told = [(type_, counts[type_]) for type_ in term.types]
        if any(count.share >= evidence.settings.custom for _, count in told):
            return None
        type_, count = told[0]
        return f"{what}, as {count.some:,} of {count.all:,} names of {type_}"

    return against


def _general_noun(evidence: Evidence, word: str, types: tuple[str, ...]) -> str | None:
    """Evidence against a general noun, for each of its types; ``None`` if one has none."""
    if word not in evidence.knowledge.generic:
        return None
    told = [evidence.unlike_kin(word, t) or evidence.refers_back(word, t) for t in types]
    return told[0] if all(told) else None


def _one_word(term: Term, key: Key) -> str | None:
    return key[0] if len(key) == 1 and not is_acronym(term.name) else None


def tailored(
    lexicon: Lexicon,
    rules: Iterable[DropRule],
    *,
    keep: frozenset[str] = frozenset(),
    drop: frozenset[str] = frozenset(),
) -> tuple[Lexicon, list[Change]]:
    """The names that may speak, and what was changed.

    Args:
        lexicon: all names.
        rules: those of :func:`drop_rules`, or some of them.
        keep: names (any spelling variant) that no rule may drop.
        drop: names that never speak.
    """
    asked = tuple(rules)
    kept_keys = {normal_key(name) for name in keep}
    dropped_keys = {normal_key(name) for name in drop}
    terms: list[Term] = []
    changes: list[Change] = []
    for term in lexicon.terms:
        key = term.key
        reason = _reason(term, key, asked)
        if key in dropped_keys:
            changes.append(Change(term.name, term.types, "dropped", "user", "--drop"))
        elif reason is None:
            terms.append(term)
        elif key in kept_keys:
            terms.append(term)
            changes.append(Change(term.name, term.types, "kept", "user", f"--keep; {reason[0]}"))
        else:
            changes.append(Change(term.name, term.types, "dropped", *reason))
    return Lexicon(tuple(terms), lexicon.licences), changes


def _reason(term: Term, key: Key, rules: tuple[DropRule, ...]) -> tuple[str, str] | None:
    """The first rule against a name, and its evidence; None where none speaks."""
    for rule in rules:
        evidence = rule.evidence(term, key)
        if evidence is not None:
            return rule.name, evidence
    return None


def _no_letter(term: Term, key: Key) -> bool:
    return not key or not any(c.isalpha() for c in term.name)


def _one_character(term: Term, key: Key) -> bool:
    return len(term.name) < 2 or (len(key) == 1 and len(key[0]) < 2)
