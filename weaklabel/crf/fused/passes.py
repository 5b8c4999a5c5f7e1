"""Sums over paths with all that their gradients take, on a GPU; also what its kernels give up."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.crf import plain
from weaklabel.crf import problem as errors
from weaklabel.crf.fused.launch import (
    as_bytes,
    chunk,
    device_of,
    faint_lines,
    kernels,
    padded,
    warps,
)
from weaklabel.crf.problem import Problem


class Swept(NamedTuple):
    """What a launch works out; ``P`` passes."""

    logs: Tensor  # (P, B) float64
    scores: Tensor  # (B,) float64, if there are tags
    codes: Tensor  # (P * B, 3) int32
    shares: Tensor  # (P, B, T, K), if wanted
    pairs: Tensor  # (P, B, K to, K from), if wanted
    each: Tensor  # (P, B, T, K to, K from), if wanted


def _sum_again(
    problem: Problem, swept: Swept, number: int, rows: Tensor, tags: Tensor | None, need_path: bool
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


def sweep(
    problem: Problem, *, passes: int = 1, tags: Tensor | None = None, wanted: bool = False,
    each: bool = False,
) -> Swept:  # fmt: skip
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
    double, width = emissions.dtype is torch.float64, padded(k)
    kind = torch.float64 if double else torch.float32
    lines = passes * batch

    def room(*shape: int, kind: torch.dtype = kind, used: bool = True) -> Tensor:
        return emissions.new_empty(shape if used else (0,), dtype=kind)

    swept = Swept(
        room(passes, batch, kind=torch.float64),
        room(batch, kind=torch.float64, used=tags is not None),
        room(lines, 3, kind=torch.int32),
        room(passes, batch, steps, k, used=wanted),
        room(passes, batch, k, k, used=wanted),
        room(passes, batch, steps, k, k, used=each),
    )
    mask = as_bytes(problem.mask)
    with device_of(emissions):
        kernels("sums").sums[batch, passes](
            emissions,
            mask,
            mask if problem.allowed is None else as_bytes(problem.allowed),
            mask if tags is None else tags.contiguous(),
            emissions if problem.moves is None else problem.moves.detach().contiguous(),
            *(own.detach().contiguous() for own in (problem.start, problem.transitions)),
            problem.end.detach().contiguous(),
            *(as_bytes(legal) for legal in problem[5:8]),
            problem.transitions.detach().t().contiguous() if wanted else mask,
            as_bytes(problem.legal_moves.t()) if wanted else mask,
            *swept,
            room(lines, steps, width),
            room(lines, steps, width, used=wanted),
            room(lines, steps, used=wanted),
            batch,
            steps,
            k,
            P=width,
            CHUNK=chunk(width),
            DOUBLE=double,
            LIMITED=problem.allowed is not None,
            TAGGED=tags is not None,
            MOVED=problem.moves is not None,
            GRADIENT=wanted,
            EACH=each,
            num_warps=warps(width, double),
        )
    need_path = passes == 2 or tags is not None
    faint = faint_lines(problem, swept.codes, tags, need_path)
    for number in range(passes) if faint else ():
        rows = [line % batch for line in faint if line // batch == number]
        if rows:
            at = torch.tensor(rows, device=emissions.device)
            _sum_again(problem, swept, number, at, tags, need_path)
    return swept
