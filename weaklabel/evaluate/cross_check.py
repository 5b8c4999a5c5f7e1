"""Scores as seqeval counts them: spans become tags, and seqeval reads the tags, strictly.

A second pair of eyes. :mod:`seqeval.metrics.v1` (Nakayama, 2018) shares no code with the other
scores here; on spans that tags can hold its numbers are theirs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from weaklabel.errors import DataError
from weaklabel.evaluate.measure import Measure, Scores
from weaklabel.evaluate.strict import check_rows
from weaklabel.evaluate.tag_sequences import same_lengths
from weaklabel.ground.optional import require
from weaklabel.on_tokens import token_ranges
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.text import Annotations, Corpus, Gold, Span

_log = logging.getLogger(__name__)

_STYLES = {"IOB2": "IOB2", "BIO": "IOB2", "IOBES": "IOBES", "BIOES": "IOBES"}


def seqeval_scores(
    gold: Gold, predicted: Annotations, *, style: TagStyle = TagStyle.BIOES
) -> Scores:
    """Strict scores of spans, counted by seqeval on the tags of ``gold.corpus``'s tokens.

    Tags hold no span that begins or ends inside a token, crosses a sentence's end or overlaps a
    longer one. Such spans are left out, on both sides, and counted in the log.

    Args:
        gold: documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus``.
        style: how tags are written, ``BIO`` (seqeval's IOB2) or ``BIOES`` (its IOBES). Both give
            the same numbers.

    Returns:
        Scores without intervals and without relaxed scores.

    Raises:
        DataError: if a prediction names a document that is not there, or ``style`` is ``IO``.

    >>> from weaklabel.text import Annotation
    >>> truth = [Annotation(0, 0, 7, "Chemical"), Annotation(0, 14, 19, "Disease")]
    >>> gold = Gold(Corpus.from_texts(["Aspirin cures fever."]), Annotations.of(truth))
    >>> seqeval_scores(gold, Annotations.of(truth[:1])).recall
    0.5
    """
    check_rows(predicted, gold.corpus.n_documents)
    types = tuple(sorted({*gold.annotations.labels, *predicted.labels}))
    scheme = TagScheme(types, style)
    sides = {"gold": gold.annotations, "predicted": predicted}
    tags = [_tags(gold.corpus, side, scheme, name) for name, side in sides.items()]
    return seqeval_tag_scores(*tags, scheme=style)


def seqeval_tag_scores(
    gold_tags: Sequence[Sequence[str]],
    predicted_tags: Sequence[Sequence[str]],
    *,
    scheme: str | TagStyle = "IOB2",
) -> Scores:
    """What seqeval says of tag sequences in ``mode="strict"``; see :func:`score_tags`.

    Raises:
        DataError: for an unknown scheme, or sentences of different lengths.
        MissingDependency: if seqeval was removed.
    """
    if str(scheme) not in _STYLES:
        raise DataError(f"unknown tag scheme {scheme!r}; known: {', '.join(_STYLES)}")
    same_lengths(gold_tags, predicted_tags)
    schemes = require("seqeval.scheme", extra="seqeval", what="Scoring with seqeval")
    v1 = require("seqeval.metrics.v1", extra="seqeval", what="Scoring with seqeval")
    tokens = getattr(schemes, _STYLES[str(scheme)])
    gold, predicted = ([list(row) for row in side] for side in (gold_tags, predicted_tags))
    found = [schemes.Entities(side, scheme=tokens) for side in (gold, predicted)]
    names = sorted(found[0].unique_tags | found[1].unique_tags)
    if not names:  # seqeval averages no numbers, and warns
        return Scores(Measure.of(0, 0, 0), {})
    counts = [[side.filter(name) for side in found] for name in names]
    told = {"scheme": tokens, "zero_division": 0}
    micro = v1.precision_recall_fscore_support(gold, predicted, average="micro", **told)
    by_type = v1.precision_recall_fscore_support(gold, predicted, average=None, **told)
    rows = [
        _measure(numbers, len(a), len(b), len(a & b))
        for numbers, (a, b) in zip(zip(*by_type, strict=True), counts, strict=True)
    ]
    totals = (sum(getattr(row, of) for row in rows) for of in ("gold", "predicted", "correct"))
    return Scores(_measure(micro, *totals), dict(zip(names, rows, strict=True)))


def _measure(numbers: Sequence[float], gold: int, predicted: int, correct: int) -> Measure:
    precision, recall, f1 = (float(x) for x in numbers[:3])
    return Measure(precision, recall, f1, None, None, gold, predicted, correct)


def _tags(corpus: Corpus, side: Annotations, scheme: TagScheme, name: str) -> list[list[str]]:
    """The tags of every sentence; what they cannot hold is counted in the log."""
    first, after = token_ranges(corpus, side)
    fits = first < after
    rows = np.flatnonzero(fits)
    a, b = first[rows], after[rows] - 1
    fits[rows] = (
        (corpus.token_start[a] == side.start[rows])
        & (corpus.token_end[b] == side.end[rows])
        & (corpus.token_sentence[a] == corpus.token_sentence[b])
    )
    rows = np.flatnonzero(fits)
    longest_first = rows[np.lexsort((side.label[rows], first[rows], (first - after)[rows]))]
    taken = np.zeros(corpus.n_tokens, np.bool_)
    spans: dict[int, list[Span]] = {}
    for i in longest_first.tolist():
        start, end = int(first[i]), int(after[i])
        if taken[start:end].any():
            continue
        taken[start:end] = True
        sentence = int(corpus.token_sentence[start])
        base = int(corpus.token_splits[sentence])
        span = Span(start - base, end - base, side.labels[side.label[i]])
        spans.setdefault(sentence, []).append(span)
    left_out = len(side) - sum(map(len, spans.values()))
    if left_out:
        _log.warning(
            "seqeval does not see %d of %d %s spans: they cut a token, cross a sentence's end or "
            "overlap a longer one",
            left_out,
            len(side),
            name,
        )
    lengths = corpus.lengths.tolist()
    return [
        [scheme.names[tag] for tag in scheme.encode(spans.get(row, ()), length=length).tolist()]
        for row, length in enumerate(lengths)
    ]
