"""The GPU's back end: Triton kernels (:mod:`.triton_sums`, :mod:`.triton_best`), one launch a pass.

Numbers are float32 whatever the emissions are, float64 where those are; a sentence in which one
came near underflow is summed by the reference back end in float64. What was found wrong comes back
in one tensor, read once at the end of a pass: the only time the CPU waits for the GPU. Nothing is
added up in an order that could change: the same input gives the same bits.

The best few paths, drawing paths and more than 128 tags have no kernel: the reference back end does
them on the same device. Triton is imported when a sum is first asked for.
"""

from __future__ import annotations

import contextlib
import importlib
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from weaklabel.nn.crf import plain
from weaklabel.nn.crf import problem as errors
from weaklabel.nn.crf.problem import Problem
from weaklabel.optional import require

WIDEST = 128
"""Tags whose moves fit a program's registers."""
FEWEST = 16
"""Tags that a tile has room for, at least."""
BLOCK, ROWS, WIDTH = 1024, 32, 64
"""Cells, sentences and cells of a row that are weighed together."""
REACH = 2**31
"""Cells of a sentence, counted in 32 bits."""


class _Swept(NamedTuple):
    logs: Tensor  # (P, B) float64
    scores: Tensor  # (B,) float64, if there are tags
    codes: Tensor  # (P * B, 3) int32
    shares: Tensor  # (P, B, T, K), if wanted
    pairs: Tensor  # (P, B, K to, K from), if wanted
    each: Tensor  # (P, B, T, K to, K from), if wanted


def _kernels(name: str) -> ModuleType:
    """A module of kernels.

    Raises:
        MissingDependency: if Triton is not installed.
    """
    require("triton", extra="gpu", what="The CRF's back end for GPUs")
    return importlib.import_module(f"weaklabel.nn.crf.triton_{name}")


def _padded(tags: int) -> int:
    return max(FEWEST, 1 << (tags - 1).bit_length())


