"""The training loop: read it once, top to bottom.

All that is random in epoch ``e`` (order, sentences drawn, hidden entries) comes from ``(seed, e)``,
dropout from ``(seed, e, rank)``, so a run that was stopped and resumed ends with the same weights,
bit for bit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.errors import DataError, TrainingError
from weaklabel.ground.types import Bools, Longs
from weaklabel.nn.batch import Encoded, plan_batches
from weaklabel.nn.heads.base import NotFinite
from weaklabel.nn.network import Network
from weaklabel.nn.target import Targets
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.train.checkpoints import load_checkpoint, save_checkpoint
from weaklabel.train.heldout import HeldOut, hold_out
from weaklabel.train.optimiser import Average, make_optimiser, rate_share, set_rate
from weaklabel.train.prior import prior_as_seen
from weaklabel.train.randomness import Randomness
from weaklabel.train.settings import TrainingSettings
from weaklabel.train.world import ALONE, World
from weaklabel.votes import Votes

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What happened in an epoch.

    Attributes:
        epoch: from 1.
        loss: mean negative log-likelihood a token.
        dev_f1: strict F1 on the dev set, ``None`` without one.
        held_out_f1: agreement with the votes on held-out documents, ``None`` with a dev set.
        learning_rate: at the epoch's end.
        tokens_per_second: while training.
        seconds: with scoring.
    """

    epoch: int
    loss: float
    dev_f1: float | None
    held_out_f1: float | None
    learning_rate: float
    tokens_per_second: float
    seconds: float

    @property
    def score(self) -> float | None:
        """The score that decides which epoch is best; without one the last epoch is."""
        return self.held_out_f1 if self.dev_f1 is None else self.dev_f1


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How training went.

    Attributes:
        history: a record an epoch.
        best_epoch: the epoch whose weights the network has now.
        stopped_because: a sentence for people.
    """

    history: tuple[EpochRecord, ...] = field(repr=False)
    best_epoch: int
    stopped_because: str


class _Data(NamedTuple):
    """What every epoch reads."""

    encoded: Encoded
    examples: Examples
    targets: Targets
    rows: Longs  # sentences that may be drawn


def train(
    network: Network,
    corpus: Corpus,
    examples: Examples,
    features: Votes,
    *,
    plan: TrainingSettings | None = None,
    seed: int,
    device: str = "auto",
    dev_score: Callable[[Network], float] | None = None,
    checkpoints: Path | None = None,
    resume: bool = False,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    world: World = ALONE,
) -> TrainResult:
    """Train a network in place; it ends with the weights of its best epoch, in ``eval`` mode.

    Args:
        network: made by :meth:`Network.build` for this corpus.
        corpus: the training text.
        examples: allowed tags or beliefs, weights and keep rates, aligned with the corpus.
        features: the votes the network may look at.
        plan: how long and how fast.
        seed: fixes everything that is random.
        device: ``auto`` (CUDA if there is any), ``cpu`` or ``cuda``.
        dev_score: strict F1, 0 to 1, of a network on the dev set; decides which epoch is best.
            Without it some documents are held out and the agreement with their labels, while
            entries are hidden as in training, decides.
        checkpoints: folder for a checkpoint after every epoch; ``None`` for none.
        resume: go on from the folder's checkpoint if there is one.
        on_epoch: called after every epoch, also for the epochs of a checkpoint when resuming.
        world: the processes that train this network together, each called with the same
            arguments; each works on its part of every batch and scores by itself, the first one
            writes checkpoints.

    Raises:
        DataError: if examples, votes and corpus do not fit each other, or nothing is known.
        TrainingError: if the loss is not finite, a checkpoint cannot be written or read, or
            CUDA is asked for and not there.
    """
    plan = (plan or TrainingSettings()).for_corpus(corpus.n_tokens)
    _check_fit(network, corpus, examples)
    network.to(pick_device(device))
    encoded = network.encode(corpus, features, for_training=True)
    held = None if dev_score else hold_out(corpus, examples, encoded, network, plan, seed)
    data = _Data(encoded, examples, Targets(examples), _drawable(examples, held))
    run = _Run(network, plan, seed, data, world)
    if resume and checkpoints is not None:
        run.restore(load_checkpoint(checkpoints, network.device), seed)
        for record in run.history:
            _tell(record, on_epoch)
    while (why := run.stopped()) is None:
        record = run.epoch(dev_score, held)
        if checkpoints is not None and world.rank == 0:
            save_checkpoint(checkpoints, run.state())
        _tell(record, on_epoch)
    network.load_state_dict(run.best)
    network.eval()
    network.prior = prior_as_seen(network, encoded, examples)
    return TrainResult(tuple(run.history), run.best_epoch, why)


def pick_device(wanted: str) -> torch.device:
    """``auto``, ``cpu`` or ``cuda`` (or ``cuda:1`` …) → a device.

    Raises:
        TrainingError: if torch knows no such device, or CUDA is asked for and not there.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise TrainingError("--device cuda: torch sees no CUDA device here; use --device cpu")
    try:
        return torch.device(wanted)
    except RuntimeError:
        raise TrainingError(
            f"--device {wanted}: no device of torch; use auto, cpu, cuda or cuda:1 …"
        ) from None


