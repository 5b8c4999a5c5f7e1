"""The GPU's back end: what is asked of the others, in Triton's interpreter if there is no GPU."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.crf import (
    test_backends,
    test_crf_bad_input,
    test_crf_operations,
    test_crf_properties,
)
from tests.crf.chains import Case, draw, draw_moves
from weaklabel.crf import LinearChainCRF, backends, fused, plain
from weaklabel.crf.backends import BACKENDS, VARIABLE, backend_for
from weaklabel.crf.problem import Problem
from weaklabel.errors import ConfigError, MissingDependency

pytest.importorskip("triton")
pytestmark = [
    # What the interpreter warns of is arithmetic that the kernels mean and then do not look at.
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.skipif(torch.cuda.is_available(), reason="kernels are compiled where a GPU is"),
]
slow = pytest.mark.slow
LOW = {torch.float16: 1e-3, torch.bfloat16: 8e-3}
"""What a gradient loses by being rounded to half precision."""


# ---- the same tests, float64 --------------------------------------------------------------------
@slow
@pytest.mark.parametrize(("tags", "within"), [(4, True), (1, True), (4, False)])
def test_sums_and_paths_by_enumeration(tags: int, within: bool) -> None:
    test_backends.test_every_operation_by_enumeration("triton", tags, 1, within)


@slow
@pytest.mark.parametrize("within", [False, True])
def test_sums_by_enumeration_with_moves(within: bool) -> None:
    test_crf_operations.test_sums_and_their_gradients_with_moves("triton", 3, 2, 0.3, within)


@slow
@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize(
    "ask",
    [
        test_crf_operations.test_means_over_paths,
        test_crf_operations.test_single_paths,
        test_crf_operations.test_cross_entropy_against_a_belief,
        test_crf_operations.test_samples_are_what_the_uniforms_say,
    ],
    ids=lambda test: test.__name__,
)
def test_every_operation_by_enumeration(ask: Callable[..., None], moved: bool) -> None:
    for within, (tags, forbid) in itertools.product((False, True), ((2, 0.0), (4, 0.3))):
        ask("triton", tags, 3, forbid, within, moved)


@slow
@pytest.mark.parametrize("what", ["sum", "within", "partial", "likelihood"])
def test_gradients(what: str) -> None:
    test_backends.test_gradients("triton", what, (3, 1))


@slow
@pytest.mark.parametrize("what", ["sum", "partial", "likelihood"])
def test_gradients_with_moves(what: str) -> None:
    test_crf_properties.test_gradients("triton", what, what == "likelihood", True)


@slow
@pytest.mark.parametrize("name", test_crf_properties.LEARNT)
def test_a_gradient_is_not_quietly_a_constant(name: str) -> None:
    test_crf_properties.test_a_gradient_is_not_quietly_a_constant("triton", name, False)


@slow
@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_without_any_path_there_is_no_best_one(moved: bool, within: bool) -> None:
    test_backends.test_without_any_path_there_is_no_best_one("triton", moved, within)


@slow
@pytest.mark.parametrize(
    "ask",
    [
        test_backends.test_a_constant_at_one_step_moves_the_sum_and_no_marginal,
        test_backends.test_without_moves_the_sum_is_each_tokens_sum,
        test_backends.test_what_underflows_is_done_in_log_space,
        test_backends.test_what_would_follow_a_tag_that_is_out_of_reach_does_not_matter,
        test_backends.test_scores_far_apart_and_forbidding_by_a_large_number,
        test_backends.test_emissions_may_forbid,
        test_backends.test_without_any_path_the_sum_is_minus_infinity,
        test_backends.test_many_tags,
        test_crf_bad_input.test_masks,
        test_crf_bad_input.test_shapes,
        test_crf_bad_input.test_a_step_at_which_nothing_is_allowed,
        test_crf_bad_input.test_an_empty_batch_has_no_sums,
        test_crf_bad_input.test_scores_too_large_to_be_added,
    ],
    ids=lambda test: test.__name__,
)
def test_as_the_other_back_ends(ask: Callable[[str], None]) -> None:
    ask("triton")


@slow
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_none(bad: float) -> None:
    test_crf_bad_input.test_emissions_that_are_no_numbers("triton", bad, 2)
    test_crf_bad_input.test_scores_of_the_layer_that_are_no_numbers("triton", bad, "transitions")


@slow
@pytest.mark.parametrize("tag", [-1, 3])
def test_tags_out_of_range(tag: int) -> None:
    test_crf_bad_input.test_tags_out_of_range("triton", tag)


@slow
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_moves_that_are_no_numbers(bad: float) -> None:
    crf, emissions, _, mask = draw(0, tags=3, lengths=(3, 3)).to("triton")
    moves = torch.zeros(2, 3, 3, 3)
    moves[1, 2, 1, 0] = bad
    for work in (
        lambda: crf.log_partition(emissions, mask, moves=moves),
        lambda: crf.marginals(emissions, mask, moves=moves),
        lambda: crf.decode(emissions, mask, moves=moves),
    ):
        with pytest.raises(ValueError, match="moves: NaN or \\+inf at step 2 of batch row 1"):
            work()
    mask[1, 2] = False  # nobody looks at padding
    assert bool(torch.isfinite(crf.log_partition(emissions, mask, moves=moves)).all())


@slow
def test_what_is_wrong_is_named_with_row_and_step() -> None:
    crf = LinearChainCRF(3, backend="triton")
    emissions, mask = torch.zeros(2, 3, 3), torch.ones(2, 3, dtype=torch.bool)
    allowed, tags = torch.ones(2, 3, 3, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.int64)
    emissions[1, 2, 0] = math.nan
    with pytest.raises(ValueError, match="emissions: NaN or \\+inf at step 2 of batch row 1"):
        crf.decode(emissions, mask)
    mask[1, 2] = False  # nobody looks at padding
    allowed[0, 1] = False
    with pytest.raises(ValueError, match="no tag is allowed at step 1 of batch row 0"):
        crf(emissions, allowed, mask)
    tags[1, 1] = 3
    with pytest.raises(ValueError, match="got 3 at step 1 of batch row 1"):
        crf.log_likelihood(emissions, tags, mask)
    mask[0] = torch.tensor([True, False, True])
    with pytest.raises(ValueError, match="batch row 0 has a token at step 2 after padding"):
        crf.log_partition(emissions, mask)


# ---- beside the reference, fed the same rounded numbers -----------------------------------------
RAGGED = {
    "seed": st.integers(0, 100_000),
    "tags": st.sampled_from([1, 2, 3, 5, 16, 17]),
    "lengths": st.lists(st.integers(1, 6), min_size=1, max_size=3),
    "spread": st.sampled_from([0.1, 2.0, 10.0]),
    "forbid": st.sampled_from([0.0, 0.3, 0.7]),
    "kind": st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.float16]),
    "moved": st.booleans(),
    "within": st.booleans(),
}


@slow
@given(**RAGGED)
@settings(max_examples=2, deadline=None)
def test_as_the_reference(**drawn: Any) -> None:
    agrees_with_the_reference(**drawn)


@slow
@given(**RAGGED)
@settings(max_examples=20, deadline=None)
def test_as_the_reference_at_length(**drawn: Any) -> None:
    agrees_with_the_reference(**drawn)


def problem_of(case: Case, moves: Tensor | None, within: bool) -> Problem:
    crf, allowed = case.crf, case.allowed if within else None
    problem = crf.chain(case.emissions, case.mask, allowed=allowed, moves=moves).problem
    return problem


def answers(backend: Any, problem: Problem, path: Tensor) -> list[list[Tensor]]:
    """Each sum with its gradients."""
    asked = [("log_partition",), ("log_likelihood", path)]
    if problem.allowed is not None:
        asked.append(("partial_log_likelihood",))
    found = []
    for name, *tags in asked:
        learnt = {
            field: x.detach().clone().requires_grad_()
            for field in ("emissions", "start", "transitions", "end", "moves")
            if (x := getattr(problem, field)) is not None
        }
        values = getattr(backend, name)(problem._replace(**learnt), *tags)
        values.backward(torch.linspace(0.5, 1.5, len(values), dtype=torch.float64))
        grads = [x.grad for x in learnt.values() if x.grad is not None]
        assert [x.dtype for x in grads] == [x.dtype for x in learnt.values()]
        found.append([values.detach(), *grads])
    return found


def agrees_with_the_reference(
    seed: int, tags: int, lengths: list[int], spread: float, forbid: float, kind: torch.dtype,
    moved: bool, within: bool,
) -> None:  # fmt: skip
    case = draw(seed, tags=tags, lengths=tuple(lengths), spread=spread, forbid=forbid, kind=kind)
    moves = draw_moves(seed, case, forbid=forbid) if moved else None
    problem = problem_of(case, moves, within)
    exact = problem._replace(
        emissions=problem.emissions.double(), moves=None if moves is None else moves.double()
    )
    path = plain.decode(exact)
    for mine, theirs in zip(
        answers(fused, problem, path), answers(plain, exact, path), strict=True
    ):
        assert bool(((mine[0] - theirs[0]).abs() <= 1e-5 * (1 + theirs[0].abs())).all())
        for one, other in zip(mine[1:], theirs[1:], strict=True):
            atol = max(1e-4, LOW.get(one.dtype, 0.0) * len(lengths))
            other = other.nan_to_num(0.0) if one.ndim == 4 else other
            torch.testing.assert_close(one.double(), other.double(), rtol=0, atol=atol)
    for name in ("marginals", "pair_marginals", "expected_moves"):
        found, expected = getattr(fused, name)(problem), getattr(plain, name)(exact)
        assert found.dtype is torch.float64
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)
    if within:
        assert bool((fused.marginals(problem)[~case.allowed] == 0).all())
    best = fused.decode(problem)
    scores = plain.score(exact, best), plain.score(exact, path)
    torch.testing.assert_close(*scores, rtol=1e-6, atol=1e-4)
    assert not best[~case.mask].any()


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_the_printed_numbers(kind: torch.dtype) -> None:
    crf = LinearChainCRF(3, backend="triton")
    with torch.no_grad():
        crf.transitions.copy_(torch.tensor([[0.0, 1, -1], [0.5, 0, 0], [0, 0, 0.5]]))
    emissions = torch.tensor([[[0.0, 1, 2], [1, 0, 0], [0.5, 0.5, 0]]], dtype=kind)
    allowed = torch.tensor([[[0, 0, 1], [1, 1, 0], [1, 1, 1]]]).bool()
    mask = torch.ones(1, 3, dtype=torch.bool)
    assert crf.log_partition(emissions, mask).item() == pytest.approx(5.9181075489, abs=1e-6)
    assert crf(emissions, allowed, mask).item() == pytest.approx(0.7812583326, abs=1e-6)
    assert crf.decode(emissions, mask).tolist() == [[2, 0, 1]]


# ---- what comes near underflow ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "far"),
    [
        (torch.float32, -1e4),
        pytest.param(torch.float32, -60.0, marks=slow),
        pytest.param(torch.float64, -60.0, marks=slow),
    ],
)
def test_faint_sentences_are_summed_elsewhere_and_the_others_are_not(
    kind: torch.dtype, far: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other tag is far below, now this and now that one, and a path must keep to its own."""
    stay = np.eye(2, dtype=np.bool_)
    crf = LinearChainCRF(2, may_follow=stay, backend="triton")
    steps = 40 if far == -60.0 else 6
    emissions = torch.zeros(3, steps, 2, dtype=kind)
    emissions[1, : steps // 2, 1] = far
    emissions[1, steps // 2 :, 0] = far
    mask = torch.ones(3, steps, dtype=torch.bool)
    asked = []
    real = plain.log_partition
    monkeypatch.setattr(
        plain, "log_partition", lambda problem: asked.append(len(problem.mask)) or real(problem)
    )
    emissions.requires_grad_()
    found = crf.log_partition(emissions, mask)
    (grad,) = torch.autograd.grad(found.sum(), emissions)
    assert asked == [1]
    expected = [math.log(2), far * (steps // 2) + math.log(2), math.log(2)]
    assert found.tolist() == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(grad, torch.full_like(grad, 0.5))


def test_scores_that_training_makes_are_not_summed_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = draw(5, tags=5, lengths=(12, 7), spread=10.0, kind=torch.float32).to("triton")
    with torch.no_grad():
        for own in case.crf.parameters():
            own.clamp_(-5, 5)
    monkeypatch.setattr(plain, "log_partition", lambda problem: pytest.fail("was not faint"))
    case.crf.log_partition(case.emissions.requires_grad_(), case.mask).sum().backward()


def test_forbidding_by_a_large_number_is_forbidding(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no path that matters takes is given up; nothing need be summed elsewhere."""
    crf, emissions, _, mask = draw(9, tags=4, lengths=(6, 3), forbid=0.0, kind=torch.float32)
    with torch.no_grad():
        crf.transitions[1, 2:] = -1e4
        emissions[0, 2, 3] = -1e4
    expected = plain.log_partition(crf.chain(emissions.double(), mask).problem)
    monkeypatch.setattr(plain, "log_partition", lambda problem: pytest.fail("was not faint"))
    crf.backend = "triton"
    found = crf.log_partition(emissions, mask)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


# ---- bits, and what is laid out otherwise -------------------------------------------------------
@slow
def test_a_sentence_does_not_depend_on_its_batch_nor_on_the_day() -> None:
    case = draw(6, tags=5, lengths=(9, 1, 4), kind=torch.float32).to("triton")
    crf, emissions, allowed, mask = case
    for row, n in enumerate(mask.sum(1).tolist()):
        alone = emissions[row : row + 1, :n], allowed[row : row + 1, :n], mask[row : row + 1, :n]
        assert crf(emissions, allowed, mask)[row] == crf(*alone)[0]
        together = crf.marginals(emissions, mask)[row, :n]
        assert torch.equal(together, crf.marginals(alone[0], alone[2])[0])
        path = crf.decode(emissions, mask)[row, :n]
        assert torch.equal(path, crf.decode(alone[0], alone[2])[0])


@slow
def test_strides_do_not_matter() -> None:
    case = draw(7, tags=3, lengths=(5, 2)).to("triton")
    crf, emissions, allowed, mask = case
    turned = [x.transpose(0, 1).contiguous().transpose(0, 1) for x in case[1:]]
    assert not turned[0].is_contiguous()
    asked = emissions.clone().requires_grad_()
    again = turned[0].clone(memory_format=torch.preserve_format).requires_grad_()
    crf(asked, allowed, mask).sum().backward()
    crf(again, turned[1], turned[2]).sum().backward()
    assert asked.grad is not None
    assert again.grad is not None
    assert torch.equal(asked.grad, again.grad)
    assert torch.equal(crf.decode(emissions, mask), crf.decode(turned[0], turned[2]))


def test_gradients_are_asked_of_some_inputs_only() -> None:
    case = draw(8, tags=3, lengths=(4, 2)).to("triton")
    crf, emissions, _, mask = case
    crf.requires_grad_(False)
    crf.start.requires_grad_()
    crf.log_partition(emissions, mask).sum().backward()
    expected = crf.marginals(emissions, mask)[:, 0].sum(0)
    torch.testing.assert_close(crf.start.grad, expected)
    assert crf.transitions.grad is None


@slow
@pytest.mark.filterwarnings("ignore")
def test_a_model_with_it_is_one_graph() -> None:
    case = draw(11, tags=3, lengths=(4, 2)).to("triton")
    path = case.crf.decode(case.emissions, case.mask)

    def loss(emissions: Tensor) -> Tensor:
        return -case.crf.log_likelihood(emissions, path, case.mask).sum()

    found = []
    for ask in (loss, torch.compile(loss, fullgraph=True, backend="aot_eager")):
        emissions = case.emissions.clone().requires_grad_()
        found.append(torch.autograd.grad(ask(emissions), [emissions, case.crf.transitions]))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


# ---- where it works -----------------------------------------------------------------------------
def test_on_the_cpu_it_must_be_interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert backend_for(cpu, "triton") is fused
    assert backend_for(gpu, None) is fused
    monkeypatch.setenv(VARIABLE, "triton")
    assert backend_for(cpu, None) is fused
    monkeypatch.delenv("TRITON_INTERPRET")
    with pytest.raises(ConfigError, match="works on GPUs and the emissions are on the CPU"):
        backend_for(cpu, None)
    assert backend_for(gpu, None) is fused
    assert BACKENDS["triton"] is fused


@slow
def test_the_kernels_compile_for_a_gpu() -> None:
    """The interpreter runs much that the compiler refuses."""
    environment = {**os.environ, "TRITON_INTERPRET": "0"}
    command = [sys.executable, "-m", "tests.crf.triton_builds"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for kernel in ("sums 16", "sums 32", "sums 128", "best_paths 16", "best_paths 128", "weigh"):
        assert f"\n{kernel}" in f"\n{done.stdout}"


def test_without_triton_a_gpu_has_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "_HAS_TRITON", False)
    assert backend_for(torch.device("cuda"), None) is plain
    monkeypatch.setitem(sys.modules, "triton", None)
    crf, emissions, _, mask = draw(0).to("triton")
    with pytest.raises(
        MissingDependency, match=r"back end for GPUs needs 'triton'.*weaklabel\[gpu"
    ):
        crf.decode(emissions, mask)


@slow
def test_the_crf_is_imported_without_triton() -> None:
    code = "import sys; from weaklabel.crf import LinearChainCRF; print('triton' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
