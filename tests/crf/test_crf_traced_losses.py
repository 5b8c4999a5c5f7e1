"""Soft targets, the entropy and the margin in a model that torch.compile takes whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tests.crf.chains import draw, draw_moves
from weaklabel.crf import LinearChainCRF
from weaklabel.errors import DataError

CASE = draw(0, tags=4, lengths=(4, 2, 1), forbid=0.0, kind=torch.float32)
BELIEF = torch.softmax(CASE.emissions.flip(1), -1)
MOVES = draw_moves(0, CASE, forbid=0.0)
Ask = Callable[[LinearChainCRF, Tensor], Tensor]
LOSSES: dict[str, Ask] = {
    "belief": lambda crf, e: crf.belief_cross_entropy(e, BELIEF, CASE.mask, moves=MOVES),
    "kl": lambda crf, e: crf.kl_divergence(e, CASE.mask, BELIEF.log(), reduction="mean"),
    "entropy": lambda crf, e: crf.entropy(e, CASE.mask, allowed=CASE.allowed, moves=MOVES),
    "margin": lambda crf, e: crf.margin(e, CASE.mask),
}


@pytest.fixture(autouse=True)
def _afresh() -> None:
    torch._dynamo.reset()


# torch warns of what its tracer does with autograd functions.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_one_graph_with_the_same_gradient(name: str) -> None:
    crf = CASE.to("compiled").crf

    def loss(emissions: Tensor) -> Tensor:
        return LOSSES[name](crf, emissions * 2.0)

    found = []
    for work in (loss, torch.compile(loss, fullgraph=True, backend="aot_eager")):
        emissions = CASE.emissions.clone().requires_grad_()
        value = work(emissions)
        if name != "margin":
            value.sum().backward()
        learnt = emissions.grad, *(own.grad for own in crf.parameters())
        found.append([value.detach(), *(grad for grad in learnt if grad is not None)])
        crf.zero_grad()
    assert len(found[0]) == (1 if name == "margin" else 5)
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.slow
def test_what_is_wrong_is_said_when_it_runs() -> None:
    crf = CASE.to("compiled").crf

    def loss(emissions: Tensor, belief: Tensor) -> Tensor:
        return crf.belief_cross_entropy(emissions, belief, CASE.mask)

    model = torch.compile(loss, fullgraph=True, backend="aot_eager")
    model(CASE.emissions, BELIEF)
    with pytest.raises(DataError, match=r"sum to 1, got .* at step 0 of batch row 0"):
        model(CASE.emissions, 2.0 * BELIEF)
    nowhere = CASE.emissions.clone()
    nowhere[2, 0] = -torch.inf
    with pytest.raises(DataError, match="batch row 2 leave no legal path"):
        model(nowhere, BELIEF)