class _Run:
    """The state of a training run: all that a checkpoint must hold."""

    def __init__(
        self, network: Network, plan: TrainingSettings, seed: int, data: _Data, world: World
    ) -> None:
        self.network = network
        self.plan = plan
        self.seed = seed
        self.data = data
        self.world = world
        self.weights = [p for p in network.parameters() if p.requires_grad]
        self.optimiser = make_optimiser(network.groups(), plan)
        self.average = Average(self.weights, plan.averaging) if plan.averaging else None
        self.history: list[EpochRecord] = []
        self.best: dict[str, Tensor] = {}
        self.best_epoch = 0

    # ---- an epoch ---------------------------------------------------------------------------
    def epoch(
        self, dev_score: Callable[[Network], float] | None, held: HeldOut | None
    ) -> EpochRecord:
        number = len(self.history) + 1
        began = time.perf_counter()
        with Randomness(self.seed, number, self.world.rank, self.network.device) as rng:
            loss, tokens, rate = self._learn(number, rng)
        trained = time.perf_counter()
        if self.average:
            self.average.swap()
        dev = dev_score(self.network) if dev_score else None
        agreement = held.score(self.network) if held else None
        record = EpochRecord(
            number, loss, dev, agreement, rate,
            tokens / max(trained - began, 1e-9), time.perf_counter() - began,
        )  # fmt: skip
        if self._is_best(record):
            self.best_epoch = number
            self.best = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        if self.average:
            self.average.swap()
        self.history.append(record)
        return record

    def _is_best(self, record: EpochRecord) -> bool:
        before = self.history[self.best_epoch - 1].score if self.history else None
        return record.score is None or before is None or record.score > before

    def _learn(self, number: int, rng: np.random.Generator) -> tuple[float, int, float]:
        """Go over the sentences once; mean loss, tokens seen, last learning rate."""
        plan, (encoded, examples, _, rows) = self.plan, self.data
        drawn = rows[rng.random(len(rows)) < examples.keep[rows]]
        batches = list(
            plan_batches(encoded.lengths, drawn, batch_tokens=plan.batch_tokens, rng=rng)
        )
        self.network.train()
        losses: list[Tensor] = []
        rate = 0.0
        for i, chosen in enumerate(batches):
            done = (number - 1 + (i + 1) / len(batches)) / plan.epochs
            rate = plan.learning_rate * rate_share(done, plan)
            set_rate(self.optimiser, rate)
            losses.append(self._step(chosen, rng, f"epoch {number}, step {i + 1}"))
        tokens = int(encoded.lengths[drawn].sum())
        loss = float(torch.stack(losses).mean()) if losses else 0.0
        return loss, tokens, rate

    def _step(self, rows: Longs, rng: np.random.Generator, where: str) -> Tensor:
        """One step of the optimiser, on the gradient of a batch; the batch's mean loss a token."""
        encoded, examples, _, _ = self.data
        # Drawn alike by every process: a name that is hidden is hidden in all of the batch.
        hidden = rng.random(encoded.cells.n_entries) < self.network.plan.votes.entry_masking
        mass = float(examples.weight[rows] @ encoded.lengths[rows])
        self.optimiser.zero_grad(set_to_none=True)
        value = self._gradient(rows[self.world.share], hidden, mass, where)
        self.world.sum_gradients(self.weights, value)
        if not bool(torch.isfinite(value)):
            raise _diverged(float(value), where)
        torch.nn.utils.clip_grad_norm_(self.weights, self.plan.clip_norm, foreach=True)
        self.optimiser.step()
        if self.average:
            self.average.update()
        return value

    def _gradient(self, rows: Longs, hidden: Bools, mass: float, where: str) -> Tensor:
        """Lay the gradient of some sentences' loss, over the mass of all, into the weights."""
        encoded, examples, targets, _ = self.data
        network, device = self.network, self.network.device
        if not len(rows):
            return torch.zeros((), dtype=torch.float64, device=device)
        batch = network.batch(encoded, rows, hidden=hidden)
        weight = torch.from_numpy(examples.weight[rows].astype(np.float64)).to(device)
        try:
            each = network.loss(batch, targets.of(rows, device), mixed=self.plan.mixed_precision)
        except NotFinite:  # said of the scores, before they become a loss
            raise _diverged(float("nan"), where) from None
        loss = (each * weight).sum() / mass
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    # ---- when to stop -----------------------------------------------------------------------
    def stopped(self) -> str | None:
        """Why training is over, ``None`` while it is not."""
        done, patience = len(self.history), self.plan.patience_epochs
        if done >= self.plan.epochs:
            return f"all {done} epochs were done; the best was epoch {self.best_epoch}"
        if done - self.best_epoch >= patience:
            return f"no better score for {patience} epochs after epoch {self.best_epoch}"
        return None

    # ---- checkpoints ------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        return {
            "version": 1,
            "seed": self.seed,
            "model": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.state() if self.average else None,
            "history": [asdict(record) for record in self.history],
            "best": self.best,
            "best_epoch": self.best_epoch,
        }

    def restore(self, state: dict[str, Any] | None, seed: int) -> None:
        if state is None:
            return
        if state["seed"] != seed:
            raise TrainingError(
                f"the checkpoint was made with seed {state['seed']}, this run has seed {seed}"
            )
        try:
            self.network.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
        except (RuntimeError, ValueError) as error:
            raise TrainingError(f"the checkpoint is of another network: {error}") from error
        if self.average and state["average"]:
            self.average.restore(state["average"])
        self.history = [EpochRecord(**record) for record in state["history"]]
        self.best, self.best_epoch = state["best"], state["best_epoch"]


