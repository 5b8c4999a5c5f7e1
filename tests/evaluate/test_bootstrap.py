from __future__ import annotations

import random

import numpy as np
import pytest
from made_spans import annotations, draw, gold_of

from weaklabel.evaluate import bootstrap, compare, score


def test_the_interval_is_that_of_resampling_by_hand():
    wanted, found = draw(11, documents=30)
    wanted |= {(d, 0, 5, "A") for d in range(30)}
    found |= {(d, 0, 5, "A") for d in range(0, 30, 2)}
    m = score(gold_of(wanted, documents=30), annotations(found), bootstrap=4000).micro
    rng, f1 = random.Random(5), []
    sides = [[{r for r in s if r[0] == d} for d in range(30)] for s in (wanted, found)]
    for _ in range(4000):
        sample = rng.choices(range(30), k=30)
        spans = sum(len(sides[0][d]) + len(sides[1][d]) for d in sample)
        f1.append(2 * sum(len(sides[0][d] & sides[1][d]) for d in sample) / spans)
    assert [m.f1_low, m.f1_high] == pytest.approx(np.percentile(f1, [2.5, 97.5]), abs=0.01)
    assert m.f1_low < m.f1 < m.f1_high


def test_the_seed_fixes_the_interval():
    wanted, found = draw(12, documents=30)
    wanted |= {(d, 0, 5, "A") for d in range(30)}
    found |= {(d, 0, 5, "A") for d in range(0, 30, 2)}
    gold, predicted = gold_of(wanted, documents=30), annotations(found)
    first, again, other = (score(gold, predicted, seed=s).micro for s in (1, 1, 2))
    assert first == again
    assert first.f1 == other.f1
    assert (first.f1_low, first.f1_high) != (other.f1_low, other.f1_high)


def test_without_draws_there_is_no_interval():
    wanted, found = draw(12)
    m = score(gold_of(wanted, documents=4), annotations(found), bootstrap=0).micro
    assert (m.f1_low, m.f1_high) == (None, None)


def test_blocks_change_no_number(monkeypatch):
    counts = np.arange(60).reshape(10, 2, 3)
    whole = bootstrap.resampled(counts, draws=50, seed=3)
    monkeypatch.setattr(bootstrap, "_BLOCK", 70)
    assert np.array_equal(bootstrap.resampled(counts, draws=50, seed=3), whole)
    assert whole.shape == (50, 2, 3)


class TestCompare:
    gold = gold_of(
        {(d, s, s + 3, t) for d in range(20) for s, t in ((0, "A"), (5, "B"))}, documents=20
    )
    few = annotations({(d, 0, 3, "A") for d in range(8)})
    many = annotations({(d, 0, 3, "A") for d in range(18)} | {(d, 5, 8, "B") for d in range(18)})

    def test_equal_predictions_do_not_differ(self):
        d = compare(self.gold, self.few, self.few).micro
        assert (d.difference, d.low, d.high, d.p_value) == (0.0, 0.0, 0.0, 1.0)

    def test_a_great_difference_is_not_chance(self):
        result = compare(self.gold, self.few, self.many)
        d = result.micro
        assert d.first == score(self.gold, self.few).f1
        assert d.second == score(self.gold, self.many).f1
        assert 0 < d.low <= d.difference <= d.high
        assert d.p_value == pytest.approx(2 / 1001)
        assert set(result.types) == {"A", "B"}
        assert set(result.to_dict()) == {"micro", "types"}

    def test_turning_it_round_changes_the_sign_only(self):
        ahead, back = (
            compare(self.gold, *pair).micro
            for pair in ((self.few, self.many), (self.many, self.few))
        )
        assert (ahead.difference, ahead.low, ahead.p_value) == (
            -back.difference,
            -back.high,
            back.p_value,
        )

    def test_chance_gives_even_p_values(self):
        """Two systems of equal worth: p below 0.05 about once in twenty."""
        rng = np.random.default_rng(0)
        low = 0
        for seed in range(200):
            first, second = (
                annotations({(d, 0, 3, "A") for d in range(20) if rng.random() < 0.5})
                for _ in range(2)
            )
            low += compare(self.gold, first, second, draws=200, seed=seed).micro.p_value < 0.05
        assert 2 <= low <= 24
