"""What every encoder must do. Add yours to ``ENCODERS`` and it is tested here."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from made import SMALL, TINY, made_corpus, made_examples, made_network, made_votes

from tests.contracts.made_encoders import TinyBert
from weaklabel import components
from weaklabel.ground.config import to_mapping
from weaklabel.nn.batch import Batch, Encoded
from weaklabel.nn.encoders import ENCODERS, EncoderPlan
from weaklabel.nn.network import Network
from weaklabel.text import Corpus
from weaklabel.train.loop import train
from weaklabel.train.settings import TrainingSettings
from weaklabel.votes import Votes

ROWS = np.array([3, 0, 7, 4])
CORPUS = made_corpus()
VOTES = made_votes(CORPUS)


def sample(kind: str) -> EncoderPlan:
    """What stands beside a component as ``sample()``, or the component with its defaults."""
    made: EncoderPlan = ENCODERS.sample(kind)
    return made


def documented() -> EncoderPlan:
    """The encoder that the page for contributors shows, run as it stands there."""
    page = Path(__file__).parents[2] / "docs" / "where-do-i-add.md"
    section = page.read_text(encoding="utf-8").partition("## An encoder")[2]
    module = ModuleType("documented_encoder")
    sys.modules[module.__name__] = module
    exec(section.partition("```python")[2].partition("```")[0], module.__dict__)
    made: EncoderPlan = module.Window()
    return made


PLANS = {
    **{kind: sample(kind) for kind in ENCODERS},
    "bilstm with words of its own": replace(SMALL, word_min_count=2),
    "another package's": TinyBert(),
    "the documented one": documented(),
}


@pytest.fixture(scope="module", params=list(PLANS))
def plan(request: pytest.FixtureRequest) -> EncoderPlan:
    return PLANS[request.param]


@pytest.fixture(scope="module")
def network(plan: EncoderPlan) -> Network:
    return made_network(CORPUS, VOTES, replace(TINY, encoder=plan)).eval()


@pytest.fixture
def encoded(network: Network) -> Encoded:
    return network.encode(CORPUS, VOTES)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other packages' encoders, as their entry points make them known."""
    points = {
        "weaklabel.encoders": (
            EntryPoint("tiny-bert", "tests.contracts.made_encoders:TinyBert", "weaklabel.encoders"),
            EntryPoint("window", "documented_encoder:Window", "weaklabel.encoders"),
        )
    }
    real = components._brought
    brought = lambda group: (*real(group), *points.get(group, ()))  # noqa: E731
    monkeypatch.setattr(components, "_brought", brought)


def hidden(network: Network, batch: Batch) -> torch.Tensor:
    found: torch.Tensor = network.encoder(batch.inputs, batch.mask, batch.votes)
    return found


def test_one_row_a_token(network: Network, encoded: Encoded) -> None:
    batch = network.batch(encoded, ROWS)
    assert hidden(network, batch).shape == (*batch.mask.shape, network.encoder.width)


def test_padding_changes_nothing(network: Network, encoded: Encoded) -> None:
    together = hidden(network, network.batch(encoded, ROWS))
    for i, row in enumerate(ROWS.tolist()):
        alone = hidden(network, network.batch(encoded, np.array([row])))[0]
        torch.testing.assert_close(together[i, : len(alone)], alone)


def test_the_order_of_the_batch_changes_nothing(network: Network, encoded: Encoded) -> None:
    order = [2, 0, 3, 1]
    one, other = network.batch(encoded, ROWS), network.batch(encoded, ROWS[order])
    torch.testing.assert_close(
        hidden(network, one)[order][other.mask], hidden(network, other)[other.mask]
    )


def test_gradients_reach_every_weight_that_is_trained(network: Network, encoded: Encoded) -> None:
    network.zero_grad()
    batch = network.batch(encoded, np.arange(len(CORPUS)))
    rows = hidden(network, batch)[batch.mask]
    (rows * torch.arange(network.encoder.width)).square().sum().backward()
    for name, weight in network.encoder.named_parameters():
        if weight.requires_grad:
            assert weight.grad is not None, name
            assert bool(weight.grad.any()), name


