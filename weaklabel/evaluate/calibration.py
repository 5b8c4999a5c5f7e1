"""calibration_curve(): is a prediction with score 0.9 right nine times in ten?"""

from __future__ import annotations

import numpy as np

from weaklabel.evaluate.strict import check_rows
from weaklabel.text import Annotations, Gold


def calibration_curve(
    gold: Gold, predicted: Annotations, *, bins: int = 10
) -> list[dict[str, float | int]]:
    """Predicted spans by score, in bins of equal width over 0 to 1 (DeGroot & Fienberg, 1983).

    Args:
        gold: documents and a person's spans.
        predicted: spans whose ``document`` is a row of ``gold.corpus``; those without a score
            are left out.
        bins: how many.

    Returns:
        One row a bin that holds a span: ``low``, ``high`` (its bounds), ``spans``,
        ``confidence`` (their mean score) and ``precision`` (the share that is strictly right).

    Raises:
        DataError: if a prediction names a document that is not there.
    """
    check_rows(predicted, gold.corpus.n_documents)
    right = gold.annotations.keys()
    scored = [row for row in predicted if row.score is not None]
    confidence = np.array([row.score for row in scored], np.float64)
    correct = np.array([row[:4] in right for row in scored], np.bool_)
    of_bin = np.clip((confidence * bins).astype(int), 0, bins - 1)
    rows: list[dict[str, float | int]] = []
    for k in np.unique(of_bin).tolist():
        mine = of_bin == k
        rows.append(
            {
                "low": k / bins,
                "high": (k + 1) / bins,
                "spans": int(mine.sum()),
                "confidence": float(confidence[mine].mean()),
                "precision": float(correct[mine].mean()),
            }
        )
    return rows
