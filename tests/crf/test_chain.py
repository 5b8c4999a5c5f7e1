"""A chain as a value: it answers what the layer does, bit for bit."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.crf.asked import BACKEND, MOVES
from tests.crf.chains import Case, draw, draw_moves, every_path, log_sum
from weaklabel.crf import Chain, LinearChainCRF
from weaklabel.errors import DataError

WITHIN = pytest.mark.parametrize("within", [False, True], ids=["free", "within"])


def tags_of(case: Case) -> Tensor:
    """Tag 0 may stand anywhere."""
    return torch.zeros(case.mask.shape, dtype=torch.int64)


def belief_of(case: Case) -> Tensor:
    """All mass on the path that is always there."""
    return torch.zeros_like(case.emissions).index_fill_(2, torch.tensor([0]), 1.0)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


AskChain = Callable[[Chain, Case], Any]
AskLayer = Callable[[LinearChainCRF, Case, dict[str, Any]], Any]
QUESTIONS: dict[str, tuple[AskChain, AskLayer]] = {
    "log_partition": (
        lambda chain, case: chain.log_partition(),
        lambda crf, case, given: crf.log_partition(case.emissions, case.mask, **given),
    ),
    "marginals": (
        lambda chain, case: chain.marginals(),
        lambda crf, case, given: crf.marginals(case.emissions, case.mask, **given),
    ),
    "pair_marginals": (
        lambda chain, case: chain.pair_marginals(),
        lambda crf, case, given: crf.pair_marginals(case.emissions, case.mask, **given),
    ),
    "expected_counts": (
        lambda chain, case: chain.expected_counts(),
        lambda crf, case, given: crf.expected_counts(case.emissions, case.mask, **given),
    ),
    "entropy": (
        lambda chain, case: chain.entropy(),
        lambda crf, case, given: crf.entropy(case.emissions, case.mask, **given),
    ),
    "decode": (
        lambda chain, case: chain.decode(),
        lambda crf, case, given: crf.decode(case.emissions, case.mask, **given),
    ),
    "kbest": (
        lambda chain, case: chain.kbest(3),
        lambda crf, case, given: crf.decode_kbest(case.emissions, case.mask, 3, **given),
    ),
    "margin": (
        lambda chain, case: chain.margin(),
        lambda crf, case, given: crf.margin(case.emissions, case.mask, **given),
    ),
    "sample": (
        lambda chain, case: chain.sample(5, generator=seeded()),
        lambda crf, case, given: crf.sample(
            case.emissions, case.mask, 5, generator=seeded(), **given
        ),
    ),
    "score": (
        lambda chain, case: chain.score(tags_of(case)),
        lambda crf, case, given: crf.score(case.emissions, tags_of(case), case.mask, **given),
    ),
    "path_steps": (
        lambda chain, case: chain.path_steps(tags_of(case)),
        lambda crf, case, given: crf.path_steps(case.emissions, tags_of(case), case.mask, **given),
    ),
    "log_likelihood": (
        lambda chain, case: chain.log_likelihood(tags_of(case), reduction="mean"),
        lambda crf, case, given: crf.log_likelihood(
            case.emissions, tags_of(case), case.mask, reduction="mean", **given
        ),
    ),
    "belief_cross_entropy": (
        lambda chain, case: chain.belief_cross_entropy(belief_of(case), reduction="sum"),
        lambda crf, case, given: crf.belief_cross_entropy(
            case.emissions, belief_of(case), case.mask, reduction="sum", **given
        ),
    ),
    "kl_divergence": (
        lambda chain, case: chain.kl_divergence(
            teacher_of(case).chain(
                case.emissions.flip(2), case.mask, allowed=chain.problem.allowed
            ),
            reduction="token_mean",
        ),
        lambda crf, case, given: crf.kl_divergence(
            case.emissions, case.mask, case.emissions.flip(2),
            teacher=teacher_of(case), reduction="token_mean", **given,
        ),
    ),
}  # fmt: skip
BY_NAME = pytest.mark.parametrize("name", QUESTIONS)


def teacher_of(case: Case) -> LinearChainCRF:
    return LinearChainCRF(case.crf.num_tags, backend=case.crf.backend)


def given_of(case: Case, *, moved: bool, within: bool) -> dict[str, Any]:
    return {
        "allowed": case.allowed if within else None,
        "moves": draw_moves(0, case) if moved else None,
    }


def tensors(answer: Any) -> list[Tensor]:
    return [answer] if isinstance(answer, Tensor) else list(answer)


@BACKEND
@MOVES
@WITHIN
@BY_NAME
def test_a_chain_answers_what_the_layer_does(
    backend: str, moved: bool, within: bool, name: str
) -> None:
    case = draw(4).to(backend)
    given = given_of(case, moved=moved, within=within)
    of_chain, of_layer = QUESTIONS[name]
    mine = tensors(of_chain(case.crf.chain(case.emissions, case.mask, **given), case))
    theirs = tensors(of_layer(case.crf, case, given))
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        assert torch.equal(one, other)


@BACKEND
@MOVES
def test_the_partial_likelihood_is_the_layers(backend: str, moved: bool) -> None:
    case = draw(5).to(backend)
    moves = draw_moves(0, case) if moved else None
    mine = case.crf.chain(case.emissions, case.mask, moves=moves).partial_log_likelihood(
        case.allowed
    )
    theirs = case.crf.partial_log_likelihood(case.emissions, case.allowed, case.mask, moves=moves)
    assert torch.equal(mine, theirs)
    loss = case.crf(case.emissions, case.allowed, case.mask, moves=moves, reduction="sum")
    assert torch.equal(loss, -mine.sum())


@BACKEND
@MOVES
def test_a_limited_chain_gives_the_probability_among_its_own_paths(
    backend: str, moved: bool
) -> None:
    case = draw(6, spread=1.0).to(backend)
    moves = draw_moves(1, case) if moved else None
    fewer = case.allowed & (torch.rand(case.allowed.shape, generator=seeded()) < 0.6)
    fewer[..., 0] = True
    other = torch.rand(case.allowed.shape, generator=seeded()) < 0.7
    other[..., 0] = True
    emissions = case.emissions.clone().requires_grad_()
    chain = case.crf.chain(emissions, case.mask, allowed=case.allowed, moves=moves)
    for asked in (fewer, other, torch.ones_like(fewer)):
        found = chain.partial_log_likelihood(asked)
        assert found.requires_grad
        for row in range(len(case.mask)):
            own = every_path(case, row, within=True, moves=moves)
            both = every_path(
                case._replace(allowed=case.allowed & asked), row, within=True, moves=moves
            )
            assert found[row].item() == pytest.approx(log_sum(both) - log_sum(own), abs=1e-9)
    (found.sum()).backward()  # of all allowed: a constant
    assert emissions.grad is not None
    torch.testing.assert_close(emissions.grad, torch.zeros_like(emissions), rtol=0, atol=1e-9)


@BACKEND
def test_a_limited_chain_without_a_path_in_common_is_named(backend: str) -> None:
    case = draw(0, forbid=0.0).to(backend)
    zero, other = torch.zeros_like(case.allowed), torch.zeros_like(case.allowed)
    zero[..., 0] = True
    other[..., 1] = True
    chain = case.crf.chain(case.emissions, case.mask, allowed=zero)
    with pytest.raises(DataError, match="no tag is allowed at step 0 of batch row 0"):
        chain.partial_log_likelihood(other)
    with pytest.raises(DataError, match=r"allowed: expected bool of shape \(3, 5, 4\)"):
        chain.partial_log_likelihood(other[:2])


def test_a_chain_is_frozen_and_says_its_size() -> None:
    case = draw(0)
    chain = case.crf.chain(case.emissions, case.mask)
    assert repr(chain) == "Chain(3 sentences of up to 5 tokens, 4 tags)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        chain.backend = "reference"  # type: ignore[misc]


def test_a_chain_that_does_not_fit_is_refused_when_it_is_made() -> None:
    crf = LinearChainCRF(4)
    with pytest.raises(DataError, match=r"emissions: expected shape \(2, 3, 4\)"):
        crf.chain(torch.zeros(2, 3, 5), torch.ones(2, 3, dtype=torch.bool))
    with pytest.raises(TypeError, match="allowd"):
        crf.decode(torch.zeros(2, 3, 4), torch.ones(2, 3).bool(), allowd=None)  # type: ignore[call-arg]


@BACKEND
def test_chains_over_other_tokens_have_no_divergence(backend: str) -> None:
    case = draw(0, forbid=0.0).to(backend)
    chain = case.crf.chain(case.emissions, case.mask)
    same = case.crf.chain(case.emissions, case.mask.clone())
    assert chain.kl_divergence(same).tolist() == pytest.approx([0.0] * 3, abs=1e-12)
    shorter = case.mask.clone()
    shorter[0, 3:] = False
    with pytest.raises(DataError, match=r"mask: .* batch row 0"):
        chain.kl_divergence(case.crf.chain(case.emissions, shorter))
    with pytest.raises(DataError, match=r"teacher: expected emissions of shape \(3, 5, 4\)"):
        chain.kl_divergence(case.crf.chain(case.emissions[:, :4], case.mask[:, :4]))


def test_every_question_is_the_layers_too() -> None:
    """By the same name, save `decode_kbest`."""
    asked = {name for name, what in vars(Chain).items() if callable(what) and name[0] != "_"}
    assert asked == QUESTIONS.keys() | {"partial_log_likelihood"}
    named = {"decode_kbest" if name == "kbest" else name for name in asked}
    assert named < set(dir(LinearChainCRF))


# ---- in a graph ---------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.parametrize("outside", [False, True], ids=["made in it", "given"])
def test_a_chain_in_a_compiled_function_is_one_graph(outside: bool) -> None:
    torch._dynamo.reset()
    case = draw(0, lengths=(4, 2, 1), forbid=0.0, kind=torch.float32).to("compiled")
    other = case.crf.chain(case.emissions.flip(2), case.mask.clone())

    def made(emissions: Tensor) -> Chain:
        return case.crf.chain(emissions, case.mask)

    def ask(given: Any) -> tuple[Tensor, ...]:
        chain = given if outside else made(given)
        return (
            chain.log_likelihood(tags_of(case)),
            chain.entropy(),
            chain.marginals(),
            chain.kbest(2).scores,
            chain.kl_divergence(other),
        )

    given = made(case.emissions) if outside else case.emissions
    model = torch.compile(ask, fullgraph=True, backend="aot_eager")
    for mine, theirs in zip(model(given), ask(given), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.slow
def test_what_is_wrong_with_the_masks_is_said_when_the_graph_runs() -> None:
    torch._dynamo.reset()
    case = draw(0, lengths=(4, 2, 1), forbid=0.0, kind=torch.float32).to("compiled")

    def ask(mask: Tensor) -> Tensor:
        other = case.crf.chain(case.emissions.flip(2), mask)
        return case.crf.chain(case.emissions, case.mask).kl_divergence(other)

    model = torch.compile(ask, fullgraph=True, backend="aot_eager")
    assert bool((model(case.mask.clone()) > 0).all())
    with pytest.raises(DataError, match="4 and 3 tokens in batch row 0"):
        model(case.mask.clone().index_fill_(1, torch.tensor([3]), False))


@BACKEND
def test_nothing_is_nowhere(backend: str) -> None:
    """A chain of no sentences answers in the shapes of none."""
    chain = LinearChainCRF(4, backend=backend).chain(torch.zeros(0, 3, 4), torch.ones(0, 3).bool())
    assert chain.log_partition().shape == (0,)
    assert chain.decode().shape == (0, 3)
    assert not math.isnan(chain.log_likelihood(torch.zeros(0, 3).long(), reduction="mean").item())
