"""A corpus, encoded once, and batches cut from it by length."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.ground.columns import row_counts, row_ranges
from weaklabel.ground.types import Bools, Floats, Longs
from weaklabel.nn.channels import Cells
from weaklabel.nn.encoders.base import Encoder
from weaklabel.nn.padding import layout_of


class Encoded(NamedTuple):
    """A corpus as a network reads it; ``S`` sentences, ``N`` tokens.

    Attributes:
        splits: ``(S + 1,)`` row splits, sentences → tokens.
        columns: what its encoder made of the text.
        cells: the votes.
        n_channels: ``C``, channels of the votes.
    """

    splits: Longs
    columns: Any
    cells: Cells
    n_channels: int

    @property
    def lengths(self) -> Longs:
        """``(S,)`` tokens in each sentence."""
        lengths: Longs = np.diff(self.splits)
        return lengths


class Batch(NamedTuple):
    """``B`` sentences of at most ``T`` tokens, as tensors.

    Attributes:
        mask: ``(B, T)`` bool, true on tokens; padding comes last.
        votes: ``(B, T, C)`` float, 0 or 1.
        inputs: what its encoder reads of the text.
    """

    mask: Tensor
    votes: Tensor
    inputs: Any


def make_batch(
    encoder: Encoder,
    encoded: Encoded,
    rows: Longs,
    *,
    hidden: Bools | None = None,
    device: torch.device | str = "cpu",
) -> Batch:
    """The tensors of some sentences.

    Args:
        encoder: which read the text.
        encoded: the corpus.
        rows: ``(B,)`` sentences, none of them empty.
        hidden: ``(n_entries,)``, entries whose votes are not shown; all are shown without it.
        device: where to put them.
    """
    layout, target = layout_of(encoded.splits, rows), torch.device(device)
    mask = layout.lay(np.ones(len(layout.tokens), np.bool_))
    votes = _votes(encoded, rows, layout.steps, hidden)
    return Batch(
        torch.from_numpy(mask).to(target),
        torch.from_numpy(votes).to(target),
        encoder.batch(encoded.columns, rows, target),
    )


def _votes(encoded: Encoded, rows: Longs, steps: int, hidden: Bools | None) -> Floats:
    cells = encoded.cells
    chosen = row_ranges(cells.splits, rows)
    sentence = np.repeat(np.arange(len(rows)), row_counts(cells.splits, rows))
    shown = cells.shown(chosen, hidden)
    chosen, sentence = chosen[shown], sentence[shown]
    votes = np.zeros((len(rows), steps, encoded.n_channels), np.float32)
    votes[sentence, cells.position[chosen], cells.channel[chosen]] = 1
    return votes


def plan_batches(
    lengths: Longs, rows: Longs, *, batch_tokens: int, rng: np.random.Generator | None = None
) -> Iterator[Longs]:
    """Cut sentences into batches of similar length.

    Args:
        lengths: ``(S,)`` tokens of each sentence.
        rows: the sentences to use.
        batch_tokens: tokens a batch may have, padding included; one longer sentence is a batch.
        rng: mixes neighbours in length and the order of batches; without it, short ones first.

    Yields:
        The sentences of a batch, longest first.
    """
    own = lengths[rows].astype(np.float64)
    if rng is not None:
        own = own * rng.uniform(0.9, 1.1, len(own)) + rng.random(len(own))
    order = rows[np.argsort(own, kind="stable")]
    cuts = _cuts(lengths[order].tolist(), batch_tokens)
    pieces = [order[a:b] for a, b in itertools.pairwise(cuts)]
    if rng is not None:
        rng.shuffle(pieces)
    for piece in pieces:
        yield piece[np.argsort(-lengths[piece], kind="stable")]


def _cuts(lengths: list[int], batch_tokens: int) -> list[int]:
    cuts, longest = [0], 0
    for i, length in enumerate(lengths):
        longest = max(longest, length)
        if i > cuts[-1] and longest * (i - cuts[-1] + 1) > batch_tokens:
            cuts.append(i)
            longest = length
    return [*cuts, len(lengths)] if lengths else cuts
