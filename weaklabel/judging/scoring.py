"""Scoring a run on its dev set: the dictionary alone, all votes, and the tagger, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from weaklabel.aggregate.agree import agreed
from weaklabel.evaluate import (
    SentenceFinder,
    calibration_curve,
    count_mistakes,
    error_analysis,
    score,
    score_sources,
    score_vote,
    split_scores,
)
from weaklabel.judging.analysis import analyse, resolved_by
from weaklabel.judging.changes import changes_summary
from weaklabel.judging.settings import EvaluationSettings
from weaklabel.on_tokens import to_annotations, token_ranges
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


@dataclass(frozen=True)
class Judged:
    """What a run says of its tagger.

    Attributes:
        scores: ``scores.json``.
        analysis: ``analysis.json``, what the report is made from.
        predictions: the tagger's spans on the dev set; empty without one.
        dev: the dev set.
    """

    scores: dict[str, Any]
    analysis: dict[str, Any]
    predictions: Annotations
    dev: Gold | None = None


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
    made = (
        _unscored(tagger, corpus, settings) if dev is None else _scored(tagger, dev, settings, seed)
    )
    made.analysis.update(
        source_table(votes, corpus, tagger.sources),
        changes=changes_summary(tagger.sources.changes),
        warnings=list(warnings),
        relaxed=made.scores.get("dev", {}).get("relaxed", {}),
    )
    return made


def _scored(tagger: Tagger, dev: Gold, settings: EvaluationSettings, seed: int) -> Judged:
    read = tagger.read(dev.corpus)
    systems = {
        "tagger": tagger.predict_from(dev.corpus, read),
        "dictionary_only": dictionary_alone(dev.corpus, read.votes),
        "votes": to_annotations(dev.corpus, read.agreed),
    }
    draws = settings.bootstrap_draws
    found = {k: score(dev, rows, bootstrap=draws, seed=seed) for k, rows in systems.items()}
    scores = {
        "dev": found["tagger"].to_dict(),
        "dictionary_only": found["dictionary_only"].to_dict(),
        "votes": found["votes"].to_dict(),
    }
    analysis = _analysis(tagger, dev, read, systems, settings, seed)
    return Judged(scores, analysis, systems["tagger"], dev)


def _unscored(tagger: Tagger, corpus: Corpus, settings: EvaluationSettings) -> Judged:
    rows = np.arange(corpus.n_documents)
    part = corpus.select(rows[:: -(-len(rows) // SHOWN_DOCUMENTS)])
    read = tagger.read(part)
    predicted = tagger.predict_from(part, read)
    analysis = {
        "sentences": coloured(part, read, predicted, None, most=settings.report_sentences),
        "priors": _priors(tagger, part, predicted, None),
    }
    return Judged({"note": NOT_SCORED}, analysis, Annotations.of([]))


def dictionary_alone(corpus: Corpus, votes: Votes) -> Annotations:
    """What the dictionary says by itself, whatever aggregator reads it with others.

    Its own votes; where two of them overlap, the longer one, then the earlier one.
    """
    alone = votes.of_source(DICTIONARY)
    return to_annotations(corpus, agreed(corpus, alone))


def _analysis(
    tagger: Tagger,
    dev: Gold,
    read: Evidence,
    systems: dict[str, Annotations],
    settings: EvaluationSettings,
    seed: int,
) -> dict[str, Any]:
    lexicon, predicted, corpus = tagger.sources.lexicon, systems["tagger"], dev.corpus
    resolve = resolved_by(tagger.reader, corpus)
    drawn = {"bootstrap": min(settings.bootstrap_draws, 200), "seed": seed}
    return {
        "splits": {name: split_scores(dev, rows, lexicon) for name, rows in systems.items()},
        "errors": error_analysis(
            dev, predicted, most=settings.error_groups, examples=settings.examples_per_error
        ),
        "error_counts": count_mistakes(dev, predicted),
        "calibration": calibration_curve(dev, predicted),
        "sources_on_dev": score_sources(dev, read.votes, resolve=resolve, **drawn),
        "vote_on_dev": score_vote(dev, read.votes, resolve, **drawn),
        "sentences": coloured(corpus, read, predicted, dev, most=settings.report_sentences),
        "priors": _priors(tagger, corpus, predicted, dev.annotations),
    }


def source_table(votes: Votes, corpus: Corpus, sources: Iterable[AnySource] = ()) -> dict[str, Any]:
    """How the sources speak of the training corpus, how they meet, and where they disagree."""
    found = analyse(corpus, votes, sources=sources).to_dict()
    return {name: found[name] for name in ("sources", "overlap", "disagreements")}


def coloured(
    corpus: Corpus, read: Evidence, predicted: Annotations, dev: Gold | None, *, most: int
) -> list[dict[str, Any]]:
    """Example sentences with what everyone says of them, spread evenly over the corpus."""
    busy = np.unique(read.votes.sentence)
    if not len(busy) or not most:
        return []
    chosen = busy[np.unique(np.linspace(0, len(busy) - 1, most).astype(int))]
    finder = SentenceFinder(corpus)
    layers = {
        name: to_annotations(corpus, read.votes.of_source(name)) for name in read.votes.sources
    }
    agreed = to_annotations(corpus, read.agreed)
    shown = []
    for sentence in chosen.tolist():
        first, after = corpus.token_splits[sentence : sentence + 2]
        place = (
            int(corpus.sentence_document[sentence]),
            int(corpus.token_start[first]),
            int(corpus.token_end[after - 1]),
        )
        gold = None if dev is None else dev.annotations
        row = finder.show(*place, aggregate=agreed, gold=gold, predicted=predicted)
        spoken = {name: finder.show(*place, spans=layer)["spans"] for name, layer in layers.items()}
        row["votes"] = [[*span, name] for name, spans in spoken.items() for span in spans]
        shown.append(row)
    return shown


def _priors(
    tagger: Tagger, corpus: Corpus, predicted: Annotations, gold: Annotations | None
) -> dict[str, Any]:
    """Share of tokens of each type: in the labels as the loss saw them, predicted, and true."""
    types = list(tagger.network.scheme.types)
    prior = tagger.network.prior or {}
    labels = [sum(p for tag, p in prior.items() if tag.partition("-")[2] == t) for t in types]
    found = {
        "types": types,
        "labels": labels,
        "predicted": [_share(corpus, predicted, t) for t in types],
    }
    return found if gold is None else {**found, "gold": [_share(corpus, gold, t) for t in types]}


def _share(corpus: Corpus, annotations: Annotations, label: str) -> float:
    """The share of a corpus's tokens that lie in spans of a type."""
    if label not in annotations.labels:
        return 0.0
    first, after = token_ranges(corpus, annotations)
    covered = int((after - first)[annotations.label == annotations.labels.index(label)].sum())
    return covered / max(1, corpus.n_tokens)
