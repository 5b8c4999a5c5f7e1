"""What every head must do. Add yours to ``HEADS`` and it is tested here."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import TINY, made_corpus, made_examples, made_network, made_votes
from torch import Tensor

from weaklabel.nn.heads import HEADS, HeadPlan
from weaklabel.nn.heads.base import Head, NotFinite
from weaklabel.nn.network import Network
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.train.loop import train
from weaklabel.train.settings import TrainingSettings

SCHEME = TagScheme(("X", "Y"), TagStyle.BIO)
K = len(SCHEME)
LENGTHS = (5, 4, 2, 1)


def sample(kind: str) -> HeadPlan:
    """What stands beside a component as ``sample()``, or the component with its defaults."""
    made: HeadPlan = HEADS.sample(kind)
    return made


@pytest.fixture(params=list(HEADS))
def plan(request: pytest.FixtureRequest) -> HeadPlan:
    return sample(request.param)


@pytest.fixture
def head(plan: HeadPlan) -> Head:
    """A head whose every trainable score is a random number."""
    made = plan.make(6, SCHEME)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in made.parameters():
            if weight.requires_grad:
                weight.normal_(generator=generator)
    return made


def mask_of(lengths: tuple[int, ...] = LENGTHS) -> Tensor:
    return torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]


MASK = mask_of()


def rows_of(seed: int = 0) -> Tensor:
    """An encoder's rows, anything at padding."""
    return torch.randn(*MASK.shape, 6, generator=torch.Generator().manual_seed(seed))


def emissions_of(head: Head, seed: int = 0) -> Tensor:
    return head.emissions(rows_of(seed))


def path(seed: int = 3) -> Tensor:
    """A legal path in each row."""
    rng = np.random.default_rng(seed)
    tags = torch.zeros(MASK.shape, dtype=torch.int64)
    for row, length in enumerate(LENGTHS):
        before = 0
        for t in range(length):
            may = SCHEME.may_follow[before] if t else SCHEME.may_start
            tags[row, t] = before = int(rng.choice(np.flatnonzero(may)))
    return tags


def one_hot(tags: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(tags, K).bool()


def some_allowed(seed: int = 5) -> Tensor:
    """A legal path and other tags beside it; all is allowed of some tokens."""
    generator = torch.Generator().manual_seed(seed)
    allowed = one_hot(path()) | (torch.rand(*MASK.shape, K, generator=generator) < 0.4)
    allowed[torch.rand(MASK.shape, generator=generator) < 0.3] = True
    return allowed


def soft(allowed: Tensor, belief: Tensor | None = None, weight: Tensor | None = None) -> Target:
    """A target whose every sentence takes the cross-entropy."""
    return Target(
        allowed,
        torch.ones(len(allowed), dtype=torch.bool),
        torch.zeros(allowed.shape) if belief is None else belief.float(),
        torch.ones(MASK.shape) if weight is None else weight,
    )


def gradients(head: Head, target: Target) -> list[Tensor]:
    head.zero_grad()
    hidden = rows_of().requires_grad_()
    loss = head.loss(head.emissions(hidden), target, MASK)
    assert loss.shape == (len(MASK),)
    assert loss.dtype == torch.float64
    loss.sum().backward()
    weights = [p.grad for p in head.parameters() if p.requires_grad]
    assert hidden.grad is not None
    return [hidden.grad, *(w for w in weights if w is not None)]


def assert_equal_gradients(head: Head, one: Target, other: Target) -> None:
    pairs = zip(gradients(head, one), gradients(head, other), strict=True)
    for a, b in pairs:
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-5)


# ---- losses -------------------------------------------------------------------------------------
def test_nothing_said_costs_nothing(head: Head) -> None:
    everything = Target(torch.ones(*MASK.shape, K, dtype=torch.bool))
    loss = head.loss(emissions_of(head), everything, MASK)
    torch.testing.assert_close(loss, torch.zeros_like(loss), atol=1e-6, rtol=0)


def test_less_allowed_costs_more(head: Head) -> None:
    emissions = emissions_of(head)
    some, one = some_allowed(), one_hot(path())
    losses = [head.loss(emissions, Target(allowed), MASK) for allowed in (some, one)]
    assert bool((losses[0] > 0).any())
    assert bool((losses[1] >= losses[0]).all())


def test_gradients_reach_every_weight_that_is_trained(head: Head) -> None:
    target = Target(some_allowed())
    head.zero_grad()
    head.loss(emissions_of(head), target, MASK).sum().backward()
    for name, weight in head.named_parameters():
        if weight.requires_grad:
            assert weight.grad is not None, name
            assert bool(weight.grad.any()), name


def test_an_allowed_set_has_one_gradient_whichever_loss_is_taken(head: Head) -> None:
    """Cross-entropy against the posterior given what is allowed is the partial loss, in effect."""
    assert_equal_gradients(head, Target(some_allowed()), soft(some_allowed()))


def test_a_sure_belief_has_the_gradient_of_a_label(head: Head) -> None:
    labels = one_hot(path())
    assert_equal_gradients(head, Target(labels), soft(labels, belief=labels))
    everything = torch.ones_like(labels)
    assert_equal_gradients(head, Target(labels), soft(everything, belief=labels))


@pytest.mark.parametrize("believed", [False, True])
def test_a_token_without_weight_is_unknown(head: Head, believed: bool) -> None:
    labels, generator = one_hot(path()), torch.Generator().manual_seed(2)
    weight = (torch.rand(MASK.shape, generator=generator) < 0.5).float()
    unknown = labels | (weight == 0)[..., None]
    target = soft(labels, belief=labels if believed else None, weight=weight)
    assert_equal_gradients(head, Target(unknown), target)


