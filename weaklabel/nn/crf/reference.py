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

FAINT = 1e-100
"""A step that keeps less of the probability mass than this is not trusted."""
FAINT_SHARE, FAINT_SCORE = 1e-150, -149.0
"""Nor is a tag's share below this that is not 0, nor a score this far below the largest beside it:
above both, a share is never lost to underflow, to be missed where it would have won later."""


class Chain(NamedTuple):
    """Scores of all paths of a batch.

    Attributes:
        emissions: ``(B, T, K)``.
        start: ``(K,)``.
        transitions: ``(K, K)``, from row to column.
        end: ``(K,)``.
        lengths: ``(B,)`` int64 on the CPU, each at least 1.
    """

    emissions: Tensor
    start: Tensor
    transitions: Tensor
    end: Tensor
    lengths: Tensor

    def rows(self, rows: Tensor) -> Chain:
        """The chain of some sentences."""
        emissions = self.emissions.index_select(0, rows.to(self.emissions.device))
        return self._replace(emissions=emissions, lengths=self.lengths[rows.cpu()])


class _Sorted(NamedTuple):
    """A batch with time first and long sentences first, so that a step is a prefix of rows."""

    order: Tensor  # (B,) rows of the batch, longest first
    last: Tensor  # (B,) index of the last token
    alive: list[int]  # (T,) how many sentences have a token at each step


def _sorted(lengths: Tensor, steps: int, device: torch.device) -> _Sorted:
    order = torch.argsort(lengths, descending=True, stable=True)
    alive = (lengths[None, :] > torch.arange(steps)[:, None]).sum(1).tolist()
    return _Sorted(order.to(device), (lengths[order] - 1).to(device), alive)


class _Forward(NamedTuple):
    log_sum: Tensor  # (B,) in sorted order
    alpha: Tensor  # (T, B, K) share of the mass at each tag, given the tokens so far
    potential: Tensor  # (T, B, K) exp of the emissions, at most 1; 0 at padding
    kept: Tensor  # (T, B, 1) the mass a step kept; 1 at padding
    moves: Tensor  # (K, K) exp of the transitions, at most 1
    close: Tensor  # (B, K) exp of the end scores over the closing mass: beta at the last token
    sound: Tensor  # (B,) bool, in sorted order


def _peak(scores: Tensor, dim: int | None = None) -> Tensor:
    """The largest score, 0 where all are -inf (then the sum is -inf whatever we subtract)."""
    peak = scores.amax() if dim is None else scores.amax(dim, keepdim=True)
    return torch.where(torch.isinf(peak), torch.zeros_like(peak), peak)


def _faint(below: Tensor) -> Tensor:
    return (below < FAINT_SCORE) & (below > -torch.inf)


def _forward(chain: Chain, plan: _Sorted) -> _Forward:
    emissions, start, transitions, end, _ = chain
    e = emissions.index_select(0, plan.order).transpose(0, 1).to(torch.float64)
    steps, batch, _ = e.shape
    real = torch.arange(steps, device=e.device)[:, None] <= plan.last[None, :]
    e_peak = _peak(e, -1)
    below = e - e_peak
    sound = ~(_faint(below).any(-1) & real).any(0)
    potential = below.exp_().masked_fill_(~real[..., None], 0.0)
    shift = [_peak(x.to(torch.float64)) for x in (start, transitions, end)]
    first, moves, close = (
        (x.to(torch.float64) - s).exp()
        for x, s in zip((start, transitions, end), shift, strict=True)
    )
    for scores, peak in zip((start, transitions, end), shift, strict=True):
        sound &= ~_faint(scores.to(torch.float64) - peak).any()
    alpha = torch.zeros_like(potential)
    kept = potential.new_ones(steps, batch, 1)
    for t, n in enumerate(plan.alive):
        now = alpha[t, :n]
        if t == 0:
            torch.mul(first, potential[0], out=now)
        else:
            torch.mm(alpha[t - 1, :n], moves, out=now)
            now.mul_(potential[t, :n])
        mass = now.sum(-1, keepdim=True)
        mass.masked_fill_(mass < FAINT, 1.0)  # such a row is recognised below by alpha's sum
        now.div_(mass)
        kept[t, :n] = mass
    rows = torch.arange(batch, device=e.device)
    closing = alpha[plan.last, rows] * close
    total = closing.sum(-1, keepdim=True)
    sound &= ((alpha.sum(-1) > 0.5) | ~real).all(0) & (total[:, 0] >= FAINT)
    sound &= ~((alpha > 0.0) & (alpha < FAINT_SHARE)).any(-1).any(0)
    total = total.masked_fill(~sound[:, None], 1.0)
    log_sum = (
        kept.log().sum((0, 2))
        + e_peak[..., 0].masked_fill(~real, 0.0).sum(0)
        + shift[0] + shift[1] * plan.last + shift[2]
        + total[:, 0].log()
    )  # fmt: skip
    return _Forward(log_sum, alpha, potential, kept, moves, close / total, sound)


