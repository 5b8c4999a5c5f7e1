"""The third step: examples better weighted or relabelled."""

from __future__ import annotations

from typing import Any

import numpy as np

from weaklabel.clean import Cleaner, Given
from weaklabel.keeping.folder import RunFolder
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes
from weaklabel.wiring.cross_fit import CrossFit, Watched


def clean(
    here: RunFolder,
    *,
    corpus: Corpus,
    votes: Votes,
    agreed: Votes,
    labels: Examples,
    cleaning: tuple[Cleaner, ...],
    seed: int,
    fit_predict: CrossFit,
) -> Examples:
    """Better weighted or relabelled examples: same sentences, same order."""
    watched, drawn = Watched(fit_predict), False
    for step, cleaner in enumerate(cleaning):
        rng = np.random.default_rng([seed, step, 1])
        before = _drawn_of(rng)
        labels = cleaner(labels, Given(corpus, votes, agreed, rng, watched))
        drawn = drawn or _drawn_of(rng) != before
    if not watched.called:
        here.unused("fit_predict")
    if not drawn:
        here.unused("seed")
    return labels


def _drawn_of(rng: np.random.Generator) -> tuple[Any, int]:
    """What changes once something is drawn; a generator that was spawned leaves the state as is."""
    seeds: Any = rng.bit_generator.seed_seq
    return rng.bit_generator.state, seeds.n_children_spawned
