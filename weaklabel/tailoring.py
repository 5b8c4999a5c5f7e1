"""tailor(): a dictionary fitted to a corpus, its rules weighed, all written to a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from weaklabel.aggregate.agree import agreed
from weaklabel.errors import DataError, RunFolderError
from weaklabel.evaluate import score
from weaklabel.ground.atomic import replacing_folder, write_text
from weaklabel.io.kb.writing import write_lexicon
from weaklabel.lexicon import Lexicon
from weaklabel.on_tokens import to_annotations
from weaklabel.sources.apply import apply_sources
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.sources.kinds import Plan
from weaklabel.sources.tailoring.entries import (
    DROPPED,
    Entry,
    Example,
    entries_table,
    with_changes,
)
from weaklabel.sources.tailoring.fit import Fitted, fitted
from weaklabel.sources.tailoring.occurrences import reachable, words_of
from weaklabel.sources.tailoring.settings import TailorSettings
from weaklabel.sources.tailoring.variants import ABOUT as VARIANTS
from weaklabel.text import Corpus, Gold
from weaklabel.vectors import WordVectors

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 8
"""Entries of each rule that the report shows, those that stand most often in the corpus."""
FILES = ("dictionary.tsv", "changes.tsv", "tailoring.json", "report.html")


@dataclass(frozen=True)
class RuleResult:
    """What one rule did.

    Attributes:
        rule: its name.
        action: ``dropped``, ``added``, or ``met`` for variants that need no row.
        about: what it does.
        names: entries it dropped or added.
        times: how often these stand in the corpus.
        heard: names of these that stand there at all.
        f1: strict F1 on the dev set of the dictionary with this rule and all before it.
        gain: strict F1 of all rules less that of all but this one; None without a dev set.
        shown: its entries that stand most often in the corpus.
    """

    rule: str
    action: str
    about: str
    names: int
    times: int
    heard: int = 0
    f1: float | None = None
    gain: float | None = None
    shown: tuple[Entry, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class Tailored:
    """A tailored dictionary.

    Attributes:
        lexicon: the new one.
        changes: every name dropped, added, or kept on the user's word.
        rules: what each rule did.
        facts: sizes, and the dev scores before and after.
    """

    lexicon: Lexicon
    changes: tuple[Entry, ...]
    rules: tuple[RuleResult, ...]
    facts: Mapping[str, Any]

    def to_pandas(self) -> pd.DataFrame:
        """One row a change."""
        from weaklabel.ground.optional import require

        pandas = require("pandas", extra="pandas", what="to_pandas()")
        rows = [{**e._asdict(), "example": e.example and e.example.text} for e in self.changes]
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=list(Entry._fields))
        return frame

    def rules_to_pandas(self) -> pd.DataFrame:
        """One row a rule."""
        from weaklabel.ground.optional import require

        names = ("rule", "action", "names", "times", "heard", "f1", "gain", "about")
        rows = [{name: getattr(each, name) for name in names} for each in self.rules]
        pandas = require("pandas", extra="pandas", what="rules_to_pandas()")
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=list(names))
        return frame

    def save(self, folder: str | Path) -> Path:
        """Write ``dictionary.tsv``, ``changes.tsv``, ``tailoring.json`` and ``report.html``.

        The folder is whole or absent. One that another tailoring wrote is replaced.

        Raises:
            RunFolderError: if the folder cannot be written, or holds something else.
        """
        folder = checked_folder(folder)
        try:
            with replacing_folder(folder) as part:
                self._write(part, folder.name)
        except OSError as error:
            raise RunFolderError(
                f"{folder} cannot be written ({error.strerror or error}): give another folder, or "
                "one inside it"
            ) from error
        return folder / "report.html"

    def _write(self, folder: Path, name: str) -> None:
        from weaklabel.report.tailoring import write_tailoring_report

        write_lexicon(folder / "dictionary.tsv", self.lexicon)
        write_text(folder / "changes.tsv", entries_table(self.changes))
        about = {
            "version": 1,
            "facts": dict(self.facts),
            "rules": [_as_json(each) for each in self.rules],
        }
        text = json.dumps(about, indent=1, ensure_ascii=False)
        write_text(folder / "tailoring.json", text + "\n")
        write_tailoring_report(folder, name=name)

    def __repr__(self) -> str:
        dropped = sum(entry.action == DROPPED for entry in self.changes)
        return f"<Tailored: {len(self.lexicon):,} names, {dropped:,} dropped>"


def tailor(
    lexicon: Lexicon,
    corpus: Corpus,
    dev: Gold | None = None,
    *,
    keep: Iterable[str] = (),
    drop: Iterable[str] = (),
    changes: Sequence[Entry] | None = None,
    corpus_filter: bool = False,
    without: Iterable[str] = (),
    vectors: WordVectors | Literal["bundled"] | None = "bundled",
    plans: Sequence[Plan] | None = None,
    settings: TailorSettings | None = None,
) -> Tailored:
    """Fit a dictionary to a corpus.

    Dictionary, raw text and word vectors decide what goes and what comes; the dev set only weighs
    what was decided.

    Args:
        lexicon: the dictionary.
        corpus: raw text.
        dev: annotated documents; with them each rule's gain in strict F1 is told, of the
            dictionary matched alone.
        keep: names (any spelling variant) that no rule may drop.
        drop: names that go.
        changes: entries, such as those of an edited ``changes.tsv``, that are made instead of what
            the rules say.
        corpus_filter: drop also concepts that the corpus never calls by their canonical name.
        without: rules that are not asked.
        vectors: word vectors; None for none, which leaves some rules silent.
        plans: which sources may add names; those of the default run if not given.
        settings: packs and thresholds.

    Raises:
        ConfigError: for a rule in ``without`` that there is not.
        DataError: if the dictionary has no name, the corpus no word, or dev no annotation.

    >>> from weaklabel.lexicon import Term
    >>> names = Lexicon.of([Term("hepatitis", ("Disease",)), Term("of", ("Disease",))])
    >>> tailored = tailor(names, Corpus.from_texts(["Signs of hepatitis."]), vectors=None)
    >>> [term.name for term in tailored.lexicon.terms]
    ['hepatitis']
    """
    if not len(lexicon):
        raise DataError("the dictionary has no name: there is nothing to tailor")
    if not any(map(str.isalnum, corpus.interned.words)):
        raise DataError("the corpus has no word: nothing can be learnt from it")
    if dev is not None and not len(dev.annotations):
        raise DataError("the dev set has no annotation: no rule can be weighed by it")
    found = fitted(
        lexicon,
        corpus,
        vectors=WordVectors.bundled() if vectors == "bundled" else vectors,
        keep=frozenset(keep),
        drop=frozenset(drop),
        corpus_filter=corpus_filter,
        without=frozenset(without),
        plans=plans,
        settings=settings,
    )
    entries = found.entries if changes is None else tuple(changes)
    made = with_changes(lexicon, entries)
    results = _results(found, entries)
    facts = {
        "documents": corpus.n_documents,
        "tokens": corpus.n_tokens,
        "types": list(lexicon.types),
        "names_before": len(lexicon),
        "names_after": len(made),
        "dropped": sum(entry.action == DROPPED for entry in entries),
        "added": len(made) - len(lexicon) + sum(entry.action == DROPPED for entry in entries),
    }
    if dev is not None:
        weighed = _Weighing(found, dev) if changes is None else None
        facts |= {
            "dev_documents": dev.corpus.n_documents,
            "f1_before": strict_f1(lexicon, dev),
            "f1_after": strict_f1(made, dev),
        }
        results = weighed.results(results) if weighed is not None else results
    return Tailored(made, entries, tuple(results), facts)


def strict_f1(lexicon: Lexicon, dev: Gold) -> float:
    """Strict F1 of a dictionary matched alone, 0 to 1."""
    within = reachable(lexicon, words_of(dev.corpus))
    votes = apply_sources(dev.corpus, [DictionarySource(NameIndex(within))])
    spans = to_annotations(dev.corpus, agreed(dev.corpus, votes))
    return float(score(dev, spans, bootstrap=0).micro.f1)


class _Weighing:
    """Scores the dictionary with some of the rules, by the names that can stand in dev."""

    def __init__(self, found: Fitted, dev: Gold) -> None:
        self._found, self._dev = found, dev
        words = words_of(dev.corpus)
        self._before = reachable(found.before, words)
        reached = {term.name for term in reachable(found.lexicon, words)}
        reached |= {term.name for term in self._before}
        self._active = frozenset(
            rule
            for entry in found.entries
            if entry.name in reached
            for rule in (found.against.get(entry.name) or (entry.rule,))
        )
        self._known: dict[frozenset[str], float] = {}

    def results(self, rules: Iterable[RuleResult]) -> list[RuleResult]:
        """The rules with their scores; a rule that changes no name of the dev set gains 0."""
        listed = list(rules)
        names = frozenset(rule.rule for rule in listed)
        weighed, asked = [], frozenset[str]()
        for rule in listed:
            if rule.action == "met":
                weighed.append(rule)
                continue
            asked |= {rule.rule}
            gain = self._f1(names) - self._f1(names - {rule.rule})
            weighed.append(replace(rule, f1=self._f1(asked), gain=gain))
        return weighed

    def _f1(self, rules: frozenset[str]) -> float:
        active = rules & self._active
        if active not in self._known:
            self._known[active] = strict_f1(self._found.with_rules(active, self._before), self._dev)
        return self._known[active]


def _results(found: Fitted, entries: Sequence[Entry]) -> list[RuleResult]:
    results = []
    for rule, about in found.rules.items():
        mine = [entry for entry in entries if entry.rule == rule]
        for action in sorted({entry.action for entry in mine}):
            here = [entry for entry in mine if entry.action == action]
            often = sorted(here, key=lambda entry: (-entry.times, entry.name))
            times = sum(entry.times for entry in here)
            heard = sum(entry.times > 0 for entry in here)
            results.append(
                RuleResult(rule, action, about, len(here), times, heard, shown=tuple(often[:SHOWN]))
            )
    for kind, (times, shown) in found.met.items():
        entries_of = tuple(
            Entry("met", surface, (), (), kind, f"listed as {name!r}", 1, place)
            for surface, name, place in shown[:SHOWN]
        )
        results.append(RuleResult(kind, "met", VARIANTS[kind], 0, times, shown=entries_of))
    return results


_TOLD = ("rule", "action", "about", "names", "times", "heard")


def _as_json(rule: RuleResult) -> dict[str, Any]:
    about = {name: getattr(rule, name) for name in _TOLD}
    scores = {"f1": rule.f1, "gain": rule.gain} if rule.gain is not None else {}
    shown = [{**e._asdict(), "example": _example(e.example)} for e in rule.shown]
    return {**about, **scores, "shown": shown}


def _example(found: Example | None) -> dict[str, Any] | None:
    return None if found is None else found._asdict()


def checked_folder(folder: str | Path) -> Path:
    """The folder, if a tailoring may be written there; nothing is made yet.

    Raises:
        RunFolderError: if it is a file, the folder one works in, cannot be written, or holds
            something that no tailoring wrote.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise RunFolderError(f"{folder} is a file, not a folder")
    if folder.resolve() == Path.cwd():
        raise RunFolderError(
            f"{folder} is the folder you are in, which cannot be replaced: give one inside it"
        )
    above = next(path for path in folder.resolve().parents if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise RunFolderError(f"{folder} cannot be made: {above} cannot be written")
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    # Ours is written as a whole: "dictionary.tsv" alone is somebody's own.
    strangers = sorted(held - set(FILES) if "tailoring.json" in held else held)
    if strangers:
        raise RunFolderError(
            f"{folder} holds {strangers[0]!r}, which no tailoring wrote: give an empty folder"
        )
    return folder
