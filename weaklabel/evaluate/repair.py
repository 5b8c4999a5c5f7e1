"""The votes as they would be had one source made no mistake: what mending it could buy at most."""

from __future__ import annotations

import numpy as np

from weaklabel.ground.types import Bools
from weaklabel.on_tokens import token_ranges
from weaklabel.text import OUTSIDE, Gold
from weaklabel.votes import Vote, Votes, concat


def mended(gold: Gold, votes: Votes, source: str) -> Votes:
    """The votes with each of a source's mistakes put right.

    A wrong span gives way to the gold spans it touches, or goes where it touches none; a vote for
    OUTSIDE goes where it touches a gold span. What the source did not see stays unseen. Gold is
    used to measure, never to label: nothing that is trained reads this.

    Args:
        gold: the dev set.
        votes: what the sources said of ``gold.corpus``.
        source: the one that is put right.

    >>> from weaklabel.text import Annotation, Annotations, Corpus
    >>> corpus = Corpus.from_texts(["Acute gout after lead."])
    >>> truth = Gold(corpus, Annotations.of([Annotation(0, 0, 10, "D")]))
    >>> rows = [Vote(0, 1, 2, "D", "me"), Vote(0, 3, 4, "D", "me")]
    >>> mended(truth, Votes.of(rows, n_sentences=1), "me").spans(0)
    [Span(start=0, end=2, label='D', score=1.0, concepts=())]
    """
    wrong = wrong_votes(gold, votes, source)
    first, after = token_ranges(gold.corpus, gold.annotations)
    rows: set[Vote] = set()
    for i in np.flatnonzero(wrong).tolist():
        row = votes.row(i)
        if row.label == OUTSIDE:
            continue
        base, beyond = gold.corpus.token_splits[row.sentence : row.sentence + 2].tolist()
        touched = (first < base + row.end) & (after > base + row.start) & (first < after)
        for k in np.flatnonzero(touched & (first >= base) & (after <= beyond)).tolist():
            label = gold.annotations.labels[gold.annotations.label[k]]
            start, end = int(first[k]) - base, int(after[k]) - base
            rows.add(row._replace(start=start, end=end, label=label))
    right = Votes.of(rows, n_sentences=votes.n_sentences, sources=votes.sources)
    return concat([votes.where(~wrong), right])


def wrong_votes(gold: Gold, votes: Votes, source: str) -> Bools:
    """``(V,)``: the votes of a source that gold contradicts; a vote for UNKNOWN never is."""
    corpus = gold.corpus
    base = corpus.token_splits[votes.sentence]
    start, end = base + votes.start, base + votes.end
    mine = votes.source == votes.sources.index(source)
    outside = votes.label == votes.labels.index(OUTSIDE)
    typed = mine & np.isin(votes.label, [votes.labels.index(name) for name in votes.types])
    right = gold.annotations.keys()
    wrong = np.zeros(len(votes), np.bool_)
    for i in np.flatnonzero(typed).tolist():
        document = int(corpus.sentence_document[votes.sentence[i]])
        place = int(corpus.token_start[start[i]]), int(corpus.token_end[end[i] - 1])
        wrong[i] = (document, *place, votes.labels[votes.label[i]]) not in right
    first, after = token_ranges(corpus, gold.annotations)
    marked = np.zeros(corpus.n_tokens + 1, np.int64)
    np.add.at(marked, first, 1)
    np.add.at(marked, after, -1)
    inside = np.concatenate([[0], np.cumsum(np.cumsum(marked)[:-1] > 0)])
    wrong |= mine & outside & (inside[end] > inside[start])
    return wrong
