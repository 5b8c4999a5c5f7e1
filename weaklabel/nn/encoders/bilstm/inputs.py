"""A corpus as the BiLSTM reads it, encoded once, and the batches cut from that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.ground.types import Bools, Ints, Longs
from weaklabel.nn.encoders.bilstm.words import Vocabulary, WordTable
from weaklabel.nn.padding import layout_of
from weaklabel.text import Corpus


class Columns(NamedTuple):
    """``S`` sentences, ``N`` tokens.

    Attributes:
        splits: ``(S + 1,)`` row splits, sentences → tokens.
        words: ``(N,)`` row of each token in ``table``.
        table: the distinct words.
        spaced: ``(N,)`` whether white space stands before the token.
    """

    splits: Longs
    words: Ints
    table: WordTable
    spaced: Bools


class Inputs(NamedTuple):
    """``B`` sentences of at most ``T`` tokens, with ``W`` distinct words, as tensors.

    Attributes:
        word: ``(B, T)`` row among the batch's distinct words; 0 at padding.
        vector: ``(W,)`` row of the frozen vectors, 0 for none.
        trained: ``(W,)`` row of the trainable vectors, 0 for none.
        chars: ``(W, L)`` character ids, 0 after the end.
        shape: ``(W, N_SHAPES)`` float, 0 or 1.
        spaced: ``(B, T)`` float, 0 or 1.
    """

    word: Tensor
    vector: Tensor
    trained: Tensor
    chars: Tensor
    shape: Tensor
    spaced: Tensor


def columns_of(corpus: Corpus, vocabulary: Vocabulary) -> Columns:
    """Look every distinct word up, once."""
    interned = corpus.interned
    table = vocabulary.encode(interned.words)
    return Columns(corpus.token_splits, interned.ids, table, corpus.space_before)


def inputs_of(columns: Columns, rows: Longs, device: torch.device) -> Inputs:
    """The tensors of some sentences."""
    table = columns.table
    layout = layout_of(columns.splits, rows)
    distinct, inverse = np.unique(columns.words[layout.tokens], return_inverse=True)
    chars = table.chars[distinct]
    chars = chars[:, : max(1, int((chars > 0).sum(1).max()))]
    made = Inputs(
        torch.from_numpy(layout.lay(inverse, np.int64)),
        torch.from_numpy(table.vector[distinct].astype(np.int64)),
        torch.from_numpy(table.trained[distinct].astype(np.int64)),
        torch.from_numpy(chars.astype(np.int64)),
        torch.from_numpy(table.shape[distinct].astype(np.float32)),
        torch.from_numpy(layout.pad(columns.spaced, np.float32)),
    )
    return made if device.type == "cpu" else Inputs(*(x.to(device) for x in made))
