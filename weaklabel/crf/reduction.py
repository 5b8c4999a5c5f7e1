"""From one number a sentence to one a batch."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor

from weaklabel.errors import ConfigError

Reduction = Literal["none", "sum", "mean", "token_mean"]


def reduced(values: Tensor, mask: Tensor, reduction: Reduction) -> Tensor:
    """A batch's numbers as they are, their sum, or their mean over sentences or tokens.

    >>> import torch
    >>> mask = torch.tensor([[True, True, True], [True, False, False]])
    >>> values = torch.tensor([6.0, 2.0])
    >>> [reduced(values, mask, how).tolist() for how in ("none", "sum", "mean", "token_mean")]
    [[6.0, 2.0], 8.0, 4.0, 2.0]

    Args:
        values: ``(B,)``.
        mask: ``(B, T)`` bool.
        reduction: ``"none"``, ``"sum"``, ``"mean"`` over the sentences or ``"token_mean"``: the
            sum over the number of tokens. An empty batch's mean is 0.

    Raises:
        ConfigError: if there is no such reduction.
    """
    if reduction not in get_args(Reduction):
        known = ", ".join(get_args(Reduction))
        raise ConfigError(f"reduction: expected one of {known}, got {reduction!r}")
    if reduction == "none":
        return values
    total = values.sum()
    if reduction == "sum":
        return total
    if reduction == "mean":
        return total / max(len(values), 1)
    return total / mask.sum().clamp(min=1)
