"""Random chains and, by naive Python, all their paths."""

from __future__ import annotations

import copy
import itertools
import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF, plain
from weaklabel.crf.backends import BACKENDS
from weaklabel.crf.plain.log_space import log_sum as log_sums
from weaklabel.crf.plain.potentials import Potentials

ALL = sorted(BACKENDS.keys() - {"triton"})  # test_triton_backend asks it the same
INF = math.inf
Paths = dict[tuple[int, ...], float]


def potentials_of(
    crf: LinearChainCRF, emissions: Tensor, mask: Tensor,
    allowed: Tensor | None = None, moves: Tensor | None = None,
) -> Potentials:  # fmt: skip
    """What the recursions in plain torch take."""
    return plain.potentials_of(crf.chain(emissions, mask, allowed=allowed, moves=moves).problem)


class Case(NamedTuple):
    crf: LinearChainCRF
    emissions: Tensor
    allowed: Tensor
    mask: Tensor

    def to(self, backend: str) -> Case:
        crf = copy.deepcopy(self.crf)
        crf.backend = backend
        return self._replace(crf=crf)


def draw(
    seed: int, *, tags: int = 4, lengths: tuple[int, ...] = (5, 1, 3), spread: float = 2.0,
    forbid: float = 0.3, kind: torch.dtype = torch.float64,
) -> Case:  # fmt: skip
    """Tag 0 may stand anywhere, so that there is a legal and allowed path."""
    rng = np.random.default_rng(seed)
    start, moves, end = (rng.random(shape) >= forbid for shape in ((tags,), (tags, tags), (tags,)))
    start[0] = moves[0, 0] = end[0] = True
    crf = LinearChainCRF(tags, may_start=start, may_follow=moves, may_end=end).double()
    with torch.no_grad():
        for own in crf.parameters():
            own.copy_(torch.from_numpy(rng.normal(size=tuple(own.shape)) * min(spread, 4.0)))
    batch, steps = len(lengths), max(lengths)
    scores = rng.normal(size=(batch, steps, tags)).clip(-3, 3) * spread
    emissions = torch.from_numpy(scores).to(kind)
    allowed = torch.from_numpy(rng.random((batch, steps, tags)) >= forbid)
    allowed[..., 0] = True
    mask = torch.arange(steps)[None] < torch.tensor(lengths)[:, None]
    return Case(crf, emissions, allowed, mask)


def draw_moves(
    seed: int, case: Case, *, spread: float = 1.0, forbid: float = 0.2, junk: bool = True
) -> Tensor:
    """Scores for each token's moves, some ``-inf``; NaN where nobody may look.

    Tag 0 may always follow itself.
    """
    rng = np.random.default_rng([seed, 1])
    batch, steps, tags = case.emissions.shape
    shape = (batch, steps, tags, tags)
    moves = torch.from_numpy(rng.normal(size=shape).clip(-3, 3) * spread)
    forbidden = torch.from_numpy(rng.random(shape) < forbid)
    forbidden[..., 0, 0] = False
    moves = moves.masked_fill(forbidden, -INF).to(case.emissions.dtype)
    if junk:
        moves[:, 0] = math.nan
        moves[~case.mask] = math.nan
    return moves


def every_path(case: Case, row: int, *, within: bool, moves: Tensor | None = None) -> Paths:
    """Score of each legal (and allowed) path of one sentence, by naive Python."""
    crf, n = case.crf, int(case.mask[row].sum())
    start, own, end = (p.tolist() for p in (crf.start, crf.transitions, crf.end))
    e, may = case.emissions[row].tolist(), case.allowed[row].tolist()
    added = None if moves is None else moves[row].tolist()
    found = {}
    for path in itertools.product(range(crf.num_tags), repeat=n):
        pairs = list(itertools.pairwise(path))
        if not (crf.legal_start[path[0]] and crf.legal_end[path[-1]]):
            continue
        if not all(crf.legal_moves[pair] for pair in pairs):
            continue
        if within and not all(may[t][k] for t, k in enumerate(path)):
            continue
        score = (
            start[path[0]] + end[path[-1]]
            + sum(e[t][k] for t, k in enumerate(path)) + sum(own[a][b] for a, b in pairs)
        )  # fmt: skip
        if added is not None:
            score += sum(added[t][a][b] for t, (a, b) in enumerate(pairs, start=1))
        if score > -INF:
            found[path] = score
    return found


def log_sum(scores: Paths) -> float:
    return float(np.logaddexp.reduce(list(scores.values())))


def chances(scores: Paths) -> Paths:
    """The probability of each path."""
    total = log_sum(scores)
    return {path: math.exp(score - total) for path, score in scores.items()}


def entropy_of(potentials: Potentials) -> Tensor:
    """Entropy of the paths in log space and on torch's tape, ``(B,)``.

    Beside the log-sum of the beginnings that lead to a tag runs their entropy: that of the tag
    before, and the mean of the entropies there (Hernando et al., 2005).
    """
    emissions, last = potentials.emissions, potentials.last()
    reached = potentials.start + emissions[:, 0]
    spread = torch.zeros_like(reached)
    for t in range(1, emissions.shape[1]):
        total, found = _gathered(
            reached[:, None] + potentials.into(t).transpose(-1, -2), spread[:, None]
        )
        real = (t <= last)[:, None]
        reached = torch.where(real, total + emissions[:, t], reached)
        spread = torch.where(real, found, spread)
    return _gathered(reached + potentials.end, spread)[1]


def _gathered(scores: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    total = log_sums(scores)
    share = (scores - total[..., None]).masked_fill(scores == -INF, 0.0)
    weight = share.exp().masked_fill(scores == -INF, 0.0)
    return total, (weight * (spread - share)).sum(-1)
