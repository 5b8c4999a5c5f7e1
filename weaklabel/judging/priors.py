"""Shares of types: in the labels as the loss saw them, in predictions, and in truth."""

from __future__ import annotations

from weaklabel.judging.values import Priors
from weaklabel.on_tokens import token_ranges
from weaklabel.tagger import Tagger
from weaklabel.text import Annotations, Corpus


def priors(
    tagger: Tagger, corpus: Corpus, predicted: Annotations, gold: Annotations | None
) -> Priors:
    """The share of tokens of each type that a tagger can find."""
    types = tagger.network.scheme.types
    prior = tagger.network.prior or {}
    labels = [sum(p for tag, p in prior.items() if tag.partition("-")[2] == t) for t in types]
    return Priors(
        types=types,
        labels=tuple(labels),
        predicted=tuple(_share(corpus, predicted, t) for t in types),
        gold=None if gold is None else tuple(_share(corpus, gold, t) for t in types),
    )


def _share(corpus: Corpus, annotations: Annotations, label: str) -> float:
    """The share of a corpus's tokens that lie in spans of a type."""
    if label not in annotations.labels:
        return 0.0
    first, after = token_ranges(corpus, annotations)
    covered = int((after - first)[annotations.label == annotations.labels.index(label)].sum())
    return covered / max(1, corpus.n_tokens)
