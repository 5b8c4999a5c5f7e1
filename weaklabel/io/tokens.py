"""Tokens that data bring as strings, and spans in the tokens that tags are written for."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from weaklabel.errors import DataError, SpanError
from weaklabel.ground.segment import Offsets, sentences
from weaklabel.text import Annotation, Annotations, Corpus, Span

_log = logging.getLogger(__name__)


def offsets_of(words: Sequence[str], text: str) -> list[Offsets]:
    """Where words stand in a text, one after the other; white space is no word.

    Raises:
        DataError: for the first that is not there.

    >>> offsets_of(["a", "b", "a"], "ab a")
    [(0, 1), (1, 2), (3, 4)]
    """
    offsets: list[Offsets] = []
    at = 0
    for word in words:
        if not word.strip():
            continue
        start = text.find(word, at)
        if start < 0:
            raise DataError(f"token {word!r} is not in the text after character {at}")
        at = start + len(word)
        offsets.append((start, at))
    return offsets


def in_sentences(tokens: list[Offsets], text: str) -> list[list[Offsets]]:
    """Tokens parted where our rules end a sentence; white space is no token."""
    tokens = [(start, end) for start, end in tokens if text[start:end].strip()]
    rows: list[list[Offsets]] = [[]]
    ends = [end for _, end in sentences(text)]
    at = 0
    for start, end in tokens:
        while at < len(ends) and start >= ends[at]:
            at += 1
            rows.append([])
        rows[-1].append((start, end))
    return rows


def spans_for_tags(corpus: Corpus, annotations: Annotations, what: str) -> dict[int, list[Span]]:
    """Spans of tokens that tags can hold, by sentence row.

    A span is widened to the tokens it touches; of overlapping ones the longest is kept; one across
    sentences is left out. What is lost is counted in the log.

    Args:
        corpus: ``annotations.document`` are its rows.
        annotations: character spans.
        what: is being written, for the log.

    Raises:
        SpanError: if a span leaves its document's text.
    """
    chosen: dict[int, list[Span]] = {}
    widened = written = 0
    for row in range(corpus.n_documents):
        a, b = corpus.token_splits[corpus.sentence_splits[row : row + 2]].tolist()
        starts, ends = corpus.token_start[a:b], corpus.token_end[a:b]
        taken = np.zeros(b - a, np.bool_)
        mentions = annotations.of_document(row)
        for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start, m.label)):
            check_fits(mention, corpus, row)
            first = int(np.searchsorted(ends, mention.start, "right"))
            last = int(np.searchsorted(starts, mention.end, "left"))
            if first >= last or taken[first:last].any():
                continue
            index = int(corpus.token_sentence[a + first])
            if index != corpus.token_sentence[a + last - 1]:
                continue
            taken[first:last] = True
            written += 1
            widened += (starts[first], ends[last - 1]) != (mention.start, mention.end)
            base = a - int(corpus.token_splits[index])
            span = Span(base + first, base + last, mention.label)
            chosen.setdefault(index, []).append(span)
    if widened or written < len(annotations):
        _log.warning(
            "%s: of %d spans %d were left out (overlap, or across sentences), %d widened to "
            "whole tokens",
            what,
            len(annotations),
            len(annotations) - written,
            widened,
        )
    return chosen


def check_fits(mention: Annotation, corpus: Corpus, row: int) -> None:
    """Whether a span lies in the text of its document.

    Raises:
        SpanError: if it does not.
    """
    length = len(corpus.document_text(row))
    if mention.end > length:
        raise SpanError(
            f"document {corpus.document_id(row)!r}: the span {mention.start}-{mention.end} "
            f"leaves a text of {length} characters"
        )
