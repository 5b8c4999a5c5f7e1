"""Of all chains whose tags are as believed, the one nearest to a CRF's own.

A belief says what single tokens are: not how neighbours go together, nor what the tokens between
them are. That is taken from the CRF's own posterior: the chain sought has the smallest
Kullback-Leibler divergence from it (Csiszár, 1975). Between two tokens of which something is
believed the posterior is left as it is, given the two; so only the tables of such pairs are sought,
each by itself, by scaling rows and columns in turn (Deming & Stephan, 1940).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF
from weaklabel.nn.heads.base import beliefs_of, open_tags
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme

ROUNDS = 60
"""So often rows and columns are scaled at most."""
CLOSE = 1e-9
"""Tables whose rows are off by less in all are done."""
FAR = 0.05
"""A sentence with a table that stays off by more has no legal chain with these beliefs."""
AT_ONCE = 4_000_000
"""Pairs of tags that are held at a time, over all tokens of some sentences."""
_TINY = 1e-30  # no legal move is quite impossible, or a sure CRF could not be told otherwise


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
    """The chain whose tags are as believed, nearest to the CRF's posterior of what is allowed.

    Where beliefs contradict the rules (an inside that nothing begins), legal paths are drawn with
    the product of what is believed of their tags instead.

    Args:
        crf: whose posterior it is.
        scheme: its rules.
        emissions: ``(B, T, K)`` float.
        target: what is allowed and believed.
        mask: ``(B, T)`` bool.
    """
    _, steps, k = emissions.shape
    at_once = max(1, AT_ONCE // (steps * k * k))
    parts = [
        _nearest(crf, scheme, emissions[some], target.of(some), mask[some])
        for some in (slice(a, a + at_once) for a in range(0, len(mask), at_once))
    ]
    return Means(*(torch.cat(each) for each in zip(*parts, strict=True)))


def _nearest(
    crf: LinearChainCRF, scheme: TagScheme, emissions: Tensor, target: Target, mask: Tensor
) -> Means:
    allowed = open_tags(target)
    tags = crf.marginals(emissions, mask, allowed=allowed)
    pairs = crf.pair_marginals(emissions, mask, allowed=allowed)[:, 1:]
    last = torch.arange(len(mask), device=mask.device), mask.sum(1) - 1
    hopes = beliefs_of(tags, target, mask)
    fixed = _fixed(target) & mask
    off = fixed.new_zeros(len(mask), dtype=torch.float64)
    off += (hopes[:, 0] * ~crf.legal_start).sum(-1) + (hopes[last] * ~crf.legal_end).sum(-1)
    off += (tags.sum(-1) - mask.double()).abs().amax(1)  # there is no path of allowed tags
    rows = (fixed.any(1) & (off < FAR)).nonzero()[:, 0]
    if len(rows):
        legal = _TINY * crf.legal_moves.double()
        joint = _Segments(tags[rows], pairs[rows] + legal, hopes[rows], fixed[rows], mask[rows])
        tags[rows], pairs[rows], off[rows] = joint.fit()
    moves = pairs.sum(1)
    bad = (off > FAR).nonzero()[:, 0]
    if len(bad):
        rules = LinearChainCRF(len(scheme), constraints=scheme).to(emissions.device)
        scores = (hopes[bad] + _TINY).log()
        tags[bad] = rules.marginals(scores, mask[bad])
        moves[bad] = rules.pair_marginals(scores, mask[bad]).sum(1)
    return Means(tags, moves, tags[last])


def _fixed(target: Target) -> Tensor:
    """``(B, T)``: tokens of which more is said than what is allowed."""
    assert target.belief is not None
    assert target.weight is not None
    light = (target.weight < 1) & ~target.allowed.all(-1)
    return ((target.belief > 0).any(-1) | light) & (target.weight > 0)


class _Segments:
    """A chain cut at the tokens whose tags are given.

    Place 0 is before the sentence and place ``T + 1`` behind it; both have tag 0 for certain. The
    move into place ``u`` is ``u - 1``. Padding repeats the tag before it.

    Args:
        tags: ``(B, T, K)`` marginals of the chain.
        pairs: ``(B, T - 1, K, K)`` its pair marginals.
        wanted: ``(B, T, K)`` the tags' marginals that are given at some tokens.
        fixed: ``(B, T)`` at which.
        mask: ``(B, T)`` bool.
    """

    def __init__(
        self, tags: Tensor, pairs: Tensor, wanted: Tensor, fixed: Tensor, mask: Tensor
    ) -> None:
        batch, k = len(tags), tags.shape[2]
        self.fixed, self.mask, self.wanted = fixed, mask, wanted
        self.same = torch.eye(k, dtype=torch.float64, device=tags.device)
        sure = self.same[0].expand(batch, 1, k)
        self.margins = torch.cat([sure, wanted, sure], 1)
        self.cut = torch.nn.functional.pad(fixed, (1, 1), value=True)
        inner = pairs / pairs.sum(-1, keepdim=True).clamp(min=1e-300)
        inner = torch.where(mask[:, 1:, None, None], inner, self.same)
        first = tags[:, :1, None, :].expand(-1, -1, k, -1)
        self.move = torch.cat([first, inner, sure[:, :, None].expand(-1, -1, k, -1)], 1)

    def fit(self) -> tuple[Tensor, Tensor, Tensor]:
        """Tags, pairs, and ``(B,)`` how far the worst table is from what is wanted."""
        ahead, back = self._ahead(), self._back()
        places = torch.arange(self.cut.shape[1], device=self.cut.device)
        before = torch.where(self.cut, places, -1).cummax(1).values[:, :-1]
        behind = torch.where(self.cut, places, len(places)).flip(1).cummin(1).values.flip(1)[:, 1:]
        row, move = self.cut[:, 1:].nonzero(as_tuple=True)
        tables = (ahead @ self.move)[row, move]
        rows, columns = self.margins[row, before[row, move]], self.margins[row, move + 1]
        made = couple(tables, rows, columns)
        scale = self.move.new_zeros(self.move.shape)
        scale[row, move] = torch.where(tables > 0, made / tables.clamp(min=1e-300), 0.0)
        each = torch.arange(len(behind), device=behind.device)[:, None]
        joint = self.move * (ahead.mT @ scale[each, behind - 1] @ back.mT)
        wrong = (made.sum(2) - rows).abs().sum(1) + (made.sum(1) - columns).abs().sum(1)
        off = wrong.new_zeros(behind.shape)
        off[row, move] = wrong
        tags = torch.where(self.fixed[..., None], self.wanted, joint[:, 1:].sum(-1))
        inner = joint[:, 1:-1].masked_fill(~self.mask[:, 1:, None, None], 0.0)
        return tags.masked_fill(~self.mask[..., None], 0.0), inner, off.amax(1)

    def _ahead(self) -> Tensor:
        """For each move, the chance of the tag it starts from, given that at the cut before it."""
        found = [self.same.expand_as(self.move[:, 0])]
        for u in range(1, self.move.shape[1]):
            on = found[-1] @ self.move[:, u - 1]
            found.append(torch.where(self.cut[:, u, None, None], self.same, on))
        return torch.stack(found, 1)

    def _back(self) -> Tensor:
        """For each move, the chance of the tag at the cut behind it, given the one it leads to."""
        found = [self.same.expand_as(self.move[:, 0])]
        for u in range(self.move.shape[1] - 1, 0, -1):
            on = self.move[:, u] @ found[-1]
            found.append(torch.where(self.cut[:, u, None, None], self.same, on))
        return torch.stack(found[::-1], 1)


def couple(pairs: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Tables scaled by row and by column until their margins are as given.

    Args:
        pairs: ``(M, K, K)``, not negative; what is 0 stays 0.
        before: ``(M, K)`` sums of the rows.
        after: ``(M, K)`` sums of the columns.

    Returns:
        ``(M, K, K)`` whose columns sum to ``after``, and rows to ``before`` where that can be.

    >>> even = torch.full((1, 2, 2), 0.25)
    >>> couple(even, torch.tensor([[0.5, 0.5]]), torch.tensor([[0.2, 0.8]]))
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
