"""What holds of every operation of the CRF and every back end, whatever the numbers."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.crf.asked import BACKEND, MOVES, OPERATIONS, SUMS, Ask, options_of
from tests.crf.chains import (
    draw,
    draw_moves,
)
from weaklabel.crf import LinearChainCRF
from weaklabel.crf.compiled import threads


@BACKEND
def test_the_printed_best_paths(backend: str) -> None:
    crf = LinearChainCRF(3, backend=backend)
    moves = torch.tensor([[0.0, 1, -1], [0.5, 0, 0], [0, 0, 0.5]])
    emissions = torch.tensor([[[0.0, 1, 2], [1, 0, 0], [0.5, 0.5, 0]]])
    mask = torch.ones(1, 3, dtype=torch.bool)
    added = moves.expand(1, 3, 3, 3)
    found = crf.decode_kbest(emissions, mask, 3, moves=added)
    assert found.tags.tolist() == [[[2, 0, 1], [1, 0, 1], [2, 0, 0]]]
    assert found.scores.tolist() == [[4.5, 4.0, 3.5]]
    assert crf.margin(emissions, mask, moves=added).tolist() == [0.5]
    total = crf.log_partition(emissions, mask, moves=added)
    assert total.item() == pytest.approx(5.9181075489, abs=1e-9)


@BACKEND
@MOVES
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_sentence_does_not_depend_on_its_batch(backend: str, name: str, moved: bool) -> None:
    case = draw(6, tags=5, lengths=(9, 4, 1, 7)).to(backend)
    moves = draw_moves(6, case) if moved else None
    crf, emissions, allowed, mask = case
    emissions = emissions.masked_fill(~mask[..., None], torch.nan)  # padding is nobody's
    together = OPERATIONS[name](crf, emissions, mask, options_of(case, moves))
    for row, n in enumerate(mask.sum(1).tolist()):
        part = slice(row, row + 1), slice(None, n)
        some = {"allowed": allowed[part], "moves": None if moves is None else moves[part]}
        alone = OPERATIONS[name](crf, emissions[part], mask[part], some)[0]
        here = together[row]
        if name in ("marginals", "pair_marginals", "decode", "steps"):
            here = here[:n]
        elif name == "kbest":
            here = here[:, :n]
        torch.testing.assert_close(here, alone, rtol=0, atol=1e-10)


@BACKEND
@MOVES
def test_a_constant_at_one_step_changes_no_share(backend: str, moved: bool) -> None:
    case = draw(3, tags=5, lengths=(9, 4, 1)).to(backend)
    moves = draw_moves(3, case, junk=False) if moved else None
    crf, emissions, _, mask = case
    shifted = emissions.clone()
    shifted[:, 0] += 5.0
    added = None if moves is None else moves.clone()
    if added is not None:
        added[:, 2] += 2.0
    gained = 5.0 + 2.0 * mask[:, 2] * moved
    for name, ask in OPERATIONS.items():
        before = ask(crf, emissions, mask, options_of(case, moves))
        after = ask(crf, shifted, mask, options_of(case, added))
        if name == "kl":  # its teacher's emissions have moved too, and it takes no moves
            continue
        if name == "log_partition":
            before = before + gained
        if name == "scores":
            before = before + gained[:, None]
        torch.testing.assert_close(after, before, rtol=0, atol=1e-9)


@BACKEND
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "kl"])
def test_the_same_moves_everywhere_are_transitions(backend: str, name: str) -> None:
    case = draw(4, tags=5, lengths=(9, 4, 1)).to(backend)
    crf, emissions, _, mask = case
    added = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 5)))
    found = OPERATIONS[name](
        crf, emissions, mask, options_of(case, added.expand(*mask.shape, 5, 5))
    )
    with torch.no_grad():
        crf.transitions += added
    expected = OPERATIONS[name](crf, emissions, mask, options_of(case, None))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


@BACKEND
def test_moves_that_undo_the_transitions_leave_each_tokens_sum(backend: str) -> None:
    crf, emissions, _, mask = draw(4, tags=9, lengths=(7, 2), forbid=0.0).to(backend)
    with torch.no_grad():
        crf.start.zero_()
        crf.end.zero_()
    undone = -crf.transitions.detach().expand(*mask.shape, 9, 9)
    found = crf.log_partition(emissions, mask, moves=undone)
    torch.testing.assert_close(found, (torch.logsumexp(emissions, -1) * mask).sum(1))
    entropies = torch.special.entr(torch.softmax(emissions, -1)).sum(-1)
    torch.testing.assert_close(
        crf.entropy(emissions, mask, moves=undone), (entropies * mask).sum(1)
    )


@BACKEND
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_allowing_more_never_raises_the_loss_with_moves(backend: str, seed: int) -> None:
    case = draw(seed).to(backend)
    crf, emissions, allowed, mask = case
    moves = draw_moves(seed, case)
    more = allowed | torch.from_numpy(np.random.default_rng(seed).random(allowed.shape) < 0.3)
    fewer_loss = crf(emissions, allowed, mask, moves=moves)
    assert bool((crf(emissions, more, mask, moves=moves) <= fewer_loss + 1e-12).all())
    every = torch.ones_like(allowed)
    assert not crf(emissions, every, mask, moves=moves).abs().max() > 1e-12


@BACKEND
@MOVES
@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("what", ["sum", "partial", "likelihood", "entropy", "belief", "kl"])
def test_gradients(backend: str, what: str, within: bool, moved: bool) -> None:
    case = draw(5, tags=2, lengths=(3, 1), forbid=0.0 if what == "belief" else 0.3).to(backend)
    crf, emissions, allowed, mask = case
    limit = allowed if within and what != "belief" else None
    path = crf.decode(emissions, mask, allowed=limit)
    belief = torch.softmax(emissions.flip(2), -1)
    own = dict(crf.named_parameters())

    class Asked(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.crf = crf

        def forward(self, e: Tensor, moves: Tensor | None) -> Tensor:
            options: dict[str, Any] = {"allowed": limit, "moves": moves}
            if what == "partial":
                return crf.partial_log_likelihood(e, allowed, mask, moves=moves)
            if what == "likelihood":
                return crf.log_likelihood(e, path, mask, **options)
            if what == "entropy":
                return crf.entropy(e, mask, **options)
            if what == "belief":
                return crf.belief_cross_entropy(e, belief, mask, **options)
            if what == "kl":
                return crf.kl_divergence(e, mask, belief, teacher=teacher, **options)
            return crf.log_partition(e, mask, **options)

    teacher = draw(5, tags=2).crf  # the same rules
    moves = draw_moves(5, case, forbid=0.0, junk=False)

    def value(e: Tensor, *given: Tensor) -> Any:
        named = {f"crf.{name}": x for name, x in zip(own, given, strict=False)}
        return torch.func.functional_call(Asked(), named, (e, given[-1] if moved else None))

    inputs = [emissions, *(x.detach() for x in own.values()), *([moves] if moved else [])]
    assert torch.autograd.gradcheck(value, [x.clone().requires_grad_() for x in inputs])


@BACKEND
@MOVES
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_same_question_gets_the_same_bits(backend: str, name: str, moved: bool) -> None:
    case = draw(7, tags=5, lengths=(30, 7, 1, 23)).to(backend)
    moves = draw_moves(7, case) if moved else None
    ask = (case.crf, case.emissions, case.mask, options_of(case, moves))
    assert torch.equal(OPERATIONS[name](*ask), OPERATIONS[name](*ask))


LEARNT = ["log_partition", "entropy", "kl", "belief"]
"""What has a gradient."""


@BACKEND
@MOVES
@pytest.mark.parametrize("name", LEARNT)
def test_a_gradient_is_not_quietly_a_constant(backend: str, name: str, moved: bool) -> None:
    case = draw(17, tags=3, lengths=(4, 1), forbid=0.0).to(backend)
    emissions = case.emissions.requires_grad_()
    moves = draw_moves(17, case).requires_grad_() if moved else None
    value = OPERATIONS[name](case.crf, emissions, case.mask, {"moves": moves}).sum()
    plain = torch.autograd.grad(value, emissions, retain_graph=True)[0]
    found = torch.autograd.grad(value, emissions, create_graph=True)[0]
    assert torch.equal(found, plain)
    with pytest.raises(RuntimeError, match="LinearChainCRF cannot be differentiated again"):
        found.square().sum().backward()


@BACKEND
@MOVES
@pytest.mark.parametrize("name", LEARNT)
def test_scores_that_changed_since_give_no_other_gradient(
    backend: str, name: str, moved: bool
) -> None:
    case = draw(18, tags=3, lengths=(4, 1), forbid=0.0).to(backend)
    moves = draw_moves(18, case) if moved else None
    learnt = list(case.crf.parameters())
    value = OPERATIONS[name](case.crf, case.emissions, case.mask, {"moves": moves}).sum()
    before = torch.autograd.grad(value, learnt, retain_graph=True)
    with torch.no_grad():
        for own in learnt:
            own.mul_(2.0)
    after = before
    with contextlib.suppress(RuntimeError):  # it may as well be said that they changed
        after = torch.autograd.grad(value, learnt)
    assert all(torch.equal(a, b) for a, b in zip(after, before, strict=True))


def test_threads_change_no_bit_of_the_entropys_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    case = draw(7, tags=5, lengths=(30, 7, 1, 23, 4, 9)).to("compiled")
    monkeypatch.setattr(threads, "SINGLE_THREAD", 0)
    moves = draw_moves(7, case).requires_grad_()
    found = []
    for count in (1, 2, 3, 1):
        monkeypatch.setattr(torch, "get_num_threads", lambda count=count: count)
        total = case.crf.entropy(case.emissions, case.mask, moves=moves).sum()
        found.append(torch.autograd.grad(total, [moves, *case.crf.parameters()]))
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))


@BACKEND
@MOVES
@pytest.mark.parametrize("name", OPERATIONS)
def test_autocast_changes_nothing(backend: str, name: str, moved: bool) -> None:
    case = draw(15, tags=5, lengths=(9, 4, 1), kind=torch.bfloat16).to(backend)
    moves = draw_moves(15, case) if moved else None
    ask = (case.crf, case.emissions, case.mask, options_of(case, moves))
    expected = OPERATIONS[name](*ask)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(OPERATIONS[name](*ask), expected)


@BACKEND
@MOVES
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("spread", [2.0, 1e3])  # the second is done in log space
def test_inference_mode_changes_nothing(
    backend: str, name: str, moved: bool, spread: float
) -> None:
    case = draw(16, tags=5, lengths=(9, 4, 1), spread=spread).to(backend)
    moves = draw_moves(16, case) if moved else None
    ask = (case.crf, case.emissions, case.mask, options_of(case, moves))
    expected = OPERATIONS[name](*ask).detach()
    with torch.inference_mode():
        found = OPERATIONS[name](*ask)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@BACKEND
@MOVES
@pytest.mark.parametrize("name", ["likelihood", "partial", *LEARNT])
@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_gradients_of_half_precision_are_rounded_once(
    backend: str, name: str, moved: bool, kind: torch.dtype
) -> None:
    case = draw(19, tags=5, lengths=(9, 4, 1), spread=4.0, forbid=0.1, kind=kind).to(backend)
    case.crf.to(kind)
    path = case.crf.decode(case.emissions, case.mask, allowed=case.allowed)
    losses: dict[str, Ask] = SUMS | {
        "likelihood": lambda crf, e, mask, options: crf.log_likelihood(e, path, mask, **options),
        "partial": lambda crf, e, mask, options: crf.partial_log_likelihood(
            e, case.allowed, mask, moves=options["moves"]
        ),
    }
    found = []
    for worked in (kind, torch.float32):
        case.crf.to(worked)
        emissions = case.emissions.to(worked).requires_grad_()
        moves = draw_moves(19, case).to(worked).requires_grad_() if moved else None
        learnt = [emissions, *case.crf.parameters(), *([] if moves is None else [moves])]
        value = losses[name](case.crf, emissions, case.mask, options_of(case, moves)).sum()
        grads = torch.autograd.grad(value, learnt, allow_unused=True)
        found.append([None if x is None else x.to(kind) for x in grads])
    for half, whole in zip(*found, strict=True):
        assert (half is None) == (whole is None)
        assert half is None or torch.equal(half, whole)
