"""Which names of a dictionary may speak at all; every refusal has a rule and its evidence.

A form or a list of general knowledge only makes a name suspicious. What drops it is evidence of
this run: the other names of its type, how they and it are used in the text, and how words behave
in raw text. ``keep`` and ``drop``, the user's own names, override every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from weaklabel.ground.normal import Key, normal_key
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.tailoring.doubts import Doubts
from weaklabel.sources.tailoring.evidence import Evidence


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
    doubts, meant = Doubts(evidence), redefined or {}
    few = "{}, as few other names of its type are."
    return (
        DropRule("no letter", few.format("The name has no letter"), doubts.no_letter),
        DropRule("one character", few.format("The name is one character"), doubts.one_character),
        DropRule(
            "stop-word",
            few.format("All its words are function words, and it is no short form in capitals"),
            doubts.function_words,
        ),
        DropRule(
            "word in capitals",
            "A short form in capitals that is a word in lower case, and that the corpus has only "
            "in sentences all in capitals.",
            doubts.in_capitals,
        ),
        DropRule(
            "generic noun",
            "One word that names a kind of things, where the dictionary does not list such words "
            "for its type; or, if there are few such words, where other words stand beside it in "
            "the corpus than beside names of its type.",
            doubts.general_noun,
        ),
        DropRule(
            "letters and digits only",
            few.format(
                "Nothing but single letters and numbers of one or two digits, where the corpus "
                "mostly writes these otherwise (2, 4 d is no 2,4-D), or never has one or two"
            ),
            doubts.letters_and_digits,
        ),
        DropRule(
            "everyday word",
            "One word that is often a verb, and beside which other words stand in the corpus than "
            "beside names of its type; or one whose vector is unlike those of names of its type, "
            "in a vocabulary with many such words. Not where the corpus capitalises it.",
            doubts.everyday,
        ),
        DropRule(
            "word in small letters",
            "One word that the corpus mostly writes in small letters, while it writes nearly all "
            "names of its type with a capital.",
            doubts.small_letters,
        ),
        DropRule(
            "short form of something else",
            "A short form that the corpus's own definitions mostly give another meaning.",
            lambda term, _: meant.get(term.name),
        ),
    )


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
