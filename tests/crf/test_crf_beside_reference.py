"""Every operation and back end beside the reference in log space and float64."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crf.asked import BACKEND, OPERATIONS, options_of
from tests.crf.chains import (
    INF,
    draw,
    draw_moves,
    entropy_of,
    every_path,
    log_sum,
    potentials_of,
)
from weaklabel.crf.plain import log_space

RAGGED = {
    "seed": st.integers(0, 100_000),
    "tags": st.sampled_from([1, 2, 3, 5, 8, 9, 17]),
    "lengths": st.lists(st.integers(1, 30), min_size=1, max_size=4),
    "spread": st.sampled_from([0.1, 2.0, 10.0]),
    "forbid": st.sampled_from([0.0, 0.3, 0.7]),
    "kind": st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.float16]),
    "moved": st.booleans(),
    "within": st.booleans(),
}


@BACKEND
@given(**RAGGED)
@settings(max_examples=5, deadline=None)
def test_operations_as_the_reference(backend: str, **drawn: Any) -> None:
    agrees_with_the_reference(backend, **drawn)


@pytest.mark.slow
@BACKEND
@given(**RAGGED)
@settings(max_examples=120, deadline=None)
def test_operations_as_the_reference_at_length(backend: str, **drawn: Any) -> None:
    agrees_with_the_reference(backend, **drawn)


def agrees_with_the_reference(
    backend: str, seed: int, tags: int, lengths: list[int], spread: float, forbid: float,
    kind: torch.dtype, moved: bool, within: bool,
) -> None:  # fmt: skip
    case = draw(
        seed, tags=tags, lengths=tuple(lengths), spread=spread, forbid=forbid, kind=kind
    ).to(backend)
    crf, emissions, allowed, mask = case
    if seed % 2:  # emissions forbid too
        fewer = torch.from_numpy(np.random.default_rng(seed).random(allowed.shape) < 0.3)
        fewer[..., 0] = False
        emissions = emissions.masked_fill(fewer, -INF)
    moves = draw_moves(seed, case, spread=min(spread, 4.0), forbid=forbid) if moved else None
    options = {"allowed": allowed if within else None, "moves": moves}
    exact = None if moves is None else moves.double()
    chain = potentials_of(crf, emissions.double(), mask, options["allowed"], exact)

    expected = log_space.log_partition(chain)
    found = crf.log_partition(emissions, mask, **options)
    assert bool(((found - expected).abs() <= 1e-5 * (1 + expected.abs())).all())
    pairs = log_space.pair_marginals(chain)
    close = {"rtol": 0, "atol": 1e-4}
    torch.testing.assert_close(crf.pair_marginals(emissions, mask, **options), pairs, **close)
    counts = crf.expected_counts(emissions, mask, **options)
    torch.testing.assert_close(counts.moves, pairs.sum(1), **close)
    singles = crf.marginals(emissions, mask, **options)
    torch.testing.assert_close(singles[:, 1:], pairs.sum(2)[:, 1:], **close)
    torch.testing.assert_close(singles.sum(-1), mask.double(), **close)
    entropies = crf.entropy(emissions, mask, **options)
    torch.testing.assert_close(entropies.detach(), entropy_of(chain), rtol=1e-5, atol=1e-5)

    ranked = crf.decode_kbest(emissions, mask, 3, **options)
    real = torch.isfinite(ranked.scores)
    for each in range(3):
        scores = crf.score(emissions.double(), ranked.tags[:, each], mask, **options)
        here = real[:, each]
        torch.testing.assert_close(scores[here], ranked.scores[here, each])
    best = crf.decode(emissions, mask, **options)
    scores = crf.score(emissions.double(), best, mask, **options)
    torch.testing.assert_close(scores, ranked.scores[:, 0], rtol=1e-5, atol=1e-5)
    assert bool((ranked.scores.diff(dim=1).nan_to_num(-1.0) <= 0).all())
    for a, b in itertools.combinations(range(3), 2):
        differ = (ranked.tags[:, a] != ranked.tags[:, b]).any(1)
        assert bool(differ[real[:, b]].all())

    any_path = torch.from_numpy(np.random.default_rng(seed).integers(0, tags, best.shape))
    for path in (best, any_path):
        steps = crf.path_steps(emissions, path, mask, **options)
        torch.testing.assert_close(steps, log_space.path_steps(chain, path), rtol=1e-7, atol=1e-12)
    exactly = emissions.double().requires_grad_()
    slopes = [
        torch.autograd.grad(entropies.sum(), [exactly, *crf.parameters()], materialize_grads=True)
        for entropies in (
            crf.entropy(exactly, mask, allowed=options["allowed"], moves=exact),
            entropy_of(potentials_of(crf, exactly, mask, options["allowed"], exact)),
        )
    ]
    for slope, wanted in zip(*slopes, strict=True):
        torch.testing.assert_close(slope, wanted, rtol=1e-6, atol=1e-8)
    if moves is not None:
        moves.requires_grad_()
        (slope,) = torch.autograd.grad(crf.log_partition(emissions, mask, **options).sum(), moves)
        assert slope.dtype is kind
        atol = 1e-4 if kind in (torch.float32, torch.float64) else 5e-3
        torch.testing.assert_close(slope.double(), pairs, rtol=0, atol=atol)


# ---- hard numbers -------------------------------------------------------------------------------
@BACKEND
@pytest.mark.parametrize("low", [-160.0, -700.0, -1e4])
def test_moves_far_apart(backend: str, low: float) -> None:
    """Some forbid a move by a large number; where only such moves lead on, they are made."""
    case = draw(12, tags=4, lengths=(5, 3, 4), forbid=0.0).to(backend)
    crf, emissions, _, mask = case
    moves = draw_moves(12, case, forbid=0.5, junk=False).masked_fill(
        draw_moves(12, case, forbid=0.5, junk=False) == -INF, low
    )
    moves[0, 2], moves[1, 1, :2] = low, -INF
    chain = potentials_of(crf, emissions, mask, None, moves)
    found = crf.log_partition(emissions, mask, moves=moves)
    for row in range(3):
        paths = every_path(case, row, within=False, moves=moves)
        assert found[row].item() == pytest.approx(log_sum(paths), rel=1e-12)
    pairs = log_space.pair_marginals(chain)
    torch.testing.assert_close(crf.pair_marginals(emissions, mask, moves=moves), pairs)
    torch.testing.assert_close(
        crf.marginals(emissions, mask, moves=moves)[:, 1:], pairs.sum(2)[:, 1:]
    )
    counts = crf.expected_counts(emissions, mask, moves=moves)
    torch.testing.assert_close(counts.moves, pairs.sum(1))
    entropies = crf.entropy(emissions, mask, moves=moves)
    torch.testing.assert_close(entropies, entropy_of(chain), rtol=0, atol=1e-8)
    given = moves.requires_grad_()
    (slope,) = torch.autograd.grad(crf.log_partition(emissions, mask, moves=given).sum(), given)
    torch.testing.assert_close(slope, pairs)


@BACKEND
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("moves_kind", [torch.bfloat16, torch.float32, torch.float64])
def test_moves_may_be_of_another_type(
    backend: str, kind: torch.dtype, moves_kind: torch.dtype
) -> None:
    case = draw(13, tags=4, lengths=(5, 3), kind=kind).to(backend)
    crf, emissions, _, mask = case
    moves = draw_moves(13, case, junk=False).to(moves_kind)
    exact = case._replace(emissions=emissions.double())
    for name, ask in OPERATIONS.items():
        if name in ("decode", "kbest", "steps"):  # near ties may be decided otherwise
            continue
        wanted = ask(crf, exact.emissions, mask, options_of(case, moves.double()))
        found = ask(crf, emissions, mask, options_of(case, moves))
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-4)
    learnt = emissions.requires_grad_(), moves.requires_grad_()
    slopes = torch.autograd.grad(crf.log_partition(emissions, mask, moves=moves).sum(), learnt)
    assert [slope.dtype for slope in slopes] == [kind, moves_kind]


@pytest.mark.slow
@BACKEND
def test_many_tags(backend: str) -> None:
    """More than a byte can count."""
    case = draw(14, tags=260, lengths=(2, 1), forbid=0.0)
    moves = draw_moves(14, case)
    for options in ({"moves": None}, {"moves": moves}):
        (mine, theirs) = (
            [ask(crf, case.emissions, case.mask, options) for ask in OPERATIONS.values()]
            for crf in (case.to(backend).crf, case.to("reference").crf)
        )
        for found, wanted in zip(mine, theirs, strict=True):
            torch.testing.assert_close(found, wanted)
