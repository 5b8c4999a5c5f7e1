"""The compiled kernels where scores lie far apart: nothing may be lost to underflow."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crf.problems import (
    FORBIDDEN,
    INF,
    all_gradients,
    draw,
    enumerated,
    learnt_of,
    shares_of,
    sums_of,
)
from weaklabel.crf import compiled
from weaklabel.crf.problem import Problem

FAR_APART = {
    "seed": st.integers(0, 100_000),
    "tags": st.sampled_from([2, 3, 5, 9]),
    "lengths": st.lists(st.integers(1, 12), min_size=1, max_size=3),
    "low": st.sampled_from(FORBIDDEN),
    "share": st.sampled_from([0.1, 0.5, 0.9]),
    "moved": st.booleans(),
    "within": st.booleans(),
}


@given(**FAR_APART)
@settings(max_examples=12, deadline=None)
def test_scores_far_apart(**drawn: Any) -> None:
    nothing_is_lost(**drawn)


@pytest.mark.slow
@given(**FAR_APART)
@settings(max_examples=400, deadline=None)
def test_scores_far_apart_at_length(**drawn: Any) -> None:
    nothing_is_lost(**drawn)


def nothing_is_lost(
    seed: int, tags: int, lengths: list[int], low: float, share: float, **drawn: bool
) -> None:
    """Some forbid by -10,000: whether that may be left out, or wins at last."""
    problem = draw(seed, tags, tuple(lengths), low=low, share=share, **drawn)
    # The tape makes NaN of rows of -inf.
    finite = problem._replace(
        **{name: getattr(problem, name).clamp(min=-1e7) for name in learnt_of(problem)}
    )
    for found, expected in zip(all_gradients(problem), all_gradients(finite, sums_of), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
    shares, pairs = shares_of(spread(finite))[::4]
    torch.testing.assert_close(compiled.marginals(problem), shares, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(compiled.pair_marginals(problem), pairs, rtol=1e-9, atol=1e-12)


def spread(problem: Problem) -> Problem:
    """The same with moves by step."""
    none = torch.zeros(*problem.emissions.shape, len(problem.start), dtype=torch.float64)
    return problem if problem.moves is not None else problem._replace(moves=none)


@pytest.mark.parametrize(
    ("where", "moved"),
    [
        *itertools.product(["start", "transitions", "end", "emissions"], [False, True]),
        ("moves", True),
    ],
)
def test_forbidden_by_a_large_number_is_forbidden(where: str, moved: bool) -> None:
    """To the last bit: nobody needs log space to leave out what is nothing."""
    problem = draw(16, 5, (40, 1, 9), moved=moved)
    scores = getattr(problem, where)
    at = torch.rand(scores.shape, generator=torch.Generator().manual_seed(2)) < 0.3
    at[(..., 0, 0) if where in ("transitions", "moves") else (..., 0)] = False
    low, never = (
        all_gradients(problem._replace(**{where: scores.masked_fill(at, value)}))
        for value in (-1e4, -INF)
    )
    assert all(torch.equal(a, b) for a, b in zip(low, never, strict=True))


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize(
    ("low", "push"), [(-160.0, 5.0), (-160.0, 6.0), (-1e4, 140.0), (-1e4, 340.0)]
)
def test_forbidden_by_a_large_number_is_not_forbidden_where_that_wins(
    low: float, push: float, moved: bool
) -> None:
    """Sixty steps push towards the move; ways around it are quick to sum, and worth less."""
    problem = draw(17, 2, (61,), moved=moved)
    level = problem._replace(
        **{name: torch.zeros_like(getattr(problem, name)) for name in learnt_of(problem)}
    )
    level.transitions[0, 1] = level.transitions[1, 0] = low
    level.emissions[0, :31, 0] = level.emissions[0, 31:, 1] = push
    for found, expected in zip(all_gradients(level), all_gradients(level, sums_of), strict=True):
        torch.testing.assert_close(found, expected)
    torch.testing.assert_close(compiled.pair_marginals(level), shares_of(spread(level))[4])


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("low", FORBIDDEN)
def test_paths_where_scores_are_far_apart(moved: bool, low: float) -> None:
    """The best few are the best of all, and what is drawn avoids what has no chance."""
    problem = draw(5, 3, (5, 1, 4), moved=moved, low=low)
    paths, scores = compiled.kbest(problem, 16)
    drawn = compiled.sample(problem, torch.rand(50, 3, 5, dtype=torch.float64))
    for row, n in enumerate((5, 1, 4)):
        every = sorted(
            enumerated(problem, row, n).items(), key=lambda item: (-item[1], item[0][::-1])
        )
        best = [(path, score) for path, score in every if score > -INF][:16]
        np.testing.assert_allclose(scores[row, : len(best)], [score for _, score in best])
        found = [tuple(path[:n].tolist()) for path in paths[row, : len(best)]]
        assert found == [path for path, _ in best]
        likely = {path for path, score in every if score > best[0][1] - 60}
        assert {tuple(path[:n].tolist()) for path in drawn[:, row]} <= likely
