"""What a token looks like before its context: vector, spelling, shape, votes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from weaklabel.nn.encoders.bilstm.inputs import Inputs
from weaklabel.nn.encoders.bilstm.options import BiLSTMOptions
from weaklabel.nn.encoders.bilstm.words import N_SHAPES, Vocabulary


class CharEncoder(nn.Module):
    """One convolution over a word's characters and the maximum of each filter.

    Args:
        n_chars: characters of the alphabet; ids 0 (after the end) and 1 (unknown) come on top.
        embedding: numbers a character.
        width: filters.
    """

    def __init__(self, n_chars: int, *, embedding: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_chars + 2, embedding, padding_idx=0)
        self.filters = nn.Linear(3 * embedding, width)

    def forward(self, chars: Tensor) -> Tensor:
        """``(W, L)`` character ids → ``(W, width)``."""
        x = functional.pad(self.embedding(chars), (0, 0, 1, 1))
        x = torch.cat([x[:, :-2], x[:, 1:-1], x[:, 2:]], -1)
        x = self.filters(x).masked_fill((chars == 0)[..., None], -torch.inf)
        return functional.relu(x.amax(1))


class TokenFeatures(nn.Module):
    """Frozen and trained word vectors, spelling, shape and votes, side by side.

    Each distinct word of a batch is encoded once.

    Args:
        vocabulary: the words.
        n_channels: channels of the votes.
        options: widths and noise.
    """

    codes: Tensor
    scale: Tensor

    def __init__(self, vocabulary: Vocabulary, n_channels: int, options: BiLSTMOptions) -> None:
        super().__init__()
        vectors = vocabulary.vectors
        codes = torch.zeros(len(vectors) + 1, vectors.width, dtype=torch.int8)
        codes[1:] = torch.from_numpy(vectors.codes)
        scale = torch.zeros(len(vectors) + 1, 1)
        scale[1:, 0] = torch.from_numpy(vectors.scale)
        squares = codes[1:].float().square().mean(1) * scale[1:, 0].square()
        size = squares.sum() / max(1, len(vectors))  # without any vector a mean would be nan
        self.register_buffer("codes", codes, persistent=False)
        self.register_buffer("scale", scale / size.sqrt().clamp(min=1e-12), persistent=False)
        self.chars = CharEncoder(
            len(vocabulary.alphabet), embedding=options.char_embedding, width=options.char_width
        )
        width = vectors.width + options.char_width + N_SHAPES
        self.trained: nn.Embedding | None = None
        if vocabulary.trained:
            self.trained = nn.Embedding(
                len(vocabulary.trained) + 1, options.word_width, padding_idx=0
            )
            nn.init.normal_(self.trained.weight[1:], std=0.1)
            width += options.word_width
        self.word_dropout = options.word_dropout
        self.word_width = width
        self.width = width + 1 + n_channels

    def forward(self, inputs: Inputs, votes: Tensor) -> Tensor:
        """``(B, T, width)``."""
        tokens = functional.embedding(inputs.word, self.words(inputs))
        return torch.cat([tokens, inputs.spaced[..., None], votes], -1)

    def words(self, inputs: Inputs) -> Tensor:
        """``(W, word_width)`` of the batch's distinct words."""
        vector = self.codes[inputs.vector].float() * self.scale[inputs.vector]
        seen = vector.new_ones(len(vector), 1)
        if self.training and self.word_dropout:
            seen = (torch.rand_like(seen) >= self.word_dropout).float()
        parts = [vector * seen, self.chars(inputs.chars), inputs.shape]
        if self.trained is not None:
            parts.append(self.trained(inputs.trained) * seen)
        return torch.cat(parts, -1)
