"""The first stage: ask every source about the corpus. The dev set is not looked at."""

from __future__ import annotations

from weaklabel.running.experiment import Experiment
from weaklabel.running.given import as_votes
from weaklabel.sources import SourceSet, apply_sources, grow_sources
from weaklabel.votes import Votes, concat

LABELS = "labels"
"""What the source of pseudo-labels made elsewhere is called."""


def label(experiment: Experiment) -> tuple[SourceSet, Votes]:
    """Make the sources of an experiment, and collect their votes on its corpus.

    The user's own sources are asked right after the dictionary, so that the rules which build on
    what others said see them.
    """
    corpus = experiment.corpus
    sources = grow_sources(
        experiment.settings.sources,
        experiment.lexicon,
        corpus,
        tailoring=experiment.settings.tailoring,
        keep=experiment.keep,
        drop=experiment.drop,
        vectors=experiment.vectors,
        own=experiment.sources,
    )
    votes = apply_sources(corpus, sources)
    if experiment.labels is not None:
        given = as_votes(corpus, experiment.labels, source=LABELS)
        votes = concat([votes, given])
    return sources, votes
