"""The default recipe: what ``weaklabel run`` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from weaklabel.aggregate import Aggregator
from weaklabel.aggregate.labels import Given
from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.errors import ConfigError
from weaklabel.experiment import Experiment, Settings
from weaklabel.lexicon import Lexicon
from weaklabel.recipes.protocol import union
from weaklabel.sources import AnySource
from weaklabel.text import Annotations, Corpus, Gold
from weaklabel.vectors import WordVectors


def default(
    corpus: Corpus,
    lexicons: Sequence[Lexicon] | Lexicon = (),
    *,
    sources: Sequence[AnySource] = (),
    dev: Gold | None = None,
    labels: Annotations | None = None,
    keep: Iterable[str] = (),
    drop: Iterable[str] = (),
    vectors: WordVectors | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Experiment:
    """A BiLSTM-CRF over a weighted vote of dictionary, rules and patterns.

    The tagger sees the vote as input, with half of the entries hidden at random while training,
    and so learns context and spelling beside the names.

    Args:
        corpus: raw text to train on.
        lexicons: the dictionaries.
        sources: your own labelling sources.
        dev: annotated documents: when to stop, and scores.
        labels: pseudo-labels of ``corpus`` made elsewhere; trained on instead of the vote.
        keep: names that stay whatever a rule says.
        drop: names that go.
        vectors: word vectors; the bundled ones if not given.
        settings: what differs from the defaults, nested: ``{"training": {"epochs": 5}}``.

    Raises:
        ConfigError: for an unknown setting, with the nearest name.
    """
    made = Settings().with_changes(settings or {})
    if labels is not None:
        made = replace(made, aggregator=_taking(labels, made.aggregator))
    return Experiment.of(
        made,
        corpus=corpus,
        lexicon=union(lexicons),
        dev=dev,
        own=tuple(sources),
        keep=frozenset(keep),
        drop=frozenset(drop),
        vectors=WordVectors.bundled() if vectors is None else vectors,
        recipe="default",
    )


def _taking(labels: Annotations, wanted: Aggregator) -> Given:
    """The aggregator that takes the labels, and weighs votes as the one that is asked for does."""
    if isinstance(wanted, Given):
        return replace(wanted, labels=labels)
    if isinstance(wanted, WeightedVote):
        return Given(labels, vote=wanted)
    raise ConfigError(
        f"aggregator.kind must be given or weighted where labels are given, got {wanted.kind}: "
        "they are trained on instead of what it makes of the votes; leave one of the two out"
    )
