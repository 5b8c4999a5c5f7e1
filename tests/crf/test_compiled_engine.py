"""The compiled back end's engine: gradients handed over, half precision, autocast."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF
from weaklabel.crf.compiled import sums, threads


def batch(kind: torch.dtype = torch.float32) -> tuple[LinearChainCRF, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    crf = LinearChainCRF(5, backend="compiled")
    with torch.no_grad():
        for own in crf.parameters():
            own.copy_(torch.randn(own.shape, generator=generator))
    emissions = torch.randn(4, 7, 5, generator=generator).to(kind).requires_grad_()
    tags = torch.randint(0, 5, (4, 7), generator=generator)
    mask = torch.arange(7)[None] < torch.tensor([7, 1, 4, 6])[:, None]
    return crf, emissions, tags, mask


def test_going_backward_twice_gives_the_same_gradients_twice() -> None:
    crf, emissions, tags, mask = batch()
    inputs = [emissions, *crf.parameters()]
    losses = crf.log_likelihood(emissions, tags, mask)
    weights = torch.tensor([1.0, -2.0, 0.5, 0.0], dtype=torch.float64)
    first = torch.autograd.grad(losses, inputs, weights, retain_graph=True)
    kept = [grad.clone() for grad in first]
    second = torch.autograd.grad(losses, inputs, 2 * weights)
    for before, once, twice in zip(kept, first, second, strict=True):
        assert torch.equal(before, once)  # nobody wrote into what was handed over
        torch.testing.assert_close(twice, 2 * once)


def test_gradients_add_up_over_two_losses() -> None:
    crf, emissions, tags, mask = batch()
    for _ in range(2):
        crf.log_likelihood(emissions, tags, mask).sum().backward()
    assert emissions.grad is not None
    twice = emissions.grad
    emissions.grad = None
    crf.log_likelihood(emissions, tags, mask).sum().backward()
    torch.testing.assert_close(twice, 2 * emissions.grad)


@pytest.mark.parametrize("asked", [{0}, {2}, {1, 3}])
def test_only_what_is_asked_for_gets_a_gradient(asked: set[int]) -> None:
    crf, emissions, tags, mask = batch()
    inputs = [emissions, *crf.parameters()]
    every = torch.autograd.grad(crf.log_likelihood(emissions, tags, mask).sum(), inputs)
    for place, given in enumerate(inputs):
        given.requires_grad_(place in asked)
    crf.log_likelihood(emissions, tags, mask).sum().backward()
    for place, given in enumerate(inputs):
        assert (given.grad is not None) == (place in asked)
        assert given.grad is None or torch.equal(given.grad, every[place])


def test_weighing_on_several_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    crf, emissions, tags, mask = batch()
    monkeypatch.setattr(threads, "SINGLE_THREAD", 0)
    monkeypatch.setattr(sums, "SINGLE_THREAD_WEIGHS", 0)
    found = []
    for count in (1, 2, 3, 1):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        loss = crf.log_likelihood(emissions, tags, mask).mean()
        found.append(torch.autograd.grad(loss, [emissions, *crf.parameters()]))
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_a_layer_may_be_of_any_precision(kind: torch.dtype) -> None:
    crf, emissions, tags, mask = batch(kind)
    crf.to(kind)
    crf.log_likelihood(emissions, tags, mask).sum().backward()
    path = crf.decode(emissions, mask)
    found = [x.grad.clone() for x in (emissions, *crf.parameters()) if x.grad is not None]
    assert [grad.dtype for grad in found] == [kind] * 4
    crf.float()
    crf.zero_grad()
    rounded = emissions.detach().float().requires_grad_()
    crf.log_likelihood(rounded, tags, mask).sum().backward()
    expected = [rounded.grad, *(own.grad for own in crf.parameters())]
    assert torch.equal(path, crf.decode(rounded, mask))
    for mine, theirs in zip(found, expected, strict=True):
        assert theirs is not None
        torch.testing.assert_close(mine, theirs.to(kind), rtol=1e-6, atol=1e-6)


def test_scores_may_lie_in_memory_as_they_like() -> None:
    crf, emissions, tags, mask = batch()
    expected = crf.log_likelihood(emissions, tags, mask)
    crf.transitions = torch.nn.Parameter(crf.transitions.detach().t().contiguous().t())
    apart = emissions.detach().transpose(1, 2).contiguous().transpose(1, 2)
    assert not crf.transitions.is_contiguous()
    assert not apart.is_contiguous()
    crossed = mask.t().contiguous().t()
    assert torch.equal(crf.log_likelihood(apart, tags.t().contiguous().t(), crossed), expected)
    assert torch.equal(crf.decode(apart, crossed), crf.decode(emissions, mask))
