"""What usually goes wrong, said before training starts and again in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from weaklabel.ground.normal import is_acronym, normal_key, normal_token
from weaklabel.lexicon import Lexicon
from weaklabel.sources import Change
from weaklabel.text import Corpus, Gold
from weaklabel.votes import Votes

MOST_NAMES = 5
"""Muted names said one by one; all of them are in ``changes.tsv``."""


def warnings_of(
    *,
    corpus: Corpus,
    lexicon: Lexicon,
    dev: Gold | None,
    votes: Votes,
    changes: Sequence[Change] = (),
    given: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> tuple[str, ...]:
    """Warnings about a run's data, in the order of what they cost.

    Args:
        corpus: the training text.
        lexicon: all names of the run.
        dev: the dev set.
        votes: what the sources said of the corpus.
        changes: names that were dropped or kept against a rule.
        given: types of labels that were made elsewhere.
        notes: what was noticed on reading.
    """
    return (
        *_unproduced_types(dev, votes, given),
        *notes,
        *losses(votes),
        *_muted(corpus, changes),
        *_silent_names(lexicon, votes),
    )


def _unproduced_types(dev: Gold | None, votes: Votes, given: Iterable[str]) -> Iterator[str]:
    if dev is None:
        return
    produced = {votes.labels[code] for code in np.unique(votes.label).tolist()} | set(given)
    for label in dev.annotations.labels:
        if label not in produced:
            yield (
                f"type `{label}` is in the dev set, no source produces it: its score is 0. "
                f"Another name for one of yours? --map-types {label}=YOURS renames it"
            )


def losses(votes: Votes) -> Iterator[str]:
    """What each source could not say."""
    for name, told in sorted(votes.accounts.items()):
        if told.lost:
            listed = ", ".join(f"{n:,} {reason}" for reason, n in sorted(told.lost.items()))
            yield f"source `{name}` lost {listed}" + (f": {told.notes[0]}" if told.notes else "")


def _muted(corpus: Corpus, changes: Sequence[Change]) -> Iterator[str]:
    """The dropped names that stand in the corpus most often, and why they were dropped."""
    dropped = [change for change in changes if change.action in ("dropped", "muted")]
    often = _occurrences(corpus, [change.name for change in dropped])
    heard = sorted(zip(often, dropped, strict=True), key=lambda pair: (-pair[0], pair[1].name))
    for times, change in heard[:MOST_NAMES]:
        if times and change.rule != "user":
            often_said = "once" if times == 1 else f"{times:,} times"
            yield (
                f"`{change.name}` ({', '.join(change.types)}) stands {often_said} in the corpus "
                f"and was {change.action} ({change.rule}): --keep FILE brings it back"
            )
    more = sum(times > 0 for times in often) - MOST_NAMES
    if more > 0:
        names = "name" if more == 1 else "names"
        yield f"{more:,} more {names} of the corpus dropped; changes.tsv lists them all"


def _occurrences(corpus: Corpus, names: Sequence[str]) -> list[int]:
    """How often each one-word name stands in a corpus, as a source would find it; else 0.

    Short forms are counted as they are written, and spelling variants of one name once.
    """
    words = corpus.interned
    times = np.bincount(words.ids, minlength=len(words.words)).tolist()
    exact = dict(zip(words.words, times, strict=True))
    alike: Counter[str] = Counter()
    for word, n in exact.items():
        alike[normal_token(word)] += n
    found: list[int] = []
    seen: set[str] = set()
    for name in names:
        key = normal_key(name)
        once = name if is_acronym(name) else " ".join(key)
        counts = exact.get(name, 0) if is_acronym(name) else alike[once]
        found.append(counts if len(key) == 1 and once not in seen else 0)
        seen.add(once)
    return found


def _silent_names(lexicon: Lexicon, votes: Votes) -> Iterator[str]:
    total = len(lexicon)
    if not total:
        return
    spoke = votes.of_source("dictionary").entry
    heard = len(np.unique(spoke[spoke >= 0]))
    if not heard:
        yield "no name of your dictionary occurs in the corpus: is it the right one?"
    else:
        share = 100 * (1 - min(heard, total) / total)
        yield f"{share:.0f} % of your dictionary's names never occur in the corpus (fine)"
