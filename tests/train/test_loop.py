"""Training: it learns, it is exact when resumed, it stops when it should, it fails loudly."""

from __future__ import annotations

import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import SMALL, TINY, made_corpus, made_examples, made_network, made_votes

from weaklabel.errors import ConfigError, DataError, TrainingError
from weaklabel.nn.network import Network
from weaklabel.text import Corpus
from weaklabel.train.loop import EpochRecord, TrainResult, train
from weaklabel.train.optimiser import make_optimiser
from weaklabel.train.prior import prior_as_seen
from weaklabel.train.settings import Optimiser, TrainingSettings

FAST = TrainingSettings(epochs=3, batch_tokens=80, learning_rate=0.02, averaging=0.9)
LONG = replace(FAST, epochs=16, patience_epochs=16, learning_rate=0.03)
CORPUS = made_corpus()
VOTES = made_votes(CORPUS)
EXAMPLES = made_examples(CORPUS, VOTES)


def dev_f1(network: Network) -> float:
    """Strict F1 against the labels, all entries in view."""
    encoded = network.encode(CORPUS, VOTES)
    tags = network.tag(encoded).tags
    gold = EXAMPLES.hard_tags
    inside = (tags > 0) | (gold > 0)
    return float((tags == gold)[inside].mean()) if inside.any() else 0.0


def run(
    network: Network | None = None, plan: TrainingSettings = FAST, **options: object
) -> tuple[Network, TrainResult]:
    network = network or made_network(CORPUS, VOTES)
    options = {"seed": 0, "device": "cpu", "dev_score": dev_f1} | options
    return network, train(network, CORPUS, EXAMPLES, VOTES, plan=plan, **options)  # type: ignore[arg-type]


def weights(network: Network) -> list[torch.Tensor]:
    return [v.clone() for v in network.state_dict().values()]


def equal(one: Network, other: Network) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("optimiser", "rate"), [("adamw", 0.03), ("radam", 0.1)])
def test_it_learns(optimiser: str, rate: float) -> None:
    plan = replace(LONG, optimiser=Optimiser(optimiser), learning_rate=rate)
    network, result = run(plan=plan)
    last = result.history[-1]
    assert last.loss < result.history[0].loss / 2
    # The best epoch's score is no evidence: with the votes in view an early one is right by chance.
    assert last.dev_f1 is not None
    assert last.dev_f1 > 0.9
    assert dev_f1(network) >= last.dev_f1
    assert not network.training


def test_the_optimiser_is_the_one_asked_for() -> None:
    network = made_network(CORPUS, VOTES)
    kinds = [
        type(make_optimiser(network.groups(), replace(FAST, optimiser=kind))) for kind in Optimiser
    ]
    assert kinds == [torch.optim.AdamW, torch.optim.RAdam]


def test_the_best_epoch_is_kept() -> None:
    scores = iter([0.2, 0.7, 0.5])
    seen: list[list[torch.Tensor]] = []

    def score(network: Network) -> float:
        seen.append(weights(network))
        return next(scores)

    network, result = run(dev_score=score)
    assert result.best_epoch == 2
    assert all(torch.equal(a, b) for a, b in zip(weights(network), seen[1], strict=True))


def test_it_stops_when_nothing_gets_better() -> None:
    scores = iter([0.5, 0.4, 0.3, 0.9])
    _, result = run(
        plan=replace(FAST, epochs=9, patience_epochs=2), dev_score=lambda _: next(scores)
    )
    assert len(result.history) == 3
    assert result.stopped_because == "no better score for 2 epochs after epoch 1"


def test_the_seed_fixes_everything_and_torch_is_left_alone() -> None:
    before = torch.get_rng_state()
    (one, first), (same, second), (other, _) = run(), run(), run(seed=1)
    assert torch.equal(before, torch.get_rng_state())
    assert equal(one, same)
    assert [r.loss for r in first.history] == [r.loss for r in second.history]
    assert not equal(one, other)


