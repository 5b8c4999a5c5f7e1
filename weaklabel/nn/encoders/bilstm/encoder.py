"""One bidirectional LSTM over token features."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from weaklabel.ground.types import Longs
from weaklabel.nn.assets import Assets, tensor_words, words_tensor
from weaklabel.nn.encoders.base import Encoder
from weaklabel.nn.encoders.bilstm.features import TokenFeatures
from weaklabel.nn.encoders.bilstm.inputs import Columns, Inputs, columns_of, inputs_of
from weaklabel.nn.encoders.bilstm.options import BiLSTMOptions
from weaklabel.nn.encoders.bilstm.words import Vocabulary
from weaklabel.nn.encoders.noise import dropout
from weaklabel.text import Corpus
from weaklabel.vectors import WordVectors


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


class BiLSTMEncoder(Encoder):
    """Word vectors, characters, shape and votes, then one LSTM each way.

    The backward LSTM reads each sentence turned round within its own length, so padding, which
    comes last for both, changes nothing; packed sequences would do the same at half the speed.

    Args:
        vocabulary: the words.
        n_channels: channels of the votes.
        options: widths and noise.
    """

    sees_votes: ClassVar[bool] = True

    def __init__(self, vocabulary: Vocabulary, n_channels: int, options: BiLSTMOptions) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.features = TokenFeatures(vocabulary, n_channels, options)
        self.ahead = nn.LSTM(self.features.width, options.hidden)
        self.back = nn.LSTM(self.features.width, options.hidden)
        self.width = 2 * options.hidden
        self.dropout = options.dropout
        for lstm in (self.ahead, self.back):
            _initialise(lstm, options.hidden)

    def encode(self, corpus: Corpus) -> Columns:
        """Look every distinct word up, once."""
        return columns_of(corpus, self.vocabulary)

    def batch(self, columns: Columns, rows: Longs, device: torch.device) -> Inputs:
        """The tensors of some sentences."""
        return inputs_of(columns, rows, device)

    def forward(self, inputs: Inputs, mask: Tensor, votes: Tensor) -> Tensor:
        """``(B, T, 2 * hidden)``."""
        x = self.features(inputs, votes)
        # Votes have their own noise, entry masking; dropout would only blur it.
        plain = x.shape[-1] - 1 - votes.shape[-1]
        words = dropout(x[..., :plain], self.dropout, training=self.training)
        x = torch.cat([words, x[..., plain:]], -1).transpose(0, 1).contiguous()
        turned = reversal(mask)
        ahead = self.ahead(x)[0]
        back = _reordered(self.back(_reordered(x, turned))[0], turned)
        both = torch.cat([ahead, back], -1).transpose(0, 1)
        return dropout(both, self.dropout, training=self.training)

    def assets(self) -> Assets:
        """The vocabulary."""
        known, vectors = self.vocabulary, self.vocabulary.vectors
        tensors = {
            "vectors.codes": torch.from_numpy(np.ascontiguousarray(vectors.codes)),
            "vectors.scale": torch.from_numpy(np.ascontiguousarray(vectors.scale)),
            "vectors.words": words_tensor(vectors.words),
            "trained": words_tensor(known.trained),
        }
        return Assets({"alphabet": known.alphabet}, tensors)


def vocabulary_of(assets: Assets) -> Vocabulary:
    """The vocabulary that :meth:`BiLSTMEncoder.assets` describes."""
    tensors = assets.tensors
    vectors = WordVectors(
        tensor_words(tensors["vectors.words"]),
        tensors["vectors.codes"].numpy(),
        tensors["vectors.scale"].numpy(),
    )
    return Vocabulary(vectors, tensor_words(tensors["trained"]), assets.values["alphabet"])


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
