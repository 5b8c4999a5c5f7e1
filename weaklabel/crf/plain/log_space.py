"""Sums over paths in log space: slow, plain torch, and exact whatever the scores are."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf.plain.potentials import Potentials


def log_sum(scores: Tensor) -> Tensor:
    """``logsumexp`` of the last axis, with gradient 0 rather than NaN where all are ``-inf``."""
    dead = (scores == -torch.inf).all(-1)
    total = torch.logsumexp(scores.masked_fill(dead[..., None], 0.0), -1)
    return total.masked_fill(dead, -torch.inf)


def log_alphas(potentials: Potentials) -> Tensor:
    """Log-sum of everything that may lead to tag ``k`` at token ``t``, ``(B, T, K)`` float64.

    The token's own emission is in it. Values at padding mean nothing.
    """
    emissions = potentials.emissions.to(torch.float64)
    alphas = [potentials.start.to(torch.float64) + emissions[:, 0]]
    for t in range(1, emissions.shape[1]):
        into = potentials.into(t).to(torch.float64).transpose(-1, -2)  # (to, from)
        alphas.append(log_sum(alphas[-1][:, None, :] + into) + emissions[:, t])
    return torch.stack(alphas, 1)


def log_betas(potentials: Potentials) -> Tensor:
    """Log-sum of everything that may follow tag ``k`` at token ``t``, ``(B, T, K)`` float64."""
    emissions = potentials.emissions.to(torch.float64)
    last = potentials.last()[:, None]
    beta = potentials.end.to(torch.float64).expand(emissions.shape[0], -1)
    betas = [beta]
    for t in range(emissions.shape[1] - 1, 0, -1):
        moves = potentials.into(t).to(torch.float64)
        onward = log_sum(moves + (emissions[:, t] + beta)[:, None, :])
        beta = torch.where(t <= last, onward, beta)  # padding carries the value unchanged
        betas.append(beta)
    return torch.stack(betas[::-1], 1)


def log_partition(potentials: Potentials) -> Tensor:
    """Log-sum of the scores of all paths, ``(B,)`` float64; ``-inf`` where there is no path."""
    return log_sum(
        potentials.start.to(torch.float64)
        + potentials.emissions[:, 0]
        + log_betas(potentials)[:, 0]
    )


def marginals(potentials: Potentials) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64.

    0 at padding, and where a sentence has no path.
    """
    here = log_alphas(potentials) + log_betas(potentials)
    total = log_sum(here[:, 0])
    total = total.masked_fill(total == -torch.inf, 0.0)  # every path's score is -inf there
    steps = torch.arange(here.shape[1], device=here.device)
    padding = steps[None] > potentials.last()[:, None]
    return (here - total[:, None, None]).exp().masked_fill(padding[..., None], 0.0)


def pair_marginals(potentials: Potentials) -> Tensor:
    """Probability of each move into each token, ``(B, T, K, K)`` float64.

    0 at the first token, at padding, and where a sentence has no path.
    """
    emissions, last = potentials.emissions.to(torch.float64), potentials.last()
    alphas, betas = log_alphas(potentials), log_betas(potentials)
    total = log_sum(potentials.start + emissions[:, 0] + betas[:, 0])
    total = total.masked_fill(total == -torch.inf, 0.0)  # every path's score is -inf there
    batch, steps, tags = emissions.shape
    found = emissions.new_zeros(batch, steps, tags, tags)
    for t in range(1, steps):
        onward = emissions[:, t] + betas[:, t] - total[:, None]
        here = alphas[:, t - 1, :, None] + potentials.into(t) + onward[:, None, :]
        found[:, t] = here.masked_fill((t > last)[:, None, None], -torch.inf).exp()
    return found


def path_steps(potentials: Potentials, tags: Tensor) -> Tensor:
    """Probability of each tag of a path given the tag before it, ``(B, T)`` float64; 0 at padding.

    The first is the tag's plain probability; the product of a row is the path's probability. 0
    where nothing may follow the tag before.
    """
    emissions, start = potentials.emissions, potentials.start
    padding = torch.arange(tags.shape[1], device=tags.device)[None] > potentials.last()[:, None]
    tags = tags.masked_fill(padding, 0)
    betas = log_betas(potentials)
    onward = emissions.to(torch.float64) + betas  # (B, T, K)
    here = onward.gather(2, tags[..., None])[..., 0]
    first = here[:, 0] + start[tags[:, 0]]
    from_ = betas[:, :-1].gather(2, tags[:, :-1, None])[..., 0]
    rest = here[:, 1:] + path_moves(potentials, tags)
    total = torch.cat([torch.logsumexp(start + onward[:, 0], -1)[:, None], from_], 1)
    share = torch.cat([first[:, None], rest], 1) - total
    return share.exp().masked_fill(padding | (total == -torch.inf), 0.0)


def path_moves(potentials: Potentials, tags: Tensor) -> Tensor:
    """Scores of the moves of one path each, ``(B, T - 1)``; ``tags`` are in range everywhere."""
    before, after = tags[:, :-1], tags[:, 1:]
    if potentials.shared:
        return potentials.transitions[before, after]
    rows = torch.arange(len(tags), device=tags.device)[:, None]
    steps = torch.arange(1, tags.shape[1], device=tags.device)[None]
    return potentials.transitions[rows, steps, before, after]