def _drawable(examples: Examples, held: HeldOut | None) -> Longs:
    """Sentences with a weight and at least one known token, less those held out."""
    lengths = np.diff(examples.token_splits)
    total = np.concatenate([[0], np.cumsum(examples.known)])
    says = (total[examples.token_splits[1:]] - total[examples.token_splits[:-1]]) > 0
    wanted = says & (lengths > 0) & (examples.weight > 0) & (examples.keep > 0)
    if held is not None:
        wanted[held.rows] = False
    rows: Longs = np.flatnonzero(wanted).astype(np.int64)
    if not len(rows):
        raise DataError("there is nothing to learn from: no sentence with a known token is left")
    return rows


def _check_fit(network: Network, corpus: Corpus, examples: Examples) -> None:
    if not np.array_equal(examples.token_splits, corpus.token_splits):
        raise DataError("the examples belong to another corpus: their sentences differ")
    if examples.scheme != network.scheme:
        raise DataError(
            f"the examples' tags {examples.scheme.names} are not the network's "
            f"{network.scheme.names}"
        )


def _tell(record: EpochRecord, on_epoch: Callable[[EpochRecord], None] | None) -> None:
    score = "" if record.score is None else f", F1 {record.score:.4f}"
    _log.info("epoch %d: loss %.4f%s", record.epoch, record.loss, score)
    if on_epoch is not None:
        on_epoch(record)


def _diverged(loss: float, where: str) -> TrainingError:
    return TrainingError(
        f"the loss is {loss} at {where}: a lower training.learning_rate or "
        "training.clip_norm may help. Checkpoints of earlier epochs are untouched."
    )
