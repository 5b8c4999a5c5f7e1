"""An encoder as another package would bring it: a small transformer of random weights."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import BertConfig, BertModel

from weaklabel.nn.assets import Assets, tensor_words, words_tensor
from weaklabel.nn.encoders.base import Encoder, Group
from weaklabel.nn.padding import layout_of
from weaklabel.text import Corpus, Longs
from weaklabel.vectors import WordVectors


@dataclass(frozen=True)
class TinyBert:
    """Options of the encoder: a word is cut into pieces, the first of which stands for it."""

    kind: ClassVar[str] = "tiny-bert"
    hidden: int = 12
    layers: int = 1
    rate: float = 0.1

    def learn(self, corpus: Corpus, vectors: WordVectors | None, *, channels: int) -> Encoder:
        pieces = sorted({p for word in corpus.interned.words for p in _pieces(word)})
        config = BertConfig(
            vocab_size=len(pieces) + _BUCKETS,
            hidden_size=self.hidden,
            num_hidden_layers=self.layers,
            num_attention_heads=2,
            intermediate_size=2 * self.hidden,
            max_position_embeddings=2048,
            type_vocab_size=1,
        )
        return TinyBertEncoder(config, tuple(pieces), self)

    def restore(self, assets: Assets, *, channels: int) -> Encoder:
        config = BertConfig.from_dict(assets.values["config"])
        return TinyBertEncoder(config, tensor_words(assets.tensors["pieces"]), self)


class Columns(NamedTuple):
    splits: Longs  # sentences → tokens
    piece_splits: Longs  # tokens → pieces
    pieces: Longs


class Inputs(NamedTuple):
    ids: Tensor  # (B, P)
    mask: Tensor  # (B, P)
    first: Tensor  # (B, T) place of each token's first piece


class TinyBertEncoder(Encoder):
    def __init__(self, config: Any, pieces: tuple[str, ...], options: TinyBert) -> None:
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        self.width = config.hidden_size
        self.options = options
        self.pieces = pieces
        self._ids = {piece: _BUCKETS + i for i, piece in enumerate(pieces)}

    def encode(self, corpus: Corpus) -> Columns:
        ids, words = corpus.interned
        cut = [[self._id(piece) for piece in _pieces(word)] for word in words]
        counts = np.array([len(cut[i]) for i in ids], np.int64)
        pieces = np.array([piece for i in ids for piece in cut[i]], np.int64)
        return Columns(corpus.token_splits, np.concatenate([[0], np.cumsum(counts)]), pieces)

    def batch(self, columns: Columns, rows: Longs, device: torch.device) -> Inputs:
        tokens, by_piece = columns.splits, columns.piece_splits
        layout = layout_of(by_piece[tokens], rows)
        ids = layout.pad(columns.pieces)
        mask = layout.lay(np.ones(len(layout.tokens), np.int64))
        first = by_piece[:-1] - np.repeat(by_piece[tokens[:-1]], np.diff(tokens))
        places = layout_of(tokens, rows).pad(first)
        return Inputs(*(torch.from_numpy(x).to(device) for x in (ids, mask, places)))

    def forward(self, inputs: Inputs, mask: Tensor, votes: Tensor) -> Tensor:
        found = self.bert(input_ids=inputs.ids, attention_mask=inputs.mask).last_hidden_state
        return found.gather(1, inputs.first[..., None].expand(-1, -1, self.width))

    def groups(self) -> list[Group]:
        return [Group(list(self.parameters()), self.options.rate)]

    def assets(self) -> Assets:
        return Assets(
            {"config": self.bert.config.to_diff_dict()}, {"pieces": words_tensor(self.pieces)}
        )

    def _id(self, piece: str) -> int:
        return self._ids.get(piece, zlib.crc32(piece.encode("utf-8", "surrogatepass")) % _BUCKETS)


_BUCKETS = 16


def _pieces(word: str) -> list[str]:
    return [word[i : i + 4] for i in range(0, min(len(word), 12), 4)] or [""]
