"""Scoring a run on its dev set: the dictionary alone, all votes, and the tagger, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from weaklabel.aggregate.agree import agreed
from weaklabel.evaluate import (
    calibration_curve,
    count_mistakes,
    error_analysis,
    score,
    score_sources,
    score_vote,
    split_scores,
)
from weaklabel.judging.analysis import analyse, resolved_by
from weaklabel.judging.changes import changes_of
from weaklabel.judging.priors import priors
from weaklabel.judging.sentences import coloured
from weaklabel.judging.settings import EvaluationSettings
from weaklabel.judging.values import DevAnalysis, Judged, RunAnalysis, SourceTable
from weaklabel.on_tokens import to_annotations
from weaklabel.sources import AnySource
from weaklabel.tagger import Evidence, Tagger
from weaklabel.text import Annotations, Corpus, Gold
from weaklabel.votes import Votes

NOT_SCORED = (
    "nothing was scored: there is no annotated dev set (--dev FILE); the epoch was chosen by "
    "its agreement with held-out votes, which says nothing about how good the votes are"
)
DICTIONARY = "dictionary"
"""The source that is the dictionary alone."""


SHOWN_DOCUMENTS = 50
"""Documents of the training corpus that are predicted to show them, where there is no dev set."""


def judged(
    tagger: Tagger,
    dev: Gold | None,
    corpus: Corpus,
    votes: Votes,
    settings: EvaluationSettings,
    *,
    warnings: Sequence[str] = (),
    seed: int,
) -> Judged:
    """Score a tagger, its votes and its dictionary on the dev set.

    The tagger predicts the dev set exactly as it would any other text. Without a dev set some
    documents of the training corpus are predicted, to be looked at.

    Args:
        tagger: the trained tagger.
        dev: the dev set.
        corpus: the training text.
        votes: what the sources said of it.
        settings: how scores are computed.
        warnings: what is to be said again in the report.
        seed: of the bootstrap.
    """
    table = source_table(votes, corpus, tagger.sources)
    changes, told = changes_of(tagger.sources.changes), tuple(warnings)
    most = settings.report_sentences
    if dev is None:
        rows = np.arange(corpus.n_documents)
        part = corpus.select(rows[:: -(-len(rows) // SHOWN_DOCUMENTS)])
        read = tagger.read(part)
        predicted = tagger.predict_from(part, read)
        shown = coloured(part, read, predicted, None, most=most)
        shares = priors(tagger, part, predicted, None)
        analysis = RunAnalysis(
            table=table, changes=changes, warnings=told, sentences=shown, priors=shares
        )
        return Judged({"note": NOT_SCORED}, analysis.to_dict(), Annotations.of([]))
    read = tagger.read(dev.corpus)
    systems = {
        "tagger": tagger.predict_from(dev.corpus, read),
        "dictionary_only": dictionary_alone(dev.corpus, read.votes),
        "votes": to_annotations(dev.corpus, read.agreed),
    }
    draws = settings.bootstrap_draws
    found = {k: score(dev, rows, bootstrap=draws, seed=seed) for k, rows in systems.items()}
    named = {"tagger": "dev"}
    scores = {named.get(k, k): each.to_dict() for k, each in found.items()}
    predicted = systems["tagger"]
    analysis = RunAnalysis(
        sentences=coloured(dev.corpus, read, predicted, dev, most=most),
        priors=priors(tagger, dev.corpus, predicted, dev.annotations),
        dev=_on_dev(tagger, dev, read, systems, settings, scores["dev"]["relaxed"], seed),
        table=table,
        changes=changes,
        warnings=told,
    )
    return Judged(scores, analysis.to_dict(), predicted, dev)


def dictionary_alone(corpus: Corpus, votes: Votes) -> Annotations:
    """What the dictionary says by itself, whatever aggregator reads it with others.

    Its own votes; where two of them overlap, the longer one, then the earlier one.
    """
    alone = votes.of_source(DICTIONARY)
    return to_annotations(corpus, agreed(corpus, alone))


def _on_dev(
    tagger: Tagger,
    dev: Gold,
    read: Evidence,
    systems: Mapping[str, Annotations],
    settings: EvaluationSettings,
    relaxed: Mapping[str, Any],
    seed: int,
) -> DevAnalysis:
    """What the report says of the dev set beside the scores."""
    lexicon, predicted = tagger.sources.lexicon, systems["tagger"]
    resolve = resolved_by(tagger.reader, dev.corpus)
    drawn = {"bootstrap": min(settings.bootstrap_draws, 200), "seed": seed}
    return DevAnalysis(
        splits={name: split_scores(dev, rows, lexicon) for name, rows in systems.items()},
        errors=error_analysis(
            dev, predicted, most=settings.error_groups, examples=settings.examples_per_error
        ),
        error_counts=count_mistakes(dev, predicted),
        calibration=calibration_curve(dev, predicted),
        sources_on_dev=score_sources(dev, read.votes, resolve=resolve, **drawn),
        vote_on_dev=score_vote(dev, read.votes, resolve, **drawn),
        relaxed=relaxed,
    )


def source_table(votes: Votes, corpus: Corpus, sources: Iterable[AnySource] = ()) -> SourceTable:
    """How the sources speak of the training corpus, how they meet, and where they disagree."""
    found = analyse(corpus, votes, sources=sources)
    return SourceTable(sources=found.rows, overlap=found.overlap, disagreements=found.disagreements)
