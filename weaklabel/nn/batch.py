"""A corpus, encoded once into flat arrays, and batches cut from it by length."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from weaklabel.nn.channels import Cells, VoteChannels
from weaklabel.nn.words import Vocabulary, WordTable
from weaklabel.text import Corpus, Ints, Longs
from weaklabel.votes import Votes

Bools = npt.NDArray[np.bool_]


class Encoded(NamedTuple):
    """A corpus as a tagger reads it; ``S`` sentences, ``N`` tokens.

    Attributes:
        splits: ``(S + 1,)`` row splits, sentences → tokens.
        words: ``(N,)`` row of each token in ``table``.
        table: the distinct words.
        spaced: ``(N,)`` whether white space stands before the token.
        cells: the votes.
        n_channels: channels of the votes.
    """

    splits: Longs
    words: Ints
    table: WordTable
    spaced: Bools
    cells: Cells
    n_channels: int

    @property
    def lengths(self) -> Longs:
        """``(S,)`` tokens in each sentence."""
        lengths: Longs = np.diff(self.splits)
        return lengths


class Batch(NamedTuple):
    """``B`` sentences of at most ``T`` tokens, with ``W`` distinct words, as tensors.

    Attributes:
        mask: ``(B, T)`` bool, true on tokens; padding comes last.
        word: ``(B, T)`` row among the batch's distinct words; 0 at padding.
        vector: ``(W,)`` row of the frozen vectors, 0 for none.
        trained: ``(W,)`` row of the trainable vectors, 0 for none.
        chars: ``(W, L)`` character ids, 0 after the end.
        shape: ``(W, N_SHAPES)`` float, 0 or 1.
        spaced: ``(B, T)`` float, 0 or 1.
        votes: ``(B, T, C)`` float, 0 or 1.
    """

    mask: Tensor
    word: Tensor
    vector: Tensor
    trained: Tensor
    chars: Tensor
    shape: Tensor
    spaced: Tensor
    votes: Tensor


def encode(
    corpus: Corpus,
    votes: Votes,
    vocabulary: Vocabulary,
    channels: VoteChannels,
    *,
    stand_ins: bool = False,
) -> Encoded:
    """Look everything up, once; ``stand_ins`` as in :meth:`VoteChannels.cells`."""
    interned = corpus.interned
    return Encoded(
        corpus.token_splits,
        interned.ids,
        vocabulary.encode(interned.words),
        corpus.space_before,
        channels.cells(votes, corpus, stand_ins=stand_ins),
        len(channels),
    )


def flat_ranges(splits: Longs, rows: Longs) -> Longs:
    """The concatenation of ``arange(splits[r], splits[r + 1])`` for each row."""
    start = splits[rows]
    counts = splits[rows + 1] - start
    shift = np.repeat(start - (np.cumsum(counts) - counts), counts)
    ranges: Longs = np.arange(len(shift), dtype=np.int64) + shift
    return ranges


def padded_places(lengths: Longs) -> Longs:
    """Where each token of a batch lies in a flat ``(B * T,)``, tokens in order."""
    steps = int(lengths.max())
    row = np.repeat(np.arange(len(lengths)), lengths)
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    places: Longs = row * steps + np.arange(len(row)) - before
    return places


def make_batch(
    encoded: Encoded,
    rows: Longs,
    *,
    hidden: Bools | None = None,
    device: torch.device | str = "cpu",
) -> Batch:
    """The tensors of some sentences.

    Args:
        encoded: the corpus.
        rows: ``(B,)`` sentences.
        hidden: ``(n_entries,)``, entries whose votes are not shown; all are shown without it.
        device: where to put them.
    """
    lengths = encoded.lengths[rows]
    batch, steps = len(rows), int(lengths.max())
    tokens = flat_ranges(encoded.splits, rows)
    places = padded_places(lengths)
    distinct, inverse = np.unique(encoded.words[tokens], return_inverse=True)
    word = np.zeros(batch * steps, np.int64)
    word[places] = inverse
    spaced = np.zeros(batch * steps, np.float32)
    spaced[places] = encoded.spaced[tokens]
    mask = np.zeros(batch * steps, np.bool_)
    mask[places] = True
    chars = encoded.table.chars[distinct]
    chars = chars[:, : max(1, int((chars > 0).sum(1).max()))]
    made = Batch(
        torch.from_numpy(mask).view(batch, steps),
        torch.from_numpy(word).view(batch, steps),
        torch.from_numpy(encoded.table.vector[distinct].astype(np.int64)),
        torch.from_numpy(encoded.table.trained[distinct].astype(np.int64)),
        torch.from_numpy(chars.astype(np.int64)),
        torch.from_numpy(encoded.table.shape[distinct].astype(np.float32)),
        torch.from_numpy(spaced).view(batch, steps),
        torch.from_numpy(_votes(encoded, rows, steps, hidden)),
    )
    target = torch.device(device)
    return made if target.type == "cpu" else Batch(*(x.to(target) for x in made))


def _votes(
    encoded: Encoded, rows: Longs, steps: int, hidden: Bools | None
) -> npt.NDArray[np.float32]:
    cells = encoded.cells
    chosen = flat_ranges(cells.splits, rows)
    counts = cells.splits[rows + 1] - cells.splits[rows]
    sentence = np.repeat(np.arange(len(rows)), counts)
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
