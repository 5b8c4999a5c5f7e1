"""Every back end of the CRF: enumeration, the printed oracle, the reference, bad input."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.crf.chains import ALL, INF, Case, draw, every_path, log_sum, potentials_of
from weaklabel.crf import LinearChainCRF
from weaklabel.crf.backends import BACKENDS, VARIABLE
from weaklabel.crf.compiled import threads
from weaklabel.crf.plain import log_space
from weaklabel.crf.plain import paths as plain_paths
from weaklabel.errors import ConfigError, DataError


# ---- enumeration --------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("tags", [1, 2, 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("within", [False, True])
def test_every_operation_by_enumeration(backend: str, tags: int, seed: int, within: bool) -> None:
    lengths = (4, 1, 5, 2)
    case = draw(seed, tags=tags, lengths=lengths).to(backend)
    crf, emissions, allowed, mask = case
    limit = allowed if within else None
    emissions.requires_grad_()
    totals = crf.log_partition(emissions, mask, allowed=limit)
    totals.sum().backward()
    marginals = crf.marginals(emissions, mask, allowed=limit)
    best = crf.decode(emissions, mask, allowed=limit)
    partial = crf.partial_log_likelihood(emissions, allowed, mask)
    likelihood = crf.log_likelihood(emissions, best, mask)
    scores = crf.score(emissions, best, mask)
    moved = np.zeros((tags, tags))
    begun, ended = np.zeros(tags), np.zeros(tags)
    for row, n in enumerate(lengths):
        paths = every_path(case, row, within=within)
        total = log_sum(paths)
        free = log_sum(every_path(case, row, within=False))
        assert totals[row].item() == pytest.approx(total, abs=1e-10)
        share = log_sum(every_path(case, row, within=True)) - free
        assert partial[row].item() == pytest.approx(share, abs=1e-10)
        found = tuple(best[row, :n].tolist())
        assert paths[found] == pytest.approx(max(paths.values()), abs=1e-10)
        assert scores[row].item() == pytest.approx(paths[found], abs=1e-10)
        assert likelihood[row].item() == pytest.approx(paths[found] - free, abs=1e-10)
        expected = np.zeros((max(lengths), tags))
        for path, score in paths.items():
            weight = math.exp(score - total)
            begun[path[0]] += weight
            ended[path[-1]] += weight
            for t, tag in enumerate(path):
                expected[t, tag] += weight
            for pair in itertools.pairwise(path):
                moved[pair] += weight
        np.testing.assert_allclose(marginals[row], expected, atol=1e-10)
        assert emissions.grad is not None
        np.testing.assert_allclose(emissions.grad[row], expected, atol=1e-10)
        assert not best[row, n:].any()
    for own, counts in ((crf.start, begun), (crf.transitions, moved), (crf.end, ended)):
        assert own.grad is not None
        np.testing.assert_allclose(own.grad, counts, atol=1e-10)


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_printed_numbers(backend: str, kind: torch.dtype) -> None:
    crf = LinearChainCRF(3, backend=backend)
    with torch.no_grad():
        crf.transitions.copy_(torch.tensor([[0.0, 1, -1], [0.5, 0, 0], [0, 0, 0.5]]))
    emissions = torch.tensor([[[0.0, 1, 2], [1, 0, 0], [0.5, 0.5, 0]]], dtype=kind)
    allowed = torch.tensor([[[0, 0, 1], [1, 1, 0], [1, 1, 1]]]).bool()
    mask = torch.ones(1, 3, dtype=torch.bool)
    assert crf.log_partition(emissions, mask).item() == pytest.approx(5.9181075489, abs=1e-9)
    within = crf.log_partition(emissions, mask, allowed=allowed)
    assert within.item() == pytest.approx(5.1368492162, abs=1e-9)
    assert crf(emissions, allowed, mask).item() == pytest.approx(0.7812583326, abs=1e-9)
    assert crf.decode(emissions, mask).tolist() == [[2, 0, 1]]
    for path, score in (([2, 0, 1], 4.5), ([1, 0, 1], 4.0), ([2, 0, 0], 3.5)):
        assert crf.score(emissions, torch.tensor([path]), mask).item() == pytest.approx(score)
    expected = [[0.091666, 0.288397, 0.619937], [0.611640, 0.185186, 0.203174],
                [0.316701, 0.546444, 0.136855]]  # fmt: skip
    np.testing.assert_allclose(crf.marginals(emissions, mask)[0], expected, atol=1e-6)


# ---- properties ---------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", ALL)
def test_a_constant_at_one_step_moves_the_sum_and_no_marginal(backend: str) -> None:
    crf, emissions, _, mask = draw(3).to(backend)
    shifted = emissions.clone()
    shifted[:, 0] += 7.0
    change = crf.log_partition(shifted, mask) - crf.log_partition(emissions, mask)
    torch.testing.assert_close(change, torch.full_like(change, 7.0))
    torch.testing.assert_close(crf.marginals(shifted, mask), crf.marginals(emissions, mask))


@pytest.mark.parametrize("backend", ALL)
def test_without_moves_the_sum_is_each_tokens_sum(backend: str) -> None:
    _, emissions, _, mask = draw(4, tags=9, lengths=(7, 2))
    expected = (torch.logsumexp(emissions, -1) * mask).sum(1)
    found = LinearChainCRF(9, backend=backend).log_partition(emissions, mask)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("what", ["sum", "within", "partial", "likelihood"])
@pytest.mark.parametrize("lengths", [(4, 1, 3)])
def test_gradients(backend: str, what: str, lengths: tuple[int, ...]) -> None:
    crf, emissions, allowed, mask = draw(5, tags=3, lengths=lengths).to(backend)
    path = crf.decode(emissions, mask)
    own = dict(crf.named_parameters())

    class Ask(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.crf = crf

        def forward(self, emissions: Tensor) -> Tensor:
            if what == "partial":
                return crf.partial_log_likelihood(emissions, allowed, mask)
            if what == "likelihood":
                return crf.log_likelihood(emissions, path, mask)
            limit = allowed if what == "within" else None
            return crf.log_partition(emissions, mask, allowed=limit)

    def value(emissions: Tensor, *given: Tensor) -> Any:
        named = {f"crf.{name}": x for name, x in zip(own, given, strict=True)}
        return torch.func.functional_call(Ask(), named, (emissions,))

    inputs = [emissions, *(x.detach() for x in own.values())]
    assert torch.autograd.gradcheck(value, [x.clone().requires_grad_() for x in inputs])


@pytest.mark.parametrize("backend", ALL)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_allowing_more_never_raises_the_loss(backend: str, seed: int) -> None:
    crf, emissions, allowed, mask = draw(seed).to(backend)
    more = allowed | torch.from_numpy(np.random.default_rng(seed).random(allowed.shape) < 0.3)
    assert bool((crf(emissions, more, mask) <= crf(emissions, allowed, mask) + 1e-12).all())
    assert not crf(emissions, torch.ones_like(allowed), mask).abs().max() > 1e-12


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_sentence_does_not_depend_on_its_batch(kind: torch.dtype) -> None:
    case = draw(6, tags=9, lengths=(40, 7, 1, 23), kind=kind).to("compiled")
    crf, emissions, allowed, mask = case
    for row, n in enumerate(mask.sum(1).tolist()):
        alone = emissions[row : row + 1, :n], allowed[row : row + 1, :n], mask[row : row + 1, :n]
        assert crf(emissions, allowed, mask)[row] == crf(*alone)[0]
        together = crf.marginals(emissions, mask)[row, :n]
        assert torch.equal(together, crf.marginals(alone[0], alone[2])[0])
        path = crf.decode(emissions, mask)[row, :n]
        assert torch.equal(path, crf.decode(alone[0], alone[2])[0])


def test_threads_and_repeats_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    case = draw(7, tags=5, lengths=(30, 7, 1, 23, 4, 9), kind=torch.float32).to("compiled")
    crf, emissions, allowed, mask = case
    monkeypatch.setattr(threads, "SINGLE_THREAD", 0)
    found = []
    for count in (1, 2, 3, 1):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        emissions = emissions.detach().clone().requires_grad_()
        crf.zero_grad()
        loss = crf(emissions, allowed, mask)
        loss.sum().backward()
        grads = [emissions.grad, *(own.grad for own in crf.parameters())]
        found.append([loss.detach(), *grads, crf.decode(emissions, mask)])
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


# ---- the compiled back end beside the reference in log space ------------------------------------
RAGGED = {
    "seed": st.integers(0, 100_000),
    "tags": st.sampled_from([1, 2, 3, 5, 8, 9, 16, 17, 33]),
    "lengths": st.lists(st.integers(1, 40), min_size=1, max_size=5),
    "spread": st.sampled_from([0.1, 2.0, 10.0]),
    "forbid": st.sampled_from([0.0, 0.3, 0.7]),
    "kind": st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.float16]),
}


@given(**RAGGED)
@settings(max_examples=20, deadline=None)
def test_as_the_reference(**drawn: Any) -> None:
    agrees_with_the_reference(**drawn)


@pytest.mark.slow
@given(**RAGGED)
@settings(max_examples=300, deadline=None)
def test_as_the_reference_at_length(**drawn: Any) -> None:
    agrees_with_the_reference(**drawn)


def agrees_with_the_reference(
    seed: int, tags: int, lengths: list[int], spread: float, forbid: float, kind: torch.dtype
) -> None:
    case = draw(
        seed, tags=tags, lengths=tuple(lengths), spread=spread, forbid=forbid, kind=kind
    ).to("compiled")
    crf, emissions, allowed, mask = case
    exact = emissions.double().requires_grad_()
    for limit in (None, allowed):
        chain = potentials_of(crf, exact, mask, limit)
        expected = log_space.log_partition(chain)
        (shares,) = torch.autograd.grad(expected.sum(), exact)
        found = crf.log_partition(emissions, mask, allowed=limit)
        assert bool(((found - expected).abs() <= 1e-5 * (1 + expected.abs())).all())
        marginals = crf.marginals(emissions, mask, allowed=limit)
        torch.testing.assert_close(marginals, shares, rtol=0, atol=1e-4)
        asked = emissions.clone().requires_grad_()
        (grad,) = torch.autograd.grad(crf.log_partition(asked, mask, allowed=limit).sum(), asked)
        assert grad.dtype is kind
        atol = 1e-4 if kind in (torch.float32, torch.float64) else 5e-3
        torch.testing.assert_close(grad.double(), shares, rtol=0, atol=atol)
        if limit is not None:
            assert bool((marginals[~allowed] == 0).all())
            assert bool((grad[~allowed] == 0).all())
        best = crf.decode(emissions, mask, allowed=limit)
        assert torch.equal(best, plain_paths.viterbi(potentials_of(crf, emissions, mask, limit)))


@pytest.mark.parametrize("backend", ALL)
def test_what_underflows_is_done_in_log_space(backend: str) -> None:
    """No step loses much, yet the winner's share has passed through 1e-600."""
    stay = np.eye(2, dtype=np.bool_)
    case = Case(
        LinearChainCRF(2, may_follow=stay, backend=backend),
        torch.tensor([[30.0, -30.0]] * 30 + [[-30.0, 30.0]] * 31, dtype=torch.float64)[None],
        torch.ones(1, 61, 2, dtype=torch.bool),
        torch.ones(1, 61, dtype=torch.bool),
    )
    found = case.crf.log_partition(case.emissions, case.mask)
    assert found.item() == pytest.approx(30.0, abs=1e-9)
    marginals = case.crf.marginals(case.emissions, case.mask)[0]
    torch.testing.assert_close(marginals[:, 1], torch.ones(61, dtype=torch.float64))


