"""The network: an encoder, a head on top, and what one does with the two."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from weaklabel.errors import DataError
from weaklabel.ground.columns import row_ranges
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.ground.types import Bools, Floats, Longs
from weaklabel.nn import saving
from weaklabel.nn.batch import Batch, Encoded, make_batch, plan_batches
from weaklabel.nn.channels import VoteChannels
from weaklabel.nn.consistency import one_reading
from weaklabel.nn.encoders.base import Encoder, Group
from weaklabel.nn.heads.base import Head
from weaklabel.nn.padding import layout_of
from weaklabel.nn.path import Path
from weaklabel.nn.plan import TaggerPlan
from weaklabel.nn.target import Target, allowed_tensor
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Annotation, Annotations, Corpus
from weaklabel.vectors import WordVectors
from weaklabel.votes import Votes


class Network(nn.Module):
    """Finds typed spans in text, looking at the words and at the votes of chosen sources.

    Attributes:
        scheme: ``K`` tags.
        channels: the votes it listens to.
        plan: what it is made of.
        encoder: text → a row of numbers a token.
        head: rows of numbers → tags.
        heed: ``(K, C)`` what a vote adds to the score of each tag.
        prior: tag name → share of the training labels, as the loss saw them; ``None`` before
            training.
    """

    def __init__(
        self,
        scheme: TagScheme,
        channels: VoteChannels,
        plan: TaggerPlan,
        encoder: Encoder,
        head: Head,
    ) -> None:
        super().__init__()
        self.scheme = scheme
        self.channels = channels
        self.plan = plan
        self.prior: dict[str, float] | None = None
        self.encoder = encoder
        self.head = head
        self.heed = nn.Parameter(torch.from_numpy(channels.tag_scores(scheme, plan.votes.heed)))

    @classmethod
    def build(
        cls,
        scheme: TagScheme,
        corpus: Corpus,
        features: Votes,
        plan: TaggerPlan | None = None,
        vectors: WordVectors | None = None,
        *,
        seed: int,
    ) -> Network:
        """A new network for a training corpus.

        Args:
            scheme: the tags it may give.
            corpus: the text it will be trained on.
            features: the votes it will see while training.
            plan: what to make it of.
            vectors: frozen word vectors; ``None`` for none.
            seed: fixes the first weights.
        """
        plan = plan or TaggerPlan()
        channels = VoteChannels.of(features, plan.votes.sources)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            encoder = plan.encoder.learn(corpus, vectors, channels=len(channels))
            head = plan.head.make(encoder.width, scheme)
        return cls(scheme, channels, plan, encoder, head)

    def groups(self) -> list[Group]:
        """All weights, with the rates they are trained at; a group for each rate."""
        groups = self.encoder.groups()
        taken = {id(weight) for group in groups for weight in group.weights}
        groups.append(Group([p for p in self.parameters() if id(p) not in taken]))
        rates = dict.fromkeys(group.rate for group in groups)
        return [Group([w for g in groups if g.rate == rate for w in g.weights], rate)
                for rate in rates]  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """A hash of its weights and of all that it is made of, wherever it computes."""
        parts = self.plan, self.scheme, self.channels, self.encoder.assets(), self.prior
        return fingerprint((parts, dict(self.state_dict())))

    # ---- reading text -----------------------------------------------------------------------
    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.heed.device

    def encode(self, corpus: Corpus, features: Votes, *, for_training: bool = False) -> Encoded:
        """Look a corpus and its votes up, once.

        Args:
            corpus: the text.
            features: the votes on it.
            for_training: whether parts of hidden names are needed, see ``plan.votes.stand_ins``.

        Raises:
            DataError: if the votes are about another corpus.
        """
        if features.n_sentences != len(corpus):
            raise DataError(
                f"votes about {features.n_sentences} sentences do not fit a corpus of {len(corpus)}"
            )
        stand_ins = for_training and self.plan.votes.stand_ins
        return Encoded(
            corpus.token_splits,
            self.encoder.encode(corpus),
            self.channels.cells(features, corpus, stand_ins=stand_ins),
            len(self.channels),
        )

    def batch(self, encoded: Encoded, rows: Longs, *, hidden: Bools | None = None) -> Batch:
        """The tensors of some sentences, where the network is.

        Args:
            encoded: the corpus.
            rows: ``(B,)`` sentences, none of them empty.
            hidden: ``(n_entries,)``, entries whose votes are not shown.
        """
        return make_batch(self.encoder, encoded, rows, hidden=hidden, device=self.device)

    def emissions(self, batch: Batch, *, mixed: bool = False) -> Tensor:
        """``(B, T, K)`` float32: the score of each tag for each token.

        Args:
            batch: the sentences.
            mixed: whether the encoder may compute in bfloat16 where that is good enough.
        """
        with torch.autocast(batch.mask.device.type, torch.bfloat16, enabled=mixed):
            hidden = self.encoder(batch.inputs, batch.mask, batch.votes)
        return self.head.emissions(hidden.float()) + batch.votes @ self.heed.t()

    def loss(self, batch: Batch, target: Target, *, mixed: bool = False) -> Tensor:
        """The loss of each sentence, ``(B,)`` float64; see :meth:`Head.loss`."""
        return self.head.loss(self.emissions(batch, mixed=mixed), target, batch.mask)

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
            features: the votes on it, of the sources it was trained with.
            batch_tokens: tokens worked on at once.
            device: where to work; ``None`` for where the network is.

        Returns:
            Character spans. A span's score is the network's probability that exactly these tokens
            have exactly these tags, given all the text of the sentence.

        Raises:
            DataError: if the votes are about another corpus.
        """
        if device is not None:
            self.to(device)
        encoded = self.encode(corpus, features)
        path = self.tag(encoded, batch_tokens=batch_tokens)
        if self.plan.consistent:
            path = one_reading(
                corpus, self.scheme, path, lambda tags, rows: self.weigh(encoded, tags, rows=rows)
            )
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
            batch = self.batch(encoded, chosen, hidden=hidden)
            emissions = self.emissions(batch)
            best = self.head.decode(emissions, batch.mask)
            at = row_ranges(encoded.splits, chosen)
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
            batch = self.batch(encoded, chosen)
            at = row_ranges(encoded.splits, chosen)
            given = layout_of(encoded.splits, chosen).pad(tags, np.int64)
            on_path = torch.from_numpy(given).to(self.device)
            self._weigh(path, at, self.emissions(batch), on_path, batch.mask)
        return path

    def _weigh(self, path: Path, at: Longs, emissions: Tensor, tags: Tensor, mask: Tensor) -> None:
        marginals = self.head.marginals(emissions, mask)
        path.own[at] = _flat(marginals.gather(2, tags[..., None])[..., 0], mask)
        path.steps[at] = _flat(self.head.path_steps(emissions, tags, mask), mask)

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
            batch = self.batch(encoded, chosen)
            allowed = None if examples is None else allowed_tensor(examples, chosen, self.device)
            marginals = self.head.marginals(self.emissions(batch), batch.mask, allowed=allowed)
            found[row_ranges(encoded.splits, chosen)] = _flat(marginals, batch.mask)
        return found

    def _eval_batches(
        self, encoded: Encoded, batch_tokens: int, rows: Longs | None = None
    ) -> Iterator[Longs]:
        self.eval()
        lengths = encoded.lengths
        rows = np.arange(len(lengths)) if rows is None else rows
        return plan_batches(lengths, rows[lengths[rows] > 0], batch_tokens=batch_tokens)

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
            about: plain values to keep beside the plan, such as versions and scores.
        """
        state = self.state_dict()
        parts = self.plan, self.scheme, self.channels, self.encoder.assets()
        saving.write(saving.Saved(*parts, state, self.prior, about or {}), pathlib.Path(folder))

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> Network:
        """Read what :meth:`save_pretrained` wrote; needs no other file.

        Raises:
            FormatError: if a file is missing, damaged, or of another version.
        """
        saved = saving.read(pathlib.Path(folder))
        try:
            with torch.random.fork_rng(devices=[]):
                channels = saved.channels
                encoder = saved.plan.encoder.restore(saved.assets, channels=len(channels))
                head = saved.plan.head.make(encoder.width, saved.scheme)
            network = cls(saved.scheme, channels, saved.plan, encoder, head)
            network.load_state_dict(dict(saved.weights))
        except (KeyError, RuntimeError) as error:
            raise saving.unreadable(pathlib.Path(folder), error) from None
        network.prior = saved.prior
        return network.eval()


def _flat(values: Tensor, mask: Tensor) -> npt.NDArray[Any]:
    """The real tokens of a padded tensor, sentence by sentence."""
    flat: npt.NDArray[Any] = values[mask].cpu().numpy()
    return flat
