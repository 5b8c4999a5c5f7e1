"""The GPU's back end on a GPU: sizes that training has, beside the reference in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.crf.chains import Case, draw, draw_moves
from weaklabel.crf import LinearChainCRF, fused, plain
from weaklabel.crf.backends import backend_for
from weaklabel.crf.problem import Problem

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"),
]
SIZES = [(1, 3, 7), (5, 32, 40), (9, 256, 128), (17, 64, 512), (33, 33, 90), (64, 16, 128),
         (100, 8, 50), (128, 40, 512)]  # fmt: skip
LOW = {torch.float16: 1e-3, torch.bfloat16: 8e-3}


def batch(tags: int, sentences: int, steps: int, kind: torch.dtype, spread: float = 3.0) -> Case:
    rng = np.random.default_rng(tags)
    lengths = (steps, 1, *rng.integers(1, steps + 1, sentences - 2).tolist())
    case = draw(tags, tags=tags, lengths=lengths, spread=spread, kind=kind)
    return Case(case.crf.float().cuda(), *(x.cuda() for x in case[1:]))


def asked(case: Case, *, within: bool, moves: Tensor | None = None) -> tuple[Problem, Problem]:
    """A problem, and the same in float64."""
    allowed = case.allowed if within else None
    problem = case.crf.chain(case.emissions, case.mask, allowed=allowed, moves=moves).problem
    exact = problem._replace(
        emissions=problem.emissions.double(), moves=None if moves is None else moves.double()
    )
    return problem, exact


def with_gradients(what: str, backend: object, problem: Problem, *tags: Tensor) -> list[Tensor]:
    learnt = {
        field: x.detach().clone().requires_grad_()
        for field in ("emissions", "start", "transitions", "end", "moves")
        if (x := getattr(problem, field)) is not None
    }
    values = getattr(backend, what)(problem._replace(**learnt), *tags)
    values.mean().backward()
    return [values.detach(), *(x.grad for x in learnt.values() if x.grad is not None)]


def agree(mine: list[Tensor], theirs: list[Tensor]) -> None:
    assert bool(((mine[0] - theirs[0]).abs() <= 1e-5 * (1 + theirs[0].abs())).all())
    for one, other in zip(mine[1:], theirs[1:], strict=True):
        exact = other.double().nan_to_num(0.0)
        atol = max(1e-4, LOW.get(one.dtype, 0.0)) * (1 + exact.abs().max().item())
        torch.testing.assert_close(one.double(), exact, rtol=0, atol=atol)


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("size", SIZES)
def test_sums_and_best_paths(size: tuple[int, int, int], kind: torch.dtype) -> None:
    case = batch(*size, kind)
    problem, exact = asked(case, within=False)
    path = plain.decode(exact)
    for what, *tags in (("log_partition",), ("log_likelihood", path)):
        mine = with_gradients(what, fused, problem, *tags)
        agree(mine, with_gradients(what, plain, exact, *tags))
        for one, again in zip(mine, with_gradients(what, fused, problem, *tags), strict=True):
            assert torch.equal(one, again)
    torch.testing.assert_close(fused.marginals(problem), plain.marginals(exact), rtol=0, atol=1e-4)
    best = fused.decode(problem)
    assert not best[~case.mask].any()
    torch.testing.assert_close(
        plain.score(exact, best), plain.score(exact, path), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("size", SIZES)
def test_partly_labelled_text(size: tuple[int, int, int]) -> None:
    problem, exact = asked(batch(*size, torch.float32), within=True)
    mine = with_gradients("partial_log_likelihood", fused, problem)
    agree(mine, with_gradients("partial_log_likelihood", plain, exact))
    best, path = fused.decode(problem), plain.decode(exact)
    torch.testing.assert_close(
        plain.score(exact, best), plain.score(exact, path), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("size", [(3, 20, 50), (17, 8, 64), (128, 3, 20)])
def test_moves(size: tuple[int, int, int]) -> None:
    case = batch(*size, torch.float32)
    problem, exact = asked(case, within=True, moves=draw_moves(1, case._replace(
        emissions=case.emissions.cpu(), mask=case.mask.cpu())).cuda())  # fmt: skip
    path = plain.decode(exact)
    for what, *tags in (("log_likelihood", path), ("partial_log_likelihood",)):
        agree(
            with_gradients(what, fused, problem, *tags),
            with_gradients(what, plain, exact, *tags),
        )
    for what in ("pair_marginals", "expected_moves"):
        found, expected = getattr(fused, what)(problem), getattr(plain, what)(exact)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
    best = fused.decode(problem)
    torch.testing.assert_close(
        plain.score(exact, best), plain.score(exact, path), rtol=1e-6, atol=0
    )


def test_scores_far_apart() -> None:
    """Emissions to 30 and a move forbidden by a large number."""
    case = batch(9, 64, 128, torch.float32, spread=10.0)
    with torch.no_grad():
        case.crf.transitions[1, 2] = -1e4
    problem, exact = asked(case, within=False)
    agree(
        with_gradients("log_partition", fused, problem),
        with_gradients("log_partition", plain, exact),
    )


def test_it_is_the_default_and_names_what_is_wrong() -> None:
    assert backend_for(torch.device("cuda"), None) is fused
    crf = LinearChainCRF(3).cuda()
    emissions = torch.zeros(300, 4, 3, device="cuda")
    mask = torch.ones(300, 4, dtype=torch.bool, device="cuda")
    emissions[280, 2, 1] = math.nan
    for work in (crf.log_partition, crf.marginals, crf.decode):
        with pytest.raises(ValueError, match="NaN or \\+inf at step 2 of batch row 280"):
            work(emissions, mask)
