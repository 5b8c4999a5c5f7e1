"""The tagger: an encoder, a CRF on top, and what one does with the two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from weaklabel.errors import ConfigError, DataError
from weaklabel.nn.batch import (
    Batch,
    Bools,
    Encoded,
    encode,
    flat_ranges,
    make_batch,
    padded_places,
    plan_batches,
)
from weaklabel.nn.channels import VoteChannels
from weaklabel.nn.crf import LinearChainCRF
from weaklabel.nn.encoders import ENCODERS
from weaklabel.nn.settings import TaggerSettings
from weaklabel.nn.words import Vocabulary
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Annotation, Annotations, Corpus, Longs
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes

Floats = npt.NDArray[np.float32]


class Tagger(nn.Module):
    """Finds typed spans in text, looking at the words and at the votes of chosen sources.

    Attributes:
        scheme: ``K`` tags.
        vocabulary: the words it knows.
        channels: the votes it listens to.
        settings: what it is made of.
        prior: tag name → share of the training labels, as the loss saw them; ``None`` before
            training.
    """

    def __init__(
        self,
        scheme: TagScheme,
        vocabulary: Vocabulary,
        channels: VoteChannels,
        settings: TaggerSettings,
    ) -> None:
        super().__init__()
        if settings.encoder not in ENCODERS:
            raise ConfigError(
                f"unknown encoder {settings.encoder!r}; known: {', '.join(sorted(ENCODERS))}"
            )
        self.scheme = scheme
        self.vocabulary = vocabulary
        self.channels = channels
        self.settings = settings
        self.prior: dict[str, float] | None = None
        self.encoder = ENCODERS[settings.encoder](vocabulary, len(channels), settings)
        self.scores = nn.Linear(self.encoder.width, len(scheme))
        self.crf = LinearChainCRF(
            len(scheme),
            may_start=scheme.may_start,
            may_follow=scheme.may_follow,
            may_end=scheme.may_end,
        )

    @classmethod
    def build(
        cls,
        scheme: TagScheme,
        corpus: Corpus,
        features: Votes,
        settings: TaggerSettings | None = None,
        vectors: WordVectors | None = None,
        *,
        seed: int,
    ) -> Tagger:
        """A new tagger for a training corpus.

        Args:
            scheme: the tags it may give.
            corpus: the text it will be trained on.
            features: the votes it will see while training.
            settings: what to make it of.
            vectors: frozen word vectors; ``None`` for none.
            seed: fixes the first weights.
        """
        settings = settings or TaggerSettings()
        vocabulary = Vocabulary.of(corpus, vectors, min_count=settings.word_min_count)
        channels = VoteChannels.of(features, settings.feature_sources)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return cls(scheme, vocabulary, channels, settings)

    # ---- reading text -----------------------------------------------------------------------
    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.scores.weight.device

    def encode(self, corpus: Corpus, features: Votes) -> Encoded:
        """Look a corpus and its votes up, once.

        Raises:
            DataError: if the votes are about another corpus.
        """
        if features.n_sentences != len(corpus):
            raise DataError(
                f"votes about {features.n_sentences} sentences do not fit a corpus of {len(corpus)}"
            )
        return encode(corpus, features, self.vocabulary, self.channels)

    def emissions(self, batch: Batch) -> Tensor:
        """``(B, T, K)`` float32: the score of each tag for each token."""
        emissions: Tensor = self.scores(self.encoder(batch)).float()
        return emissions

    def loss(self, batch: Batch, allowed: Tensor) -> Tensor:
        """Negative log-likelihood of the allowed tags of each sentence, ``(B,)`` float64."""
        loss: Tensor = self.crf(self.emissions(batch), allowed, batch.mask)
        return loss

    # ---- predicting -------------------------------------------------------------------------
    def predict(
        self,
        corpus: Corpus,
        features: Votes,
        *,
        batch_tokens: int = 8192,
        device: str | torch.device | None = None,
    ) -> Annotations:
        """The spans of the best legal tag path of each sentence.

        Args:
            corpus: the text.
            features: the votes on it, of the sources the tagger was trained with.
            batch_tokens: tokens worked on at once.
            device: where to work; ``None`` for where the tagger is.

        Returns:
            Character spans. A span's score is the tagger's probability that exactly these tokens
            have exactly these tags, given all the text of the sentence.

        Raises:
            DataError: if the votes are about another corpus.
        """
        if device is not None:
            self.to(device)
        encoded = self.encode(corpus, features)
        tags, begins, steps = self.tag(encoded, batch_tokens=batch_tokens)
        return self._annotations(corpus, tags, begins, steps)

    @torch.no_grad()
    def tag(
        self,
        encoded: Encoded,
        *,
        batch_tokens: int = 8192,
        hidden: Bools | None = None,
        rows: Longs | None = None,
    ) -> tuple[Longs, Floats, Floats]:
        """Best legal path of every sentence, flat.

        Args:
            encoded: the corpus.
            batch_tokens: tokens worked on at once.
            hidden: ``(n_entries,)``, entries whose votes are not shown.
            rows: the sentences to do; the others' tags are outside.

        Returns:
            ``(N,)`` tags; ``(N,)`` probability of the tag; ``(N,)`` probability of the tag given
            the one before it on the path.
        """
        n = int(encoded.splits[-1])
        tags, own, steps = np.zeros(n, np.int64), np.zeros(n, np.float32), np.zeros(n, np.float32)
        for chosen in self._eval_batches(encoded, batch_tokens, rows):
            batch = make_batch(encoded, chosen, hidden=hidden, device=self.device)
            emissions = self.emissions(batch)
            path = self.crf.decode(emissions, batch.mask)
            at = flat_ranges(encoded.splits, chosen)
            tags[at] = _flat(path, batch.mask)
            if not path.any():
                continue
            marginals = self.crf.marginals(emissions, batch.mask)
            own[at] = _flat(marginals.gather(2, path[..., None])[..., 0], batch.mask)
            steps[at] = _flat(self.crf.path_steps(emissions, path, batch.mask), batch.mask)
        return tags, own, steps

    @torch.no_grad()
    def belief(
        self,
        encoded: Encoded,
        examples: Examples | None = None,
        *,
        batch_tokens: int = 8192,
        rows: Longs | None = None,
    ) -> Floats:
        """Probability of each tag of each token, ``(N, K)``.

        Args:
            encoded: the corpus.
            examples: given them, only the tags they allow count.
            batch_tokens: tokens worked on at once.
            rows: the sentences to do; the others' rows are 0.
        """
        found = np.zeros((int(encoded.splits[-1]), len(self.scheme)), np.float32)
        for chosen in self._eval_batches(encoded, batch_tokens, rows):
            batch = make_batch(encoded, chosen, device=self.device)
            allowed = None if examples is None else allowed_tensor(examples, chosen, self.device)
            marginals = self.crf.marginals(self.emissions(batch), batch.mask, allowed=allowed)
            found[flat_ranges(encoded.splits, chosen)] = _flat(marginals, batch.mask)
        return found

    def _eval_batches(self, encoded: Encoded, batch_tokens: int, rows: Longs | None = None) -> Any:
        self.eval()
        rows = np.arange(len(encoded.splits) - 1) if rows is None else rows
        return plan_batches(encoded.lengths, rows, batch_tokens=batch_tokens)

    def _annotations(self, corpus: Corpus, tags: Longs, own: Floats, steps: Floats) -> Annotations:
        rows: list[Annotation] = []
        splits = corpus.token_splits
        busy = np.unique(corpus.token_sentence[tags > 0])
        for sentence in busy.tolist():
            a, b = int(splits[sentence]), int(splits[sentence + 1])
            document = int(corpus.sentence_document[sentence])
            for span in self.scheme.decode(tags[a:b].tolist()):
                first, last = a + span.start, a + span.end - 1
                score = float(own[first] * np.prod(steps[first + 1 : last + 1]))
                start, end = int(corpus.token_start[first]), int(corpus.token_end[last])
                rows.append(Annotation(document, start, end, span.label, (), min(1.0, score)))
        return Annotations.of(rows)

    # ---- disk -------------------------------------------------------------------------------
    def save_pretrained(self, folder: str | Path, *, about: dict[str, Any] | None = None) -> None:
        """Write ``model.safetensors``, ``config.json`` and ``tags.json``, each whole or absent.

        Args:
            folder: made if it is not there.
            about: plain values to keep beside the settings, such as versions and scores.
        """
        from weaklabel.nn.saving import save

        save(self, Path(folder), about or {})

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> Tagger:
        """Read what :meth:`save_pretrained` wrote; needs no other file.

        Raises:
            FormatError: if a file is missing, damaged, or of a later version.
        """
        from weaklabel.nn.saving import load

        return load(Path(folder))


def allowed_tensor(examples: Examples, rows: Longs, device: torch.device | str = "cpu") -> Tensor:
    """The allowed tags of some sentences, ``(B, T, K)`` bool; all true at padding."""
    lengths = np.diff(examples.token_splits)[rows]
    tokens = flat_ranges(examples.token_splits, rows)
    bits = np.uint64(1) << np.arange(len(examples.scheme), dtype=np.uint64)
    batch, steps = len(rows), int(lengths.max())
    allowed = np.ones((batch * steps, len(bits)), np.bool_)
    may = (examples.allowed[tokens, None] & bits) != 0
    allowed[padded_places(lengths)] = may | ~examples.known[tokens, None]
    return torch.from_numpy(allowed).view(batch, steps, -1).to(device)


def _flat(values: Tensor, mask: Tensor) -> npt.NDArray[Any]:
    """The real tokens of a padded tensor, sentence by sentence."""
    flat: npt.NDArray[Any] = values[mask].cpu().numpy()
    return flat
