"""A softmax a token."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF
from weaklabel.errors import DataError
from weaklabel.nn.heads.base import Head, NotFinite, beliefs_of, open_tags
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme


class SoftmaxHead(Head):
    """Tags that do not know of one another; see :class:`Head`.

    Only decoding knows the rules: it finds the most likely of the legal paths. The probability of
    a tag given the one before it is the tag's own.
    """

    def __init__(self, width: int, scheme: TagScheme) -> None:
        super().__init__(width, scheme)
        self.rules = LinearChainCRF(len(scheme), constraints=scheme).requires_grad_(False)

    def partial_loss(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`Head.partial_loss`."""
        logs = _log_shares(emissions, mask)
        if not bool((allowed.any(-1) | ~mask).all()):
            raise DataError("allowed: a token has no allowed tag")
        of_allowed = logs.masked_fill(~allowed, -torch.inf).logsumexp(-1)
        return -of_allowed.masked_fill(~mask, 0.0).sum(1)

    def cross_entropy(self, emissions: Tensor, target: Target, mask: Tensor) -> Tensor:
        """See :meth:`Head.cross_entropy`."""
        logs = _log_shares(emissions, mask)
        with torch.no_grad():
            own = self.marginals(emissions, mask, allowed=open_tags(target))
            belief = beliefs_of(own, target, mask)
        return -(belief * logs).sum((1, 2))

    def decode(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`Head.decode`."""
        return self.rules.decode(emissions, mask)

    def marginals(
        self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None
    ) -> Tensor:
        """See :meth:`Head.marginals`."""
        scores = emissions.double()
        if allowed is not None:
            scores = scores.masked_fill(~allowed, -torch.inf)
        return scores.softmax(-1).masked_fill(~mask[..., None], 0.0)

    def path_steps(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`Head.path_steps`."""
        own = self.marginals(emissions, mask)
        return own.gather(2, tags.masked_fill(~mask, 0)[..., None])[..., 0]


def _log_shares(emissions: Tensor, mask: Tensor) -> Tensor:
    """Log-probabilities of tags, ``(B, T, K)`` float64.

    Raises:
        NotFinite: if an emission of a token is NaN or infinite.
    """
    if not bool(emissions[mask].isfinite().all()):
        raise NotFinite("emissions: NaN or infinite")
    return emissions.double().log_softmax(-1)
