"""Several processes that train one network together: here two threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import SMALL, TINY, made_corpus, made_examples, made_network, made_votes
from torch import Tensor

from weaklabel.nn.network import Network
from weaklabel.train.loop import TrainResult, train
from weaklabel.train.randomness import Randomness
from weaklabel.train.settings import TrainingSettings
from weaklabel.train.world import World

CORPUS = made_corpus()
VOTES = made_votes(CORPUS)
EXAMPLES = made_examples(CORPUS, VOTES).because(
    "weighed", weight=np.linspace(0.2, 1, len(CORPUS)).astype(np.float32)
)
PLAN = TrainingSettings(epochs=2, batch_tokens=80, learning_rate=0.02, averaging=0.9)
CALM = replace(TINY, encoder=replace(SMALL, dropout=0.0, word_dropout=0.0))
"""Without dropout, whose draws depend on how a batch is cut."""


class Meeting:
    """Where fake processes add their tensors up."""

    def __init__(self, size: int) -> None:
        self._barrier = threading.Barrier(size)
        self._brought: dict[int, list[Tensor]] = {}

    def reduce(self, rank: int, tensors: Sequence[Tensor]) -> None:
        self._brought[rank] = [tensor.clone() for tensor in tensors]
        self._barrier.wait(60)
        sums = [torch.stack(each).sum(0) for each in zip(*self._brought.values(), strict=True)]
        self._barrier.wait(60)
        for tensor, total in zip(tensors, sums, strict=True):
            tensor.copy_(total)


def run(world: World, plan: TrainingSettings = PLAN, folder: Path | None = None) -> TrainResult:
    return train(
        NETWORKS[world.rank], CORPUS, EXAMPLES, VOTES, plan=plan, seed=0, device="cpu",
        dev_score=lambda _: 0.0, world=world, checkpoints=folder,
    )  # fmt: skip


NETWORKS: dict[int, Network] = {}


def together(size: int, plan: TrainingSettings = PLAN, folder: Path | None = None) -> TrainResult:
    """Train in so many threads; the networks are in ``NETWORKS``, by rank."""
    meeting, results = Meeting(size), {}
    for rank in range(size):
        NETWORKS[rank] = made_network(CORPUS, VOTES, CALM)

    def work(rank: int) -> None:
        world = World(rank, size, lambda tensors: meeting.reduce(rank, tensors))
        results[rank] = run(world, plan, folder)

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(size)]
    state = torch.get_rng_state()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    torch.set_rng_state(state)
    assert sorted(results) == list(range(size))
    return results[0]


@pytest.mark.parametrize("batch_tokens", [80, 20])
def test_two_ranks_take_the_steps_of_one(batch_tokens: int) -> None:
    """Some of the smaller batches are one sentence, so that a rank has nothing to do."""
    plan = replace(PLAN, batch_tokens=batch_tokens, epochs=1 if batch_tokens == 20 else 2)
    plan = replace(plan, steps=10**6)
    NETWORKS[0] = alone = made_network(CORPUS, VOTES, CALM)
    expected = run(World(), plan)
    found = together(2, plan)
    for one, other in ((alone, NETWORKS[0]), (NETWORKS[0], NETWORKS[1])):
        there = other.state_dict()
        for name, weight in one.state_dict().items():
            torch.testing.assert_close(weight, there[name], atol=1e-4, rtol=1e-3, msg=name)
    np.testing.assert_allclose(
        [r.loss for r in found.history], [r.loss for r in expected.history], rtol=1e-4
    )


def test_the_first_rank_writes_checkpoints(tmp_path: Path) -> None:
    together(2, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]
    NETWORKS[1] = made_network(CORPUS, VOTES, CALM)
    with pytest.raises(AssertionError, match="asked to add up"):
        run(World(1, 2, _refuse), folder=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def _refuse(tensors: Sequence[Tensor]) -> None:
    raise AssertionError("asked to add up")


def draws(rank: int, epoch: int = 1) -> tuple[float, float]:
    with Randomness(3, epoch, rank, torch.device("cpu")) as rng:
        return float(rng.random()), float(torch.rand(()))


def test_the_plan_is_shared_and_dropout_is_each_ranks_own() -> None:
    (plan, noise), (same, other) = draws(0), draws(1)
    assert plan == same
    assert noise != other
    assert draws(0) == (plan, noise)
    assert draws(0, epoch=2)[0] != plan
