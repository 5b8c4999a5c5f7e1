"""A conditional random field over an encoder's rows."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.crf import LinearChainCRF
from weaklabel.nn.heads.base import Head
from weaklabel.nn.heads.crf.projection import nearest_chain
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme


class CRFHead(Head):
    """Paths of legal tags, scored token by token and move by move; see :class:`Head`."""

    def __init__(self, width: int, scheme: TagScheme) -> None:
        super().__init__(width, scheme)
        self.scheme = scheme
        self.crf = LinearChainCRF(len(scheme), constraints=scheme)

    def partial_loss(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`Head.partial_loss`."""
        loss: Tensor = self.crf(emissions, allowed, mask)
        return loss

    def cross_entropy(self, emissions: Tensor, target: Target, mask: Tensor) -> Tensor:
        """See :meth:`Head.cross_entropy`.

        Paths are drawn from the chain that has these beliefs as its marginals and is otherwise as
        near as can be to the head's own, see :func:`nearest_chain`.
        """
        total = self.crf.log_partition(emissions, mask)
        with torch.no_grad():
            mean = nearest_chain(self.crf, self.scheme, emissions, target, mask)
        score = (emissions.double() * mean.tags).sum((1, 2))
        score = score + (self.crf.transitions.double() * mean.moves).sum((1, 2))
        score = score + mean.tags[:, 0] @ self.crf.start.double()
        score = score + mean.last @ self.crf.end.double()
        return total - score

    def decode(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`Head.decode`."""
        return self.crf.decode(emissions, mask)

    def marginals(
        self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None
    ) -> Tensor:
        """See :meth:`Head.marginals`."""
        return self.crf.marginals(emissions, mask, allowed=allowed)

    def path_steps(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """See :meth:`Head.path_steps`."""
        return self.crf.path_steps(emissions, tags, mask)
