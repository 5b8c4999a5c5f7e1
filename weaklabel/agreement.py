"""Where sources speak, meet and contradict: coverage, overlap, conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from weaklabel.text import Corpus

if TYPE_CHECKING:
    from weaklabel.votes import Votes


def source_summary(votes: Votes, corpus: Corpus) -> list[dict[str, float | int | str]]:
    """One row a source; see :meth:`Votes.summary`."""
    touched, disputed = _meetings(votes)
    offset = corpus.token_splits[:-1]
    rows: list[dict[str, float | int | str]] = []
    for code, name in enumerate(votes.sources):
        mine = votes.source == code
        covered = np.zeros(corpus.n_tokens + 1, np.int64)
        base = offset[votes.sentence[mine]]
        np.add.at(covered, base + votes.start[mine], 1)
        np.add.at(covered, base + votes.end[mine], -1)
        spans = int(mine.sum())
        rows.append(
            {
                "source": name,
                "spans": spans,
                "entries": len(np.unique(votes.entry[mine & (votes.entry >= 0)])),
                "coverage": float((np.cumsum(covered)[:-1] > 0).sum() / max(1, corpus.n_tokens)),
                "overlap": float(touched[mine].mean()) if spans else 0.0,
                "conflict": float(disputed[mine].mean()) if spans else 0.0,
            }
        )
    return rows


def _meetings(votes: Votes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """For each vote: does another source touch it, and does one contradict it?"""
    touched = np.zeros(len(votes), np.bool_)
    disputed = np.zeros(len(votes), np.bool_)
    for a, b, same in _touching_pairs(votes):
        touched[[a, b]] = True
        if not same:
            disputed[[a, b]] = True
    return touched, disputed


def _touching_pairs(votes: Votes) -> list[tuple[int, int, bool]]:
    columns = (votes.sentence, votes.start, votes.end, votes.label, votes.source)
    table = list(zip(*(c.tolist() for c in columns), strict=True))
    pairs: list[tuple[int, int, bool]] = []
    for i, (sentence, start, end, label, source) in enumerate(table):
        for j in range(i + 1, len(table)):
            other = table[j]
            if other[0] != sentence or other[1] >= end:
                break
            if other[4] != source:
                pairs.append((i, j, (start, end, label) == other[1:4]))
    return pairs


def overlap_matrix(votes: Votes) -> npt.NDArray[np.int64]:
    """How often each two sources meet, ``(sources, sources)``.

    Above the diagonal pairs of spans that agree exactly, below it pairs that touch and disagree;
    the diagonal holds each source's spans.
    """
    n = len(votes.sources)
    matrix = np.zeros((n, n), np.int64)
    matrix[np.arange(n), np.arange(n)] = np.bincount(votes.source, minlength=n)
    for i, j, same in _touching_pairs(votes):
        low, high = sorted((int(votes.source[i]), int(votes.source[j])))
        matrix[(low, high) if same else (high, low)] += 1
    return matrix
