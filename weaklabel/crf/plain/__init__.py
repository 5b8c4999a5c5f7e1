"""The reference back end: any device, plain torch, checked like the others."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf import problem as errors
from weaklabel.crf.plain import log_space, reference
from weaklabel.crf.plain import paths as plain_paths
from weaklabel.crf.plain.potentials import Potentials
from weaklabel.crf.problem import Problem


def potentials_of(problem: Problem) -> Potentials:
    """The scores of all legal and allowed paths, ``-inf`` where they are not.

    Raises:
        DataError: if the batch cannot be what is meant.
    """
    _check(problem)
    return _assembled(problem)


def _assembled(problem: Problem) -> Potentials:
    emissions, mask, allowed = problem.emissions, problem.mask, problem.allowed
    if allowed is not None:
        # Padding keeps its emissions: a row of -inf there would only make NaN of nothing.
        emissions = emissions.masked_fill(~allowed & mask[..., None], -torch.inf)
    return Potentials(
        emissions,
        problem.start.masked_fill(~problem.legal_start, -torch.inf),
        _transitions(problem),
        problem.end.masked_fill(~problem.legal_end, -torch.inf),
        mask.sum(1).cpu(),
    )


def _transitions(problem: Problem) -> Tensor:
    shared = problem.transitions.masked_fill(~problem.legal_moves, -torch.inf)
    if problem.moves is None:
        return shared
    made = _moves_made(problem.mask)[..., None, None]
    return shared.to(torch.float64) + torch.where(made, problem.moves.to(torch.float64), 0.0)


def _moves_made(mask: Tensor) -> Tensor:
    """``(B, T)``: where a token has one before it."""
    return torch.cat([torch.zeros_like(mask[:, :1]), mask[:, 1:]], 1)


def _check(problem: Problem) -> None:
    mask = problem.mask
    if len(mask) == 0:
        return
    if mask.shape[1] == 0:
        raise errors.empty(0)
    if not bool(mask[:, 0].all()):
        raise errors.empty(int((~mask[:, 0]).nonzero()[0, 0]))
    holes = mask[:, 1:] & ~mask[:, :-1]
    if bool(holes.any()):
        row, step = holes.nonzero()[0].tolist()
        raise errors.hole(row, step + 1)
    bad = ~(problem.emissions.detach() < torch.inf).all(-1) & mask
    if bool(bad.any()):
        raise errors.no_number(*bad.nonzero()[0].tolist())
    own = (problem.start, problem.transitions, problem.end)
    if not all(bool((scores.detach() < torch.inf).all()) for scores in own):
        raise errors.bad_scores()
    if problem.moves is not None:
        bad = ~(problem.moves.detach() < torch.inf).flatten(2).all(-1) & _moves_made(mask)
        if bool(bad.any()):
            raise errors.no_move(*bad.nonzero()[0].tolist())
    if problem.allowed is not None:
        dead = ~problem.allowed.any(-1) & mask
        if bool(dead.any()):
            raise errors.stuck(*dead.nonzero()[0].tolist())


def check_tags(problem: Problem, tags: Tensor) -> None:
    """See that tags are in range.

    Raises:
        DataError: if one is not; the message names row and step.
    """
    wrong = ((tags < 0) | (tags >= len(problem.start))) & problem.mask
    if bool(wrong.any()):
        row, step = wrong.nonzero()[0].tolist()
        raise errors.no_tag(row, step, int(tags[row, step]), len(problem.start))


def log_partition(problem: Problem) -> Tensor:
    """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""
    return reference.log_partition(potentials_of(problem))


def log_likelihood(problem: Problem, tags: Tensor) -> Tensor:
    """Log-probability of one path each, ``(B,)``."""
    scores = potentials_of(problem.whole())
    check_tags(problem, tags)
    total = reference.log_partition(scores)
    errors.check_paths(total)
    return reference.path_score(scores, tags) - total


def partial_log_likelihood(problem: Problem) -> Tensor:
    """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""
    problem = problem.whole()
    free = potentials_of(problem._replace(allowed=None))
    some = potentials_of(problem)
    both = free._replace(  # one recursion over 2 B rows costs hardly more than one over B
        emissions=torch.cat([free.emissions, some.emissions]),
        transitions=free.transitions if free.shared else torch.cat([free.transitions] * 2),
        lengths=torch.cat([free.lengths, free.lengths]),
    )
    total, within = reference.log_partition(both).chunk(2)
    errors.check_paths(within)
    return (within - total).clamp(max=0.0)


def marginals(problem: Problem) -> Tensor:
    """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""
    with torch.no_grad():
        return reference.marginals(potentials_of(problem))


def pair_marginals(problem: Problem) -> Tensor:
    """Probability of each move into each token, ``(B, T, K, K)`` float64.

    ``[b, t, i, j]`` is that of tag ``i`` at token ``t - 1`` and tag ``j`` at token ``t``; 0 at the
    first token and at padding.
    """
    with torch.no_grad():
        return reference.pair_marginals(potentials_of(problem))


def expected_moves(problem: Problem) -> Tensor:
    """The pair marginals summed over the tokens, ``(B, K, K)`` float64."""
    with torch.no_grad():
        return reference.expected_moves(potentials_of(problem))


def score(problem: Problem, tags: Tensor) -> Tensor:
    """Score of one path each, ``(B,)`` float64; ``-inf`` for one that is illegal or not allowed."""
    _check(problem)
    check_tags(problem, tags)
    shared = _assembled(problem._replace(moves=None))
    total = reference.path_score(shared, tags)
    if problem.moves is None:
        return total
    made = _moves_made(problem.mask)[:, 1:]
    each = shared._replace(transitions=problem.moves)
    moves = log_space.path_moves(each, tags.masked_fill(~problem.mask, 0)).to(torch.float64)
    return total + torch.where(made, moves, 0.0).sum(1)


def decode(problem: Problem) -> Tensor:
    """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""
    with torch.no_grad():
        return plain_paths.viterbi(potentials_of(problem))


def kbest(problem: Problem, count: int) -> tuple[Tensor, Tensor]:
    """The best paths, ``(B, count, T)`` int64, and their scores, ``(B, count)`` float64."""
    with torch.no_grad():
        return plain_paths.kbest(potentials_of(problem), count)


def sample(problem: Problem, uniforms: Tensor) -> Tensor:
    """Paths drawn by their probability, ``(S, B, T)`` int64, 0 at padding.

    Raises:
        DataError: as :func:`potentials_of`, and if a sentence has no path.
    """
    with torch.no_grad():
        scores = potentials_of(problem)
        errors.check_paths(reference.log_partition(scores))
        return plain_paths.sample(scores, uniforms)
