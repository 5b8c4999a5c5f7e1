r"""The CRF's recursions in plain torch: the oracle of every faster back end.

.. math:: s(y) = a_{y_1} + \sum_t E_{t, y_t} + \sum_{t>1} W_{y_{t-1}, y_t} + b_{y_n}

Axes: ``B`` sentences, ``T`` tokens, ``K`` tags; padding comes last. Scores are natural
logarithms; ``-inf`` forbids a tag or a move.

Sums over paths run in probability space and float64: one matrix product a step, rescaled so that
nothing overflows, with the gradient (the marginals) written out by hand. Where a step leaves
less than 1e-100 of the mass, or a number that is not 0 comes near underflow, that row is done
again in log space, which is slow and exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from weaklabel.crf.first_order import first_order
from weaklabel.crf.plain import log_space
from weaklabel.crf.plain.potentials import Potentials, Sorted, longest_first

FAINT = 1e-100
"""A step that keeps less of the probability mass than this is not trusted."""
FAINT_SHARE, FAINT_SCORE = 1e-150, -149.0
"""Nor is a tag's share below this that is not 0, nor a score this far below the largest beside it:
above both, a share is never lost to underflow, to be missed where it would have won later."""


class _Factors(NamedTuple):
    """Exponentials of scores, brought down so that the largest is 1."""

    values: Tensor  # (K,) of start or end; of moves (K, K), or (T, B, K, K) in sorted order
    shift: Tensor  # () or (B,): what a path's score has lost by that
    sound: Tensor  # () or (B,): whether no factor that is not 0 is near underflow

    def onward(self, shares: Tensor, step: int) -> Tensor:
        """``(n, K)`` shares of the tags before a step, carried over its moves."""
        if self.values.dim() == 2:
            return torch.mm(shares, self.values)
        return torch.bmm(shares[:, None], self.values[step, : len(shares)])[:, 0]

    def back(self, arriving: Tensor, step: int) -> Tensor:
        """``(n, K)`` numbers of the tags at a step, carried back over the moves into it."""
        if self.values.dim() == 2:
            return torch.mm(arriving, self.values.t())
        return torch.bmm(self.values[step, : len(arriving)], arriving[..., None])[..., 0]

    def pairs(self, before: Tensor, arriving: Tensor, step: int) -> Tensor:
        """``(n, K, K)``: what each move into a step carries."""
        moves = self.values if self.values.dim() == 2 else self.values[step, : len(arriving)]
        return before[:, :, None] * moves * arriving[:, None, :]


def _factors(scores: Tensor) -> _Factors:
    scores = scores.to(torch.float64)
    peak = _peak(scores)
    below = scores - peak
    return _Factors(below.exp(), peak, ~_faint(below).any())


def _move_factors(potentials: Potentials, plan: Sorted) -> _Factors:
    if potentials.shared:
        found = _factors(potentials.transitions)
        return found._replace(shift=found.shift * plan.last)
    scores = potentials.transitions.index_select(0, plan.order).transpose(0, 1).to(torch.float64)
    steps = torch.arange(len(scores), device=scores.device)[:, None]
    made = (steps > 0) & (steps <= plan.last)
    peak = _peak(scores.flatten(2), -1)[..., None]
    below = scores - peak
    lost = peak[..., 0, 0].masked_fill(~made, 0.0).sum(0)
    sound = ~(_faint(below).flatten(2).any(-1) & made).any(0)
    return _Factors(below.exp_(), lost, sound)


class _Forward(NamedTuple):
    log_sum: Tensor  # (B,) in sorted order
    alpha: Tensor  # (T, B, K) share of the mass at each tag, given the tokens so far
    potential: Tensor  # (T, B, K) exp of the emissions, at most 1; 0 at padding
    kept: Tensor  # (T, B, 1) the mass a step kept; 1 at padding
    moves: _Factors
    close: Tensor  # (B, K) exp of the end scores over the closing mass: beta at the last token
    sound: Tensor  # (B,) bool, in sorted order


def _peak(scores: Tensor, dim: int | None = None) -> Tensor:
    """The largest score, 0 where all are -inf (then the sum is -inf whatever we subtract)."""
    peak = scores.amax() if dim is None else scores.amax(dim, keepdim=True)
    return torch.where(torch.isinf(peak), torch.zeros_like(peak), peak)


def _faint(below: Tensor) -> Tensor:
    return (below < FAINT_SCORE) & (below > -torch.inf)


def _forward(potentials: Potentials, plan: Sorted) -> _Forward:
    emissions, start, _, end, _ = potentials
    e = emissions.index_select(0, plan.order).transpose(0, 1).to(torch.float64)
    steps, batch, _ = e.shape
    real = torch.arange(steps, device=e.device)[:, None] <= plan.last[None, :]
    e_peak = _peak(e, -1)
    below = e - e_peak
    sound = ~(_faint(below).any(-1) & real).any(0)
    potential = below.exp_().masked_fill_(~real[..., None], 0.0)
    first, moves, close = _factors(start), _move_factors(potentials, plan), _factors(end)
    sound &= first.sound & moves.sound & close.sound
    alpha = torch.zeros_like(potential)
    kept = potential.new_ones(steps, batch, 1)
    for t, n in enumerate(plan.alive):
        now = alpha[t, :n]
        if t == 0:
            torch.mul(first.values, potential[0], out=now)
        else:
            torch.mul(moves.onward(alpha[t - 1, :n], t), potential[t, :n], out=now)
        mass = now.sum(-1, keepdim=True)
        mass.masked_fill_(mass < FAINT, 1.0)  # such a row is recognised below by alpha's sum
        now.div_(mass)
        kept[t, :n] = mass
    rows = torch.arange(batch, device=e.device)
    closing = alpha[plan.last, rows] * close.values
    total = closing.sum(-1, keepdim=True)
    sound &= ((alpha.sum(-1) > 0.5) | ~real).all(0) & (total[:, 0] >= FAINT)
    sound &= ~((alpha > 0.0) & (alpha < FAINT_SHARE)).any(-1).any(0)
    total = total.masked_fill(~sound[:, None], 1.0)
    log_sum = (
        kept.log().sum((0, 2))
        + e_peak[..., 0].masked_fill(~real, 0.0).sum(0)
        + first.shift + moves.shift + close.shift
        + total[:, 0].log()
    )  # fmt: skip
    return _Forward(log_sum, alpha, potential, kept, moves, close.values / total, sound)


class _Backward(NamedTuple):
    marginals: Tensor  # (T, B, K)
    arriving: Tensor  # (T, B, K): potential * beta / kept, 0 at padding


def _backward(forward: _Forward, plan: Sorted) -> _Backward:
    beta = torch.zeros_like(forward.alpha)
    arriving = torch.zeros_like(beta)
    rows = torch.arange(beta.shape[1], device=beta.device)
    beta[plan.last, rows] = forward.close * forward.sound[:, None]  # the others are done again
    # What follows a tag that cannot be reached may be beyond all numbers; nobody asks for it.
    potential = forward.potential.masked_fill(forward.alpha == 0.0, 0.0)
    for t in range(len(plan.alive) - 1, 0, -1):
        n = plan.alive[t]
        now = arriving[t, :n]
        torch.mul(potential[t, :n], beta[t, :n], out=now)
        now.div_(forward.kept[t, :n])
        beta[t - 1, :n] = forward.moves.back(now, t)
    return _Backward(beta.mul_(forward.alpha), arriving)


class _LogPartition(torch.autograd.Function):
    """Log-sum over paths with the marginals as gradient; also says which rows to trust."""

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        transitions: Tensor,
        end: Tensor,
        lengths: Tensor,
    ) -> tuple[Tensor, Tensor]:
        potentials = Potentials(emissions, start, transitions, end, lengths)
        plan = longest_first(potentials)
        forward = _forward(potentials, plan)
        ctx.plan, ctx.pieces = plan, forward
        ctx.dtypes = emissions.dtype, start.dtype, transitions.dtype, end.dtype
        log_sum = torch.empty_like(forward.log_sum)
        log_sum[plan.order] = forward.log_sum
        sound = torch.empty_like(forward.sound)
        sound[plan.order] = forward.sound
        ctx.mark_non_differentiable(sound)
        return log_sum, sound

    @staticmethod
    @first_order
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        plan, forward = ctx.plan, ctx.pieces
        back = _backward(forward, plan)
        weight = grads[0].index_select(0, plan.order).to(torch.float64)
        share = back.marginals * weight[None, :, None]
        emissions = torch.empty_like(share.transpose(0, 1))
        emissions[plan.order] = share.transpose(0, 1)
        rows = torch.arange(share.shape[1], device=share.device)
        kinds = ctx.dtypes
        return (
            emissions.to(kinds[0]),
            share[0].sum(0).to(kinds[1]),
            _moves_gradient(forward, back, plan, weight).to(kinds[2]),
            share[plan.last, rows].sum(0).to(kinds[3]),
            None,
        )


def _moves_gradient(forward: _Forward, back: _Backward, plan: Sorted, weight: Tensor) -> Tensor:
    """Weighted sum of the expected moves, ``(K, K)``; or each token's own, ``(B, T, K, K)``."""
    arriving = back.arriving * weight[None, :, None]
    if forward.moves.values.dim() == 2:
        tags = arriving.shape[-1]
        counts = forward.alpha[:-1].reshape(-1, tags).t().mm(arriving[1:].reshape(-1, tags))
        return counts * forward.moves.values
    found = torch.zeros_like(forward.moves.values.transpose(0, 1))
    for t in range(1, len(arriving)):
        rows = plan.order[: plan.alive[t]]
        found[rows, t] = _pairs(forward, arriving, plan, t)
    return found


