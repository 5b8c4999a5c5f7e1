"""What is no CRF problem is refused by both back ends, with row and step."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF
from weaklabel.crf.backends import BACKENDS

ALL = sorted(BACKENDS.keys() - {"triton"})  # test_triton_backend asks it the same
INF = math.inf


def ask(crf: LinearChainCRF, emissions: Tensor, mask: Tensor) -> list[Any]:
    allowed = torch.ones_like(emissions, dtype=torch.bool)
    return [
        lambda: crf.log_partition(emissions, mask),
        lambda: crf.log_partition(emissions, mask, allowed=allowed),
        lambda: crf(emissions, allowed, mask),
        lambda: crf.log_likelihood(emissions, torch.zeros(mask.shape, dtype=torch.int64), mask),
        lambda: crf.marginals(emissions, mask),
        lambda: crf.decode(emissions, mask),
        lambda: crf.decode(emissions, mask, allowed=allowed),
    ]


def refused(backend: str, emissions: Tensor, mask: Tensor, message: str) -> None:
    for work in ask(LinearChainCRF(3, backend=backend), emissions, mask):
        with pytest.raises(ValueError, match=message):
            work()


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("bad", [math.nan, INF])
@pytest.mark.parametrize("step", [0, 2])
def test_emissions_that_are_no_numbers(backend: str, bad: float, step: int) -> None:
    emissions = torch.zeros(2, 4, 3)
    emissions[1, step, 2] = bad
    mask = torch.ones(2, 4, dtype=torch.bool)
    refused(backend, emissions, mask, f"NaN or \\+inf at step {step} of batch row 1")
    mask[1, 1:] = False
    if step == 2:  # padding may hold anything
        for work in ask(LinearChainCRF(3, backend=backend), emissions, mask):
            assert bool(torch.isfinite(work()).all())


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("bad", [math.nan, INF])
@pytest.mark.parametrize("name", ["start", "transitions", "end"])
def test_scores_of_the_layer_that_are_no_numbers(backend: str, bad: float, name: str) -> None:
    crf = LinearChainCRF(3, backend=backend)
    with torch.no_grad():
        getattr(crf, name).fill_(bad)
    for work in ask(crf, torch.zeros(1, 2, 3), torch.ones(1, 2, dtype=torch.bool)):
        with pytest.raises(ValueError, match="start, transitions or end"):
            work()


@pytest.mark.parametrize("backend", ALL)
def test_masks(backend: str) -> None:
    mask = torch.tensor([[True, True, False, False], [True, False, True, False]])
    refused(backend, torch.zeros(2, 4, 3), mask, "batch row 1 has a token at step 2 after padding")
    mask[1] = False
    refused(backend, torch.zeros(2, 4, 3), mask, "batch row 1 is empty")
    refused(backend, torch.zeros(2, 4, 3), torch.ones(2, 4), "mask: expected bool")
    refused(backend, torch.zeros(2, 0, 3), torch.ones(2, 0).bool(), "batch row 0 is empty")


@pytest.mark.parametrize("backend", ALL)
def test_shapes(backend: str) -> None:
    mask = torch.ones(2, 4, dtype=torch.bool)
    for shape in ((2, 4, 2), (2, 3, 3), (3, 4, 3), (2, 4), (8, 3)):
        refused(backend, torch.zeros(shape), mask, r"expected shape \(2, 4, 3\) \(B sentences")
    refused(backend, torch.zeros(2, 4, 3, dtype=torch.int64), mask, "expected floats")
    crf = LinearChainCRF(3, backend=backend)
    for tags in (torch.zeros(2, 3, dtype=torch.int64), torch.zeros(2, 4)):
        for work in (crf.log_likelihood, crf.score):
            with pytest.raises(ValueError, match=r"tags: expected int64 of shape \(2, 4\)"):
                work(torch.zeros(2, 4, 3), tags, mask)


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("tag", [-1, 3])
def test_tags_out_of_range(backend: str, tag: int) -> None:
    crf = LinearChainCRF(3, backend=backend)
    mask = torch.tensor([[True, True], [True, False]])
    tags = torch.tensor([[0, tag], [0, tag]])
    for work in (crf.log_likelihood, crf.score):
        with pytest.raises(ValueError, match=f"got {tag} at step 1 of batch row 0"):
            work(torch.zeros(2, 2, 3), tags, mask)
        assert work(torch.zeros(1, 2, 3), tags[1:], mask[1:]).shape == (1,)


@pytest.mark.parametrize("backend", ALL)
def test_a_step_at_which_nothing_is_allowed(backend: str) -> None:
    crf = LinearChainCRF(3, backend=backend)
    allowed = torch.ones(2, 3, 3, dtype=torch.bool)
    allowed[1, 2] = False
    emissions, mask = torch.zeros(2, 3, 3), torch.ones(2, 3, dtype=torch.bool)
    for work in (
        lambda: crf(emissions, allowed, mask),
        lambda: crf.log_partition(emissions, mask, allowed=allowed),
        lambda: crf.marginals(emissions, mask, allowed=allowed),
        lambda: crf.decode(emissions, mask, allowed=allowed),
    ):
        with pytest.raises(ValueError, match="no tag is allowed at step 2 of batch row 1"):
            work()
    mask[1, 2] = False
    assert bool(torch.isfinite(crf(emissions, allowed, mask)).all())


@pytest.mark.parametrize("backend", ALL)
def test_an_empty_batch_has_no_sums(backend: str) -> None:
    crf = LinearChainCRF(3, backend=backend)
    emissions, mask = torch.zeros(0, 4, 3), torch.ones(0, 4, dtype=torch.bool)
    assert crf.decode(emissions, mask).shape == (0, 4)
    assert crf.log_partition(emissions, mask).shape == (0,)


@pytest.mark.parametrize("backend", ALL)
def test_scores_too_large_to_be_added(backend: str) -> None:
    """They are numbers, each; what is taken from their sum would be none."""
    crf = LinearChainCRF(3, backend=backend)
    emissions = torch.zeros(2, 3, 3, dtype=torch.float64)
    emissions[1] = 1e308
    mask = torch.ones(2, 3, dtype=torch.bool)
    belief = torch.full((2, 3, 3), 1 / 3, dtype=torch.float64)
    for work in (
        lambda: crf.entropy(emissions, mask),
        lambda: crf.margin(emissions, mask),
        lambda: crf.belief_cross_entropy(emissions, belief, mask),
        lambda: crf.kl_divergence(emissions, mask, belief),
        lambda: crf.kl_divergence(belief, mask, emissions),
    ):
        with pytest.raises(ValueError, match="scores of batch row 1 add up to more than a float"):
            work()
