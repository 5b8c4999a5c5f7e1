"""An error where a gradient that is worked out by hand is to be differentiated itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from torch import Tensor

Gradients = tuple[Tensor | None, ...]
Backward = Callable[..., Gradients]


def first_order(backward: Backward) -> Backward:
    """A function's backward pass, of which nobody has written down the derivative.

    As torch's ``once_differentiable``, which takes the gradients for constants if the weights of
    the results are: a penalty on a gradient (``create_graph=True``) would be no penalty, quietly.
    Here it is an error when it is differentiated.
    """

    @wraps(backward)
    def work(ctx: Any, *weights: Tensor) -> Gradients:
        with torch.no_grad():
            gradients = backward(ctx, *weights)
        if not torch.is_grad_enabled():
            return gradients
        tied = (None if grad is None else grad.detach().requires_grad_() for grad in gradients)
        refused: Gradients = _Refused.apply(*tied)  # type: ignore[no-untyped-call]
        return refused

    return work


class _Refused(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *grads: Tensor | None) -> Gradients:
        return tuple(None if grad is None else grad.view_as(grad) for grad in grads)

    @staticmethod
    def backward(ctx: Any, *weights: Tensor | None) -> Gradients:
        raise RuntimeError("a gradient of LinearChainCRF cannot be differentiated again")
