"""What usually goes wrong, said before training starts and again in the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from weaklabel.running.experiment import Experiment
from weaklabel.sources import Change
from weaklabel.text import OUTSIDE, UNKNOWN
from weaklabel.votes import Votes

MOST_CHANGES = 50
"""Changed names the report lists; all of them are in ``changes.tsv``."""
MOST_NAMES = 5
"""Muted names said one by one; all of them are in ``changes.tsv``."""


def warnings_of(experiment: Experiment, votes: Votes, changes: Sequence[Change]) -> list[str]:
    """Warnings about a run's data, in the order of what they cost."""
    return [
        *_unproduced_types(experiment, votes),
        *experiment.notes,
        *_muted(changes),
        *_silent_names(experiment, votes),
    ]


def changes_summary(changes: Sequence[Change]) -> dict[str, Any]:
    """How many names each rule changed, and the first of them."""
    rules = Counter(f"{change.action}: {change.rule}" for change in changes)
    first = [change._asdict() for change in changes[:MOST_CHANGES]]
    return {"count": len(changes), "rules": dict(rules.most_common()), "first": first}


def types_of(experiment: Experiment, votes: Votes) -> tuple[str, ...]:
    """The types a run's tagger can learn."""
    given = () if experiment.labels is None else experiment.labels.labels
    return tuple(sorted({*votes.labels, *given, *experiment.lexicon.types} - {OUTSIDE, UNKNOWN}))


def _unproduced_types(experiment: Experiment, votes: Votes) -> Iterator[str]:
    if experiment.dev is None:
        return
    produced = {votes.labels[code] for code in np.unique(votes.label).tolist()}
    produced |= set(() if experiment.labels is None else experiment.labels.labels)
    for label in experiment.dev.annotations.labels:
        if label not in produced:
            yield (
                f"type `{label}` is in the dev set, no source produces it: its score is 0. "
                f"Another name for one of yours? --map-types {label}=YOURS renames it"
            )


def _muted(changes: Sequence[Change]) -> Iterator[str]:
    muted = [change for change in changes if change.action == "muted"]
    for change in muted[:MOST_NAMES]:
        types = ", ".join(change.types)
        yield f"`{change.name}` ({types}) was muted: {change.evidence}; --keep brings it back"
    if len(muted) > MOST_NAMES:
        yield f"{len(muted) - MOST_NAMES:,} more names were muted; changes.tsv lists them all"


def _silent_names(experiment: Experiment, votes: Votes) -> Iterator[str]:
    total = len(experiment.lexicon)
    if not total:
        return
    spoke = votes.of_source("dictionary").entry
    heard = len(np.unique(spoke[spoke >= 0]))
    if not heard:
        yield "no name of your dictionary occurs in the corpus: is it the right one?"
    else:
        share = 100 * (1 - min(heard, total) / total)
        yield f"{share:.0f} % of your dictionary's names never occur in the corpus (fine)"
