"""The compiled kernels of moves by step, pairs, the best few and drawing, asked hard questions.

What every back end is asked is in test_crf_operations.py; here are scores far apart, many tags,
long sentences, threads, and an oracle in log space that shares nothing with the package.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.crf.problems import (
    INF,
    LEARNT,
    all_gradients,
    draw,
    enumerated,
    learnt_of,
    shares_of,
    sums_of,
    with_gradients,
)
from weaklabel.crf import compiled
from weaklabel.crf.compiled import threads
from weaklabel.errors import DataError


@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tags", [1, 3, 8, 17])
@pytest.mark.parametrize("within", [False, True])
def test_as_the_oracle(tags: int, within: bool, kind: torch.dtype) -> None:
    problem = draw(tags, tags, (40, 1, 13, 2), moved=True, within=within, kind=kind)
    exact = problem._replace(emissions=problem.emissions.double(), moves=problem.moves.double())
    expected = shares_of(exact)
    asked, learnt = with_gradients(problem)
    totals = compiled.log_partition(asked)
    torch.testing.assert_close(totals, sums_of(exact))
    atol = {torch.float64: 1e-12, torch.float32: 1e-6, torch.bfloat16: 4e-3}[kind]
    for own, found, share in zip(
        learnt, torch.autograd.grad(totals.sum(), learnt), expected, strict=True
    ):
        assert found.dtype is own.dtype
        torch.testing.assert_close(found.double(), share, rtol=0, atol=max(atol, 1e-9))
    for found, share in (
        (compiled.marginals(problem), expected[0]),
        (compiled.pair_marginals(problem), expected[4]),
        (compiled.expected_moves(problem), expected[4].sum(1)),
    ):
        assert found.dtype is torch.float64
        torch.testing.assert_close(found, share, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("kind", "moves_kind"),
    [
        (torch.float32, torch.float64),
        (torch.float64, torch.float16),
        (torch.bfloat16, torch.float32),
    ],
)
def test_types_may_differ_and_memory_may_be_anyhow(
    kind: torch.dtype, moves_kind: torch.dtype
) -> None:
    """Each gradient has its own input's type; what is not contiguous is read as it is meant."""
    problem = draw(18, 4, (9, 2, 5), moved=True)
    assert problem.moves is not None
    problem = problem._replace(
        emissions=problem.emissions.to(kind).transpose(0, 1).contiguous().transpose(0, 1),
        moves=problem.moves[:1].to(moves_kind).transpose(2, 3).expand(3, -1, -1, -1),
    )
    asked, learnt = with_gradients(problem)
    totals = compiled.log_partition(asked)
    torch.testing.assert_close(totals, sums_of(problem))
    exact = problem._replace(emissions=problem.emissions.double(), moves=problem.moves.double())
    for own, found, share in zip(
        learnt, torch.autograd.grad(totals.sum(), learnt), shares_of(exact), strict=True
    ):
        assert found.dtype is own.dtype
        torch.testing.assert_close(found.double(), share, rtol=0, atol=4e-3)
    assert torch.equal(compiled.decode(problem), compiled.decode(exact))
    pairs = compiled.pair_marginals(problem)
    torch.testing.assert_close(pairs, shares_of(exact)[4], rtol=0, atol=1e-10)


