"""align(): predictions on another reading of the same documents, paired by id."""

from __future__ import annotations

import logging

from weaklabel.errors import DataError
from weaklabel.text import Annotations, Corpus, Gold

logger = logging.getLogger(__name__)


def align(gold: Gold, corpus: Corpus, annotations: Annotations) -> Annotations:
    """Move annotations of ``corpus`` to the rows of ``gold.corpus`` that have the same ids.

    A gold document that is not in ``corpus`` simply has no prediction. Where a predicted span
    covers another text than gold has at its offsets, a warning says so: the two files hold
    different texts and strict scores mean little.

    Raises:
        DataError: if a document of ``corpus`` is not in gold; it is named.

    >>> from weaklabel.text import Annotation, Annotations, Corpus, Gold
    >>> gold = Gold(Corpus.from_texts(["No.", "Fever."], ids=["a", "b"]), Annotations.of([]))
    >>> other = Corpus.from_texts(["Fever."], ids=["b"])
    >>> align(gold, other, Annotations.of([Annotation(0, 0, 5, "Disease")]))[0].document
    1
    """
    rows = gold.corpus.document_rows
    missing = [name for name in corpus.document_rows if name not in rows]
    if missing:
        others = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise DataError(
            f"document {missing[0]!r}{others} is in the predictions but not in gold; "
            "documents are paired by id, so score them against the file they were made from"
        )
    moved = [rows[name] for name in corpus.document_rows]
    _warn_of_other_texts(gold.corpus, corpus, annotations, moved)
    return Annotations.of(row._replace(document=moved[row.document]) for row in annotations)


def _warn_of_other_texts(
    gold: Corpus, corpus: Corpus, annotations: Annotations, moved: list[int]
) -> None:
    differing = [
        row
        for row in sorted(set(annotations.document.tolist()))
        if corpus.document_text(row) != gold.document_text(moved[row])
    ]
    for row in differing:
        here, there = corpus.document_text(row), gold.document_text(moved[row])
        for a in annotations.of_document(row):
            if here[a.start : a.end] != there[a.start : a.end]:
                logger.warning(
                    "document %s: the predicted span %d–%d is %r, gold has %r there; the two "
                    "texts differ (%d documents do), so offsets cannot be compared",
                    corpus.document_id(row), a.start, a.end,
                    here[a.start : a.end], there[a.start : a.end], len(differing),
                )  # fmt: skip
                return