class _Backward(NamedTuple):
    marginals: Tensor  # (T, B, K)
    arriving: Tensor  # (T, B, K): potential * beta / kept, 0 at padding


def _backward(forward: _Forward, plan: _Sorted) -> _Backward:
    beta = torch.zeros_like(forward.alpha)
    arriving = torch.zeros_like(beta)
    rows = torch.arange(beta.shape[1], device=beta.device)
    beta[plan.last, rows] = forward.close
    moves_back = forward.moves.t().contiguous()
    # What follows a tag that cannot be reached may be beyond all numbers; nobody asks for it.
    potential = forward.potential.masked_fill(forward.alpha == 0.0, 0.0)
    for t in range(len(plan.alive) - 1, 0, -1):
        n = plan.alive[t]
        now = arriving[t, :n]
        torch.mul(potential[t, :n], beta[t, :n], out=now)
        now.div_(forward.kept[t, :n])
        torch.mm(now, moves_back, out=beta[t - 1, :n])
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
        plan = _sorted(lengths, emissions.shape[1], emissions.device)
        forward = _forward(Chain(emissions, start, transitions, end, lengths), plan)
        ctx.plan, ctx.pieces = plan, forward
        ctx.dtypes = emissions.dtype, start.dtype
        log_sum = torch.empty_like(forward.log_sum)
        log_sum[plan.order] = forward.log_sum
        sound = torch.empty_like(forward.sound)
        sound[plan.order] = forward.sound
        ctx.mark_non_differentiable(sound)
        return log_sum, sound

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        plan, forward = ctx.plan, ctx.pieces
        back = _backward(forward, plan)
        weight = grads[0].index_select(0, plan.order).to(torch.float64) * forward.sound
        share = back.marginals * weight[None, :, None]
        emissions = torch.empty_like(share.transpose(0, 1))
        emissions[plan.order] = share.transpose(0, 1)
        tags = share.shape[-1]
        arriving = (back.arriving[1:] * weight[None, :, None]).reshape(-1, tags)
        moves = forward.alpha[:-1].reshape(-1, tags).t().mm(arriving) * forward.moves
        rows = torch.arange(share.shape[1], device=share.device)
        kind, own = ctx.dtypes
        return (
            emissions.to(kind),
            share[0].sum(0).to(own),
            moves.to(own),
            share[plan.last, rows].sum(0).to(own),
            None,
        )


def log_partition(chain: Chain) -> Tensor:
    """Log-sum of the scores of all paths, ``(B,)`` float64; ``-inf`` where there is no path."""
    total, sound = _LogPartition.apply(*chain)  # type: ignore[no-untyped-call]
    if not bool(sound.all()):
        rows = (~sound).nonzero()[:, 0]
        total = total.index_put((rows,), _log_space_partition(chain.rows(rows)))
    return total  # type: ignore[no-any-return]