@pytest.mark.parametrize("backend", ALL)
def test_what_would_follow_a_tag_that_is_out_of_reach_does_not_matter(backend: str) -> None:
    crf = LinearChainCRF(
        2, may_start=np.array([True, False]), may_follow=np.eye(2, dtype=np.bool_), backend=backend
    )
    emissions = torch.tensor([-30.0, 30.0], dtype=torch.float64).expand(1, 40, 2)
    mask = torch.ones(1, 40, dtype=torch.bool)
    assert crf.log_partition(emissions, mask).item() == pytest.approx(-1200.0)
    expected = torch.tensor([1.0, 0.0], dtype=torch.float64).expand(1, 40, 2)
    torch.testing.assert_close(crf.marginals(emissions, mask), expected)


@pytest.mark.parametrize("backend", ALL)
def test_scores_far_apart_and_forbidding_by_a_large_number(backend: str) -> None:
    """Some forbid a move by -10,000: it must not be summed as if it were -700."""
    case = draw(12, tags=4, lengths=(5, 3), forbid=0.0).to(backend)
    with torch.no_grad():
        case.crf.transitions[1] = -1e4
        case.emissions[0, 1] -= torch.tensor([0.0, 900.0, 0.0, 3e4])
    found = case.crf.log_partition(case.emissions, case.mask)
    for row in range(2):
        assert found[row].item() == pytest.approx(
            log_sum(every_path(case, row, within=False)), abs=1e-9
        )


