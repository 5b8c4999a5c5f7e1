from __future__ import annotations

from itertools import permutations

import pytest
from made_spans import annotations, draw, gold_of

from weaklabel.evaluate import RELAXED, relaxed_counts, score
from weaklabel.evaluate.relaxed import maximum_matching

RULES = {
    "overlap": lambda g, p: g[1] < p[2] and p[1] < g[2],
    "type_only": lambda g, p: g[1] < p[2] and p[1] < g[2] and g[3] == p[3],
    "left": lambda g, p: g[1] == p[1] and g[3] == p[3],
    "right": lambda g, p: g[2] == p[2] and g[3] == p[3],
}


def best(gold, predicted, rule):
    """Try every way to line the shorter side up with the longer one."""
    short, long = sorted((sorted(gold), sorted(predicted)), key=len)
    flip = short == sorted(predicted) and short != sorted(gold)
    return max(
        (
            sum(
                a[0] == b[0] and (rule(b, a) if flip else rule(a, b))
                for a, b in zip(short, order, strict=True)
            )
            for order in permutations(long, len(short))
        ),
        default=0,
    )


@pytest.mark.parametrize("seed", range(40))
def test_matches_are_the_most_there_can_be(seed):
    wanted, found = draw(seed, documents=1)
    wanted, found = set(sorted(wanted)[:5]), set(sorted(found)[:6])
    counts = relaxed_counts(gold_of(wanted, documents=1), annotations(found))
    assert counts[0, :, 2].tolist() == [best(wanted, found, RULES[name]) for name in RELAXED]
    assert counts[0, :, :2].tolist() == [[len(wanted), len(found)]] * 4


@pytest.mark.parametrize("seed", range(40))
def test_stricter_criteria_match_less(seed):
    wanted, found = draw(seed)
    scores = score(gold_of(wanted, documents=4), annotations(found), bootstrap=0)
    correct = {name: m.correct for name, m in scores.relaxed.items()}
    for side in ("left", "right"):
        assert scores.micro.correct <= correct[side] <= correct["type_only"] <= correct["overlap"]


def test_each_span_counts_once():
    """Two pieces of one gold span are one match, not two."""
    gold = gold_of({(0, 0, 10, "A")}, documents=1)
    relaxed = score(gold, annotations({(0, 0, 4, "A"), (0, 5, 10, "B")})).relaxed
    assert {name: m.correct for name, m in relaxed.items()} == {
        "overlap": 1, "type_only": 1, "left": 1, "right": 0,
    }  # fmt: skip
    assert relaxed["overlap"].precision == 0.5


def test_touching_is_not_overlap():
    gold = gold_of({(0, 0, 5, "A")}, documents=1)
    assert score(gold, annotations({(0, 5, 9, "A")})).relaxed["overlap"].correct == 0


def test_a_long_chain_needs_no_recursion():
    n = 5000
    assert maximum_matching([[i + 1, i] for i in range(n)] + [[0]]) == n + 1
