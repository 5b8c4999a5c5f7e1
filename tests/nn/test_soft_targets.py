"""What the CRF is taught by beliefs, against the enumeration of every path of tiny chains."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from weaklabel.nn.heads.base import open_tags
from weaklabel.nn.heads.crf import projection
from weaklabel.nn.heads.crf.head import CRFHead
from weaklabel.nn.heads.crf.projection import couple, nearest_chain
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme, TagStyle

SCHEME = TagScheme(("X",), TagStyle.BIO)
K, T = len(SCHEME), 4
MASK = torch.ones(1, T, dtype=torch.bool)
PATHS = [
    path
    for path in itertools.product(range(K), repeat=T)
    if SCHEME.may_start[path[0]]
    and SCHEME.may_end[path[-1]]
    and all(SCHEME.may_follow[a, b] for a, b in itertools.pairwise(path))
]
TAGS = np.array(PATHS)


def made_head(seed: int) -> tuple[CRFHead, Tensor]:
    """A head with random scores, and emissions."""
    generator = torch.Generator().manual_seed(seed)
    head = CRFHead(4, SCHEME)
    with torch.no_grad():
        for weight in head.crf.parameters():
            weight.normal_(generator=generator)
    return head, torch.randn(1, T, K, generator=generator)


def log_scores(head: CRFHead, emissions: Tensor) -> Tensor:
    """Log-probability of each legal path, by enumeration."""
    crf = head.crf
    scores = [
        crf.start[p[0]]
        + sum(emissions[0, t, k] for t, k in enumerate(p))
        + sum(crf.transitions[a, b] for a, b in itertools.pairwise(p))
        + crf.end[p[-1]]
        for p in PATHS
    ]
    return torch.stack(scores).double().log_softmax(0)


def soft(allowed: np.ndarray, belief: np.ndarray, weight: np.ndarray) -> Target:
    floats = torch.from_numpy(belief).float()[None], torch.from_numpy(weight).float()[None]
    return Target(torch.from_numpy(allowed)[None], torch.ones(1, dtype=torch.bool), *floats)


def marginals(shares: np.ndarray) -> np.ndarray:
    """``(T, K)``, of the share of each path."""
    return np.stack([np.bincount(TAGS[:, t], weights=shares, minlength=K) for t in range(T)])


def fitted(shares: np.ndarray, wanted: dict[int, np.ndarray]) -> np.ndarray:
    """Paths' shares scaled, token by token in turn, until some marginals are as wanted."""
    for _ in range(2000):
        before = shares
        for t, row in wanted.items():
            own = marginals(shares)[t]
            shares = shares * np.divide(row, own, out=np.zeros(K), where=own > 0)[TAGS[:, t]]
        if np.abs(shares - before).max() < 1e-12:
            break
    return shares


def drawn_target(rng: np.random.Generator) -> Target:
    """Allowed sets, beliefs and weights; the beliefs are those of some legal chain."""
    some = marginals(rng.dirichlet(np.ones(len(PATHS))))
    believed = rng.random(T) < 0.6
    allowed = rng.random((T, K)) < 0.6
    allowed[np.arange(T), PATHS[rng.integers(len(PATHS))]] = True
    allowed[believed] = True
    weight = np.where(rng.random(T) < 0.3, rng.random(T), 1.0)
    return soft(allowed, np.where(believed[:, None], some, 0.0), weight)


def expected(head: CRFHead, emissions: Tensor, target: Target) -> np.ndarray | None:
    """The shares of paths that are drawn, by enumeration; none if there are no such paths."""
    assert target.belief is not None
    assert target.weight is not None
    open_ = open_tags(target)[0].numpy()
    own = log_scores(head, emissions).exp().detach().numpy()
    own = own * [all(open_[t, k] for t, k in enumerate(path)) for path in PATHS]
    own = own / own.sum()
    posterior = marginals(own)
    wanted = {}
    for t in range(T):
        label, allowed = target.belief[0, t].double().numpy(), target.allowed[0, t].numpy()
        weight = float(target.weight[0, t])
        if not label.any():
            label = posterior[t] * allowed
            if weight == 1 or allowed.all():
                continue
        wanted[t] = weight * label / label.sum() + (1 - weight) * posterior[t]
    shares = fitted(own, wanted)
    far = [np.abs(marginals(shares)[t] - row).max() for t, row in wanted.items()]
    return shares if max(far, default=0) < 1e-3 else None


