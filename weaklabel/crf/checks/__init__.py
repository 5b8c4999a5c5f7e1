"""Checks that look at numbers: done at once, or as operators of a graph while one is traced."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from weaklabel.crf.checks import numbers


def with_paths(log_sums: Tensor) -> Tensor:
    """The log-sums as they are, ``(B,)``, once it is seen that each sentence has a path.

    Raises:
        DataError: if a sentence has none, or its scores add up to ``+inf``.
    """
    if torch.compiler.is_compiling():
        from weaklabel.crf.checks import operators  # slow to load, as torch is told of them

        return cast("Tensor", operators.with_paths(log_sums))
    return numbers.with_paths(log_sums)


def distributions(belief: Tensor, mask: Tensor) -> Tensor:
    """The probability of each tag, ``(B, T, K)`` float64, rounding undone; anything at padding.

    Raises:
        DataError: if those of a token do not sum to 1; the message names row and step.
    """
    if torch.compiler.is_compiling():
        from weaklabel.crf.checks import operators

        return cast("Tensor", operators.distributions(belief, mask))
    return numbers.distributions(belief, mask)


def same_mask(mask: Tensor, other: Tensor) -> Tensor:
    """The mask, ``(B, T)``, once it is seen that another chain's has the same tokens.

    Raises:
        DataError: if not; the message names the first row.
    """
    if mask is other:
        return mask
    if torch.compiler.is_compiling():
        from weaklabel.crf.checks import operators

        return cast("Tensor", operators.same_mask(mask, other))
    return numbers.same_mask(mask, other)
