"""Annotation, Annotations: typed character spans over documents, a person's or a tagger's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from weaklabel.errors import SpanError
from weaklabel.ground.types import Floats, Ints


class Annotation(NamedTuple):
    """One row of :class:`Annotations`: a character span of a document.

    >>> text = "Aspirin helps."
    >>> found = Annotation(document=0, start=0, end=7, label="Chemical", concepts=("D001241",))
    >>> text[found.start : found.end]
    'Aspirin'
    """

    document: int
    start: int
    end: int
    label: str
    concepts: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True, eq=False)
class Annotations(Sequence[Annotation]):
    """Typed character spans over documents, columnar and sorted; may overlap.

    Gold spans and predictions are both this. Rows equal in document, start, end and label are
    one row.

    Attributes:
        document, start, end: ``(A,)`` document row and half-open character range.
        label: ``(A,)`` index into ``labels``.
        labels: the types, sorted.
        concepts: ``A`` tuples of concept ids, empty where none is known.
        score: ``(A,)`` confidence, NaN where there is none.

    >>> rows = [Annotation(1, 4, 9, "Disease"), Annotation(0, 0, 7, "Chemical")]
    >>> annotations = Annotations.of(rows)
    >>> annotations
    <Annotations: 2 of Chemical, Disease>
    >>> annotations.of_document(1)[0].label, annotations.start.tolist()
    ('Disease', [0, 4])
    """

    document: Ints
    start: Ints
    end: Ints
    label: Ints
    labels: tuple[str, ...]
    concepts: tuple[tuple[str, ...], ...]
    score: Floats

    def __repr__(self) -> str:
        return f"<Annotations: {len(self):,} of {', '.join(self.labels) or 'no type'}>"

    @classmethod
    def of(cls, rows: Iterable[Annotation]) -> Annotations:
        """Sort rows and drop duplicates.

        Raises:
            SpanError: if a span is empty or negative.
        """
        unique: dict[tuple[int, int, int, str], Annotation] = {}
        for row in rows:
            if not 0 <= row.start < row.end:
                raise SpanError(f"a span needs 0 <= start < end, got {row.start}-{row.end}")
            unique.setdefault(row[:4], row)
        ordered = [unique[key] for key in sorted(unique)]
        labels = tuple(sorted({row.label for row in ordered}))
        code = {name: i for i, name in enumerate(labels)}
        return cls(
            np.array([row.document for row in ordered], np.int32),
            np.array([row.start for row in ordered], np.int32),
            np.array([row.end for row in ordered], np.int32),
            np.array([code[row.label] for row in ordered], np.int32),
            labels,
            tuple(row.concepts for row in ordered),
            np.array([np.nan if row.score is None else row.score for row in ordered], np.float32),
        )

    def __len__(self) -> int:
        return len(self.document)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        score = float(self.score[index])
        return Annotation(
            int(self.document[index]),
            int(self.start[index]),
            int(self.end[index]),
            self.labels[self.label[index]],
            self.concepts[index],
            None if np.isnan(score) else score,
        )

    def of_document(self, document: int) -> list[Annotation]:
        """The rows of one document, by start."""
        a, b = np.searchsorted(self.document, [document, document + 1])
        return [self[i] for i in range(a, b)]

    def keys(self) -> set[tuple[int, int, int, str]]:
        """``(document, start, end, label)`` of every row: what strict scoring compares."""
        names = [self.labels[k] for k in self.label.tolist()]
        columns = (self.document.tolist(), self.start.tolist(), self.end.tolist(), names)
        return set(zip(*columns, strict=True))
