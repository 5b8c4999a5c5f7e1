"""The step, its rate over time, and the moving average of the weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from weaklabel.train.settings import Optimiser, TrainingSettings


def make_optimiser(model: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """An optimiser over all trainable weights; biases and single scores do not decay."""
    trainable = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trainable if p.ndim < 2], "weight_decay": 0.0},
    ]
    if settings.optimiser is Optimiser.RADAM:
        return torch.optim.RAdam(
            groups, lr=settings.learning_rate, decoupled_weight_decay=True, foreach=True
        )
    return torch.optim.AdamW(groups, lr=settings.learning_rate, foreach=True)


def rate_share(done: float, settings: TrainingSettings) -> float:
    """Share of the peak learning rate after ``done`` (0 to 1) of all steps: up, then down.

    >>> s = TrainingSettings(warmup_share=0.5, final_rate_share=0.0)
    >>> [round(rate_share(x, s), 2) for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    warm = settings.warmup_share
    if done < warm:
        return done / warm
    left = (1 - done) / (1 - warm)
    return settings.final_rate_share + (1 - settings.final_rate_share) * max(0.0, left)


class Average:
    """Exponential moving average of a model's weights.

    The decay grows with the steps, ``(1 + n) / (10 + n)`` at most, so that the first weights are
    soon forgotten.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._own = [p for p in model.parameters() if p.requires_grad]
        self._mean = [p.detach().clone() for p in self._own]

    @torch.no_grad()
    def update(self) -> None:
        """Take the model's present weights in."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self._mean, [p.detach() for p in self._own], 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the model's weights and the average; a second call undoes it."""
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
