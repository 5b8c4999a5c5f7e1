"""Spans that were made elsewhere, as votes. Imports no torch, and so labelling needs none."""

from __future__ import annotations

import numpy as np

from weaklabel.evaluate import token_ranges
from weaklabel.text import Annotations, Corpus
from weaklabel.votes import Vote, Votes


def as_votes(corpus: Corpus, annotations: Annotations, *, source: str) -> Votes:
    """Character spans as votes on the tokens they touch, split where a sentence ends."""
    rows: list[Vote] = []
    ranges = zip(*(ends.tolist() for ends in token_ranges(corpus, annotations)), strict=True)
    for row, (first, last) in zip(annotations, ranges, strict=True):
        surface = corpus.document_text(row.document)[row.start : row.end].casefold()
        for sentence in np.unique(corpus.token_sentence[first:last]).tolist():
            base, after = corpus.token_splits[sentence : sentence + 2]
            start, end = max(first, int(base)) - int(base), min(last, int(after)) - int(base)
            score = 1.0 if row.score is None else row.score
            entry = f"{row.label}:{surface}"
            rows.append(Vote(sentence, start, end, row.label, source, score, entry, row.concepts))
    return Votes.of(rows, n_sentences=len(corpus), sources=[source], types=annotations.labels)
