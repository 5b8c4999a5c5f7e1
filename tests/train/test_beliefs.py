"""Training on beliefs and on tokens of less than full weight; any number of types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from made import (
    NAMES,
    SMALL,
    TINY,
    made_corpus,
    made_examples,
    made_network,
    made_vectors,
    made_votes,
)  # fmt: skip

from weaklabel.nn.heads import HEADS
from weaklabel.nn.network import Network
from weaklabel.nn.plan import TaggerPlan, VotesPlan
from weaklabel.nn.target import Target, Targets
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples, from_beliefs, from_tags
from weaklabel.text import Corpus, Longs
from weaklabel.train import loop
from weaklabel.train.heldout import best_tags
from weaklabel.train.loop import TrainResult, train
from weaklabel.train.prior import prior_as_seen
from weaklabel.train.settings import TrainingSettings
from weaklabel.votes import Votes

FAST = TrainingSettings(epochs=3, batch_tokens=80, learning_rate=0.02, averaging=0.9)
CORPUS = made_corpus()
VOTES = made_votes(CORPUS)
EXAMPLES = made_examples(CORPUS, VOTES)
CALM = TaggerPlan(
    encoder=replace(SMALL, dropout=0.0, word_dropout=0.0), votes=VotesPlan(entry_masking=0.0)
)
ONE_HOT = np.eye(len(EXAMPLES.scheme), dtype=np.float32)[EXAMPLES.hard_tags]


class Softened(Targets):
    """Targets in which every label is a belief, and every sentence takes the cross-entropy."""

    def of(self, rows: Longs, device: torch.device | str = "cpu") -> Target:
        target = super().of(rows, device)
        sure = target.allowed.float() * (target.allowed.sum(-1, keepdim=True) == 1)
        ones = torch.ones(target.allowed.shape[:2])
        return Target(target.allowed, torch.ones(len(rows), dtype=torch.bool), sure, ones)


def run(
    examples: Examples,
    head: str = "crf",
    plan: TrainingSettings = FAST,
    tagger: TaggerPlan = TINY,
) -> tuple[Network, TrainResult]:
    network = made_network(CORPUS, VOTES, replace(tagger, head=HEADS.make(head, {})))
    result = train(
        network, CORPUS, examples, VOTES, plan=plan, seed=0, device="cpu",
        dev_score=lambda _: float(next(counter)),
    )  # fmt: skip
    return network, result


counter = iter(range(10**9))  # each epoch is the best so far


def assert_close(one: Network, other: Network) -> None:
    there = other.state_dict()
    for name, weight in one.state_dict().items():
        torch.testing.assert_close(weight, there[name], atol=2e-4, rtol=1e-3, msg=name)


def test_sure_beliefs_train_to_the_bits_of_labels() -> None:
    believed = from_beliefs(CORPUS, ONE_HOT, EXAMPLES.scheme, provenance="one-hot")
    (one, first), (other, second) = run(EXAMPLES), run(believed)
    there = other.state_dict()
    assert all(torch.equal(weight, there[name]) for name, weight in one.state_dict().items())
    assert [r.loss for r in first.history] == [r.loss for r in second.history]
    assert one.prior == other.prior


@pytest.mark.parametrize("head", list(HEADS.built_in))
def test_sure_beliefs_train_to_the_weights_of_labels_by_the_cross_entropy_too(
    head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, first = run(EXAMPLES, head)
    monkeypatch.setattr(loop, "Targets", Softened)
    other, second = run(EXAMPLES, head)
    assert_close(one, other)
    np.testing.assert_allclose(
        [r.loss for r in first.history], [r.loss for r in second.history], rtol=1e-3
    )


@pytest.mark.parametrize("head", list(HEADS.built_in))
def test_allowed_sets_train_to_the_same_weights_by_either_loss(
    head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = np.flatnonzero(EXAMPLES.hard_tags > 0)[::2]
    pairs = np.repeat(chosen, 2), np.stack([0 * chosen, EXAMPLES.hard_tags[chosen]], 1).ravel()
    partly = EXAMPLES.relabelled("open", *pairs).unknown(
        np.arange(CORPUS.n_tokens) % 7 == 0, "unknown"
    )
    one, _ = run(partly, head)
    monkeypatch.setattr(loop, "Targets", Softened)
    other, _ = run(partly, head)
    assert_close(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("head", list(HEADS.built_in))
def test_it_learns_what_is_believed(head: str) -> None:
    """Names are believed with 0.8; the trained network is as sure of them, and no surer."""
    named = EXAMPLES.hard_tags > 0
    beliefs = ONE_HOT.copy()
    beliefs[named] *= 0.8
    beliefs[named, 0] = 0.2
    believed = from_beliefs(CORPUS, beliefs, EXAMPLES.scheme, provenance="made")
    plan = replace(FAST, epochs=40, learning_rate=0.03)
    network, _ = run(believed, head, plan, CALM)
    found = network.belief(network.encode(CORPUS, VOTES))
    assert found[named, EXAMPLES.hard_tags[named]].mean() == pytest.approx(0.8, abs=0.05)
    assert found[~named, 0].mean() > 0.95
    prior = prior_as_seen(network, network.encode(CORPUS, VOTES), believed)
    np.testing.assert_allclose(list(prior.values()), beliefs.mean(0), atol=1e-6)


def test_a_token_without_weight_teaches_nothing() -> None:
    """A wrong label that weighs nothing, by the cross-entropy, is an unknown token."""
    tokens = np.arange(CORPUS.n_tokens) % 5 == 0
    wrong = EXAMPLES.relabelled("wrong", np.flatnonzero(tokens), np.full(tokens.sum(), 3))
    weightless = wrong.because("weighed", token_weight=(~tokens).astype(np.float32))
    (one, _), (other, _) = run(EXAMPLES.unknown(tokens, "unknown")), run(weightless)
    assert_close(one, other)


def test_the_best_tags_are_the_likeliest() -> None:
    beliefs = ONE_HOT.copy()
    beliefs[:3] = 0
    beliefs[0, [0, 4]] = 0.3, 0.7
    beliefs[1, [2, 5]] = 0.5, 0.5
    made = from_beliefs(CORPUS, beliefs, EXAMPLES.scheme, provenance="made")
    assert best_tags(made)[:3].tolist() == [4, 2, 0]
    assert best_tags(made)[3:].tolist() == EXAMPLES.hard_tags[3:].tolist()


@pytest.mark.parametrize("soft", [False, True])
def test_twenty_types_in_bioes_train_for_an_epoch(soft: bool) -> None:
    types = tuple(f"T{i}" for i in range(20))
    scheme = TagScheme(types)
    corpus = Corpus.from_texts([f"w{i} and x{i} y{i} ." for i in range(20)])
    tags = np.zeros(corpus.n_tokens, np.int64)
    for i, start in enumerate(corpus.token_splits[:-1].tolist()):
        tags[start] = scheme.tag("S", f"T{i}")
        tags[start + 2 : start + 4] = scheme.span_tags(2, f"T{i}")
    examples = from_tags(corpus, tags, scheme, provenance="made")
    if soft:
        beliefs = 0.1 * np.eye(len(scheme))[np.zeros_like(tags)] + 0.9 * np.eye(len(scheme))[tags]
        examples = from_beliefs(corpus, beliefs, scheme, provenance="made")
    silent = Votes.of([], n_sentences=len(corpus))
    network = Network.build(scheme, corpus, silent, TINY, made_vectors(corpus), seed=0)
    result = train(
        network, corpus, examples, silent, plan=replace(FAST, epochs=1), seed=0, device="cpu"
    )
    assert len(scheme) == 81
    assert 0 < result.history[0].loss < 2 * np.log(81)


def test_made_names_are_of_two_types() -> None:
    """What the tests above stand on: most tokens are outside, and there is something to learn."""
    assert 0.1 < float((EXAMPLES.hard_tags > 0).mean()) < 0.6
    assert len(set(NAMES.values())) == 2
