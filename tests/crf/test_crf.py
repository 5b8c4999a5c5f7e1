"""The CRF against enumeration of every path, the printed oracle, and its six properties."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.crf.chains import potentials_of
from weaklabel.crf import LinearChainCRF
from weaklabel.crf.plain import log_space, reference
from weaklabel.errors import DataError
from weaklabel.tags import TagScheme, TagStyle

EMISSIONS = torch.tensor([[[0.0, 1, 2], [1, 0, 0], [0.5, 0.5, 0]]])
MOVES = torch.tensor([[0.0, 1, -1], [0.5, 0, 0], [0, 0, 0.5]])
ALLOWED = torch.tensor([[[0, 0, 1], [1, 1, 0], [1, 1, 1]]]).bool()
MASK = torch.ones(1, 3, dtype=torch.bool)


def oracle_crf() -> LinearChainCRF:
    crf = LinearChainCRF(3)
    with torch.no_grad():
        crf.transitions.copy_(MOVES)
    return crf


def random_case(
    seed: int, *, tags: int = 3, lengths: tuple[int, ...] = (5, 1, 3), legal: bool = True
) -> tuple[LinearChainCRF, Tensor, Tensor, Tensor]:
    """A CRF, emissions, allowed tags that leave a legal path, and a mask; doubles."""
    rng = np.random.default_rng(seed)
    rules = {}
    if legal:
        rules = {
            "may_start": rng.random(tags) < 0.7,
            "may_follow": rng.random((tags, tags)) < 0.7,
            "may_end": rng.random(tags) < 0.7,
        }
        rules["may_start"][0] = rules["may_follow"][0, 0] = rules["may_end"][0] = True
    crf = LinearChainCRF(tags, **rules).double()
    batch, steps = len(lengths), max(lengths)
    with torch.no_grad():
        for p in crf.parameters():
            p.copy_(torch.from_numpy(rng.normal(size=tuple(p.shape))))
    emissions = torch.from_numpy(rng.normal(size=(batch, steps, tags)) * 2)
    allowed = torch.from_numpy(rng.random((batch, steps, tags)) < 0.6)
    allowed[..., 0] = True
    mask = torch.arange(steps)[None] < torch.tensor(lengths)[:, None]
    return crf, emissions, allowed, mask


def every_path(
    crf: LinearChainCRF, emissions: Tensor, length: int, allowed: Tensor | None = None
) -> dict[tuple[int, ...], float]:
    """Score of each legal path of one sentence, by naive Python."""
    scores = {}
    start, moves, end = (p.detach() for p in (crf.start, crf.transitions, crf.end))
    for path in itertools.product(range(crf.num_tags), repeat=length):
        legal = (
            crf.legal_start[path[0]]
            and crf.legal_end[path[-1]]
            and all(crf.legal_moves[a, b] for a, b in itertools.pairwise(path))
            and (allowed is None or all(allowed[t, k] for t, k in enumerate(path)))
        )
        if legal:
            scores[path] = float(
                start[path[0]]
                + end[path[-1]]
                + sum(emissions[t, k] for t, k in enumerate(path))
                + sum(moves[a, b] for a, b in itertools.pairwise(path))
            )
    return scores


def log_sum(scores: dict[tuple[int, ...], float]) -> float:
    return float(torch.logsumexp(torch.tensor(list(scores.values()), dtype=torch.float64), 0))


def test_the_printed_oracle() -> None:
    crf = oracle_crf()
    assert crf.log_partition(EMISSIONS, MASK).item() == pytest.approx(5.9181075489, abs=1e-6)
    within = crf.log_partition(EMISSIONS, MASK, allowed=ALLOWED).item()
    assert within == pytest.approx(5.1368492162, abs=1e-6)
    assert crf(EMISSIONS, ALLOWED, MASK).item() == pytest.approx(0.7812583326, abs=1e-6)
    assert crf.decode(EMISSIONS, MASK).tolist() == [[2, 0, 1]]
    expected = [
        [0.091666, 0.288397, 0.619937],
        [0.611640, 0.185186, 0.203174],
        [0.316701, 0.546444, 0.136855],
    ]
    np.testing.assert_allclose(crf.marginals(EMISSIONS, MASK)[0], expected, atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tags", [1, 2, 4])
def test_sums_equal_enumeration(seed: int, tags: int) -> None:
    crf, emissions, allowed, mask = random_case(seed, tags=tags, lengths=(4, 1, 5, 2))
    free = crf.log_partition(emissions, mask)
    some = crf.log_partition(emissions, mask, allowed=allowed)
    loss = crf(emissions, allowed, mask)
    for row, length in enumerate(mask.sum(1).tolist()):
        total = log_sum(every_path(crf, emissions[row], length))
        within = log_sum(every_path(crf, emissions[row], length, allowed[row]))
        assert free[row].item() == pytest.approx(total, abs=1e-10)
        assert some[row].item() == pytest.approx(within, abs=1e-10)
        assert loss[row].item() == pytest.approx(total - within, abs=1e-10)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("constrained", [False, True])
def test_marginals_equal_enumeration(seed: int, constrained: bool) -> None:
    crf, emissions, allowed, mask = random_case(seed, tags=3, lengths=(3, 5, 1))
    limit = allowed if constrained else None
    marginals = crf.marginals(emissions, mask, allowed=limit)
    for row, length in enumerate(mask.sum(1).tolist()):
        scores = every_path(crf, emissions[row], length, None if limit is None else limit[row])
        total = log_sum(scores)
        expected = np.zeros((mask.shape[1], 3))
        for path, score in scores.items():
            for t, k in enumerate(path):
                expected[t, k] += np.exp(score - total)
        np.testing.assert_allclose(marginals[row], expected, atol=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_path_equals_enumeration(seed: int) -> None:
    crf, emissions, allowed, mask = random_case(seed, tags=4, lengths=(5, 2, 4, 1))
    free = crf.decode(emissions, mask)
    some = crf.decode(emissions, mask, allowed=allowed)
    for row, length in enumerate(mask.sum(1).tolist()):
        for found, limit in ((free, None), (some, allowed[row])):
            scores = every_path(crf, emissions[row], length, limit)
            best = max(scores, key=scores.__getitem__)
            assert found[row].tolist() == [*best, *[0] * (mask.shape[1] - length)]


@pytest.mark.parametrize("seed", range(3))
def test_a_paths_likelihood_equals_enumeration(seed: int) -> None:
    crf, emissions, _, mask = random_case(seed, tags=3, lengths=(4, 2))
    path = crf.decode(emissions, mask)
    likelihood = crf.log_likelihood(emissions, path, mask)
    steps = crf.path_steps(emissions, path, mask)
    for row, length in enumerate(mask.sum(1).tolist()):
        scores = every_path(crf, emissions[row], length)
        expected = scores[tuple(path[row, :length].tolist())] - log_sum(scores)
        assert likelihood[row].item() == pytest.approx(expected, abs=1e-10)
        assert steps[row, :length].log().sum().item() == pytest.approx(expected, abs=1e-9)


def test_one_allowed_tag_a_token_is_the_usual_loss() -> None:
    crf, emissions, _, mask = random_case(1, legal=False)
    path = torch.tensor([[0, 2, 1, 1, 0], [2, 0, 0, 0, 0], [1, 1, 2, 0, 0]])
    one = torch.nn.functional.one_hot(path, 3).bool()
    expected = -crf.log_likelihood(emissions, path, mask)
    torch.testing.assert_close(crf(emissions, one, mask), expected)


def test_an_illegal_path_has_no_likelihood() -> None:
    crf = LinearChainCRF(2, may_start=np.array([True, False]))
    likelihood = crf.log_likelihood(torch.zeros(1, 1, 2), torch.tensor([[1]]), MASK[:, :1])
    assert likelihood.tolist() == [-torch.inf]


# ---- the six properties -------------------------------------------------------------------------
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_padding_changes_nothing(seed: int, cut: int) -> None:
    crf, emissions, allowed, mask = random_case(seed, lengths=(6, cut, 3))
    alone = (emissions[1:2, :cut], allowed[1:2, :cut], mask[1:2, :cut])
    emissions = emissions.masked_fill(~mask[..., None], 1e6)  # what padding holds is nobody's
    torch.testing.assert_close(crf(emissions, allowed, mask)[1:2], crf(*alone))
    torch.testing.assert_close(
        crf.marginals(emissions, mask)[1:2, :cut], crf.marginals(alone[0], alone[2])
    )
    assert (
        crf.decode(emissions, mask)[1, :cut].tolist() == crf.decode(alone[0], alone[2])[0].tolist()
    )


def test_a_constant_at_one_step_shifts_the_sum_only() -> None:
    crf, emissions, _, mask = random_case(3)
    shifted = emissions.clone()
    shifted[0, 2] += 7.5
    change = crf.log_partition(shifted, mask) - crf.log_partition(emissions, mask)
    torch.testing.assert_close(change, torch.tensor([7.5, 0, 0], dtype=torch.float64))
    torch.testing.assert_close(crf.marginals(shifted, mask), crf.marginals(emissions, mask))


def test_without_moves_the_sum_is_each_tokens_sum() -> None:
    _, emissions, _, mask = random_case(4)
    expected = (torch.logsumexp(emissions, -1) * mask).sum(1)
    torch.testing.assert_close(LinearChainCRF(3).log_partition(emissions, mask), expected)


@pytest.mark.parametrize("constrained", [False, True])
def test_gradients(constrained: bool) -> None:
    crf, emissions, allowed, mask = random_case(5, tags=3, lengths=(4, 1, 3))
    names = [name for name, _ in crf.named_parameters()]

    def value(emissions: Tensor, *parameters: Tensor) -> Tensor:
        own = dict(zip(names, parameters, strict=True))
        if constrained:
            return torch.func.functional_call(crf, own, (emissions, allowed, mask))
        return torch.func.functional_call(_Sum(crf), {f"crf.{k}": v for k, v in own.items()},
                                          (emissions, mask))  # fmt: skip

    inputs = [emissions, *(p.detach() for p in crf.parameters())]
    assert torch.autograd.gradcheck(value, [x.clone().requires_grad_() for x in inputs])


class _Sum(torch.nn.Module):
    def __init__(self, crf: LinearChainCRF) -> None:
        super().__init__()
        self.crf = crf

    def forward(self, emissions: Tensor, mask: Tensor) -> Tensor:
        return self.crf.log_partition(emissions, mask)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_allowing_more_never_raises_the_loss(seed: int) -> None:
    crf, emissions, allowed, mask = random_case(seed)
    more = allowed | torch.from_numpy(np.random.default_rng(seed).random(allowed.shape) < 0.3)
    assert bool((crf(emissions, more, mask) <= crf(emissions, allowed, mask) + 1e-12).all())
    everything = torch.ones_like(allowed)
    assert crf(emissions, everything, mask).abs().max().item() < 1e-12


# ---- hard numbers -------------------------------------------------------------------------------
def test_scores_a_thousand_apart_are_summed_exactly() -> None:
    """Probability space loses the only allowed path here; log space must take over."""
    crf = LinearChainCRF(2).double()
    with torch.no_grad():
        crf.transitions.copy_(torch.tensor([[0.0, -900.0], [0.0, 0.0]]))
    emissions = torch.zeros(2, 3, 2, dtype=torch.float64)
    emissions[0, :, 0] = 1000.0
    emissions.requires_grad_()
    allowed = torch.tensor([[1, 1], [1, 1], [0, 1]]).bool().expand(2, -1, -1)
    mask = torch.ones(2, 3, dtype=torch.bool)
    within = crf.log_partition(emissions, mask, allowed=allowed)
    loss = crf(emissions, allowed, mask)
    for row in range(2):
        scores = emissions[row].detach()
        expected = log_sum(every_path(crf, scores, 3, allowed[row]))
        assert within[row].item() == pytest.approx(expected, rel=1e-12)
        lost = log_sum(every_path(crf, scores, 3)) - expected
        assert loss[row].item() == pytest.approx(lost, rel=1e-12)
    loss.sum().backward()
    assert emissions.grad is not None
    assert bool(torch.isfinite(emissions.grad).all())
    torch.testing.assert_close(
        crf.marginals(emissions, mask, allowed=allowed).sum(-1), torch.ones(2, 3).double()
    )


def test_long_sentences_neither_overflow_nor_vanish() -> None:
    crf = LinearChainCRF(5)
    emissions = torch.randn(1, 10_000, 5, generator=torch.Generator().manual_seed(0)) * 20
    mask = torch.ones(1, 10_000, dtype=torch.bool)
    expected = torch.logsumexp(emissions.double(), -1).sum()
    assert crf.log_partition(emissions, mask).item() == pytest.approx(expected.item(), rel=1e-9)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_sums_are_taken_in_double_whatever_comes_in(kind: torch.dtype) -> None:
    emissions = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(1)).to(kind)
    mask = torch.ones(2, 4, dtype=torch.bool)
    crf = oracle_crf()
    exact = crf.log_partition(emissions.double(), mask)
    found = crf.log_partition(emissions, mask)
    assert found.dtype is torch.float64
    torch.testing.assert_close(found, exact)
    assert crf.decode(emissions, mask).tolist() == crf.decode(emissions.double(), mask).tolist()


# ---- only legal moves ---------------------------------------------------------------------------
@pytest.mark.parametrize("style", list(TagStyle))
def test_only_legal_paths_are_decoded(style: TagStyle) -> None:
    scheme = TagScheme(("Chemical", "Disease"), style)
    crf = LinearChainCRF(
        len(scheme),
        may_start=scheme.may_start,
        may_follow=scheme.may_follow,
        may_end=scheme.may_end,
    )
    lengths = torch.arange(1, 30)
    mask = torch.arange(29)[None] < lengths[:, None]
    emissions = torch.randn(29, 29, len(scheme), generator=torch.Generator().manual_seed(2)) * 5
    for row, path in enumerate(crf.decode(emissions, mask).tolist()):
        path = path[: row + 1]
        spans = scheme.decode(path)
        assert scheme.encode(spans, length=len(path)).tolist() == path


# ---- mistakes -----------------------------------------------------------------------------------
def test_a_step_without_an_allowed_tag_is_named() -> None:
    allowed = torch.ones(2, 3, 3, dtype=torch.bool)
    allowed[1, 2] = False
    with pytest.raises(ValueError, match="step 2 of batch row 1"):
        oracle_crf()(EMISSIONS.expand(2, -1, -1), allowed, MASK.expand(2, -1))


def test_no_allowed_tag_at_padding_is_fine() -> None:
    allowed = torch.zeros(1, 3, 3, dtype=torch.bool)
    allowed[0, 0] = True
    loss = oracle_crf()(EMISSIONS, allowed, torch.tensor([[True, False, False]]))
    assert loss.item() == pytest.approx(0.0, abs=1e-12)


def test_allowed_tags_that_leave_no_legal_path_are_named() -> None:
    crf = LinearChainCRF(2, may_follow=np.array([[True, False], [False, True]]))
    allowed = torch.tensor([[[True, False], [False, True]]])
    with pytest.raises(DataError, match="batch row 0 leave no legal path"):
        crf(torch.zeros(1, 2, 2), allowed, MASK[:, :2])


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (torch.tensor([[True, False, True]]), "padding must come last"),
        (torch.tensor([[False, False, False]]), "needs a token"),
        (torch.tensor([[1, 1, 1]]), "expected bool"),
        (torch.tensor([[True, True]]), "expected shape"),
    ],
)
def test_a_wrong_mask_is_refused(mask: Tensor, message: str) -> None:
    with pytest.raises(DataError, match=message):
        oracle_crf().log_partition(EMISSIONS, mask)


def test_shapes_are_checked() -> None:
    with pytest.raises(DataError, match="allowed: expected bool of shape"):
        oracle_crf()(EMISSIONS, ALLOWED[..., :2], MASK)
    with pytest.raises(DataError, match=r"may_start: expected bool of shape \(3,\), got .* \(2,\)"):
        LinearChainCRF(3, may_start=np.ones(2, np.bool_))


@pytest.mark.gpu
def test_cuda_equals_the_cpu() -> None:
    crf, emissions, allowed, mask = random_case(7, tags=4, lengths=(9, 4, 1, 6))
    here = (
        crf(emissions, allowed, mask),
        crf.marginals(emissions, mask),
        crf.decode(emissions, mask),
    )
    crf, (emissions, allowed, mask) = crf.cuda(), (x.cuda() for x in (emissions, allowed, mask))
    there = (
        crf(emissions, allowed, mask),
        crf.marginals(emissions, mask),
        crf.decode(emissions, mask),
    )
    for a, b in zip(here, there, strict=True):
        torch.testing.assert_close(a, b.cpu())


def test_the_two_ways_of_summing_agree() -> None:
    crf, emissions, allowed, mask = random_case(8, tags=4, lengths=(7, 3, 5))
    chain = potentials_of(crf, emissions, mask, allowed)
    torch.testing.assert_close(reference.log_partition(chain), log_space.log_partition(chain))
