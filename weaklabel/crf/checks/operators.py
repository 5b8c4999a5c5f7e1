"""The checks as torch operators: a graph holds them, not their ifs.

As in :mod:`..traced`: only while a model is traced; what is wrong is said when it runs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from weaklabel.crf.checks import numbers


@torch.library.custom_op("weaklabel::crf_with_paths", mutates_args=())
def with_paths(log_sums: Tensor) -> Tensor:
    """A copy of the log-sums, if each sentence has a path."""
    return numbers.with_paths(log_sums).clone()


@with_paths.register_fake
def _(log_sums: Tensor) -> Tensor:
    return torch.empty_like(log_sums)


def _unchanged(ctx: Any, grad: Tensor) -> Tensor:
    return grad


with_paths.register_autograd(_unchanged)


@torch.library.custom_op("weaklabel::crf_distributions", mutates_args=())
def distributions(belief: Tensor, mask: Tensor) -> Tensor:
    """As :func:`.numbers.distributions`."""
    return numbers.distributions(belief, mask).clone()


@distributions.register_fake
def _(belief: Tensor, mask: Tensor) -> Tensor:
    return torch.empty_like(belief, dtype=torch.float64)


@torch.library.custom_op("weaklabel::crf_same_mask", mutates_args=())
def same_mask(mask: Tensor, other: Tensor) -> Tensor:
    """A copy of the mask, if the other is the same."""
    return numbers.same_mask(mask, other).clone()


@same_mask.register_fake
def _(mask: Tensor, other: Tensor) -> Tensor:
    return torch.empty_like(mask)
