"""Single paths in plain torch: the best, the best few, and paths drawn at random."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf.plain.log_space import log_alphas
from weaklabel.crf.plain.potentials import Potentials, longest_first
from weaklabel.crf.problem import check_paths


def viterbi(potentials: Potentials) -> Tensor:
    """The best path, ``(B, T)`` int64; 0 at padding. Of equal paths the lowest tags win last.

    Raises:
        DataError: if a sentence has no path.
    """
    emissions, start, transitions, end, _ = potentials
    plan = longest_first(potentials)
    e = emissions.index_select(0, plan.order).transpose(0, 1)
    if e.dtype in (torch.float16, torch.bfloat16):
        e = e.float()
    steps, batch, tags = e.shape
    came_from = torch.zeros(steps, batch, tags, dtype=torch.int64, device=e.device)
    best = start + e[0]
    # (to, from): the maximum runs along the last axis
    into = transitions.transpose(-1, -2).contiguous()
    for t in range(1, steps):
        n = plan.alive[t]
        moves = into if potentials.shared else into[plan.order[:n], t]
        value, came_from[t, :n] = (best[:n, None, :] + moves).max(-1)
        value = value + e[t, :n]
        best = torch.cat([value, best[n:]]) if n < batch else value
    path = torch.zeros(steps, batch, dtype=torch.int64, device=e.device)
    top, tag = (best + end).max(-1)
    check_paths(torch.empty_like(top).index_copy_(0, plan.order, top))
    for t in range(steps - 1, -1, -1):
        n = plan.alive[t]
        path[t, :n] = tag[:n]
        if t:
            before = came_from[t, :n].gather(1, tag[:n, None])[:, 0]
            tag = torch.cat([before, tag[n:]]) if n < batch else before
    found = torch.empty_like(path.t())
    found[plan.order] = path.t()
    return found


def kbest(potentials: Potentials, count: int) -> tuple[Tensor, Tensor]:
    """The best paths, ``(B, count, T)`` int64, and their scores, ``(B, count)`` float64.

    Where there are fewer paths, the score is ``-inf`` and the path zeros. Each tag of each token
    keeps its ``count`` best beginnings; two differ in the tag before or in their rank there, so
    that no path comes twice (the list Viterbi algorithm; Seshadri and Sundberg, 1994).
    """
    e = potentials.emissions.to(torch.float64)
    batch, steps, tags = e.shape
    last = potentials.last()
    best = e.new_full((batch, tags, count), -torch.inf)
    best[..., 0] = potentials.start + e[:, 0]
    back = torch.zeros(steps, batch, tags * count, dtype=torch.int64, device=e.device)
    for t in range(1, steps):
        into = potentials.into(t).to(torch.float64).transpose(-1, -2)[..., None]  # (to, from, 1)
        sums = (best[:, None] + into).flatten(2)
        top, which = sums.sort(dim=-1, descending=True, stable=True)
        back[t] = which[..., :count].flatten(1)
        onward = top[..., :count] + e[:, t, :, None]
        best = torch.where((t <= last)[:, None, None], onward, best)
    scores, at = (
        (best + potentials.end[:, None]).flatten(1).sort(dim=-1, descending=True, stable=True)
    )
    scores, at = scores[:, :count], at[:, :count]
    found = at.new_zeros(batch, count, steps)
    for t in range(steps - 1, -1, -1):
        real = (t <= last)[:, None]
        found[:, :, t] = torch.where(real, at // count, 0)
        if t:
            at = torch.where(real, back[t].gather(1, at), at)
    return found.masked_fill((scores == -torch.inf)[..., None], 0), scores


def sample(potentials: Potentials, uniforms: Tensor) -> Tensor:
    """Paths drawn by their probability, ``(S, B, T)`` int64, 0 at padding.

    From the last token backwards: the tag before is drawn given the tags after it.

    Args:
        potentials: the scores; every sentence has a path.
        uniforms: ``(S, B, T)`` float64 in [0, 1). At each token the first tag is taken whose
            cumulated probability, tags in order, exceeds the uniform times the total; the last
            tag of positive probability if rounding leaves none.
    """
    alphas, last = log_alphas(potentials), potentials.last()
    _, batch, steps = uniforms.shape
    rows = torch.arange(batch, device=uniforms.device)
    found = torch.zeros_like(uniforms, dtype=torch.int64)
    tag = found[..., 0]
    for t in range(steps - 1, -1, -1):
        scores = (alphas[:, t] + potentials.end).expand(len(uniforms), -1, -1)
        if t + 1 < steps:
            back = potentials.into(t + 1).transpose(-1, -2)  # (to, from)
            onward = alphas[:, t] + (back[tag] if potentials.shared else back[rows, tag])
            scores = torch.where((t < last)[:, None], onward, scores)
        scores = scores.masked_fill((t > last)[:, None], 0.0)
        tag = _drawn(scores, uniforms[..., t]).masked_fill(t > last, 0)
        found[..., t] = tag
    return found


def _drawn(scores: Tensor, uniforms: Tensor) -> Tensor:
    weights = (scores - scores.amax(-1, keepdim=True)).exp()
    summed = weights.cumsum(-1)
    passed = (summed <= (uniforms * summed[..., -1])[..., None]).sum(-1)
    tags = torch.arange(scores.shape[-1], device=scores.device)
    return torch.minimum(passed, torch.where(weights > 0.0, tags, 0).amax(-1))
