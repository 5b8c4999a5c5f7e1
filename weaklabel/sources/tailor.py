"""Which names of a dictionary may speak at all; every refusal has a rule and its evidence.

Nothing here is a list made for one corpus: stop-words and generic nouns are general knowledge,
English words among brand names are told by how they behave in raw text. ``keep`` and ``drop``,
the user's own names, override every rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from weaklabel.lexicon import Lexicon, Term
from weaklabel.normal import Key, is_acronym, normal_key
from weaklabel.sources.evidence import Evidence
from weaklabel.sources.settings import TailorSettings
from weaklabel.sources.written import is_exact, is_long, is_spelt


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
    knowledge, aloud, unlike = evidence.knowledge, evidence.shouted, evidence.otherwise
    english = {verb: "used as a verb in raw text" for verb in knowledge.verbs}
    english |= _english(evidence)
    english = {word: told for word, told in english.items() if word not in evidence.capitalised}
    meant = redefined or {}

    def one_word(term: Term, key: Key) -> str | None:
        return key[0] if len(key) == 1 and not is_acronym(term.name) else None

    def everyday(term: Term, key: Key) -> str | None:
        return english.get(one_word(term, key) or "")

    def kind_of_thing(term: Term, key: Key) -> str | None:
        word = one_word(term, key)
        return word if word in knowledge.generic else None

    def function_word(term: Term, key: Key) -> str | None:
        if is_exact(term.name):
            return None
        return " ".join(key) if all(token in knowledge.stopwords for token in key) else None

    def letters_and_digits(term: Term, key: Key) -> str | None:
        if not is_spelt(key):
            return None
        return unlike.get(term.name) if is_long(key) else " ".join(key)

    return (
        DropRule("no letter", "The name has no letter.", _no_letter),
        DropRule("one character", "The name is one character.", _one_character),
        DropRule(
            "stop-word",
            "All its words are function words (dictionaries/stopwords.txt); no short form in "
            "capitals, which is found only as it is written.",
            function_word,
        ),
        DropRule(
            "word in capitals",
            "A short form in capitals that is a word in lower case, and that the corpus has only "
            "in sentences all in capitals.",
            lambda term, _: aloud.get(term.name),
        ),
        DropRule(
            "generic noun",
            "One word that names a kind of things (dictionaries/generic.txt); no short form.",
            kind_of_thing,
        ),
        DropRule(
            "letters and digits only",
            "Nothing but one or two single letters and numbers of one or two digits; or more of "
            "them, where the corpus mostly writes these otherwise (2, 4 d is no 2,4-D).",
            letters_and_digits,
        ),
        DropRule(
            "everyday word",
            "One word that raw text uses as a verb, or whose vector is unlike those of names of "
            "its type, and that the corpus does not capitalise; judged more strictly where a "
            "vocabulary has many such words.",
            everyday,
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


def _no_letter(term: Term, key: Key) -> str | None:
    return term.name if not key or not any(c.isalpha() for c in term.name) else None


def _one_character(term: Term, key: Key) -> str | None:
    short = len(term.name) < 2 or (len(key) == 1 and len(key[0]) < 2)
    return term.name if short else None


def _english(evidence: Evidence) -> dict[str, str]:
    """One-token names that behave like everyday English → the evidence."""
    settings, vocabularies = evidence.settings, _vocabularies(evidence.lexicon)
    best: dict[str, tuple[float, int]] = {}
    for type_, scores in sorted(evidence.likelihoods.items()):
        for word, types in evidence.statistics.single.items():
            if type_ in types and word in scores:
                best[word] = max(best.get(word, (0.0, 0)), scores[word])
    frequent = {w: p for w, (p, rank) in best.items() if rank < settings.frequent}
    risky = _risky_vocabularies(frequent, vocabularies, settings)
    found: dict[str, str] = {}
    for word, p in frequent.items():
        attested = vocabularies.get(word, frozenset())
        if len(attested) > 1:
            continue
        limit = settings.risky_likeness if attested & risky else settings.safe_likeness
        if p < limit:
            origin = ", ".join(sorted(attested)) or "the dictionary"
            found[word] = (
                f"{p:.2f} times as like names of its type as any word; only {origin} lists it"
            )
    return found


def _vocabularies(lexicon: Lexicon) -> dict[str, frozenset[str]]:
    """Normal token of a one-token name → the vocabularies (id prefixes) that attest it."""
    found: dict[str, set[str]] = defaultdict(set)
    for term in lexicon.terms:
        key = term.key
        if len(key) == 1:
            prefixes = {c.partition(":")[0] for c in term.concepts if ":" in c}
            found[key[0]].update(prefixes or {term.source})
    return {word: frozenset(prefixes) for word, prefixes in found.items()}


def _risky_vocabularies(
    scores: dict[str, float], vocabularies: dict[str, frozenset[str]], settings: TailorSettings
) -> frozenset[str]:
    alone: Counter[str] = Counter()
    unlike: Counter[str] = Counter()
    for word, p in scores.items():
        attested = vocabularies.get(word, frozenset())
        if len(attested) == 1:
            (origin,) = attested
            alone[origin] += 1
            unlike[origin] += p < settings.risky_likeness
    return frozenset(
        o for o, n in alone.items() if n >= 20 and unlike[o] >= settings.risky_share * n
    )
