"""Any token-classification model of the transformers library as a source, over our tokens.

A word's label is that of its first piece. Sentences longer than the model takes are read in
overlapping windows, each word where it has most context, so that nothing is cut off. Labels in
any style (BIO, BILOU, BMEWO, bare types) become spans by the one rule of ``weaklabel.tags``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from weaklabel.errors import ConfigError
from weaklabel.ground.types import Bools, Floats, Longs
from weaklabel.sources.fitting import NOT_MAPPED, Fitting, Place
from weaklabel.sources.options import ConfiguredSource, check_share, folder_beside
from weaklabel.sources.tools.windows import Pieces, batches, windows
from weaklabel.tags import TagScheme, canonical
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Votes

NO_PIECE = "words the tokenizer has no piece for"
_SCORES = ("mean", "min")
_UNDERSCORE = re.compile(r"^([BIESLUWM])_(?=.)")


@dataclass(frozen=True)
class TransformersOptions:
    """Which model, and how it is asked.

    Attributes:
        model: a folder, or a name on the hub that lies in the local cache.
        name: how the source is listed.
        type_map: the model's types (or whole labels) → ours; "O" for what stands for no entity;
            empty keeps all as they are.
        min_score: spans less sure than this are left out, 0 to 1.
        score: a span's confidence, from the probabilities of its words: "mean" or "min".
        max_pieces: pieces a window, special ones included; 0 for what the model takes.
        overlap: pieces that neighbouring windows share.
        batch_pieces: pieces a batch.
        device: where it computes.
        local_files_only: never ask the hub; turn it off to let the model be downloaded.
    """

    model: str
    name: str = "transformers"
    type_map: dict[str, str] = field(default_factory=dict)
    min_score: float = 0.0
    score: str = "mean"
    max_pieces: int = 0
    overlap: int = 64
    batch_pieces: int = 4096
    device: str = "cpu"
    local_files_only: bool = True

    def __post_init__(self) -> None:
        check_share("min_score", self.min_score)
        if self.score not in _SCORES:
            raise ConfigError(f'score must be "mean" or "min", got {self.score!r}')
        if self.max_pieces < 0 or self.overlap < 0 or self.batch_pieces < 1:
            raise ConfigError("max_pieces and overlap must be 0 or more, batch_pieces 1 or more")


class Model(NamedTuple):
    """A network with its tokenizer and what their configuration says.

    Attributes:
        network: the token classifier, in evaluation mode.
        tokenizer: a fast tokenizer.
        labels: the network's labels by index, as :func:`label_names` makes them.
        before: the special pieces a window begins with.
        after: those it ends with.
        room: pieces of text that fit a window.
    """

    network: Any
    tokenizer: Any
    labels: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    room: int


class TransformersSource(ConfiguredSource[TransformersOptions]):
    """Votes for what a token classifier finds.

    Attributes:
        options: the model's name, and how it is asked. It is loaded when first asked.
    """

    kind: ClassVar[str] = "transformers"

    @cached_property
    def model(self) -> Model:
        """The model.

        Raises:
            ConfigError: if it cannot be loaded, has no fast tokenizer, or no label for "outside".
        """
        return load_model(self.options)

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus.

        Raises:
            ConfigError: if the model cannot be loaded.
        """
        fitting = Fitting(corpus, self.name, min_score=self.options.min_score)
        labels, scores, seen = self._predicted(corpus)
        fitting.lose(NO_PIECE, count=int((~seen).sum()))
        scheme = TagScheme(())
        names = self.model.labels
        for i in range(len(corpus)):
            a, b = corpus.token_splits[i : i + 2].tolist()
            for span in scheme.repair([names[k] for k in labels[a:b].tolist()]):
                inside = scores[a + span.start : a + span.end]
                score = inside.min() if self.options.score == "min" else inside.mean()
                kind = _mapped(span.label, self.options.type_map)
                if kind is None:
                    fitting.lose(NOT_MAPPED)
                    continue
                fitting.keep(Place(i, span.start, span.end), kind, score=float(score))
        return fitting.votes()

    def _predicted(self, corpus: Corpus) -> tuple[Longs, Floats, Bools]:
        """``(N,)`` each: a token's label, its probability, and whether it has a piece at all."""
        outside = self.model.labels.index(OUTSIDE)
        labels = np.full(corpus.n_tokens, outside, np.int64)
        scores = np.ones(corpus.n_tokens, np.float32)
        seen = np.zeros(corpus.n_tokens, np.bool_)
        for at, end in _chunks(corpus):
            pieces = self._pieces(corpus, at, end)
            asked = windows(pieces, room=self.model.room, overlap=self.options.overlap)
            extra = len(self.model.before) + len(self.model.after)
            for batch in batches(asked, limit=self.options.batch_pieces, extra=extra):
                probabilities = self._forward([window.pieces for window in batch])
                for row, window in zip(probabilities, batch, strict=True):
                    there = row[len(self.model.before) + window.firsts]
                    labels[window.tokens] = there.argmax(1)
                    scores[window.tokens] = there.max(1)
                    seen[window.tokens] = True
        return labels, scores, seen

    def _pieces(self, corpus: Corpus, at: int, end: int) -> list[Pieces]:
        """The pieces of some sentences, word by word."""
        rows = [corpus[i] for i in range(at, end)]
        encoded = self.model.tokenizer(
            [sentence.words for sentence in rows],
            is_split_into_words=True,
            add_special_tokens=False,
            truncation=False,
            return_attention_mask=False,
            verbose=False,
        )
        return [
            Pieces.of(
                encoded["input_ids"][k], encoded.word_ids(k), int(corpus.token_splits[at + k])
            )
            for k in range(len(rows))
        ]

    def _forward(self, rows: Sequence[Sequence[int]]) -> Floats:
        """``(B, T, K)`` probabilities of padded rows of pieces."""
        import torch

        model = self.model
        full = [[*model.before, *row, *model.after] for row in rows]
        width = max(map(len, full))
        ids = torch.full((len(full), width), model.tokenizer.pad_token_id or 0)
        mask = torch.zeros_like(ids)
        for i, row in enumerate(full):
            ids[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = 1
        device = self.options.device
        with torch.inference_mode():
            logits = model.network(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
            probabilities: Floats = logits.float().softmax(-1).cpu().numpy()
        return probabilities


def from_options(options: TransformersOptions, base: Path) -> TransformersSource:
    """The source of a table of options; a folder is sought beside the table first."""
    return TransformersSource(replace(options, model=folder_beside(base, options.model)))


# ---- loading --------------------------------------------------------------------------------
def load_model(options: TransformersOptions) -> Model:
    """Load a token classifier and its tokenizer.

    Raises:
        ConfigError: if it cannot be loaded, has no fast tokenizer, or no label for "outside".
    """
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    where = f"source {options.name!r}: the model {options.model!r}"
    only = {"local_files_only": options.local_files_only}
    try:
        tokenizer = AutoTokenizer.from_pretrained(options.model, add_prefix_space=True, **only)
        network = AutoModelForTokenClassification.from_pretrained(options.model, **only)
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise ConfigError(f"{where} cannot be loaded: {said}") from None
    if not tokenizer.is_fast:
        raise ConfigError(f"{where} has no fast tokenizer, which words need")
    labels = label_names(network.config.id2label, options.type_map)
    if OUTSIDE not in labels:
        known = ", ".join(map(str, network.config.id2label.values()))
        raise ConfigError(
            f"{where} has no label O; say which stands for no entity, as in "
            f'type_map = {{ LABEL_0 = "O" }}. Its labels: {known}'
        )
    before, after = _special(tokenizer)
    room = (options.max_pieces or _limit(tokenizer, network.config)) - len(before) - len(after)
    if room < 1:
        raise ConfigError(f"{where} has no room for text in {options.max_pieces} pieces")
    return Model(network.eval().to(options.device), tokenizer, labels, before, after, room)


def label_names(id2label: Mapping[int, str], type_map: Mapping[str, str]) -> tuple[str, ...]:
    """A model's labels in our letters, by index; a bare type is taken as its "I-" tag.

    >>> label_names({0: "O", 1: "B_GENE", 2: "U-DRUG", 3: "CELL"}, {})
    ('O', 'B-GENE', 'S-DRUG', 'I-CELL')
    >>> label_names({0: "LABEL_0", 1: "LABEL_1"}, {"LABEL_0": "O", "LABEL_1": "Disease"})
    ('O', 'I-LABEL_1')
    """
    names = []
    for _, label in sorted(id2label.items()):
        if label in ("O", "o") or type_map.get(label) == OUTSIDE:
            names.append(OUTSIDE)
        else:
            names.append(canonical(_UNDERSCORE.sub(r"\1-", label)) or f"I-{label}")
    return tuple(names)


def _mapped(label: str, type_map: Mapping[str, str]) -> str | None:
    """Our type of a model's; a map that only names what is outside keeps the others."""
    if all(kind == OUTSIDE for kind in type_map.values()):
        return label
    return type_map.get(label)


def _special(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The pieces that the tokenizer puts before and after a text."""
    plain = tokenizer(["a"], is_split_into_words=True, add_special_tokens=False)["input_ids"]
    whole = tokenizer(["a"], is_split_into_words=True)["input_ids"]
    for at in range(len(whole) - len(plain) + 1):
        if whole[at : at + len(plain)] == plain:
            return tuple(whole[:at]), tuple(whole[at + len(plain) :])
    return (), ()


_ANY_LENGTH = 1_000_000
_USUAL = 512


def _limit(tokenizer: Any, config: Any) -> int:
    """Pieces that fit a window, as tokenizer and configuration say.

    Some models (RoBERTa) keep two of their positions for padding, so two are left free of all.
    """
    told = [tokenizer.model_max_length] if tokenizer.model_max_length < _ANY_LENGTH else []
    positions = getattr(config, "max_position_embeddings", 0) or 0
    return min([*told, *([positions - 2] if positions > 2 else [])], default=_USUAL)


def _chunks(corpus: Corpus, sentences: int = 1024) -> Iterator[tuple[int, int]]:
    for at in range(0, len(corpus), sentences):
        yield at, min(at + sentences, len(corpus))
