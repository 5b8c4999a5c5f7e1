"""Back ends as torch operators, which ``torch.compile`` and ``torch.export`` take as they are.

A back end looks at numbers and works on memory: nothing a tracer could follow. So while a model is
traced each operation is one operator of the namespace ``weaklabel``, whose result's shape is known
beforehand; what is wrong with the numbers is still said when it runs. Outside of tracing nobody
comes here: to call an operator costs more than a small batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from weaklabel.crf import compiled, plain
from weaklabel.crf.backends import BACKENDS
from weaklabel.crf.compiled import sums
from weaklabel.crf.gradients import expected_gradients
from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend

_FIELDS = (
    "Tensor emissions, Tensor mask, Tensor start, Tensor transitions, Tensor end, "
    "Tensor legal_start, Tensor legal_moves, Tensor legal_end, Tensor? allowed, Tensor? moves"
)
"""A :class:`~.problem.Problem`, as operators take it."""
_COUNT = len(Problem._fields)
_LEARNT = ("emissions", "start", "transitions", "end", "moves")
"""What may have a gradient."""
_Given = Tensor | None


class Traced:
    """A back end whose operations are operators; one of :class:`~.protocol.Backend`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _sum(self, what: str, problem: Problem, tags: Tensor | None = None) -> Tensor:
        learnt = [x for x in (getattr(problem, name) for name in _LEARNT) if x is not None]
        wanted = torch.is_grad_enabled() and any(x.requires_grad for x in learnt)
        values: Tensor = _sum(self.name, what, *problem, tags, wanted)[0]
        return values

    def log_partition(self, problem: Problem) -> Tensor:
        """As the back end's, and so below."""
        return self._sum("log_partition", problem)

    def log_likelihood(self, problem: Problem, tags: Tensor) -> Tensor:
        """Log-probability of one path each, ``(B,)`` float64."""
        return self._sum("log_likelihood", problem, tags)

    def partial_log_likelihood(self, problem: Problem) -> Tensor:
        """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
        return self._sum("partial_log_likelihood", problem)

    def marginals(self, problem: Problem) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64."""
        shares: Tensor = _marginals(self.name, *_constant(problem))
        return shares

    def pair_marginals(self, problem: Problem) -> Tensor:
        """Probability of each move into each token, ``(B, T, K, K)`` float64."""
        shares: Tensor = _pair_marginals(self.name, *_constant(problem))
        return shares

    def expected_moves(self, problem: Problem) -> Tensor:
        """The expected number of each move, ``(B, K, K)`` float64."""
        counts: Tensor = _expected_moves(self.name, *_constant(problem))
        return counts

    def decode(self, problem: Problem) -> Tensor:
        """The best path, ``(B, T)`` int64."""
        paths: Tensor = _decode(self.name, *_constant(problem))
        return paths

    def kbest(self, problem: Problem, count: int) -> tuple[Tensor, Tensor]:
        """The best paths, ``(B, count, T)`` int64, and their scores, ``(B, count)`` float64."""
        paths: tuple[Tensor, Tensor] = _kbest(self.name, *_constant(problem), count)
        return paths

    def sample(self, problem: Problem, uniforms: Tensor) -> Tensor:
        """Paths drawn by their probability, ``(S, B, T)`` int64."""
        paths: Tensor = _sample(self.name, *_constant(problem), uniforms)
        return paths


def traced(backend: Backend) -> Backend:
    """A back end as operators; the reference as it is: of plain torch there is a graph."""
    if backend is plain:
        return plain
    return Traced(next(name for name, known in BACKENDS.items() if known is backend))


def _constant(problem: Problem) -> tuple[_Given, ...]:
    return tuple(given if given is None else given.detach() for given in problem)


def _operator(name: str, arguments: str, returned: str) -> Callable[[Callable[..., Any]], Any]:
    """Decorates what an operator does."""
    schema = f"({arguments}) -> {returned}"
    return torch.library.custom_op(f"weaklabel::crf_{name}", mutates_args=(), schema=schema)


# ---- sums and their gradients -------------------------------------------------------------------
@_operator(
    "sum",
    f"str backend, str what, {_FIELDS}, Tensor? tags, bool wanted",
    "(Tensor values, Tensor shares, Tensor pairs)",
)
def _sum(backend: str, what: str, *rest: Any) -> tuple[Tensor, Tensor, Tensor]:
    """A sum; ``shares`` and ``pairs`` are what the gradient is made of, where it is kept."""
    *fields, tags, wanted = rest
    problem = Problem(*fields)
    if wanted and _keeps(backend, problem):
        return sums.kept_sum(what, problem, tags)
    asked = getattr(BACKENDS[backend], what)
    with torch.no_grad():
        values = asked(problem) if tags is None else asked(problem, tags)
    return values, values.new_empty((0, 0, 0)), values.new_empty((0, 0, 0))