@pytest.mark.parametrize("within", [False, True])
def test_pairs_of_shared_moves(within: bool) -> None:
    problem = draw(1, 5, (30, 1, 13, 2), moved=False, within=within)
    spread = problem._replace(moves=torch.zeros(4, 30, 5, 5, dtype=torch.float64))
    pairs = compiled.pair_marginals(problem)
    torch.testing.assert_close(pairs, shares_of(spread)[4], rtol=0, atol=1e-12)
    counts = compiled.expected_moves(problem)
    torch.testing.assert_close(counts, pairs.sum(1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("what", ["sum", "partial", "likelihood"])
def test_gradients_of_moves(what: str) -> None:
    problem = draw(2, 3, (4, 1, 3), moved=True, within=what == "partial")
    path = compiled.decode(problem)
    asked, learnt = with_gradients(problem)

    def value(*given: Tensor) -> Tensor:
        here = asked._replace(**dict(zip(LEARNT, given, strict=True)))
        if what == "likelihood":
            return compiled.log_likelihood(here, path)
        return compiled.partial_log_likelihood(here) if what == "partial" else sums(here)

    sums = compiled.log_partition
    assert torch.autograd.gradcheck(value, learnt)


def test_going_backward_twice_gives_the_same_gradients_twice() -> None:
    asked, learnt = with_gradients(draw(3, 4, (6, 1, 3), moved=True))
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    totals = compiled.log_partition(asked)
    first = torch.autograd.grad(totals, learnt, weights, retain_graph=True)
    kept = [grad.clone() for grad in first]
    for again, before in zip(torch.autograd.grad(totals, learnt, weights), kept, strict=True):
        assert torch.equal(again, before)


def test_moves_that_are_given_need_no_gradient() -> None:
    asked, learnt = with_gradients(draw(4, 4, (6, 1, 3), moved=True))
    constant = asked._replace(moves=learnt[4].detach())
    for some in (learnt[:4], learnt[1:3]):
        with_moves = torch.autograd.grad(compiled.log_partition(asked).sum(), some)
        without = torch.autograd.grad(compiled.log_partition(constant).sum(), some)
        assert all(torch.equal(a, b) for a, b in zip(with_moves, without, strict=True))


# ---- paths --------------------------------------------------------------------------------------
@pytest.mark.parametrize("moved", [False, True])
def test_of_equal_paths_the_lowest_tags_win_last(moved: bool) -> None:
    problem = draw(6, 3, (3,), moved=moved)
    level = problem._replace(
        **{name: torch.zeros_like(getattr(problem, name)) for name in learnt_of(problem)}
    )
    paths, scores = compiled.kbest(level, 16)
    every = sorted(np.ndindex(3, 3, 3), key=lambda path: path[::-1])
    assert [tuple(path) for path in paths[0].tolist()] == every[:16]
    assert not scores.any()
    assert not compiled.decode(level).any()


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("tags", [1, 2, 9, 300])
def test_the_best_of_the_best_few_is_the_best(tags: int, moved: bool) -> None:
    problem = draw(7, tags, (5, 1, 3), moved=moved, within=True)
    for count in (1, 2, 16):
        paths, scores = compiled.kbest(problem, count)
        assert torch.equal(paths[:, 0], compiled.decode(problem))
        assert bool((scores[:, 1:] <= scores[:, :-1]).all())


@pytest.mark.parametrize("moved", [False, True])
def test_draws_follow_the_uniforms(moved: bool) -> None:
    """Backward, each tag by its cumulated probability given the tag after it, by enumeration."""
    problem = draw(8, 3, (4, 1), moved=moved, low=-INF)
    uniforms = torch.rand(40, 2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    uniforms[0] = 0.0
    uniforms[1] = np.nextafter(1.0, 0.0)
    drawn = compiled.sample(problem, uniforms)
    for row, n in ((0, 4), (1, 1)):
        paths = {p: math.exp(s) for p, s in enumerated(problem, row, n).items() if s > -INF}
        for sample in range(40):
            chosen: tuple[int, ...] = ()
            for t in range(n - 1, -1, -1):
                weights = [
                    sum(w for p, w in paths.items() if p[t:] == (tag, *chosen)) for tag in range(3)
                ]
                limit = uniforms[sample, row, t].item() * sum(weights)
                cumulated = np.cumsum(weights)
                possible = [tag for tag in range(3) if weights[tag] > 0]
                over = [tag for tag in possible if cumulated[tag] > limit]
                chosen = ((over or possible[-1:])[0], *chosen)
            assert tuple(drawn[sample, row, :n].tolist()) == chosen
        assert not drawn[:, row, n:].any()


# ---- at large -----------------------------------------------------------------------------------
def test_many_tags() -> None:
    problem = draw(9, 300, (3, 1, 2), moved=True)
    torch.testing.assert_close(compiled.log_partition(problem), sums_of(problem))
    expected = shares_of(problem)
    torch.testing.assert_close(compiled.marginals(problem), expected[0], rtol=0, atol=1e-10)
    pairs = compiled.pair_marginals(problem)
    torch.testing.assert_close(pairs, expected[4], rtol=0, atol=1e-10)


OPERATIONS: dict[str, Any] = {
    "sums": lambda problem, uniforms: all_gradients(problem),
    "marginals": lambda problem, uniforms: [compiled.marginals(problem)],
    "pair_marginals": lambda problem, uniforms: [compiled.pair_marginals(problem)],
    "expected_moves": lambda problem, uniforms: [compiled.expected_moves(problem)],
    "decode": lambda problem, uniforms: [compiled.decode(problem)],
    "kbest": lambda problem, uniforms: list(compiled.kbest(problem, 5)),
    "sample": lambda problem, uniforms: [compiled.sample(problem, uniforms)],
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.parametrize("moved", [False, True])
def test_threads_change_no_bit(name: str, moved: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = draw(10, 5, (9, 7, 1, 9, 4, 2), moved=moved, within=True, low=-160.0, share=0.1)
    uniforms = torch.rand(3, 6, 9, dtype=torch.float64)
    monkeypatch.setattr(threads, "SINGLE_THREAD", 0)
    found = []
    for count in (1, 2, 3, 1):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        found.append(OPERATIONS[name](problem, uniforms))
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


# ---- what is wrong ------------------------------------------------------------------------------
@pytest.mark.parametrize("moved", [False, True])
def test_without_any_path(moved: bool) -> None:
    problem = draw(11, 3, (4, 1, 2), moved=moved)
    if moved:
        assert problem.moves is not None
        problem.moves[0, 2] = -INF
        problem.moves[2] = -INF
    else:
        problem = problem._replace(legal_moves=torch.zeros(3, 3, dtype=torch.bool))
    totals = compiled.log_partition(problem)
    assert totals.isinf().tolist() == [True, False, True]
    for found in (compiled.marginals(problem), compiled.pair_marginals(problem)):
        assert not found[0].any()
        assert not found[2].any()
    assert not compiled.expected_moves(problem).any()
    paths, scores = compiled.kbest(problem, 4)
    assert (scores[[0, 2]] == -INF).all()
    assert not paths[[0, 2]].any()
    assert scores[1, :3].isfinite().all()
    with pytest.raises(DataError, match="batch row 0 "):
        compiled.sample(problem, torch.rand(2, 3, 4, dtype=torch.float64))


@pytest.mark.parametrize("bad", [math.nan, INF])
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_move_that_is_no_number(name: str, bad: float) -> None:
    problem = draw(12, 3, (4, 1, 3), moved=True)
    assert problem.moves is not None
    uniforms = torch.rand(2, 3, 4, dtype=torch.float64)
    problem.moves[:, 0] = bad
    problem.moves[1, 1:] = bad
    problem.moves[2, 3] = bad
    OPERATIONS[name](problem, uniforms)  # nobody looks there
    problem.moves[2, 2, 1, 0] = bad
    with pytest.raises(DataError, match=r"moves: NaN or \+inf at step 2 of batch row 2"):
        OPERATIONS[name](problem, uniforms)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("hole", "mask: batch row 2 has a token at step 3 after padding"),
        ("empty", "mask: batch row 1 is empty"),
        ("emission", r"emissions: NaN or \+inf at step 1 of batch row 2"),
        ("stuck", "no tag is allowed at step 2 of batch row 0"),
        ("own", r"start, transitions or end: a score is NaN or \+inf"),
    ],
)
def test_what_is_wrong_is_named(name: str, what: str, message: str) -> None:
    problem = draw(13, 3, (4, 1, 2), moved=True, within=True)
    assert problem.allowed is not None
    if what == "hole":
        problem.mask[2, 3] = True
    elif what == "empty":
        problem.mask[1] = False
    elif what == "emission":
        problem.emissions[2, 1, 0] = INF
    elif what == "stuck":
        problem.allowed[0, 2] = False
    else:
        problem.end[1] = math.nan
    with pytest.raises(DataError, match=message):
        OPERATIONS[name](problem, torch.rand(2, 3, 4, dtype=torch.float64))


def test_a_tag_out_of_range() -> None:
    problem = draw(14, 3, (4, 1), moved=True)
    tags = torch.tensor([[0, 1, 3, 0], [1, 9, 9, 9]])
    with pytest.raises(DataError, match="tags: expected 0 to 2, got 3 at step 2 of batch row 0"):
        compiled.log_likelihood(problem, tags)
    tags[0, 2] = 0
    assert compiled.log_likelihood(problem, tags).isfinite().all()


def test_no_sentences_at_all() -> None:
    problem = draw(15, 3, (4,), moved=True)
    none = problem._replace(
        emissions=problem.emissions[:0], mask=problem.mask[:0], moves=problem.moves[:0]
    )
    uniforms = torch.rand(2, 0, 4, dtype=torch.float64)
    for name, ask in OPERATIONS.items():
        assert all(x.numel() == 0 for x in ask(none, uniforms)[:1]), name
