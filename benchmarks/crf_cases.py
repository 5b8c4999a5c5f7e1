"""What the CRF's benchmarks work on: ragged batches drawn at random, the same for all."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Case(NamedTuple):
    """One batch, and the layer's start, transitions and end."""

    emissions: Tensor
    tags: Tensor
    mask: Tensor
    scores: tuple[Tensor, Tensor, Tensor]


def draw(tags: int, batch: int, steps: int) -> Case:
    """A sentence fills 60 % of the longest one on average."""
    generator = torch.Generator().manual_seed(tags * 1_000_003 + batch * 1009 + steps)
    emissions = torch.randn(batch, steps, tags, generator=generator) * 2
    lengths = torch.randint(int(0.2 * steps), steps + 1, (batch,), generator=generator)
    lengths[0] = steps
    mask = torch.arange(steps)[None] < lengths[:, None]
    shapes = ((tags,), (tags, tags), (tags,))
    start, moves, end = (torch.randn(shape, generator=generator) for shape in shapes)
    path = torch.randint(0, tags, (batch, steps), generator=generator)
    return Case(emissions, path, mask, (start, moves, end))


def allowed_tags(case: Case) -> Tensor:
    """Half of the tags of each token, the path's own among them."""
    generator = torch.Generator().manual_seed(1)
    some = torch.rand(case.emissions.shape, generator=generator) < 0.5
    return some.scatter_(2, case.tags[..., None], True)