@_sum.register_fake  # type: ignore[untyped-decorator]
def _(backend: str, what: str, *rest: Any) -> tuple[Tensor, Tensor, Tensor]:
    *fields, _tags, wanted = rest
    problem = Problem(*fields)
    emissions = problem.emissions
    batch, _, k = emissions.shape
    values = emissions.new_empty((batch,), dtype=torch.float64)
    if wanted and _keeps(backend, problem):
        dtype = torch.float64 if emissions.dtype is torch.float64 else torch.float32
        shares = torch.empty_like(emissions, dtype=dtype, memory_format=torch.contiguous_format)
        return values, shares, emissions.new_empty((batch, k + 2, k), dtype=torch.float64)
    return values, values.new_empty((0, 0, 0)), values.new_empty((0, 0, 0))


@_operator(
    "sum_backward",
    f"str backend, str what, Tensor weights, Tensor shares, Tensor pairs, {_FIELDS}, Tensor? tags",
    "Tensor[]",
)
def _gradients(
    backend: str, what: str, weights: Tensor, shares: Tensor, pairs: Tensor, *rest: Any
) -> list[Tensor]:
    """The gradients in what can be learnt: made of what was kept, or worked out now."""
    *fields, tags = rest
    problem = Problem(*fields)
    with torch.no_grad():
        if not _keeps(backend, problem):
            return expected_gradients(BACKENDS[backend], what, weights, problem, tags)
        if not shares.numel():
            _, shares, pairs = sums.kept_sum(what, problem, tags)
        return sums.kept_gradients(weights, problem, shares, pairs)


@_gradients.register_fake  # type: ignore[untyped-decorator]
def _(
    backend: str, what: str, weights: Tensor, shares: Tensor, pairs: Tensor, *rest: Any
) -> list[Tensor]:
    problem = Problem(*rest[:_COUNT])
    learnt = [given for name in _LEARNT if (given := getattr(problem, name)) is not None]
    return [torch.empty_like(x, memory_format=torch.contiguous_format) for x in learnt]


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.backend, ctx.what, *given = inputs
    *tensors, _wanted = given
    ctx.save_for_backward(*output[1:], *tensors)
    ctx.set_materialize_grads(False)


def _backward(ctx: Any, weights: _Given, *_unused: _Given) -> tuple[_Given, ...]:
    gradients: dict[str, Tensor] = {}
    if weights is not None:
        problem = Problem(*ctx.saved_tensors[2 : 2 + _COUNT])
        grads = _gradients(ctx.backend, ctx.what, weights, *ctx.saved_tensors)
        names = [name for name in _LEARNT if getattr(problem, name) is not None]
        gradients = dict(zip(names, grads, strict=True))
    return (None, None, *(gradients.get(name) for name in Problem._fields), None, None)


_sum.register_autograd(_backward, setup_context=_keep)


def _keeps(backend: str, problem: Problem) -> bool:
    """Whether the gradient is worked out with the sum."""
    return BACKENDS[backend] is compiled and problem.moves is None


# ---- all else has no gradient -------------------------------------------------------------------
def _shaped(name: str, axes: str, dtype: torch.dtype) -> Callable[..., Any]:
    """An operator with one result, of axes as in ``"BTK"``."""

    @_operator(name, f"str backend, {_FIELDS}", "Tensor")
    def work(backend: str, *fields: Any) -> Tensor:
        with torch.no_grad():
            answer: Tensor = getattr(BACKENDS[backend], name)(Problem(*fields))
            return answer.to(dtype).contiguous()

    @work.register_fake  # type: ignore[untyped-decorator]
    def _(backend: str, emissions: Tensor, *rest: Any) -> Tensor:
        sizes = dict(zip("BTK", emissions.shape, strict=True))
        return emissions.new_empty([sizes[axis] for axis in axes], dtype=dtype)

    operator: Callable[..., Any] = work
    return operator


_marginals = _shaped("marginals", "BTK", torch.float64)
_pair_marginals = _shaped("pair_marginals", "BTKK", torch.float64)
_expected_moves = _shaped("expected_moves", "BKK", torch.float64)
_decode = _shaped("decode", "BT", torch.int64)


@_operator("kbest", f"str backend, {_FIELDS}, SymInt count", "(Tensor paths, Tensor scores)")
def _kbest(backend: str, *rest: Any) -> tuple[Tensor, Tensor]:
    *fields, count = rest
    with torch.no_grad():
        paths, scores = BACKENDS[backend].kbest(Problem(*fields), count)
        return paths.contiguous(), scores.contiguous()


@_kbest.register_fake  # type: ignore[untyped-decorator]
def _(backend: str, emissions: Tensor, *rest: Any) -> tuple[Tensor, Tensor]:
    batch, steps, _ = emissions.shape
    paths = emissions.new_empty((batch, rest[-1], steps), dtype=torch.int64)
    return paths, emissions.new_empty((batch, rest[-1]), dtype=torch.float64)


@_operator("sample", f"str backend, {_FIELDS}, Tensor uniforms", "Tensor")
def _sample(backend: str, *rest: Any) -> Tensor:
    *fields, uniforms = rest
    with torch.no_grad():
        return BACKENDS[backend].sample(Problem(*fields), uniforms).contiguous()


@_sample.register_fake  # type: ignore[untyped-decorator]
def _(backend: str, *rest: Any) -> Tensor:
    uniforms: Tensor = rest[-1]
    return torch.empty_like(uniforms, dtype=torch.int64, memory_format=torch.contiguous_format)