def _pairs(forward: _Forward, arriving: Tensor, plan: Sorted, step: int) -> Tensor:
    """Probabilities of the moves into a step, ``(n, K, K)`` in sorted order."""
    n = plan.alive[step]
    return forward.moves.pairs(forward.alpha[step - 1, :n], arriving[step, :n], step)


def log_partition(potentials: Potentials) -> Tensor:
    """Log-sum of the scores of all paths, ``(B,)`` float64; ``-inf`` where there is no path."""
    total, sound = _LogPartition.apply(*potentials)  # type: ignore[no-untyped-call]
    if not bool(sound.all()):
        rows = (~sound).nonzero()[:, 0]
        total = total.index_put((rows,), log_space.log_partition(potentials.rows(rows)))
    return total  # type: ignore[no-any-return]


def marginals(potentials: Potentials) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64; 0 at padding.

    Without torch's record, which there is none of under ``torch.inference_mode``. 0 where a
    sentence has no path.
    """
    plan = longest_first(potentials)
    forward = _forward(potentials, plan)
    sorted_ = _backward(forward, plan).marginals.transpose(0, 1)
    found = torch.empty_like(sorted_).index_copy_(0, plan.order, sorted_)
    if not bool(forward.sound.all()):
        rows = plan.order[~forward.sound]
        found[rows] = log_space.marginals(potentials.rows(rows))
    return found


def pair_marginals(potentials: Potentials) -> Tensor:
    """Probability of each move into each token, ``(B, T, K, K)`` float64.

    0 at the first token, at padding, and where a sentence has no path.
    """
    plan = longest_first(potentials)
    forward = _forward(potentials, plan)
    arriving = _backward(forward, plan).arriving
    batch, steps, tags = potentials.emissions.shape
    found = arriving.new_zeros(batch, steps, tags, tags)
    for t in range(1, steps):
        found[plan.order[: plan.alive[t]], t] = _pairs(forward, arriving, plan, t)
    if not bool(forward.sound.all()):
        rows = plan.order[~forward.sound]
        found[rows] = log_space.pair_marginals(potentials.rows(rows))
    return found


def expected_moves(potentials: Potentials) -> Tensor:
    """How often each move is made in the mean, ``(B, K, K)`` float64; 0 without a path."""
    plan = longest_first(potentials)
    forward = _forward(potentials, plan)
    arriving = _backward(forward, plan).arriving
    batch, steps, tags = potentials.emissions.shape
    found = arriving.new_zeros(batch, tags, tags)
    for t in range(1, steps):
        found[: plan.alive[t]] += _pairs(forward, arriving, plan, t)
    found = torch.empty_like(found).index_copy_(0, plan.order, found)
    if not bool(forward.sound.all()):
        rows = plan.order[~forward.sound]
        found[rows] = log_space.pair_marginals(potentials.rows(rows)).sum(1)
    return found


def path_score(potentials: Potentials, tags: Tensor) -> Tensor:
    """Score of one path each, ``(B,)`` float64; ``tags`` is ``(B, T)``, anything at padding."""
    emissions, last = potentials.emissions, potentials.last()
    steps = torch.arange(emissions.shape[1], device=tags.device)
    real = steps[None, :] <= last[:, None]
    tags = tags.masked_fill(~real, 0)
    unary = emissions.gather(2, tags[..., None])[..., 0].to(torch.float64)
    moves = log_space.path_moves(potentials, tags).to(torch.float64)
    zero = unary.new_zeros(())
    return (
        torch.where(real, unary, zero).sum(1)
        + torch.where(real[:, 1:], moves, zero).sum(1)
        + potentials.start[tags[:, 0]]
        + potentials.end[tags.gather(1, last[:, None])[:, 0]]
    )
