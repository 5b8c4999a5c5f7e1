"""A CRF as torch.compile likes it: some steps of matrix products at once, in probability space.

What one writes who knows that a CRF's sums are matrix products: emissions exponentiated less their
largest, one product a step with the exponentiated moves, the mass divided out at once, gradients
by autograd. Chunks of steps are compiled, for any number of sentences and tags; a graph of all
steps would take minutes to compile.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 8


def _forward(
    alpha: Tensor, total: Tensor, potential: Tensor, alive: Tensor, moves: Tensor
) -> tuple[Tensor, Tensor]:
    for by, here in zip(potential.unbind(0), alive.unbind(0), strict=True):
        now = (alpha @ moves) * by
        mass = now.sum(1, keepdim=True)
        alpha = torch.where(here, now / mass, alpha)
        total = total + torch.where(here, mass.log(), 0.0)
    return alpha, total


def _best(
    best: Tensor, emissions: Tensor, alive: Tensor, moves: Tensor, same: Tensor
) -> tuple[Tensor, Tensor]:
    pointers = []
    for t in range(CHUNK):
        top, before = (best[:, :, None] + moves).max(1)
        best = torch.where(alive[t], top + emissions[t], best)
        pointers.append(torch.where(alive[t], before, same))
    return best, torch.stack(pointers)


def _back(tag: Tensor, pointers: Tensor) -> tuple[Tensor, Tensor]:
    tags = []
    for t in range(CHUNK - 1, -1, -1):
        tag = pointers[t].gather(1, tag)
        tags.append(tag)
    return tag, torch.cat(tags[::-1], 1)


class Stepwise:
    """The three chunks, compiled when they are first called, and again for a number of tags."""

    def __init__(self) -> None:
        self._forward, self._best, self._back = (
            torch.compile(step, dynamic=True, fullgraph=True) for step in (_forward, _best, _back)
        )

    def loss(
        self, emissions: Tensor, tags: Tensor, mask: Tensor, own: tuple[Tensor, Tensor, Tensor]
    ) -> Tensor:
        """Sum of the negative log-likelihoods of the paths."""
        start, transitions, end = own
        scores, alive = self._by_step(emissions, mask)
        peaks = scores.detach().amax(2, keepdim=True)
        potential = (scores - peaks).exp()
        top = transitions.detach().max()
        moves = (transitions - top).exp()
        alpha = start.exp() * potential[0]
        total = alpha[:, :1] * 0.0  # of which a gradient is asked from the start: one graph less
        alive[0] = False  # the first token has no move before it
        for by, here in zip(potential.split(CHUNK), alive.split(CHUNK), strict=True):
            alpha, total = self._forward(alpha, total, by, here, moves)
        sums = total[:, 0] + (alpha @ end.exp()).log()
        lengths = mask.sum(1)
        sums = sums + (peaks[:, :, 0].t() * mask).sum(1) + top * (lengths - 1)
        gold = (emissions.gather(2, tags[..., None])[..., 0] * mask).sum(1)
        gold = gold + (transitions[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(1)
        last = tags.gather(1, (lengths - 1)[:, None])[:, 0]
        return (sums - gold - start[tags[:, 0]] - end[last]).sum()

    def best(self, emissions: Tensor, mask: Tensor, own: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """The best paths, ``(B, T)``; anything at padding."""
        start, transitions, end = own
        scores, alive = self._by_step(emissions, mask)
        alive[0] = False
        best = start + scores[0]
        same = torch.arange(len(start), device=best.device).expand_as(best)
        pointers = []
        for score, here in zip(scores.split(CHUNK), alive.split(CHUNK), strict=True):
            best, found = self._best(best, score, here, transitions, same)
            pointers.append(found)
        tag = (best + end).argmax(1, keepdim=True)
        last, tags = tag, []
        for found in reversed(pointers):
            tag, some = self._back(tag, found)
            tags.append(some)
        # The pointer of a step names the tag before it: one to the left, the last one at the end.
        return torch.cat([*tags[::-1], last], 1)[:, 1:]

    def _by_step(self, emissions: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        return (
            emissions.transpose(0, 1).contiguous(),
            mask.t().contiguous()[..., None].clone(),
        )