@pytest.mark.parametrize("backend", ALL)
def test_emissions_may_forbid(backend: str) -> None:
    crf, emissions, allowed, mask = draw(8, tags=4, lengths=(6, 2)).to(backend)
    forbidden = emissions.masked_fill(~allowed, -INF)
    torch.testing.assert_close(
        crf.log_partition(forbidden, mask), crf.log_partition(emissions, mask, allowed=allowed)
    )
    marginals = crf.marginals(forbidden, mask)
    torch.testing.assert_close(marginals, crf.marginals(emissions, mask, allowed=allowed))
    assert torch.equal(crf.decode(forbidden, mask), crf.decode(emissions, mask, allowed=allowed))


@pytest.mark.parametrize("backend", ALL)
def test_without_any_path_the_sum_is_minus_infinity(backend: str) -> None:
    crf = LinearChainCRF(2, may_follow=np.zeros((2, 2), np.bool_), backend=backend)
    mask = torch.tensor([[True, True], [True, False]])
    found = crf.log_partition(torch.zeros(2, 2, 2), mask)
    assert found.tolist() == [-INF, pytest.approx(math.log(2))]
    assert not crf.marginals(torch.zeros(2, 2, 2), mask)[0].any()


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("backend", ALL)
def test_without_any_path_there_is_no_best_one(backend: str, moved: bool, within: bool) -> None:
    crf = LinearChainCRF(2, may_follow=np.array([[True, True], [False, True]]), backend=backend)
    mask = torch.tensor([[True, False], [True, True]])
    emissions = torch.zeros(2, 2, 2)
    allowed = torch.ones(2, 2, 2, dtype=torch.bool)
    allowed[1, 0, 0] = allowed[1, 1, 1] = False  # 1 and then 0
    if not within:
        emissions = emissions.masked_fill(~allowed, -INF)
    options = {"moves": torch.zeros(2, 2, 2, 2)} if moved else {}
    options |= {"allowed": allowed} if within else {}
    with pytest.raises(DataError, match="batch row 1 leave no legal path"):
        crf.decode(emissions, mask, **options)
    assert crf.decode(emissions[:1], mask[:1], **{k: x[:1] for k, x in options.items()}).any() == 0


