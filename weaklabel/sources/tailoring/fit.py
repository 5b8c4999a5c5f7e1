"""fitted(): what a corpus says about each name of a dictionary, and about missing ones."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from weaklabel.errors import ConfigError
from weaklabel.ground.normal import normal_key
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.grow import grow_sources
from weaklabel.sources.kinds import Plan
from weaklabel.sources.protocol import AnySource
from weaklabel.sources.settings import default_plans
from weaklabel.sources.tailoring import expansion
from weaklabel.sources.tailoring.corpus_filter import unheard
from weaklabel.sources.tailoring.drop import DropRule, drop_rules
from weaklabel.sources.tailoring.entries import ADDED, DROPPED, KEPT, Entry, Example, with_changes
from weaklabel.sources.tailoring.evidence import Evidence
from weaklabel.sources.tailoring.occurrences import counted, reachable, words_of
from weaklabel.sources.tailoring.settings import TailorSettings
from weaklabel.sources.tailoring.short_forms import redefined
from weaklabel.sources.tailoring.variants import variants
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors

CORPUS_FILTER = "not in the corpus"
USER = "user"


@dataclass(frozen=True, eq=False)
class Fitted:
    """A dictionary and what tailoring says of it.

    Attributes:
        before: all names.
        entries: the changes, drops first, by rule.
        rules: rule → what it does, in the order asked: those that drop, then those that add.
        against: dropped name → all the rules that speak against it.
        met: kind of spelling variant → how often normalisation met it, and examples.
    """

    before: Lexicon
    entries: tuple[Entry, ...]
    rules: Mapping[str, str]
    against: Mapping[str, tuple[str, ...]] = field(repr=False)
    met: Mapping[str, tuple[int, list[tuple[str, str, Example]]]] = field(repr=False)

    @property
    def lexicon(self) -> Lexicon:
        """The dictionary with all changes."""
        return with_changes(self.before, self.entries)

    def with_rules(self, names: frozenset[str], among: Lexicon | None = None) -> Lexicon:
        """The dictionary as it would be if only some rules were asked.

        Args:
            names: the rules.
            among: names to start from; all of the dictionary if not given.
        """
        chosen = [
            entry
            for entry in self.entries
            if (entry.action == DROPPED and names & set(self.against[entry.name]))
            or (entry.action == ADDED and entry.rule in names)
        ]
        return with_changes(self.before if among is None else among, chosen)


def fitted(
    lexicon: Lexicon,
    corpus: Corpus,
    *,
    vectors: WordVectors | None = None,
    keep: frozenset[str] = frozenset(),
    drop: frozenset[str] = frozenset(),
    corpus_filter: bool = False,
    without: frozenset[str] = frozenset(),
    plans: Sequence[Plan | AnySource] | None = None,
    settings: TailorSettings | None = None,
) -> Fitted:
    """Fit a dictionary to a corpus: only raw text and the dictionary's own names decide.

    Args:
        lexicon: all names; an empty one stays empty.
        corpus: raw text; its labels, if any, are not looked at.
        vectors: word vectors; without them some rules are silent.
        keep: names (any spelling variant) that no rule may drop.
        drop: names that go, and are not added.
        corpus_filter: whether concepts that the corpus never calls by their canonical name go.
        without: rules that are not asked.
        plans: which sources may add names; those of the default run if not given.
        settings: packs and thresholds.

    Raises:
        ConfigError: for a rule in ``without`` that there is not.
    """
    settings = settings or TailorSettings()
    heard_words = words_of(corpus)
    within = reachable(lexicon, heard_words)
    evidence = Evidence(lexicon, corpus, vectors, settings)
    meant = redefined(
        within, corpus, documents=settings.definitions, share=settings.definition_share
    )
    rules = list(drop_rules(evidence, redefined=meant))
    if corpus_filter:
        missing = unheard(lexicon, within, corpus)
        about = "All concepts it names are called by their canonical name nowhere in the corpus."
        rules.append(DropRule(CORPUS_FILTER, about, lambda term, _: missing.get(term.name)))
    _check_known(without, [*(rule.name for rule in rules), CORPUS_FILTER, *expansion.ABOUT])
    rules = [rule for rule in rules if rule.name not in without]
    drops, against = _judged(lexicon, rules, keep, drop)
    gone = {entry.name for entry in drops if entry.action == DROPPED}
    spoken = Lexicon(tuple(t for t in lexicon.terms if t.name not in gone), lexicon.licences)
    adds: list[Entry] = []
    if spoken.terms:
        made = grow_sources(
            default_plans() if plans is None else plans,
            spoken,
            corpus,
            tailoring=settings,
            keep=frozenset(term.name for term in spoken.terms),
            vectors=vectors,
        )
        never = {normal_key(name) for name in drop} | {normal_key(name) for name in gone}
        adds = [
            entry
            for entry in expansion.added(corpus, replace(made, lexicon=spoken), without)
            if normal_key(entry.name) not in never
        ]
    dropped = sorted(
        counted(drops, corpus, heard_words),
        key=lambda entry: (_place(entry.rule, rules), -entry.times, entry.name),
    )
    return Fitted(
        lexicon,
        (*dropped, *adds),
        {rule.name: rule.about for rule in rules}
        | {USER: "The user's own word: --keep, --drop."}
        | {name: about for name, about in expansion.ABOUT.items() if name not in without},
        against,
        variants(reachable(spoken, heard_words), corpus),
    )


def _check_known(asked: frozenset[str], known: list[str]) -> None:
    for name in sorted(asked.difference(known)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise ConfigError(f"no rule {name!r}; {hint}")


def _place(rule: str, rules: list[DropRule]) -> int:
    return next((i for i, each in enumerate(rules) if each.name == rule), len(rules))


def _judged(
    lexicon: Lexicon, rules: list[DropRule], keep: frozenset[str], drop: frozenset[str]
) -> tuple[list[Entry], dict[str, tuple[str, ...]]]:
    """Entries that are dropped or kept against a rule, and all rules against each."""
    kept_keys = {normal_key(name) for name in keep}
    dropped_keys = {normal_key(name) for name in drop}
    entries: list[Entry] = []
    against: dict[str, tuple[str, ...]] = {}
    for term in lexicon.terms:
        key = normal_key(term.name)
        said = [(r.name, e) for r in rules if (e := r.evidence(term, key)) is not None]
        if key in dropped_keys:
            entries.append(_entry(DROPPED, term, USER, "--drop"))
            against[term.name] = (USER,)
        elif said and key in kept_keys:
            entries.append(_entry(KEPT, term, USER, f"--keep; {said[0][0]}"))
        elif said:
            entries.append(_entry(DROPPED, term, *said[0]))
            against[term.name] = tuple(name for name, _ in said)
    return entries, against


def _entry(action: str, term: Term, rule: str, evidence: str) -> Entry:
    return Entry(action, term.name, term.types, term.concepts, rule, evidence)
