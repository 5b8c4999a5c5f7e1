"""One bidirectional LSTM over token features."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from weaklabel.nn.batch import Batch
from weaklabel.nn.encoders.words import TokenFeatures
from weaklabel.nn.noise import dropout
from weaklabel.nn.settings import TaggerSettings
from weaklabel.nn.words import Vocabulary


class _Reorder(torch.autograd.Function):
    """Rows in an order that is its own inverse, which makes the gradient a gather too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, order: Tensor) -> Tensor:
        ctx.save_for_backward(order)
        return x.flatten(0, 1).index_select(0, order).view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (order,) = ctx.saved_tensors
        return grads[0].flatten(0, 1).index_select(0, order).view_as(grads[0]), None


def _reordered(x: Tensor, order: Tensor) -> Tensor:
    reordered: Tensor = _Reorder.apply(x, order)  # type: ignore[no-untyped-call]
    return reordered


def reversal(mask: Tensor) -> Tensor:
    """For each place of a time-first ``(T, B)``, the place it swaps with: ``(T * B,)``.

    Each sentence is turned round within its own length; padding stays where it is.
    """
    rows, steps = mask.shape
    step = torch.arange(steps, device=mask.device)[:, None]
    swapped = torch.where(mask.t(), mask.sum(1)[None, :] - 1 - step, step)
    return (swapped * rows + torch.arange(rows, device=mask.device)[None, :]).flatten()


class BiLSTMEncoder(nn.Module):
    """Word vectors, characters, shape and votes, then one LSTM each way.

    The backward LSTM reads each sentence turned round within its own length, so padding, which
    comes last for both, changes nothing; packed sequences would do the same at half the speed.

    Args:
        vocabulary: the words.
        n_channels: channels of the votes.
        settings: widths and noise.
    """

    def __init__(self, vocabulary: Vocabulary, n_channels: int, settings: TaggerSettings) -> None:
        super().__init__()
        self.features = TokenFeatures(vocabulary, n_channels, settings)
        self.ahead = nn.LSTM(self.features.width, settings.hidden)
        self.back = nn.LSTM(self.features.width, settings.hidden)
        self.width = 2 * settings.hidden
        self.dropout = settings.dropout
        for lstm in (self.ahead, self.back):
            _initialise(lstm, settings.hidden)

    def forward(self, batch: Batch) -> Tensor:
        """``(B, T, 2 * hidden)``."""
        x = self.features(batch)
        # Votes have their own noise, entry masking; dropout would only blur it.
        words = dropout(x[..., : -self._plain(batch)], self.dropout, training=self.training)
        x = torch.cat([words, x[..., -self._plain(batch) :]], -1).transpose(0, 1).contiguous()
        turned = reversal(batch.mask)
        ahead = self.ahead(x)[0]
        back = _reordered(self.back(_reordered(x, turned))[0], turned)
        both = torch.cat([ahead, back], -1).transpose(0, 1)
        return dropout(both, self.dropout, training=self.training)

    @staticmethod
    def _plain(batch: Batch) -> int:
        return 1 + batch.votes.shape[-1]


def _initialise(lstm: nn.LSTM, hidden: int) -> None:
    """Orthogonal recurrence, forget gates open."""
    with torch.no_grad():
        for name, weight in lstm.named_parameters():
            if name.startswith("weight_hh"):
                for gate in torch.split(weight, hidden):
                    nn.init.orthogonal_(gate)
            elif name.startswith("weight_ih"):
                for gate in torch.split(weight, hidden):
                    nn.init.xavier_uniform_(gate)
            else:
                weight.zero_()
                if name.startswith("bias_ih"):
                    weight[hidden : 2 * hidden] = 1.0