@pytest.mark.parametrize("backend", ALL)
def test_many_tags(backend: str) -> None:
    """More than a byte can count: there are no back-pointers to be too narrow."""
    crf, emissions, _, mask = draw(9, tags=300, lengths=(3, 2), forbid=0.0).to(backend)
    exact = log_space.log_partition(potentials_of(crf, emissions, mask, None))
    torch.testing.assert_close(crf.log_partition(emissions, mask), exact)
    assert torch.equal(
        crf.decode(emissions, mask), plain_paths.viterbi(potentials_of(crf, emissions, mask, None))
    )


# ---- which one ----------------------------------------------------------------------------------
def test_who_works_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    crf, emissions, _, mask = draw(10)
    called = []
    for name, module in BACKENDS.items():
        monkeypatch.setattr(module, "decode", lambda problem, name=name: called.append(name))
    crf.decode(emissions, mask)
    monkeypatch.setenv(VARIABLE, "reference")
    crf.decode(emissions, mask)
    crf.backend = "compiled"
    crf.decode(emissions, mask)
    assert called == ["compiled", "reference", "compiled"]


def test_an_unknown_back_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="backend: no back end 'fast'; known: compiled, ref"):
        LinearChainCRF(2, backend="fast")
    monkeypatch.setenv(VARIABLE, "slow")
    with pytest.raises(ConfigError, match="WEAKLABEL_CRF_BACKEND: no back end 'slow'"):
        LinearChainCRF(2).decode(torch.zeros(1, 1, 2), torch.ones(1, 1, dtype=torch.bool))


def test_what_is_saved_does_not_depend_on_it() -> None:
    for backend in (None, *ALL):
        saved = LinearChainCRF(2, backend=backend).state_dict()
        assert list(saved) == ["start", "transitions", "end"]
