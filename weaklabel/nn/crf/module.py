"""The CRF as a layer: its scores, which moves are legal, and what can be asked of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from weaklabel.errors import DataError
from weaklabel.nn.crf import log_space, plain
from weaklabel.nn.crf.backends import Backend, backend_for, named
from weaklabel.nn.crf.chain import Chain
from weaklabel.nn.crf.problem import Problem

_Bools = npt.NDArray[np.bool_]


class LinearChainCRF(nn.Module):
    r"""Score of a tag path, and sums over all paths that a set of tags allows.

    .. math:: s(y) = a_{y_1} + \sum_t E_{t, y_t} + \sum_{t>1} W_{y_{t-1}, y_t} + b_{y_n}

    Axes: ``B`` sentences, ``T`` tokens, ``K`` tags; a mask is true on tokens, padding comes last.
    Scores are natural logarithms, sums are taken in float64 whatever the emissions are.

    The loss is ``log sum(all paths) - log sum(allowed paths)``. With one allowed tag a token it
    is the usual CRF loss (Lafferty et al., 2001); with several it is the loss for partly labelled
    text (Tsuboi et al., 2008). Illegal paths are no paths: they are in neither sum.

    Args:
        num_tags: ``K``.
        may_start: ``(K,)`` tags a sentence may begin with; all, if not given.
        may_follow: ``(K, K)``, ``[a, b]`` where ``b`` may follow ``a``; all, if not given.
        may_end: ``(K,)`` tags a sentence may end with; all, if not given.
        backend: who does the work: ``"compiled"`` (CPU), ``"reference"`` (plain torch, any
            device). ``None``: what ``WEAKLABEL_CRF_BACKEND`` names, else the fastest on the
            emissions' device. All give the same numbers, up to rounding.

    Every method raises :class:`~weaklabel.errors.DataError` (a ``ValueError``) for shapes that do
    not fit, a mask with a hole or an empty row, emissions that are NaN or ``+inf``, a step at
    which nothing is allowed and tags out of range, with batch row and step.

    >>> crf = LinearChainCRF(3)
    >>> emissions = torch.tensor([[[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]], requires_grad=True)
    >>> mask = torch.ones(1, 2, dtype=torch.bool)
    >>> crf.decode(emissions, mask)
    tensor([[2, 0]])
    >>> loss = -crf.log_likelihood(emissions, torch.tensor([[2, 0]]), mask).mean()
    >>> round(loss.item(), 4)
    0.9591
    >>> loss.backward()  # the gradient is the marginals less the path
    """

    legal_start: Tensor
    legal_moves: Tensor
    legal_end: Tensor

    def __init__(
        self,
        num_tags: int,
        *,
        may_start: _Bools | None = None,
        may_follow: _Bools | None = None,
        may_end: _Bools | None = None,
        backend: str | None = None,
    ) -> None:
        super().__init__()
        if backend is not None:
            named(backend, "backend")
        self.backend = backend
        self.num_tags = num_tags
        self.start = nn.Parameter(torch.zeros(num_tags))
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.end = nn.Parameter(torch.zeros(num_tags))
        for name, given, shape in (
            ("legal_start", may_start, (num_tags,)),
            ("legal_moves", may_follow, (num_tags, num_tags)),
            ("legal_end", may_end, (num_tags,)),
        ):
            legal = torch.ones(shape, dtype=torch.bool) if given is None else torch.tensor(given)
            if legal.shape != shape:
                raise DataError(f"{name[6:]}: expected shape {shape}, got {tuple(legal.shape)}")
            self.register_buffer(name, legal, persistent=False)

    def forward(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Negative log-likelihood of the allowed tags.

        Args:
            emissions: ``(B, T, K)`` float, a score for each tag of each token.
            allowed: ``(B, T, K)`` bool, the tags a token may take.
            mask: ``(B, T)`` bool.

        Returns:
            ``(B,)`` float64, not negative; 0 where every tag is allowed.

        Raises:
            DataError: if a shape does not fit, a token has no allowed tag, or no legal path is
                allowed (it is a ``ValueError``).
        """
        return -self.partial_log_likelihood(emissions, allowed, mask)

    def log_partition(
        self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None
    ) -> Tensor:
        """Log-sum of the scores of all legal (and allowed) paths, ``(B,)`` float64."""
        return self._do(emissions).log_partition(self._problem(emissions, mask, allowed))

    def log_likelihood(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Log-probability of one path each, ``(B,)``; ``-inf`` for an illegal path.

        Args:
            emissions: ``(B, T, K)`` float.
            tags: ``(B, T)`` int64, anything at padding.
            mask: ``(B, T)`` bool.
        """
        problem = self._problem(emissions, mask, None)
        problem.check_tags(tags)
        return self._do(emissions).log_likelihood(problem, tags)

    def partial_log_likelihood(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Log-probability that the path is one of the allowed ones, ``(B,)`` float64, at most 0.

        Raises:
            DataError: as :meth:`forward`.
        """
        problem = self._problem(emissions, mask, allowed)
        return self._do(emissions).partial_log_likelihood(problem)

    def score(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Score of one path each, ``(B,)`` float64; ``-inf`` for an illegal path.

        Args:
            emissions: ``(B, T, K)`` float.
            tags: ``(B, T)`` int64, anything at padding.
            mask: ``(B, T)`` bool.
        """
        problem = self._problem(emissions, mask, None)
        problem.check_tags(tags)
        return plain.score(problem, tags)  # a few look-ups: nothing to compile

    def marginals(
        self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None
    ) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding.

        Args:
            emissions: ``(B, T, K)`` float.
            mask: ``(B, T)`` bool.
            allowed: ``(B, T, K)`` bool; given it, only allowed paths count.
        """
        return self._do(emissions).marginals(self._problem(emissions, mask, allowed))

    def decode(self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """The best legal (and allowed) path, ``(B, T)`` int64, 0 at padding."""
        with torch.no_grad():
            return self._do(emissions).decode(self._problem(emissions, mask, allowed))

    def path_steps(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Probability of each tag of a path given the one before it, ``(B, T)`` float64."""
        with torch.no_grad():
            return log_space.path_steps(self._chain(emissions, mask, None), tags)

    def _do(self, emissions: Tensor) -> Backend:
        return backend_for(emissions.device, self.backend)

    def _problem(self, emissions: Tensor, mask: Tensor, allowed: Tensor | None) -> Problem:
        own = self.start, self.transitions, self.end
        legal = self.legal_start, self.legal_moves, self.legal_end
        problem = Problem(emissions, mask, *own, *legal, allowed)
        problem.check()
        return problem

    def _chain(self, emissions: Tensor, mask: Tensor, allowed: Tensor | None) -> Chain:
        return plain.chain(self._problem(emissions, mask, allowed))
