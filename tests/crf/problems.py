"""Batches as back ends take them, and an oracle in log space that shares nothing with them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf import compiled
from weaklabel.crf.problem import Problem

INF = math.inf
FORBIDDEN = (-INF, -1e4, -700.0, -160.0)
"""What people write for a move that is not to be made, and what is nearly as far off."""


def draw(
    seed: int, tags: int, lengths: tuple[int, ...], *, moved: bool, within: bool = False,
    low: float | None = None, share: float = 0.3, kind: torch.dtype = torch.float64,
) -> Problem:  # fmt: skip
    """A random batch; ``low`` is put in the place of a share of all scores. Tag 0 goes anywhere."""
    rng = np.random.default_rng(seed)
    batch, steps = len(lengths), max(lengths)

    def scores(*shape: int, square: bool = False) -> Tensor:
        drawn = rng.normal(size=shape) * 2
        if low is not None:
            at = rng.random(shape) < share
            at[(..., 0, 0) if square else (..., 0)] = False
            drawn[at] = low
        return torch.from_numpy(drawn)

    mask = torch.arange(steps)[None] < torch.tensor(lengths)[:, None]
    allowed = torch.from_numpy(rng.random((batch, steps, tags)) < 0.7)
    allowed[..., 0] = True
    legal = (torch.ones(shape, dtype=torch.bool) for shape in ((tags,), (tags, tags), (tags,)))
    return Problem(
        scores(batch, steps, tags).to(kind), mask,
        scores(tags), scores(tags, tags, square=True), scores(tags),
        *legal,
        allowed if within else None,
        scores(batch, steps, tags, tags, square=True).to(kind) if moved else None,
    )  # fmt: skip


# ---- an oracle in log space ---------------------------------------------------------------------
def sums_of(problem: Problem) -> Tensor:
    """Log-sum of each sentence, one after the other, on torch's tape."""
    found = []
    for row, n in enumerate(problem.mask.sum(1).tolist()):
        scores = problem.emissions[row, :n].double()
        if problem.allowed is not None:
            scores = scores.masked_fill(~problem.allowed[row, :n], -INF)
        reached = problem.start + scores[0]
        for t in range(1, n):
            moves = problem.transitions
            if problem.moves is not None:
                moves = moves + problem.moves[row, t].double()
            reached = (reached[:, None] + moves).logsumexp(0) + scores[t]
        found.append((reached + problem.end).logsumexp(0))
    return torch.stack(found)


LEARNT = ("emissions", "start", "transitions", "end", "moves")


def learnt_of(problem: Problem) -> list[str]:
    return [name for name in LEARNT if getattr(problem, name) is not None]


def with_gradients(problem: Problem) -> tuple[Problem, list[Tensor]]:
    learnt = {
        name: getattr(problem, name).detach().clone().requires_grad_()
        for name in learnt_of(problem)
    }
    return problem._replace(**learnt), list(learnt.values())


def all_gradients(
    problem: Problem, summed: Callable[[Problem], Tensor] = compiled.log_partition
) -> list[Tensor]:
    """The sums, and their gradients in the order of ``LEARNT``."""
    asked, learnt = with_gradients(problem)
    totals = summed(asked)
    return [
        totals.detach(), *torch.autograd.grad(totals.sum(), learnt, materialize_grads=True)
    ]  # fmt: skip


def shares_of(problem: Problem) -> list[Tensor]:
    """The gradients of the oracle's sums."""
    return all_gradients(problem, sums_of)[1:]


def enumerated(problem: Problem, row: int, n: int) -> dict[tuple[int, ...], float]:
    """The score of each path of a sentence, summed from the left."""
    found: dict[tuple[int, ...], float] = {(): 0.0}
    for t in range(n):
        longer = {}
        for path, score in found.items():
            for tag in range(len(problem.start)):
                step = (
                    float(problem.start[tag])
                    if t == 0
                    else float(problem.transitions[path[-1], tag])
                )
                if t and problem.moves is not None:
                    step += float(problem.moves[row, t, path[-1], tag])
                longer[(*path, tag)] = score + step + float(problem.emissions[row, t, tag])
        found = longer
    return {path: score + float(problem.end[path[-1]]) for path, score in found.items()}