def _warps(padded: int, double: bool, tiles: int) -> int:
    """As many as give a thread no more than 128 numbers of the tiles to hold."""
    return min(16, max(1, padded * padded * tiles * (2 if double else 1) // (32 * 128)))


def _chunk(padded: int) -> int:
    """Tokens looked at together: some 16 cells a thread, though no fewer than a product takes."""
    return max(16, 512 // padded)


def _bytes(flags: Tensor) -> Tensor:
    return flags.contiguous().view(torch.uint8)


def _on(x: Tensor) -> contextlib.AbstractContextManager[Any]:
    """Launch on the device that holds the numbers."""
    return torch.cuda.device(x.device) if x.is_cuda else contextlib.nullcontext()


def _out_of_reach(problem: Problem, *, each: bool = False) -> bool:
    _, steps, tags = problem.emissions.shape
    cells = steps * _padded(tags) * (tags if each or problem.moves is not None else 1)
    return tags > WIDEST or cells >= REACH or problem.emissions.numel() == 0


def _faint(problem: Problem, codes: Tensor, tags: Tensor | None, need_path: bool) -> list[int]:
    """Raise what is wrong with the first sentence that is; else which to sum elsewhere.

    The lines count the passes one after the other.
    """
    found = codes.cpu()
    if not bool(found[:, 0].any()):
        return []
    batch, pieces = len(problem.mask), _kernels("pieces")
    for line in found[:, 0].nonzero()[:, 0].tolist():
        what, step, _ = found[line].tolist()
        row = line % batch
        if what == pieces.HOLE:
            raise errors.hole(row, step)
        if what == pieces.EMPTY:
            raise errors.empty(row)
        if what == pieces.NOT_A_NUMBER:
            raise errors.no_number(row, step)
        if what == pieces.STUCK:
            raise errors.stuck(row, step)
        if what == pieces.NO_TAG:
            assert tags is not None
            raise errors.no_tag(row, step, int(tags[row, step]), problem.emissions.shape[2])
        if what == pieces.BAD_SCORES:
            raise errors.bad_scores()
        if what == pieces.NO_MOVE:
            raise errors.no_move(row, step)
        if what == pieces.NO_PATH and need_path:
            raise errors.no_path(row)
    lines: list[int] = (found[:, 0] == pieces.FAINT.value).nonzero()[:, 0].tolist()
    return lines


def _sum_again(
    problem: Problem, swept: _Swept, number: int, rows: Tensor, tags: Tensor | None, need_path: bool
) -> None:
    """Put what the reference back end finds for some sentences in its place."""
    limited = problem.allowed is not None and number == 0
    some = problem._replace(
        emissions=problem.emissions.detach()[rows].double(),
        mask=problem.mask[rows],
        allowed=problem.allowed[rows] if limited and problem.allowed is not None else None,
        moves=None if problem.moves is None else problem.moves.detach()[rows],
    )
    with torch.no_grad():
        logs = plain.log_partition(some)
        dead = logs == -torch.inf
        if need_path and bool(dead.any()):
            raise errors.no_path(int(rows[dead][0]))
        swept.logs[number, rows] = logs
        if not swept.shares.numel():
            return
        shares, pairs = plain.marginals(some), plain.expected_moves(some)
        path = None if tags is None else _ones(tags[rows], some)
        if path is not None:
            shares, pairs = path - shares, path[:, :-1].mT @ path[:, 1:] - pairs
        swept.shares[number, rows] = shares.to(swept.shares.dtype)
        swept.pairs[number, rows] = pairs.mT.to(swept.pairs.dtype)
        if swept.each.numel():
            each = plain.pair_marginals(some)
            if path is not None:
                each[:, 1:] = path[:, :-1, :, None] * path[:, 1:, None, :] - each[:, 1:]
            swept.each[number, rows] = each.mT.to(swept.each.dtype)


def _ones(tags: Tensor, problem: Problem) -> Tensor:
    """Paths as ``(B, T, K)`` float64, 1 at their tags."""
    inside = tags.masked_fill(~problem.mask, 0)[..., None]
    ones = torch.zeros_like(problem.emissions).scatter_(2, inside, 1.0)
    return ones * problem.mask[..., None]


def _sweep(
    problem: Problem, *, passes: int = 1, tags: Tensor | None = None, wanted: bool = False,
    each: bool = False,
) -> _Swept:  # fmt: skip
    """Sum over the paths of every sentence.

    Args:
        problem: what is summed; ``allowed`` counts in the first pass alone.
        passes: 1 or 2.
        tags: a path each, whose log-probability is wanted.
        wanted: whether to work out marginals and expected moves.
        each: whether to keep the marginals of each token's moves.
    """
    emissions = problem.emissions.detach().contiguous()
    batch, steps, k = emissions.shape
    double, padded = emissions.dtype is torch.float64, _padded(k)
    kind = torch.float64 if double else torch.float32
    lines = passes * batch

    def room(*shape: int, kind: torch.dtype = kind, used: bool = True) -> Tensor:
        return emissions.new_empty(shape if used else (0,), dtype=kind)

    swept = _Swept(
        room(passes, batch, kind=torch.float64),
        room(batch, kind=torch.float64, used=tags is not None),
        room(lines, 3, kind=torch.int32),
        room(passes, batch, steps, k, used=wanted),
        room(passes, batch, k, k, used=wanted),
        room(passes, batch, steps, k, k, used=each),
    )
    mask = _bytes(problem.mask)
    with _on(emissions):
        _kernels("sums").sums[batch, passes](
            emissions,
            mask,
            mask if problem.allowed is None else _bytes(problem.allowed),
            mask if tags is None else tags.contiguous(),
            emissions if problem.moves is None else problem.moves.detach().contiguous(),
            *(own.detach().contiguous() for own in (problem.start, problem.transitions)),
            problem.end.detach().contiguous(),
            *(_bytes(legal) for legal in problem[5:8]),
            problem.transitions.detach().t().contiguous() if wanted else mask,
            _bytes(problem.legal_moves.t()) if wanted else mask,
            *swept,
            room(lines, steps, padded),
            room(lines, steps, padded, used=wanted),
            room(lines, steps, used=wanted),
            batch,
            steps,
            k,
            P=padded,
            CHUNK=_chunk(padded),
            DOUBLE=double,
            LIMITED=problem.allowed is not None,
            TAGGED=tags is not None,
            MOVED=problem.moves is not None,
            GRADIENT=wanted,
            EACH=each,
            num_warps=_warps(padded, double, 2 if wanted else 1),
        )
    need_path = passes == 2 or tags is not None
    faint = _faint(problem, swept.codes, tags, need_path)
    for number in range(passes) if faint else ():
        rows = [line % batch for line in faint if line // batch == number]
        if rows:
            at = torch.tensor(rows, device=emissions.device)
            _sum_again(problem, swept, number, at, tags, need_path)
    return swept


class _Sum(torch.autograd.Function):
    """A sum over paths whose gradient is worked out with it."""

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        transitions: Tensor,
        end: Tensor,
        moves: Tensor | None,
        problem: Problem,
        passes: int,
        tags: Tensor | None,
    ) -> Tensor:
        each = moves is not None and moves.requires_grad
        swept = _sweep(problem, passes=passes, tags=tags, wanted=True, each=each)
        ctx.swept = swept
        ctx.kinds = emissions.dtype, start.dtype, transitions.dtype, end.dtype
        ctx.moves_kind = None if moves is None else moves.dtype
        return _value(swept)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        weights, swept = grads[0].detach().contiguous(), ctx.swept
        found: list[Tensor | None] = [None] * 8
        found[:4] = _weighed(weights, swept, ctx.kinds)
        if ctx.needs_input_grad[4]:
            each = swept.each[0] if len(swept.each) == 1 else swept.each[0] - swept.each[1]
            found[4] = (each.mT * weights[:, None, None, None]).to(ctx.moves_kind)
        return tuple(found)


def _value(swept: _Swept) -> Tensor:
    if len(swept.logs) == 2:
        return (swept.logs[0] - swept.logs[1]).clamp_(max=0.0)
    return swept.scores - swept.logs[0] if swept.scores.numel() else swept.logs[0]


def _weighed(weights: Tensor, swept: _Swept, kinds: tuple[torch.dtype, ...]) -> list[Tensor]:
    """Gradients in emissions, start, transitions and end."""
    passes, batch, steps, k = swept.shares.shape
    shapes = (batch, steps, k), (k,), (k, k), (k,)
    found = [weights.new_empty(at, dtype=kind) for at, kind in zip(shapes, kinds, strict=True)]
    parts, squares = -(-steps * k // BLOCK), -(-k * k // WIDTH)
    with _on(weights):
        _kernels("weigh").weigh[batch * parts + squares + -(-k // WIDTH),](
            weights,
            swept.shares,
            swept.pairs,
            swept.codes,
            *found,
            batch,
            steps * k,
            k,
            parts,
            squares,
            BLOCK=BLOCK,
            ROWS=ROWS,
            WIDTH=WIDTH,
            PASSES=passes,
        )
    return found


def _summed(problem: Problem, passes: int = 1, tags: Tensor | None = None) -> Tensor:
    own = problem.emissions, problem.start, problem.transitions, problem.end, problem.moves
    if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in own):
        found: Tensor = _Sum.apply(*own, problem, passes, tags)  # type: ignore[no-untyped-call]
        return found
    return _value(_sweep(problem, passes=passes, tags=tags))


def log_partition(problem: Problem) -> Tensor:
    """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""
    return plain.log_partition(problem) if _out_of_reach(problem) else _summed(problem)


def log_likelihood(problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each, ``(B,)`` float64."""
    if _out_of_reach(problem):
        return plain.log_likelihood(problem, tags)
    return _summed(problem, tags=tags)


def partial_log_likelihood(problem: Problem) -> Tensor:
    """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
    if _out_of_reach(problem):
        return plain.partial_log_likelihood(problem)
    return _summed(problem, passes=2)


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    if _out_of_reach(problem):
        return plain.marginals(problem)
    return _sweep(problem, wanted=True).shares[0].double()


def pair_marginals(problem: Problem) -> Tensor:
    """Probability of each move into each token, ``(B, T, K, K)`` float64."""
    if _out_of_reach(problem, each=True):
        return plain.pair_marginals(problem)
    return _sweep(problem, wanted=True, each=True).each[0].mT.double()


def expected_moves(problem: Problem) -> Tensor:
    """The pair marginals summed over the tokens, ``(B, K, K)`` float64."""
    if _out_of_reach(problem):
        return plain.expected_moves(problem)
    return _sweep(problem, wanted=True).pairs[0].mT.double()


def decode(problem: Problem) -> Tensor:
    """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""
    if _out_of_reach(problem):
        return plain.decode(problem)
    emissions = problem.emissions.detach().contiguous()
    batch, steps, k = emissions.shape
    padded, mask = _padded(k), _bytes(problem.mask)
    own = problem.start, problem.transitions, problem.end
    double = any(x.dtype is torch.float64 for x in (emissions, *own))
    codes = emissions.new_empty((batch, 3), dtype=torch.int32)
    paths = emissions.new_empty((batch, steps), dtype=torch.int64)
    with _on(emissions):
        _kernels("best").best_paths[batch,](
            emissions,
            mask,
            mask if problem.allowed is None else _bytes(problem.allowed),
            emissions if problem.moves is None else problem.moves.detach().contiguous(),
            *(scores.detach().contiguous() for scores in own),
            *(_bytes(legal) for legal in problem[5:8]),
            codes,
            emissions.new_empty((batch, steps, padded), dtype=torch.uint8),
            paths,
            steps,
            k,
            P=padded,
            CHUNK=_chunk(padded),
            DOUBLE=double,
            LIMITED=problem.allowed is not None,
            MOVED=problem.moves is not None,
            num_warps=_warps(padded, double, 2),
        )
    _faint(problem, codes, None, False)
    return paths


def kbest(problem: Problem, count: int) -> tuple[Tensor, Tensor]:
    """The best paths and their scores, by the reference back end."""
    return plain.kbest(problem, count)


def sample(problem: Problem, uniforms: Tensor) -> Tensor:
    """Paths drawn by their probability, by the reference back end."""
    return plain.sample(problem, uniforms)
