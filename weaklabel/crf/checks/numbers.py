"""Checks of log-sums, beliefs and masks in plain torch, which no graph can hold."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf.problem import check_paths
from weaklabel.errors import DataError

_CLOSE_TO_ONE = 1e-4
_CLOSE_TO_ONE_IN_HALF = 2e-2  # K rounded numbers of 8 bits


def with_paths(log_sums: Tensor) -> Tensor:
    """The log-sums as they are, ``(B,)``, once it is seen that each sentence has a path.

    Raises:
        DataError: if a sentence has none, or its scores add up to ``+inf``.
    """
    check_paths(log_sums)
    return log_sums


def distributions(belief: Tensor, mask: Tensor) -> Tensor:
    """The probability of each tag, ``(B, T, K)`` float64, rounding undone; anything at padding.

    Raises:
        DataError: if those of a token do not sum to 1; the message names row and step.
    """
    rows = belief.to(torch.float64)
    sums = rows.sum(-1, keepdim=True)
    half = belief.dtype in (torch.float16, torch.bfloat16)
    off = (sums[..., 0] - 1.0).abs()
    fine = (off <= (_CLOSE_TO_ONE_IN_HALF if half else _CLOSE_TO_ONE)) & (rows >= 0.0).all(-1)
    bad = ~fine & mask
    if bool(bad.any()):
        row, step = bad.nonzero()[0].tolist()
        raise DataError(
            f"belief: expected probabilities that sum to 1, got {rows[row, step].tolist()} "
            f"at step {step} of batch row {row}"
        )
    return rows / sums


def same_mask(mask: Tensor, other: Tensor) -> Tensor:
    """The mask, ``(B, T)``, once it is seen that another chain's has the same tokens.

    Raises:
        DataError: if not; the message names the first row.
    """
    off = (mask != other).any(1)
    if bool(off.any()):
        row = int(off.nonzero()[0, 0])
        raise DataError(
            f"mask: the two chains have {int(mask[row].sum())} and {int(other[row].sum())} tokens "
            f"in batch row {row}; a divergence is between chains over the same tokens"
        )
    return mask