def marginals(chain: Chain) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64; 0 at padding."""
    with torch.enable_grad():
        emissions = chain.emissions.detach().to(torch.float64).requires_grad_()
        start, transitions, end = (x.detach() for x in chain[1:4])
        total = log_partition(Chain(emissions, start, transitions, end, chain.lengths))
        (found,) = torch.autograd.grad(total[torch.isfinite(total)].sum(), emissions)
    return found


def path_score(chain: Chain, tags: Tensor) -> Tensor:
    """Score of one path each, ``(B,)`` float64; ``tags`` is ``(B, T)``, anything at padding."""
    emissions, start, transitions, end, lengths = chain
    steps = emissions.shape[1]
    last = (lengths - 1).to(tags.device)
    real = torch.arange(steps, device=tags.device)[None, :] <= last[:, None]
    tags = tags.masked_fill(~real, 0)
    unary = emissions.gather(2, tags[..., None])[..., 0].to(torch.float64)
    moves = transitions[tags[:, :-1], tags[:, 1:]].to(torch.float64)
    zero = unary.new_zeros(())
    return (
        torch.where(real, unary, zero).sum(1)
        + torch.where(real[:, 1:], moves, zero).sum(1)
        + start[tags[:, 0]]
        + end[tags.gather(1, last[:, None])[:, 0]]
    )


def _log_sum(scores: Tensor) -> Tensor:
    """``logsumexp`` of the last axis, with gradient 0 rather than NaN where all are ``-inf``."""
    dead = (scores == -torch.inf).all(-1)
    total = torch.logsumexp(scores.masked_fill(dead[..., None], 0.0), -1)
    return total.masked_fill(dead, -torch.inf)


def log_betas(chain: Chain) -> Tensor:
    """Log-sum of everything that may follow tag ``k`` at token ``t``, ``(B, T, K)`` float64."""
    emissions, _, transitions, end, lengths = chain
    emissions, transitions = emissions.to(torch.float64), transitions.to(torch.float64)
    last = (lengths - 1).to(emissions.device)[:, None]
    beta = end.to(torch.float64).expand(emissions.shape[0], -1)
    betas = [beta]
    for t in range(emissions.shape[1] - 1, 0, -1):
        onward = _log_sum(transitions + (emissions[:, t] + beta)[:, None, :])
        beta = torch.where(t <= last, onward, beta)  # padding carries the value unchanged
        betas.append(beta)
    return torch.stack(betas[::-1], 1)


def _log_space_partition(chain: Chain) -> Tensor:
    return _log_sum(chain.start.to(torch.float64) + chain.emissions[:, 0] + log_betas(chain)[:, 0])


def path_steps(chain: Chain, tags: Tensor) -> Tensor:
    """Probability of each tag of a path given the tag before it, ``(B, T)`` float64.

    The first is the tag's plain probability; the product of a row is the path's probability.
    Values at padding mean nothing.
    """
    emissions, start, transitions, _, lengths = chain
    tags = tags.masked_fill(
        torch.arange(tags.shape[1], device=tags.device)[None] >= lengths.to(tags.device)[:, None],
        0,
    )
    betas = log_betas(chain)
    onward = emissions.to(torch.float64) + betas  # (B, T, K)
    here = onward.gather(2, tags[..., None])[..., 0]
    first = here[:, 0] + start[tags[:, 0]] - torch.logsumexp(start + onward[:, 0], -1)
    from_ = betas[:, :-1].gather(2, tags[:, :-1, None])[..., 0]
    rest = here[:, 1:] + transitions[tags[:, :-1], tags[:, 1:]] - from_
    return torch.cat([first[:, None], rest], 1).exp()


def viterbi(chain: Chain) -> Tensor:
    """The best path, ``(B, T)`` int64; 0 at padding. Of equal paths the lowest tags win last."""
    emissions, start, transitions, end, lengths = chain
    plan = _sorted(lengths, emissions.shape[1], emissions.device)
    e = emissions.index_select(0, plan.order).transpose(0, 1)
    if e.dtype in (torch.float16, torch.bfloat16):
        e = e.float()
    steps, batch, tags = e.shape
    came_from = torch.zeros(steps, batch, tags, dtype=torch.int64, device=e.device)
    best = start + e[0]
    into = transitions.t().contiguous()  # (to, from): the maximum runs along the last axis
    for t in range(1, steps):
        n = plan.alive[t]
        value, came_from[t, :n] = (best[:n, None, :] + into).max(-1)
        best = torch.cat([value + e[t, :n], best[n:]]) if n < batch else value + e[t]
    path = torch.zeros(steps, batch, dtype=torch.int64, device=e.device)
    tag = (best + end).argmax(-1)
    for t in range(steps - 1, -1, -1):
        n = plan.alive[t]
        path[t, :n] = tag[:n]
        if t:
            before = came_from[t, :n].gather(1, tag[:n, None])[:, 0]
            tag = torch.cat([before, tag[n:]]) if n < batch else before
    found = torch.empty_like(path.t())
    found[plan.order] = path.t()
    return found