@pytest.mark.parametrize("believed", [False, True])
def test_half_the_weight_is_half_the_gradient_of_a_token_alone(head: Head, believed: bool) -> None:
    labels = torch.tensor([[[0.0, 0.25, 0, 0.75, 0]]]) if believed else one_hot(path())[3:, :1]
    row = MASK[3:, :1]

    def gradient(weight: float) -> Tensor:
        emissions = emissions_of(head)[3:, :1].detach().requires_grad_()
        weights = torch.full(row.shape, weight)
        target = Target(labels > 0, torch.ones(1, dtype=torch.bool), labels.float(), weights)
        (found,) = torch.autograd.grad(head.loss(emissions, target, row).sum(), emissions)
        return found

    assert bool(gradient(1.0).any())
    torch.testing.assert_close(gradient(0.5), gradient(1.0) / 2, atol=1e-6, rtol=1e-4)


def test_the_gradient_vanishes_where_the_head_believes_what_it_is_told(head: Head) -> None:
    everything = torch.ones(*MASK.shape, K, dtype=torch.bool)
    own = head.marginals(emissions_of(head), MASK).detach()
    for gradient in gradients(head, soft(everything, belief=own)):
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-5, rtol=0)


def test_soft_and_hard_sentences_mix_in_a_batch(head: Head) -> None:
    allowed, belief = some_allowed(), one_hot(path())
    mixed = soft(allowed, belief)._replace(soft=torch.tensor([False, True, False, True]))
    emissions = emissions_of(head)
    hard, whole = (head.loss(emissions, t, MASK) for t in (Target(allowed), soft(allowed, belief)))
    found = head.loss(emissions, mixed, MASK)
    torch.testing.assert_close(found, torch.where(mixed.soft, whole, hard))


def test_padding_and_the_order_of_the_batch_change_nothing(head: Head) -> None:
    order = [2, 0, 3, 1]
    emissions = emissions_of(head)
    belief = head.marginals(emissions_of(head, seed=9), MASK).detach()
    for target in (Target(some_allowed()), soft(torch.ones_like(some_allowed()), belief)):
        together = head.loss(emissions, target, MASK)
        moved = head.loss(emissions[order], target.of(torch.tensor(order)), MASK[order])
        torch.testing.assert_close(together[order], moved)
        for row, length in enumerate(LENGTHS):
            one = target.of(torch.tensor([row]))
            own = Target(*(x if x is None or x.ndim == 1 else x[:, :length] for x in one))
            alone = head.loss(emissions[row : row + 1, :length], own, MASK[row : row + 1, :length])
            torch.testing.assert_close(together[row : row + 1], alone)
    best = head.decode(emissions, MASK)
    assert torch.equal(best[order], head.decode(emissions[order], MASK[order]))


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_scores_that_are_no_numbers_are_refused(head: Head, value: float) -> None:
    emissions = emissions_of(head).detach()
    emissions[1, 2, 0] = value
    for target in (Target(some_allowed()), soft(some_allowed())):
        with pytest.raises(NotFinite):
            head.loss(emissions, target, MASK)


# ---- predicting ---------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", range(5))
def test_the_best_path_is_legal(head: Head, seed: int) -> None:
    best = head.decode(4 * emissions_of(head, seed), MASK)
    assert not best[~MASK].any()
    for row, length in enumerate(LENGTHS):
        tags = best[row, :length].tolist()
        assert SCHEME.may_start[tags[0]]
        assert SCHEME.may_end[tags[-1]]
        assert all(SCHEME.may_follow[a, b] for a, b in itertools.pairwise(tags))


def test_a_label_that_is_learnt_is_decoded(head: Head) -> None:
    tags = path()
    scores = 40.0 * one_hot(tags)
    assert torch.equal(head.decode(scores, MASK)[MASK], tags[MASK])
    assert float(head.loss(scores, Target(one_hot(tags)), MASK).detach().max()) < 1e-3


def test_marginals_are_distributions(head: Head) -> None:
    emissions, allowed = emissions_of(head), some_allowed()
    for given in (None, allowed):
        found = head.marginals(emissions, MASK, allowed=given)
        torch.testing.assert_close(found.sum(-1), MASK.double())
        assert bool((found >= 0).all())
    assert not found[~allowed].any()


def test_steps_are_probabilities(head: Head) -> None:
    emissions = emissions_of(head)
    best = head.decode(emissions, MASK)
    steps = head.path_steps(emissions, best, MASK)
    assert bool(((steps >= 0) & (steps <= 1 + 1e-9)).all())
    assert not steps[~MASK].any()
    own = head.marginals(emissions, MASK).gather(2, best[..., None])[..., 0]
    torch.testing.assert_close(steps[:, 0], own[:, 0])


def test_it_is_trained_saved_and_loaded(plan: HeadPlan, tmp_path: Path) -> None:
    corpus = made_corpus()
    votes = made_votes(corpus)
    network = made_network(corpus, votes, replace(TINY, head=plan))
    result = train(
        network, corpus, made_examples(corpus, votes), votes, seed=0, device="cpu",
        plan=TrainingSettings(epochs=12, learning_rate=0.03, averaging=0.9),
        dev_score=lambda _: 0.0,
    )  # fmt: skip
    assert result.history[-1].loss < result.history[0].loss / 2
    network.save_pretrained(tmp_path)
    again = Network.from_pretrained(tmp_path)
    assert again.plan.head == plan
    one, other = (n.predict(corpus, votes) for n in (network, again))
    assert len(one)
    assert [tuple(row) for row in one] == [tuple(row) for row in other]
