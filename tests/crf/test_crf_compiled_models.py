"""torch.compile takes a model with a CRF whole; the operators keep torch's rules; autocast."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from weaklabel.crf import LinearChainCRF, traced
from weaklabel.crf.backends import BACKENDS
from weaklabel.crf.gradients import expected_gradients
from weaklabel.crf.problem import Problem
from weaklabel.errors import DataError

ALL = sorted(BACKENDS.keys() - {"triton"})  # test_triton_backend asks it the same
TRACED = [name for name in ALL if name != "reference"]
"""The reference is plain torch, and looks at its numbers: it breaks the graph."""
HALF = [torch.bfloat16, torch.float16]
WHAT = ["likelihood", "partial", "sum", "sum of moves"]


class Batch(NamedTuple):
    words: Tensor
    tags: Tensor
    allowed: Tensor
    mask: Tensor
    moves: Tensor


def batch(sentences: int = 3, steps: int = 6) -> Batch:
    generator = torch.Generator().manual_seed(sentences)
    tags = torch.randint(0, 4, (sentences, steps), generator=generator)
    allowed = torch.rand(sentences, steps, 4, generator=generator) < 0.5
    lengths = torch.tensor([steps, *([2] * (sentences - 1))])
    return Batch(
        torch.randn(sentences, steps, 8, generator=generator),
        tags,
        allowed.scatter_(2, tags[..., None], True),
        torch.arange(steps)[None] < lengths[:, None],
        torch.randn(sentences, steps, 4, 4, generator=generator, requires_grad=True),
    )


class Tagger(nn.Module):
    def __init__(self, backend: str, what: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.score = nn.Linear(8, 4)
        self.crf = LinearChainCRF(4, backend=backend)
        self.what = what
        for own in self.crf.parameters():
            nn.init.normal_(own)

    def forward(self, given: Batch) -> Tensor:
        emissions = self.score(given.words)
        if self.what == "likelihood":
            found = self.crf.log_likelihood(emissions, given.tags, given.mask)
        elif self.what == "partial":
            found = self.crf.partial_log_likelihood(emissions, given.allowed, given.mask)
        else:
            moves = given.moves if self.what == "sum of moves" else None
            found = self.crf.log_partition(
                emissions, given.mask, allowed=given.allowed, moves=moves
            )
        return -found.mean()

    def decode(self, given: Batch) -> Tensor:
        return self.crf.decode(self.score(given.words), given.mask, allowed=given.allowed)

    def marginals(self, given: Batch) -> tuple[Tensor, Tensor]:
        emissions = self.score(given.words)
        return (
            self.crf.marginals(emissions, given.mask),
            self.crf.pair_marginals(emissions, given.mask, moves=given.moves),
        )


def step(model: Any, tagger: Tagger, given: Batch) -> list[Tensor]:
    tagger.zero_grad()
    given.moves.grad = None
    loss = model(given)
    loss.backward()
    used = [given.moves] if tagger.what == "sum of moves" else []
    learnt = [*tagger.score.parameters(), tagger.crf.transitions, *used]
    return [loss.detach(), *(x.grad.clone() for x in learnt if x.grad is not None)]


@pytest.fixture(autouse=True)
def _afresh() -> None:
    torch._dynamo.reset()


@pytest.mark.slow
@pytest.mark.parametrize("backend", TRACED)
@pytest.mark.parametrize("what", WHAT)
def test_a_model_is_one_graph_with_the_same_gradients(backend: str, what: str) -> None:
    tagger = Tagger(backend, what)
    model = torch.compile(tagger, fullgraph=True, backend="aot_eager")
    given = batch()
    expected = step(tagger, tagger, given)
    assert len(expected) == (5 if what == "sum of moves" else 4)
    for mine, theirs in zip(step(model, tagger, given), expected, strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("backend", TRACED)
def test_what_has_no_gradient_is_one_graph(backend: str) -> None:
    tagger, given = Tagger(backend, "sum"), batch()
    for ask in (tagger.decode, tagger.marginals):
        model = torch.compile(ask, fullgraph=True, backend="aot_eager")
        torch.testing.assert_close(model(given), ask(given))


@pytest.mark.slow
def test_other_shapes_are_another_graph_or_the_same() -> None:
    tagger = Tagger("compiled", "likelihood")
    model = torch.compile(tagger, fullgraph=True, backend="aot_eager", dynamic=True)
    for sentences, steps in ((3, 6), (5, 9), (2, 4)):
        given = batch(sentences, steps)
        for mine, theirs in zip(
            step(model, tagger, given), step(tagger, tagger, given), strict=True
        ):
            torch.testing.assert_close(mine, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("backend", TRACED)
def test_autocast_and_no_gradient_are_graphs_too(backend: str) -> None:
    tagger, given = Tagger(backend, "likelihood"), batch()
    model = torch.compile(tagger, fullgraph=True, backend="aot_eager")
    with torch.autocast("cpu", torch.bfloat16):
        for mine, theirs in zip(
            step(model, tagger, given), step(tagger, tagger, given), strict=True
        ):
            torch.testing.assert_close(mine, theirs)
    with torch.no_grad():
        torch.testing.assert_close(model(given), tagger(given))


class Decoder(nn.Module):
    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return self.tagger.crf.decode(self.tagger.score(words), mask)


@pytest.mark.filterwarnings("ignore")  # of torch, by torch
def test_a_decoder_can_be_exported_for_other_shapes() -> None:
    decoder, given = Decoder(Tagger("compiled", "sum")), batch()
    sizes = {0: torch.export.Dim("sentences"), 1: torch.export.Dim("tokens")}
    program = torch.export.export(
        decoder, (given.words, given.mask), dynamic_shapes=(sizes, sizes)
    ).module()
    for other in (given, batch(5, 9)):
        expected = decoder(other.words, other.mask)
        assert torch.equal(program(other.words, other.mask), expected)


@pytest.mark.slow
def test_bad_numbers_are_still_named() -> None:
    tagger, given = Tagger("compiled", "likelihood"), batch()
    model = torch.compile(tagger, fullgraph=True, backend="aot_eager")
    model(given)
    given.words[1, 1] = torch.nan
    with pytest.raises(DataError, match="emissions: NaN or \\+inf at step 1 of batch row 1"):
        model(given)
    holed = given.mask.clone()
    holed[0, 4] = False
    with pytest.raises(DataError, match="batch row 0 has a token at step 5 after padding"):
        model(batch()._replace(mask=holed))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch, by torch
def test_inductor_compiles_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # What it kept of another version's operators it would take for this one's.
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    tagger = Tagger("compiled", "likelihood")
    model = torch.compile(tagger, fullgraph=True)
    given = batch()
    for mine, theirs in zip(step(model, tagger, given), step(tagger, tagger, given), strict=True):
        torch.testing.assert_close(mine, theirs)
    decode = torch.compile(tagger.decode, fullgraph=True)
    assert torch.equal(decode(given), tagger.decode(given))


# ---- the operators ------------------------------------------------------------------------------
def fields(kind: torch.dtype, *, allowed: bool, moves: bool) -> tuple[Any, ...]:
    tagger, given = Tagger("compiled", "sum"), batch()
    emissions = given.words[..., :4].to(kind).requires_grad_()
    own = [x.detach().requires_grad_() for x in tagger.crf.parameters()]
    legal = [torch.ones_like(x, dtype=torch.bool) for x in own]
    limit = given.allowed if allowed else None
    return (emissions, given.mask, *own, *legal, limit, given.moves if moves else None)


@pytest.mark.slow
@pytest.mark.parametrize("backend", TRACED)
@pytest.mark.parametrize("kind", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("moves", [False, True])
def test_sums_keep_the_rules_of_operators(backend: str, kind: torch.dtype, moves: bool) -> None:
    inputs = fields(kind, allowed=True, moves=moves)
    tags = batch().tags
    for what, path in (("log_partition", None), ("log_likelihood", tags)):
        given = (*inputs[:8], None if path is not None else inputs[8], inputs[9])
        torch.library.opcheck(traced._sum, (backend, what, *given, path, True))
        torch.library.opcheck(traced._sum, (backend, what, *given, path, False))


@pytest.mark.slow
@pytest.mark.parametrize("backend", TRACED)
@pytest.mark.parametrize("moves", [False, True])
def test_the_rest_keep_the_rules_of_operators(backend: str, moves: bool) -> None:
    problem = fields(torch.float32, allowed=True, moves=moves)
    given = backend, *(x if x is None else x.detach() for x in problem)
    for operator in (
        traced._marginals, traced._pair_marginals, traced._expected_moves, traced._decode,
    ):  # fmt: skip
        torch.library.opcheck(operator, given)
    torch.library.opcheck(traced._kbest, (*given, 3))
    uniforms = torch.rand(2, 3, 6, dtype=torch.float64)
    torch.library.opcheck(traced._sample, (*given, uniforms))


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("what", ["log_partition", "log_likelihood", "partial_log_likelihood"])
@pytest.mark.parametrize("moves", [False, True])
def test_gradients_are_expectations(backend: str, what: str, moves: bool) -> None:
    problem = Problem(*fields(torch.float64, allowed=what != "log_likelihood", moves=moves))
    tags = batch().tags if what == "log_likelihood" else None
    asked = getattr(BACKENDS[backend], what)
    values = asked(problem) if tags is None else asked(problem, tags)
    weights = torch.tensor([1.0, -0.5, 2.0], dtype=torch.float64)
    learnt = [problem.emissions, problem.start, problem.transitions, problem.end]
    learnt += [problem.moves] if problem.moves is not None else []
    expected = torch.autograd.grad(values, learnt, weights)
    found = expected_gradients(BACKENDS[backend], what, weights, problem, tags)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs)


# ---- half precision -----------------------------------------------------------------------------
@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("kind", HALF)
@pytest.mark.parametrize("what", WHAT)
def test_half_precision_is_what_its_rounded_numbers_are(
    backend: str, kind: torch.dtype, what: str
) -> None:
    tagger, given = Tagger(backend, what), batch()
    found = []
    for given_kind in (kind, torch.float32):
        emissions = given.words[..., :4].to(kind).to(given_kind).requires_grad_()
        tagger.score = nn.Identity()  # type: ignore[assignment]
        tagger.crf.zero_grad()
        value = tagger(given._replace(words=emissions))
        value.backward()
        assert emissions.grad is not None
        assert emissions.grad.dtype is given_kind
        assert value.dtype is torch.float64
        found.append([value.detach(), emissions.grad.to(kind), tagger.crf.transitions.grad])
    for half, whole in zip(*found, strict=True):
        if backend == "triton":  # in its interpreter bfloat16 is cut off, not rounded
            torch.testing.assert_close(half, whole, rtol=2.0**-7, atol=1e-6)
        else:
            assert torch.equal(half, whole)


@pytest.mark.parametrize("backend", ALL)
@pytest.mark.parametrize("what", WHAT)
def test_autocast_changes_what_is_given_and_not_what_is_done(backend: str, what: str) -> None:
    tagger, given = Tagger(backend, what), batch()
    with torch.autocast("cpu", torch.bfloat16):
        emissions = tagger.score(given.words).detach()
        assert emissions.dtype is torch.bfloat16
        under = step(tagger, tagger, given)
        path = tagger.decode(given)
        shares = tagger.marginals(given)
    tagger.score = nn.Identity()  # type: ignore[assignment]
    rounded = given._replace(words=emissions.float())
    torch.testing.assert_close(under[0], tagger(rounded).detach(), rtol=0, atol=1e-12)
    tagger.crf.zero_grad()
    tagger(rounded).backward()
    assert torch.equal(under[3], tagger.crf.transitions.grad)  # type: ignore[arg-type]
    assert torch.equal(path, tagger.decode(rounded))
    for under_cast, without in zip(shares, tagger.marginals(rounded), strict=True):
        torch.testing.assert_close(under_cast, without, rtol=0, atol=1e-12)
