"""The step, its rate over time, and the moving average of the weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from weaklabel.nn.encoders.base import Group
from weaklabel.train.settings import Optimiser, TrainingSettings


def make_optimiser(groups: list[Group], plan: TrainingSettings) -> torch.optim.Optimizer:
    """An optimiser over all trainable weights; biases and single scores do not decay."""
    parts: list[dict[str, Any]] = []
    for group in groups:
        trainable = [p for p in group.weights if p.requires_grad]
        for matrices, decay in ((True, plan.weight_decay), (False, 0.0)):
            weights = [p for p in trainable if (p.ndim >= 2) is matrices]
            parts.append({"params": weights, "weight_decay": decay, "rate": group.rate})
    if plan.optimiser is Optimiser.RADAM:
        return torch.optim.RAdam(
            parts, lr=plan.learning_rate, decoupled_weight_decay=True, foreach=True
        )
    return torch.optim.AdamW(parts, lr=plan.learning_rate, foreach=True)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Give every group of weights the learning rate, times its own factor."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["rate"]


def rate_share(done: float, plan: TrainingSettings) -> float:
    """Share of the peak learning rate after ``done`` (0 to 1) of all steps: up, then down.

    >>> s = TrainingSettings(warmup_share=0.5, final_rate_share=0.0)
    >>> [round(rate_share(x, s), 2) for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    warm = plan.warmup_share
    if done < warm:
        return done / warm
    left = (1 - done) / (1 - warm)
    return plan.final_rate_share + (1 - plan.final_rate_share) * max(0.0, left)


class Average:
    """Exponential moving average of weights.

    The decay grows with the steps, ``(1 + n) / (10 + n)`` at most, so that the first weights are
    soon forgotten.
    """

    def __init__(self, weights: list[nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._own = weights
        self._mean = [p.detach().clone() for p in self._own]

    @torch.no_grad()
    def update(self) -> None:
        """Take the present weights in."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self._mean, [p.detach() for p in self._own], 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the weights and the average; a second call undoes it."""
        for own, mean in zip(self._own, self._mean, strict=True):
            kept = own.detach().clone()
            own.copy_(mean)
            mean.copy_(kept)

    def state(self) -> dict[str, int | list[Tensor]]:
        """What :meth:`restore` needs."""
        return {"steps": self.steps, "mean": self._mean}

    @torch.no_grad()
    def restore(self, state: dict[str, int | list[Tensor]]) -> None:
        """Go on where :meth:`state` was taken."""
        steps, mean = state["steps"], state["mean"]
        assert isinstance(steps, int)
        assert isinstance(mean, list)
        self.steps = steps
        for here, there in zip(self._mean, mean, strict=True):
            here.copy_(there)