# ---- checkpoints --------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_a_resumed_run_ends_with_the_same_bits(tmp_path: Path, averaging: float) -> None:
    plan = replace(FAST, epochs=4, averaging=averaging)
    whole, expected = run(plan=plan)
    for stop in (1, 3):
        folder = tmp_path / str(stop)

        def interrupt(record: EpochRecord, stop: int = stop) -> None:
            if record.epoch == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(plan=plan, checkpoints=folder, on_epoch=interrupt)
        told: list[int] = []
        again, result = run(
            plan=plan,
            checkpoints=folder,
            resume=True,
            on_epoch=lambda r, told=told: told.append(r.epoch),
        )
        assert told == [1, 2, 3, 4]
        assert equal(whole, again)
        assert again.prior == whole.prior
        assert [(r.loss, r.dev_f1) for r in result.history] == [
            (r.loss, r.dev_f1) for r in expected.history
        ]
        assert result.best_epoch == expected.best_epoch


def test_a_finished_run_resumes_to_itself(tmp_path: Path) -> None:
    one, first = run(checkpoints=tmp_path)
    two, second = run(checkpoints=tmp_path, resume=True)
    assert equal(one, two)
    assert first.stopped_because == second.stopped_because


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    run(plan=replace(FAST, epochs=1), checkpoints=tmp_path)
    path = tmp_path / "last.pt"
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, hard))
    try:
        with pytest.raises(TrainingError, match=r"last\.pt cannot be written"):
            run(checkpoints=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["last.pt"]


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    run(checkpoints=tmp_path)
    path = tmp_path / "last.pt"
    for raw in (path.read_bytes()[:1000], b"not a checkpoint", b""):
        path.write_bytes(raw)
        with pytest.raises(TrainingError, match=r"last\.pt is damaged"):
            run(checkpoints=tmp_path, resume=True)


def test_a_checkpoint_of_another_seed_or_tagger_is_refused(tmp_path: Path) -> None:
    run(checkpoints=tmp_path)
    with pytest.raises(TrainingError, match="made with seed 0, this run has seed 1"):
        run(checkpoints=tmp_path, resume=True, seed=1)
    wider = made_network(CORPUS, VOTES, replace(TINY, encoder=replace(SMALL, hidden=9)))
    with pytest.raises(TrainingError, match="of another network"):
        run(wider, checkpoints=tmp_path, resume=True)


# ---- what the loss sees -------------------------------------------------------------------------
@pytest.mark.slow
def test_unknown_tokens_and_weightless_sentences_teach_nothing() -> None:
    """Wrong labels where nothing is known, or without weight, give the same weights as none."""
    sentences = np.arange(len(CORPUS)) % 3 == 0
    tokens = np.repeat(sentences, CORPUS.lengths)
    chosen = np.flatnonzero(tokens)
    wrong = EXAMPLES.relabelled("wrong", chosen, np.ones(len(chosen)))
    weight = np.where(sentences, 0, 1).astype(np.float32)
    taught = []
    for examples in (
        EXAMPLES.unknown(tokens, "unknown"),
        wrong.unknown(tokens, "unknown"),
        wrong.because("weightless", weight=weight),
        wrong.because("never drawn", keep=weight),
    ):
        network = made_network(CORPUS, VOTES)
        train(network, CORPUS, examples, VOTES, plan=FAST, seed=0, device="cpu",
              dev_score=dev_f1)  # fmt: skip
        taught.append(network)
    assert all(equal(taught[0], other) for other in taught[1:])


def test_the_weight_counts_relative_to_its_mass() -> None:
    doubled = EXAMPLES.because("double", weight=EXAMPLES.weight * 2)
    one, _ = run()
    other = made_network(CORPUS, VOTES)
    train(other, CORPUS, doubled, VOTES, plan=FAST, seed=0, device="cpu", dev_score=dev_f1)
    assert equal(one, other)


def test_the_prior_is_the_one_the_loss_saw() -> None:
    weight = np.linspace(0, 1, len(CORPUS)).astype(np.float32)
    keep = np.where(np.arange(len(CORPUS)) % 2, 0.25, 1).astype(np.float32)
    examples = EXAMPLES.because("weighed", weight=weight, keep=keep)
    network = made_network(CORPUS, VOTES)
    prior = prior_as_seen(network, network.encode(CORPUS, VOTES), examples)
    np.testing.assert_allclose(list(prior.values()), examples.prior(), atol=1e-9)
    assert list(prior) == list(examples.scheme.names)


@pytest.mark.slow
def test_open_tokens_count_by_the_posterior_of_what_is_allowed() -> None:
    single = EXAMPLES.scheme.tag("S", "Disease")
    open_ = EXAMPLES.hard_tags == single
    chosen = np.flatnonzero(open_)
    examples = EXAMPLES.relabelled("open", np.repeat(chosen, 2), [0, single] * len(chosen))
    network, _ = run(plan=LONG)
    prior = prior_as_seen(network, network.encode(CORPUS, VOTES), examples)
    certain = examples.unknown(open_, "known only")
    assert prior["S-Disease"] > 0.5 * EXAMPLES.prior()[EXAMPLES.scheme.tag("S", "Disease")]
    assert prior["S-Disease"] > certain.prior()[EXAMPLES.scheme.tag("S", "Disease")]
    assert sum(prior.values()) == pytest.approx(1)


# ---- without a dev set --------------------------------------------------------------------------
@pytest.mark.slow
def test_held_out_documents_decide_without_a_dev_set() -> None:
    network, result = run(plan=LONG, dev_score=None)
    assert all(r.dev_f1 is None for r in result.history)
    scores = [r.held_out_f1 for r in result.history]
    assert result.best_epoch == 1 + int(np.argmax(scores))  # type: ignore[arg-type]
    assert max(s for s in scores if s is not None) > 0.5
    assert dev_f1(network) > 0.8


def test_sentences_that_are_never_sampled_decide_nothing() -> None:
    """Neither what is learnt nor which epoch is best: a cross-fit must not see their labels."""
    unseen = np.arange(len(CORPUS)) % 2 == 0
    keep = np.where(unseen, 0, 1).astype(np.float32)
    chosen = np.flatnonzero(np.repeat(unseen, CORPUS.lengths))
    wrong = EXAMPLES.relabelled("wrong", chosen, np.ones(len(chosen)))
    taught, judged = [], []
    for examples in (EXAMPLES, wrong):
        network = made_network(CORPUS, VOTES)
        result = train(
            network, CORPUS, examples.because("half", keep=keep), VOTES, plan=FAST, seed=0,
            device="cpu",
        )  # fmt: skip
        taught.append(network)
        judged.append([record.held_out_f1 for record in result.history])
    assert judged[0] == judged[1]
    assert equal(*taught)


def test_a_tiny_corpus_trains_without_anything_held_out() -> None:
    corpus = Corpus.from_texts(["Aspirin caused gastritis."])
    votes = made_votes(corpus)
    network = made_network(corpus, votes)
    result = train(
        network, corpus, made_examples(corpus, votes), votes, plan=FAST, seed=0, device="cpu"
    )
    assert result.best_epoch == len(result.history) == 3


# ---- mistakes -----------------------------------------------------------------------------------
def test_a_loss_that_is_not_finite_stops_training() -> None:
    network = made_network(CORPUS, VOTES)
    with torch.no_grad():
        network.head.scores.bias[0] = torch.nan
    with pytest.raises(TrainingError, match="the loss is nan at epoch 1, step 1"):
        run(network)


def test_examples_of_another_corpus_are_refused() -> None:
    other = made_corpus(3)
    examples = made_examples(other, made_votes(other))
    with pytest.raises(DataError, match="belong to another corpus"):
        train(made_network(CORPUS, VOTES), CORPUS, examples, VOTES, plan=FAST, seed=0)


def test_nothing_known_is_refused() -> None:
    nothing = EXAMPLES.unknown(np.ones_like(EXAMPLES.known), "nothing")
    with pytest.raises(DataError, match="nothing to learn from"):
        train(made_network(CORPUS, VOTES), CORPUS, nothing, VOTES, plan=FAST, seed=0,
              device="cpu", dev_score=dev_f1)  # fmt: skip


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_that_is_not_there_is_refused() -> None:
    with pytest.raises(TrainingError, match="torch sees no CUDA device"):
        run(device="cuda")


@pytest.mark.parametrize(
    "wrong",
    [{"epochs": 0}, {"learning_rate": 0.0}, {"averaging": 1.0}, {"weight_decay": -1.0}],
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        TrainingSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.gpu
def test_it_learns_on_cuda() -> None:
    network, _ = run(plan=LONG, device="cuda")
    assert dev_f1(network) > 0.95
