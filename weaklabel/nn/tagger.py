"""The tagger: an encoder, a CRF on top, and what one does with the two."""

from __future__ import annotations

import os
import pathlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from weaklabel.crf import LinearChainCRF
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
from weaklabel.nn.consistency import made_consistent
from weaklabel.nn.encoders import ENCODERS
from weaklabel.nn.settings import TaggerSettings
from weaklabel.nn.words import Vocabulary
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Annotation, Annotations, Corpus, Longs
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes

Floats = npt.NDArray[np.float32]


HEED = 1.5
"""What a vote adds to the score of its tag before training: a new tagger leans on its sources,
and training has to teach it only what they do not know."""


class Path(NamedTuple):
    """One tag a token, with its probabilities, for a whole corpus of ``N`` tokens.

    Attributes:
        tags: ``(N,)``.
        own: ``(N,)`` probability of the tag.
        steps: ``(N,)`` probability of the tag given the one before it.
    """

    tags: Longs
    own: Floats
    steps: Floats

    @classmethod
    def outside(cls, n: int) -> Path:
        """All tokens outside, nothing weighed."""
        return cls(np.zeros(n, np.int64), np.zeros(n, np.float32), np.zeros(n, np.float32))

    def step_within(self, place: tuple[int, int]) -> Floats:
        """Factors of the probability of a span's tags: the first's own, then steps."""
        start, end = place
        return np.concatenate([self.own[start : start + 1], self.steps[start + 1 : end]])


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
        self.heed = nn.Parameter(torch.from_numpy(channels.tag_scores(scheme, HEED)))
        self.crf = LinearChainCRF(len(scheme), constraints=scheme)

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

    def encode(self, corpus: Corpus, features: Votes, *, for_training: bool = False) -> Encoded:
        """Look a corpus and its votes up, once.

        Args:
            corpus: the text.
            features: the votes on it.
            for_training: whether parts of hidden names are needed, see ``settings.stand_ins``.

        Raises:
            DataError: if the votes are about another corpus.
        """
        if features.n_sentences != len(corpus):
            raise DataError(
                f"votes about {features.n_sentences} sentences do not fit a corpus of {len(corpus)}"
            )
        stand_ins = for_training and self.settings.stand_ins
        return encode(corpus, features, self.vocabulary, self.channels, stand_ins=stand_ins)

    def emissions(self, batch: Batch) -> Tensor:
        """``(B, T, K)`` float32: the score of each tag for each token."""
        own: Tensor = self.scores(self.encoder(batch)).float()
        return own + batch.votes @ self.heed.t()

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
        path = self.tag(encoded, batch_tokens=batch_tokens)
        if self.settings.consistent:
            path = made_consistent(self, corpus, encoded, path)
        return self._annotations(corpus, path)

    @torch.no_grad()
    def tag(
        self,
        encoded: Encoded,
        *,
        batch_tokens: int = 8192,
        hidden: Bools | None = None,
        rows: Longs | None = None,
    ) -> Path:
        """Best legal path of every sentence.

        Args:
            encoded: the corpus.
            batch_tokens: tokens worked on at once.
            hidden: ``(n_entries,)``, entries whose votes are not shown.
            rows: the sentences to do; the others' tags are outside.
        """
        path = Path.outside(int(encoded.splits[-1]))
        for chosen in self._eval_batches(encoded, batch_tokens, rows):
            batch = make_batch(encoded, chosen, hidden=hidden, device=self.device)
            emissions = self.emissions(batch)
            best = self.crf.decode(emissions, batch.mask)
            at = flat_ranges(encoded.splits, chosen)
            path.tags[at] = _flat(best, batch.mask)
            if best.any():
                self._weigh(path, at, emissions, best, batch.mask)
        return path

    @torch.no_grad()
    def weigh(self, encoded: Encoded, tags: Longs, *, rows: Longs) -> Path:
        """Probabilities of given tags, as :meth:`tag` gives them for the best ones.

        Args:
            encoded: the corpus.
            tags: ``(N,)``; legal within each span one asks about.
            rows: the sentences to do.
        """
        path = Path.outside(len(tags))
        for chosen in self._eval_batches(encoded, 8192, rows):
            batch = make_batch(encoded, chosen, device=self.device)
            at = flat_ranges(encoded.splits, chosen)
            given = np.zeros(batch.mask.numel(), np.int64)
            given[padded_places(encoded.lengths[chosen])] = tags[at]
            on_path = torch.from_numpy(given).view(batch.mask.shape).to(self.device)
            self._weigh(path, at, self.emissions(batch), on_path, batch.mask)
        return path

    def _weigh(self, path: Path, at: Longs, emissions: Tensor, tags: Tensor, mask: Tensor) -> None:
        marginals = self.crf.marginals(emissions, mask)
        path.own[at] = _flat(marginals.gather(2, tags[..., None])[..., 0], mask)
        path.steps[at] = _flat(self.crf.path_steps(emissions, tags, mask), mask)

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

    def _annotations(self, corpus: Corpus, path: Path) -> Annotations:
        rows: list[Annotation] = []
        splits = corpus.token_splits
        busy = np.unique(corpus.token_sentence[path.tags > 0])
        for sentence in busy.tolist():
            a, b = int(splits[sentence]), int(splits[sentence + 1])
            document = int(corpus.sentence_document[sentence])
            for span in self.scheme.decode(path.tags[a:b].tolist()):
                place = a + span.start, a + span.end
                score = min(1.0, float(np.prod(path.step_within(place))))
                start = int(corpus.token_start[place[0]])
                end = int(corpus.token_end[place[1] - 1])
                rows.append(Annotation(document, start, end, span.label, (), score))
        return Annotations.of(rows)

    # ---- disk -------------------------------------------------------------------------------
    def save_pretrained(
        self, folder: str | os.PathLike[str], *, about: dict[str, Any] | None = None
    ) -> None:
        """Write ``model.safetensors``, ``config.json`` and ``tags.json``, each whole or absent.

        Args:
            folder: made if it is not there.
            about: plain values to keep beside the settings, such as versions and scores.
        """
        from weaklabel.nn.saving import save

        save(self, pathlib.Path(folder), about or {})

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> Tagger:
        """Read what :meth:`save_pretrained` wrote; needs no other file.

        Raises:
            FormatError: if a file is missing, damaged, or of a later version.
        """
        from weaklabel.nn.saving import load

        return load(pathlib.Path(folder))


def allowed_tensor(examples: Examples, rows: Longs, device: torch.device | str = "cpu") -> Tensor:
    """The allowed tags of some sentences, ``(B, T, K)`` bool; all true at padding."""
    lengths = np.diff(examples.token_splits)[rows]
    tokens = flat_ranges(examples.token_splits, rows)
    places = padded_places(lengths)
    batch, steps, k = len(rows), int(lengths.max()), len(examples.scheme)
    allowed = np.ones((batch * steps, k), np.bool_)
    allowed[places[examples.known[tokens]]] = False
    pairs = flat_ranges(examples.tag_splits, tokens)
    allowed[np.repeat(places, examples.tags_per_token[tokens]), examples.tag[pairs]] = True
    return torch.from_numpy(allowed).view(batch, steps, -1).to(device)


def _flat(values: Tensor, mask: Tensor) -> npt.NDArray[Any]:
    """The real tokens of a padded tensor, sentence by sentence."""
    flat: npt.NDArray[Any] = values[mask].cpu().numpy()
    return flat
