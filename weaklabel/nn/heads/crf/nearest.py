"""Of all chains with given marginals, the one nearest to a CRF's own.

A belief says what single tokens are, not how neighbours go together. That is taken from the CRF's
own posterior: the chain sought has the smallest Kullback-Leibler divergence from it. Since *all*
single marginals are given, each table of pairs can be found by itself, by scaling rows and columns
in turn (Deming & Stephan, 1940).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF
from weaklabel.nn.heads.base import believed, open_tags
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme

ROUNDS = 60
"""So often rows and columns are scaled at most."""
CLOSE = 1e-9
"""Tables whose rows are off by less in all are done."""
FAR = 0.05
"""A sentence with a table that stays off by more has no legal chain with these marginals."""
_TINY = 1e-30  # no legal pair is quite impossible, or a sure CRF could not be told otherwise


class Means(NamedTuple):
    """How likely tags and moves of a chain are, float64.

    Attributes:
        tags: ``(B, T, K)``, 0 at padding.
        moves: ``(B, K, K)``, summed over the tokens.
        last: ``(B, K)``, those of the last token.
    """

    tags: Tensor
    moves: Tensor
    last: Tensor


def nearest_chain(
    crf: LinearChainCRF, scheme: TagScheme, emissions: Tensor, target: Target, mask: Tensor
) -> Means:
    """The chain whose tags are as believed, nearest to the CRF's own posterior.

    Where beliefs contradict the rules (an inside that nothing begins), legal paths are drawn with
    the product of the beliefs instead.

    Args:
        crf: whose posterior it is.
        scheme: its rules.
        emissions: ``(B, T, K)`` float.
        target: what is allowed and believed.
        mask: ``(B, T)`` bool.
    """
    allowed = open_tags(target)
    own = crf.marginals(emissions, mask, allowed=allowed)
    tags = believed(own, target, mask)
    pairs = crf.pair_marginals(emissions, mask, allowed=allowed)[:, 1:]
    inner = mask[:, 1:]
    legal = crf.legal_moves.double()
    before, after = tags[:, :-1], tags[:, 1:]
    changed = (own - tags).abs().sum(-1) > CLOSE
    at = ((changed[:, :-1] | changed[:, 1:]) & inner).nonzero(as_tuple=True)
    pairs[at] = coupled(pairs[at] + _TINY * legal, before[at], after[at])
    off = (pairs.sum(-1) - before).abs().sum(-1) + (pairs.sum(-2) - after).abs().sum(-1)
    illegal = (off * inner).sum(-1).new_zeros(len(mask))
    if off.numel():
        illegal = (off * inner).amax(-1)
    ends = mask.sum(1) - 1
    rows = torch.arange(len(mask), device=mask.device)
    illegal = illegal + (tags[:, 0] * ~crf.legal_start).sum(-1)
    illegal = illegal + (tags[rows, ends] * ~crf.legal_end).sum(-1)
    moves = pairs.sum(1)
    bad = (illegal > FAR).nonzero()[:, 0]
    if len(bad):
        rules = LinearChainCRF(len(scheme), constraints=scheme).to(emissions.device)
        hopes = (tags[bad] + _TINY).log()
        tags[bad] = rules.marginals(hopes, mask[bad])
        moves[bad] = rules.pair_marginals(hopes, mask[bad]).sum(1)
    return Means(tags, moves, tags[rows, ends])


def coupled(pairs: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Tables scaled by row and by column until their margins are as given.

    Args:
        pairs: ``(M, K, K)``, not negative; what is 0 stays 0.
        before: ``(M, K)`` sums of the rows.
        after: ``(M, K)`` sums of the columns.

    Returns:
        ``(M, K, K)`` whose columns sum to ``after``, and rows to ``before`` where that can be.

    >>> even = torch.full((1, 2, 2), 0.25)
    >>> coupled(even, torch.tensor([[0.5, 0.5]]), torch.tensor([[0.2, 0.8]]))
    tensor([[[0.1000, 0.4000],
             [0.1000, 0.4000]]])
    """
    found = torch.empty_like(pairs)
    left = torch.arange(len(pairs), device=pairs.device)
    for _ in range(ROUNDS):
        pairs = pairs * _factor(before, pairs.sum(2))[:, :, None]
        pairs = pairs * _factor(after, pairs.sum(1))[:, None, :]
        found[left] = pairs
        off = (pairs.sum(2) - before).abs().sum(1) > CLOSE
        if not bool(off.any()):
            break
        left, pairs, before, after = left[off], pairs[off], before[off], after[off]
    return found


def _factor(wanted: Tensor, found: Tensor) -> Tensor:
    return torch.where(found > 0, wanted / found.clamp(min=1e-300), 0.0)
