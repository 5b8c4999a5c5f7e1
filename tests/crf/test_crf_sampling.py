"""Paths drawn from a CRF: by their probability, the same from every back end."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.crf.chains import ALL, Case, chances, draw, draw_moves, every_path
from weaklabel.crf import LinearChainCRF

BACKEND = pytest.mark.parametrize("backend", ALL)
MOVES = pytest.mark.parametrize("moved", [False, True], ids=["shared", "moves"])
DRAWN = 20_000
UNLIKELY = 5.0
"""Standard deviations: a fair sampler is this far off once in two million times."""


def drawn(case: Case, moves: Tensor | None, count: int = DRAWN, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return case.crf.sample(
        case.emissions, case.mask, count, generator=generator, allowed=case.allowed, moves=moves
    )


@BACKEND
@MOVES
def test_each_path_is_drawn_as_often_as_it_is_likely(backend: str, moved: bool) -> None:
    case = draw(3, tags=3, lengths=(3, 2), spread=0.7).to(backend)
    moves = draw_moves(3, case) if moved else None
    found = drawn(case, moves)
    for row, n in enumerate((3, 2)):
        expected = chances(every_path(case, row, within=True, moves=moves))
        paths, times = np.unique(found[:, row, :n].numpy(), axis=0, return_counts=True)
        seen = {tuple(path.tolist()): count for path, count in zip(paths, times, strict=True)}
        assert set(seen) <= set(expected)  # never an illegal path
        for path, chance in expected.items():
            spread = math.sqrt(DRAWN * chance * (1.0 - chance))
            assert abs(seen.get(path, 0) - DRAWN * chance) <= UNLIKELY * spread + 1.0


@BACKEND
@MOVES
def test_tags_and_moves_are_drawn_by_their_marginals(backend: str, moved: bool) -> None:
    case = draw(5, tags=7, lengths=(20, 9)).to(backend)
    moves = draw_moves(5, case) if moved else None
    found = drawn(case, moves)
    options = {"allowed": case.allowed, "moves": moves}
    singles = case.crf.marginals(case.emissions, case.mask, **options)
    pairs = case.crf.pair_marginals(case.emissions, case.mask, **options)
    times = torch.nn.functional.one_hot(found, 7).double().sum(0)
    assert unlikely(times[case.mask], singles[case.mask]) <= UNLIKELY
    made = torch.stack(
        [
            torch.bincount(found[:, row, t - 1] * 7 + found[:, row, t], minlength=49)
            for row, t in case.mask.nonzero().tolist()
            if t
        ]
    )
    real = case.mask.clone()
    real[:, 0] = False
    assert unlikely(made.double(), pairs[real].flatten(1)) <= UNLIKELY


def unlikely(times: Tensor, chances: Tensor) -> float:
    """The largest distance from what is expected, in standard deviations and a bit."""
    spread = (DRAWN * chances * (1.0 - chances)).clamp(min=0.0).sqrt()
    return (((times - DRAWN * chances).abs() - 1.0) / (spread + 1e-3)).max().item()


def test_the_bound_can_fail() -> None:
    """Paths drawn without heed of the moves are told from those that are."""
    case = draw(5, tags=7, lengths=(20, 9))
    found = drawn(case, None)
    shuffled = found.roll(1, 0)  # a tag's neighbour is another path's
    made = torch.bincount(found[:, 0, 3] * 7 + shuffled[:, 0, 4], minlength=49)
    pairs = case.crf.pair_marginals(case.emissions, case.mask, allowed=case.allowed)
    assert unlikely(made.double(), pairs[0, 4].flatten()) > UNLIKELY


@MOVES
@pytest.mark.parametrize("spread", [1.0, 10.0])
@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16])
def test_every_back_end_draws_the_same(moved: bool, spread: float, kind: torch.dtype) -> None:
    case = draw(8, tags=5, lengths=(30, 7, 1, 12), spread=spread, kind=kind)
    moves = draw_moves(8, case) if moved else None
    first, *others = (drawn(case.to(backend), moves, 50) for backend in ALL)
    for other in others:
        assert torch.equal(first, other)


@BACKEND
def test_the_generator_decides(backend: str) -> None:
    case = draw(9, tags=5, lengths=(12, 7)).to(backend)
    once, again, other = (drawn(case, None, 8, seed) for seed in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    torch.manual_seed(3)
    ours = case.crf.sample(case.emissions, case.mask)
    torch.manual_seed(3)
    assert torch.equal(ours, case.crf.sample(case.emissions, case.mask))
    assert ours.shape == (1, 2, 12)


@BACKEND
def test_what_is_next_to_impossible_is_not_drawn_and_what_underflows_is(backend: str) -> None:
    """The only path to the end passes through shares of 1e-600."""
    crf = LinearChainCRF(2, may_follow=np.eye(2, dtype=np.bool_), backend=backend)
    emissions = torch.tensor([[30.0, -30.0]] * 30 + [[-30.0, 30.0]] * 31)[None]
    found = crf.sample(emissions, torch.ones(1, 61, dtype=torch.bool), 10)
    assert bool((found == 1).all())
