from __future__ import annotations

import numpy as np
import pytest

from tests.contracts.test_cleaning import examples
from weaklabel.clean.downsample import Downsample
from weaklabel.errors import ConfigError


def test_disputed_sentences_weigh_less_and_empty_ones_come_less_often() -> None:
    after = Downsample(disputed_weight=0.5, keep_empty=0.25).weighed(examples())
    np.testing.assert_allclose(after.weight, [1, 0.5, 1])
    np.testing.assert_allclose(after.keep, [1, 1, 0.25])


def test_the_prior_counts_what_the_loss_sees() -> None:
    after = Downsample(disputed_weight=0.5, keep_empty=0.25).weighed(examples())
    # sentence 1: 1 of X, 3 outside; 2: half of X, 2.5 outside at weight .5; 3: 4 outside at .25
    outside, inside = 3 + 0.5 * 2.5 + 0.25 * 4, 1 + 0.5 * 0.5
    prior = after.prior()
    assert prior[0] == pytest.approx(outside / (outside + inside))
    assert prior[1:].sum() == pytest.approx(inside / (outside + inside))


def test_rates_are_shares() -> None:
    with pytest.raises(ConfigError, match="keep_empty must lie between 0 and 1"):
        Downsample(keep_empty=1.5)
