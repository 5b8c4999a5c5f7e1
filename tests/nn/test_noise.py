"""Dropout: the share, the scale, the seed, the gradient."""

from __future__ import annotations

import pytest
import torch

from weaklabel.nn.encoders.noise import dropout


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_share_is_dropped_and_the_mean_kept(share: float) -> None:
    torch.manual_seed(0)
    x = dropout(torch.ones(300, 301), share, training=True)
    assert float((x == 0).float().mean()) == pytest.approx(share, abs=0.01)
    assert float(x.mean()) == pytest.approx(1, abs=0.03)
    assert len(x.unique()) == 2


@pytest.mark.parametrize(("share", "training"), [(0.0, True), (0.5, False), (0.001, True)])
def test_nothing_or_next_to_nothing_is_dropped(share: float, training: bool) -> None:
    x = torch.ones(40, 5)
    assert float((dropout(x, share, training=training) == 0).float().mean()) < 0.05


def test_everything_can_be_dropped() -> None:
    assert not dropout(torch.ones(3, 3), 1.0, training=True).any()


def test_torchs_seed_fixes_it_and_gradients_follow_it() -> None:
    x = torch.ones(7, 3, requires_grad=True)
    torch.manual_seed(4)
    one = dropout(x, 0.5, training=True)
    torch.manual_seed(4)
    assert torch.equal(one, dropout(x, 0.5, training=True))
    one.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, one.detach())
