"""The CRF as a layer: its scores, which moves are legal, and what can be asked of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from weaklabel.errors import DataError
from weaklabel.nn.crf import reference
from weaklabel.nn.crf.reference import Chain

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
    ) -> None:
        super().__init__()
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
        return reference.log_partition(self._chain(emissions, mask, allowed))

    def log_likelihood(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Log-probability of one path each, ``(B,)``; ``-inf`` for an illegal path.

        Args:
            emissions: ``(B, T, K)`` float.
            tags: ``(B, T)`` int64, anything at padding.
            mask: ``(B, T)`` bool.
        """
        chain = self._chain(emissions, mask, None)
        return reference.path_score(chain, tags) - reference.log_partition(chain)

    def partial_log_likelihood(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Log-probability that the path is one of the allowed ones, ``(B,)`` float64, at most 0.

        Raises:
            DataError: as :meth:`forward`.
        """
        free = self._chain(emissions, mask, None)
        some = self._chain(emissions, mask, allowed)
        both = free._replace(  # one recursion over 2 B rows costs hardly more than one over B
            emissions=torch.cat([free.emissions, some.emissions]),
            lengths=torch.cat([free.lengths, free.lengths]),
        )
        total, within = reference.log_partition(both).chunk(2)
        if bool((within == -torch.inf).any()):
            row = int((within == -torch.inf).nonzero()[0, 0])
            raise DataError(
                f"the allowed tags of batch row {row} leave no legal path; "
                "allow more tags, or mark the tokens as not known"
            )
        return (within - total).clamp(max=0.0)

    def marginals(
        self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None
    ) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding.

        Args:
            emissions: ``(B, T, K)`` float.
            mask: ``(B, T)`` bool.
            allowed: ``(B, T, K)`` bool; given it, only allowed paths count.
        """
        return reference.marginals(self._chain(emissions, mask, allowed))

    def decode(self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None) -> Tensor:
        """The best legal (and allowed) path, ``(B, T)`` int64, 0 at padding."""
        with torch.no_grad():
            return reference.viterbi(self._chain(emissions, mask, allowed))

    def path_steps(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Probability of each tag of a path given the one before it, ``(B, T)`` float64."""
        with torch.no_grad():
            return reference.path_steps(self._chain(emissions, mask, None), tags)

    def _chain(self, emissions: Tensor, mask: Tensor, allowed: Tensor | None) -> Chain:
        self._check(emissions, mask, allowed)
        if allowed is not None:
            # Padding keeps its emissions: a row of -inf there would only make NaN of nothing.
            emissions = emissions.masked_fill(~allowed & mask[..., None], -torch.inf)
        return Chain(
            emissions,
            self.start.masked_fill(~self.legal_start, -torch.inf),
            self.transitions.masked_fill(~self.legal_moves, -torch.inf),
            self.end.masked_fill(~self.legal_end, -torch.inf),
            mask.sum(1).cpu(),
        )

    def _check(self, emissions: Tensor, mask: Tensor, allowed: Tensor | None) -> None:
        expected = (*mask.shape, self.num_tags)
        if emissions.shape != expected:
            raise DataError(f"emissions: expected shape {expected}, got {tuple(emissions.shape)}")
        if mask.dtype is not torch.bool:
            raise DataError(f"mask: expected bool, got {mask.dtype}")
        if not bool(mask[:, 0].all()) or bool((mask[:, 1:] & ~mask[:, :-1]).any()):
            raise DataError("mask: every sentence needs a token, and padding must come last")
        if allowed is None:
            return
        if allowed.shape != expected or allowed.dtype is not torch.bool:
            raise DataError(
                f"allowed: expected bool of shape {expected}, "
                f"got {allowed.dtype} of {tuple(allowed.shape)}"
            )
        stuck = ~allowed.any(-1) & mask
        if bool(stuck.any()):
            row, step = stuck.nonzero()[0].tolist()
            raise DataError(f"no tag is allowed at step {step} of batch row {row}")