def test_groups_hold_every_weight_once(network: Network) -> None:
    for module in (network.encoder, network):
        grouped = [id(weight) for group in module.groups() for weight in group.weights]
        assert sorted(grouped) == sorted(id(weight) for weight in module.parameters())
        assert all(group.rate > 0 for group in module.groups())


def test_it_sees_the_votes_if_it_says_so(network: Network, encoded: Encoded) -> None:
    batch = network.batch(encoded, ROWS)
    blind = batch._replace(votes=torch.zeros_like(batch.votes))
    differs = not torch.equal(hidden(network, batch), hidden(network, blind))
    assert differs == network.encoder.sees_votes


def test_it_is_restored_from_assets_and_weights(
    network: Network, encoded: Encoded, plan: EncoderPlan
) -> None:
    """Assets go through JSON and bytes, as in a model's folder."""
    assets = network.encoder.assets()
    values: dict[str, Any] = json.loads(json.dumps(assets.values))
    tensors = {name: tensor.clone() for name, tensor in assets.tensors.items()}
    again = plan.restore(type(assets)(values, tensors), channels=len(network.channels)).eval()
    again.load_state_dict(network.encoder.state_dict())
    assert again.width == network.encoder.width
    batch = network.batch(encoded, ROWS)
    inputs = again.batch(again.encode(CORPUS), ROWS, torch.device("cpu"))
    found = again(inputs, batch.mask, batch.votes)
    assert torch.equal(found, hidden(network, batch))


def test_odd_text_is_encoded(network: Network) -> None:
    texts = ["", "a " * 300, "😀 𝛼 e\u0301\u200b", "x" * 5_000, " \n ", "字"]
    corpus = Corpus.from_texts(texts)
    silent = Votes.of([], n_sentences=len(corpus))
    encoded = network.encode(corpus, silent)
    for rows in (np.array([0]), np.arange(len(corpus))):
        rows = rows[corpus.lengths[rows] > 0]
        batch = network.batch(encoded, rows)
        assert bool(hidden(network, batch)[batch.mask].isfinite().all())
    nothing = Corpus.from_texts([])
    empty = network.encode(nothing, Votes.of([], n_sentences=0))
    assert len(network.tag(empty).tags) == 0


def test_it_is_built_by_the_seed(plan: EncoderPlan) -> None:
    one, same, other = (
        made_network(CORPUS, VOTES, replace(TINY, encoder=plan), seed=s).encoder.state_dict()
        for s in (1, 1, 2)
    )
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert not all(torch.equal(one[k], other[k]) for k in one)


def test_it_is_trained_saved_and_loaded(plan: EncoderPlan, tmp_path: Path, installed: None) -> None:
    network = made_network(CORPUS, VOTES, replace(TINY, encoder=plan))
    before = {k: v.clone() for k, v in network.encoder.state_dict().items()}
    train(
        network, CORPUS, made_examples(CORPUS, VOTES), VOTES, plan=TrainingSettings(epochs=1),
        seed=0, device="cpu", dev_score=lambda _: 0.0,
    )  # fmt: skip
    moved = [k for k, v in network.encoder.state_dict().items() if not torch.equal(v, before[k])]
    assert moved
    network.save_pretrained(tmp_path)
    again = Network.from_pretrained(tmp_path)
    assert to_mapping(again.plan.encoder) == to_mapping(plan)
    one, other = (n.predict(CORPUS, VOTES) for n in (network, again))
    assert [tuple(row) for row in one] == [tuple(row) for row in other]


@pytest.mark.gpu
def test_cuda_equals_the_cpu(network: Network, encoded: Encoded) -> None:
    here = network.batch(encoded, ROWS)
    expected = hidden(network, here)[here.mask]
    network.cuda()
    there = network.batch(encoded, ROWS)
    found = hidden(network, there)[there.mask].cpu()
    network.cpu()
    torch.testing.assert_close(expected, found, atol=1e-5, rtol=1e-4)
