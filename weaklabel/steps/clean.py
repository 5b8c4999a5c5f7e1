"""The third step: examples better weighted or relabelled."""

from __future__ import annotations

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
        before = rng.bit_generator.state
        labels = cleaner(labels, Given(corpus, votes, agreed, rng, watched))
        drawn = drawn or rng.bit_generator.state != before
    if not watched.called:
        here.unused("fit_predict")
    if not drawn:
        here.unused("seed")
    return labels
