"""Characters ↔ tokens: where character spans lie on a corpus's tokens, and back."""

from __future__ import annotations

import numpy as np

from weaklabel.errors import DataError
from weaklabel.ground.types import Longs
from weaklabel.text import Annotation, Annotations, Corpus
from weaklabel.votes import Vote, Votes


def token_ranges(corpus: Corpus, annotations: Annotations) -> tuple[Longs, Longs]:
    """The tokens each annotation touches, ``(A,)`` first and ``(A,)`` the one after the last.

    Tokens are counted over the whole corpus.

    >>> corpus = Corpus.from_texts(["No pain.", "Acute pain."])
    >>> spans = Annotations.of([Annotation(1, 0, 10, "Disease")])
    >>> [ends.tolist() for ends in token_ranges(corpus, spans)]
    [[3], [5]]
    """
    if not corpus.n_tokens or not len(annotations):
        return np.zeros(len(annotations), np.int64), np.zeros(len(annotations), np.int64)
    reach = max(int(corpus.token_end.max()), int(annotations.end.max())) + 1
    line = corpus.sentence_document[corpus.token_sentence].astype(np.int64) * reach
    place = annotations.document.astype(np.int64) * reach
    first = np.searchsorted(line + corpus.token_end, place + annotations.start, side="right")
    after = np.searchsorted(line + corpus.token_start, place + annotations.end, side="left")
    return first, after


def to_annotations(corpus: Corpus, votes: Votes) -> Annotations:
    """Votes for a type as character spans; votes for none are left out.

    Raises:
        DataError: if the votes are about another corpus (another number of sentences).

    >>> corpus = Corpus.from_texts(["Acute pain."])
    >>> votes = Votes.of([Vote(0, 1, 2, "Disease", "dictionary")], n_sentences=1)
    >>> to_annotations(corpus, votes)[0][:4]
    (0, 6, 10, 'Disease')
    """
    if votes.n_sentences != len(corpus):
        raise DataError(
            f"votes about {votes.n_sentences} sentences do not fit a corpus of {len(corpus)}"
        )
    spans = votes.where(np.isin(votes.label, [votes.labels.index(name) for name in votes.types]))
    base = corpus.token_splits[spans.sentence]
    concepts = (*spans.entry_concepts, ())  # entry -1, none, is the last
    columns = (
        corpus.sentence_document[spans.sentence].tolist(),
        corpus.token_start[base + spans.start].tolist(),
        corpus.token_end[base + spans.end - 1].tolist(),
        [spans.labels[code] for code in spans.label.tolist()],
        [concepts[code] for code in spans.entry.tolist()],
        spans.score.tolist(),
    )
    return Annotations.of(map(Annotation, *columns))


def as_votes(corpus: Corpus, annotations: Annotations, *, source: str) -> Votes:
    """Character spans as votes on the tokens they touch, split where a sentence ends.

    >>> corpus = Corpus.from_texts(["Acute pain."])
    >>> spans = Annotations.of([Annotation(0, 6, 10, "Disease")])
    >>> as_votes(corpus, spans, source="a tool").spans(0)
    [Span(start=1, end=2, label='Disease', score=1.0, concepts=())]
    """
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
