"""What looks at numbers between operations, as torch operators: a graph holds them, not their ifs.

As in :mod:`.traced`: only while a model is traced; what is wrong is said when it runs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf import soft_targets


@torch.library.custom_op("weaklabel::crf_with_paths", mutates_args=())
def with_paths(log_sums: Tensor) -> Tensor:
    """A copy, if each sentence has a path."""
    errors.check_paths(log_sums)
    return log_sums.clone()


@with_paths.register_fake
def _(log_sums: Tensor) -> Tensor:
    return torch.empty_like(log_sums)


def _unchanged(ctx: Any, grad: Tensor) -> Tensor:
    return grad


with_paths.register_autograd(_unchanged)


@torch.library.custom_op("weaklabel::crf_believed", mutates_args=())
def believed(belief: Tensor, mask: Tensor) -> Tensor:
    """As :func:`.soft_targets.believed`."""
    return soft_targets.believed(belief, mask).clone()


@believed.register_fake
def _(belief: Tensor, mask: Tensor) -> Tensor:
    return torch.empty_like(belief, dtype=torch.float64)