@pytest.mark.parametrize("seed", range(14))
def test_the_loss_and_its_gradient_are_those_of_the_nearest_chain(seed: int) -> None:
    head, emissions = made_head(seed)
    rng, shares = np.random.default_rng(seed), None
    while shares is None:
        target = drawn_target(rng)
        shares = expected(head, emissions, target)
    mean = nearest_chain(head.crf, SCHEME, emissions, target, MASK)
    np.testing.assert_allclose(mean.tags[0], marginals(shares), atol=2e-3)

    emissions = emissions.clone().requires_grad_()
    weights = [emissions, *head.crf.parameters()]
    loss = head.cross_entropy(emissions, target, MASK)
    oracle = -(torch.from_numpy(shares) * log_scores(head, emissions)).sum()
    torch.testing.assert_close(loss[0], oracle, atol=5e-3, rtol=0)
    found, right = (torch.autograd.grad(x.sum(), weights) for x in (loss, oracle))
    for one, other in zip(found, right, strict=True):
        torch.testing.assert_close(one, other, atol=5e-3, rtol=0)


@pytest.mark.parametrize("seed", range(8))
def test_of_allowed_sets_the_loss_is_the_partial_loss_and_the_entropy_left(seed: int) -> None:
    head, emissions = made_head(seed)
    allowed = drawn_target(np.random.default_rng(seed)).allowed
    target = soft(allowed[0].numpy(), np.zeros((T, K)), np.ones(T))
    shares = expected(head, emissions, target)
    assert shares is not None
    entropy = -float((shares[shares > 0] * np.log(shares[shares > 0])).sum())
    partial = head.partial_loss(emissions, allowed, MASK)
    found = head.cross_entropy(emissions, target, MASK)
    assert float(found.detach()) == pytest.approx(float(partial.detach()) + entropy, abs=1e-6)


def test_many_sentences_are_done_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    head, _ = made_head(0)
    emissions = torch.randn(5, T, K, generator=torch.Generator().manual_seed(1))
    rng = np.random.default_rng(0)
    each = [drawn_target(rng) for _ in range(5)]
    target = Target(*(torch.cat(parts) for parts in zip(*each, strict=True)))
    mask = MASK.expand(5, -1)
    whole = nearest_chain(head.crf, SCHEME, emissions, target, mask)
    monkeypatch.setattr(projection, "AT_ONCE", 2 * T * K * K)
    parts = nearest_chain(head.crf, SCHEME, emissions, target, mask)
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    "belief",
    [
        [[1, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0]],  # an inside that nothing begins
        [[0, 0, 1], [0.5, 0, 0.5], [1, 0, 0], [1, 0, 0]],  # at the head of a sentence
        [[0.9, 0.1, 0], [0.1, 0, 0.9], [1, 0, 0], [1, 0, 0]],  # more of it than begins
    ],
)
def test_beliefs_that_contradict_the_rules_teach_what_is_legal(belief: list[list[float]]) -> None:
    head, emissions = made_head(0)
    target = soft(np.array(belief) > 0, np.array(belief), np.ones(T))
    mean = nearest_chain(head.crf, SCHEME, emissions, target, MASK)
    assert bool(mean.tags.isfinite().all())
    torch.testing.assert_close(mean.tags.sum(-1), torch.ones(1, T, dtype=torch.float64))
    torch.testing.assert_close(mean.moves.sum((1, 2)), torch.full((1,), T - 1.0).double())
    assert float(mean.moves[0][~torch.from_numpy(SCHEME.may_follow)].sum()) == 0
    assert float(mean.tags[0, 0][~torch.from_numpy(SCHEME.may_start)].sum()) == 0
    assert float(head.cross_entropy(emissions, target, MASK).detach()) >= 0


def test_a_network_that_is_sure_is_taught_otherwise() -> None:
    """The posterior of what is believed is next to nothing: no division of 0 by 0."""
    head, _ = made_head(0)
    emissions = torch.tensor([[[900.0, 0, 0]] * T], requires_grad=True)
    belief = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0]], float)
    target = soft(np.ones((T, K), bool), belief, np.ones(T))
    loss = head.cross_entropy(emissions, target, MASK)
    loss.sum().backward()
    label = torch.tensor([[[-1.0, 1, 0], [-1, 0, 1], [0, 0, 0], [0, 0, 0]]])
    torch.testing.assert_close(emissions.grad, -label, atol=1e-6, rtol=0)


@pytest.mark.parametrize("seed", range(5))
def test_tables_take_the_margins_they_can_have(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    wanted = torch.rand(7, 4, 4, generator=generator, dtype=torch.float64)
    wanted /= wanted.sum((1, 2), keepdim=True)
    start = torch.rand(7, 4, 4, generator=generator, dtype=torch.float64)
    found = couple(start, wanted.sum(2), wanted.sum(1))
    torch.testing.assert_close(found.sum(2), wanted.sum(2), atol=1e-8, rtol=0)
    torch.testing.assert_close(found.sum(1), wanted.sum(1), atol=1e-8, rtol=0)
    odds = [x[:, 0, 0] * x[:, 1, 2] / (x[:, 0, 2] * x[:, 1, 0]) for x in (start, found)]
    torch.testing.assert_close(*odds)  # what goes with what stays
