"""Relaxed counts: spans that are nearly right, in four defined ways, matched one to one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from weaklabel.evaluate.strict import check_rows
from weaklabel.ground.types import Longs
from weaklabel.text import Annotations, Gold

RELAXED = ("overlap", "type_only", "left", "right")
"""The relaxed criteria, the most lenient first."""

Row = tuple[int, int, str]


def relaxed_counts(gold: Gold, predicted: Annotations) -> Longs:
    """Count matches under each criterion of :data:`RELAXED`, by document.

    * ``overlap``: the two spans share a character, whatever their types ("something was found
      there"; *partial* of SemEval-2013 task 9.1, here with full credit).
    * ``type_only``: they share a character and have the same type; boundaries are free (*type*
      of SemEval-2013 task 9.1, TYPE of MUC-5).
    * ``left``: same type and same start (*left match* of Tsai et al., 2006, BMC Bioinformatics
      7:92, and of the JNLPBA-2004 shared task).
    * ``right``: same type and same end (*right match* there).

    Under each, a gold span is matched with at most one predicted span and the other way round;
    the number of matches is the greatest possible (a maximum matching), so it depends on no
    order. Hence strict ≤ left, right ≤ type_only ≤ overlap. Duplicates count once.

    Args:
        gold: ``D`` documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus``.

    Returns:
        ``(D, 4, 3)``: document, criterion, (gold, predicted, correct).

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    documents = gold.corpus.n_documents
    check_rows(predicted, documents)
    counts = np.zeros((documents, len(RELAXED), 3), np.int64)
    sides = [_by_document(side, documents) for side in (gold.annotations, predicted)]
    for document, (wanted, found) in enumerate(zip(*sides, strict=True)):
        if wanted or found:
            counts[document, :, 0] = len(wanted)
            counts[document, :, 1] = len(found)
            counts[document, :, 2] = [match(wanted, found) for match in _MATCHERS]
    return counts


def _by_document(side: Annotations, documents: int) -> list[list[Row]]:
    rows: list[set[Row]] = [set() for _ in range(documents)]
    columns = (side.document, side.start, side.end, side.label)
    for document, start, end, label in zip(*(c.tolist() for c in columns), strict=True):
        rows[document].add((start, end, side.labels[label]))
    return [sorted(row) for row in rows]


def _same(wanted: Iterable[Row], found: Iterable[Row], key: Callable[[Row], object]) -> int:
    """Matches where spans match exactly when their keys are equal."""
    return (Counter(map(key, wanted)) & Counter(map(key, found))).total()


def _left(wanted: Sequence[Row], found: Sequence[Row]) -> int:
    return _same(wanted, found, lambda row: (row[0], row[2]))


def _right(wanted: Sequence[Row], found: Sequence[Row]) -> int:
    return _same(wanted, found, lambda row: (row[1], row[2]))


def _overlap(wanted: Sequence[Row], found: Sequence[Row]) -> int:
    return maximum_matching(_meetings(wanted, found))


def _type_only(wanted: Sequence[Row], found: Sequence[Row]) -> int:
    meetings = _meetings(wanted, found)
    alike = [[j for j in row if found[j][2] == wanted[i][2]] for i, row in enumerate(meetings)]
    return maximum_matching(alike)


_MATCHERS = (_overlap, _type_only, _left, _right)


def _meetings(wanted: Sequence[Row], found: Sequence[Row]) -> list[list[int]]:
    """For each gold span the predicted ones that share a character with it; both sorted."""
    longest = max((end - start for start, end, _ in found), default=0)
    starts = [row[0] for row in found]
    rows: list[list[int]] = []
    for start, end, _ in wanted:
        near = range(*np.searchsorted(starts, [start - longest, end]).tolist())
        rows.append([j for j in near if found[j][1] > start])
    return rows


def maximum_matching(edges: Sequence[Sequence[int]]) -> int:
    """Size of the greatest set of pairs in which nobody occurs twice (Berge, 1957).

    Args:
        edges: for each left node the right nodes it may be paired with.

    >>> maximum_matching([[0, 1], [0], [0, 1]])
    2
    """
    partner: dict[int, int] = {}  # right → left
    return sum(_augment(left, edges, partner) for left in range(len(edges)))


def _augment(root: int, edges: Sequence[Sequence[int]], partner: dict[int, int]) -> bool:
    """Find an alternating path from ``root`` to a free right node, breadth first, and flip it."""
    reached: dict[int, int] = {}  # right → the left node it was reached from
    entered: dict[int, int] = {}  # left → the right node it was entered by
    queue = deque([root])
    while queue:
        left = queue.popleft()
        for right in edges[left]:
            if right in reached:
                continue
            reached[right] = left
            if right not in partner:
                _flip(right, reached, entered, partner)
                return True
            entered[partner[right]] = right
            queue.append(partner[right])
    return False


def _flip(
    right: int, reached: dict[int, int], entered: dict[int, int], partner: dict[int, int]
) -> None:
    while right >= 0:
        left = reached[right]
        partner[right] = left
        right = entered.get(left, -1)
