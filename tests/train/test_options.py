"""Parameter groups with rates of their own, frozen weights, mixed precision, trainers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from made import SMALL, TINY, made_corpus, made_examples, made_network, made_votes

from weaklabel.nn.assets import Assets
from weaklabel.nn.encoders.base import Encoder, Group
from weaklabel.nn.encoders.bilstm import BiLSTM
from weaklabel.nn.encoders.bilstm.encoder import BiLSTMEncoder, vocabulary_of
from weaklabel.nn.encoders.bilstm.words import Vocabulary
from weaklabel.nn.network import Network
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.train.loop import train
from weaklabel.train.optimiser import make_optimiser, set_rate
from weaklabel.train.settings import TrainingSettings
from weaklabel.train.trainers import TRAINERS
from weaklabel.vectors import WordVectors

CORPUS = made_corpus()
VOTES = made_votes(CORPUS)
EXAMPLES = made_examples(CORPUS, VOTES)
FAST = TrainingSettings(epochs=2, batch_tokens=80, learning_rate=0.02, averaging=0.9)


def run(network: Network, plan: TrainingSettings = FAST, examples: Examples = EXAMPLES) -> float:
    result = train(
        network, CORPUS, examples, VOTES, plan=plan, seed=0, device="cpu", dev_score=lambda _: 0.0
    )
    return result.history[-1].loss


class _Slow(BiLSTMEncoder):
    def groups(self) -> list[Group]:
        slow = list(self.features.parameters())
        rest = [p for lstm in (self.ahead, self.back) for p in lstm.parameters()]
        return [Group(slow, 0.25), Group(rest)]


@dataclass(frozen=True)
class SlowWords:
    """A BiLSTM whose words learn at a quarter of the rate, or not at all."""

    kind: ClassVar[str] = "slow"
    frozen: bool = False
    options: BiLSTM = SMALL

    def learn(self, corpus: Corpus, vectors: WordVectors | None, *, channels: int) -> Encoder:
        vocabulary = Vocabulary.of(corpus, vectors, min_count=2)
        made = _Slow(vocabulary, channels, self.options)
        made.features.requires_grad_(not self.frozen)
        return made

    def restore(self, assets: Assets, *, channels: int) -> Encoder:
        return _Slow(vocabulary_of(assets), channels, self.options)


def test_an_encoder_of_its_own_is_restored_with_its_rates() -> None:
    made = SlowWords().learn(CORPUS, None, channels=3)
    again = SlowWords().restore(made.assets(), channels=3)
    again.load_state_dict(made.state_dict())
    assert [group.rate for group in again.groups()] == [0.25, 1.0]
    assert again.assets().values == made.assets().values


def test_each_group_has_its_rate_and_only_matrices_decay() -> None:
    network = made_network(CORPUS, VOTES, replace(TINY, encoder=SlowWords()))
    optimiser = make_optimiser(network.groups(), FAST)
    set_rate(optimiser, 0.01)
    rates = {id(w): group["lr"] for group in optimiser.param_groups for w in group["params"]}
    decays = {
        id(w): group["weight_decay"] for group in optimiser.param_groups for w in group["params"]
    }
    assert len(optimiser.param_groups) == 4
    for name, weight in network.named_parameters():
        slow = name.startswith("encoder.features.")
        assert rates[id(weight)] == pytest.approx(0.0025 if slow else 0.01), name
        assert decays[id(weight)] == (FAST.weight_decay if weight.ndim >= 2 else 0), name


def test_frozen_weights_stay_and_the_others_move() -> None:
    network = made_network(CORPUS, VOTES, replace(TINY, encoder=SlowWords(frozen=True)))
    before = {name: weight.detach().clone() for name, weight in network.named_parameters()}
    run(network)
    for name, weight in network.named_parameters():
        frozen = name.startswith("encoder.features.")
        assert torch.equal(weight, before[name]) == frozen, name


def test_in_mixed_precision_it_learns_and_weights_stay_whole() -> None:
    plan = replace(FAST, epochs=12, learning_rate=0.03)
    losses = []
    for mixed in (False, True):
        network = made_network(CORPUS, VOTES)
        losses.append(run(network, replace(plan, mixed_precision=mixed)))
        assert all(weight.dtype == torch.float32 for weight in network.parameters())
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.2)


# ---- trainers -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", list(TRAINERS.built_in))
def test_a_trainer_returns_a_network_that_was_fitted(kind: str) -> None:
    trainer = TRAINERS.make(kind, {})
    made: list[Network] = []
    seen: list[Examples] = []

    def fit(examples: Examples) -> Network:
        network = made_network(CORPUS, VOTES)
        run(network, replace(FAST, epochs=1), examples)
        seen.append(examples)
        made.append(network)
        return network

    def relabel(network: Network) -> np.ndarray:
        return network.belief(network.encode(CORPUS, VOTES))

    network = trainer(EXAMPLES, fit=fit, relabel=relabel)
    assert any(network is each for each in made)
    assert seen[0] is EXAMPLES
    assert trainer.kind == kind


def test_once_fits_once() -> None:
    fitted: list[Examples] = []
    trainer = TRAINERS.make("once", {})
    network = made_network(CORPUS, VOTES)

    def fit(examples: Examples) -> Network:
        fitted.append(examples)
        return network

    assert trainer(EXAMPLES, fit=fit, relabel=lambda _: pytest.fail("not asked")) is network
    assert fitted == [EXAMPLES]
