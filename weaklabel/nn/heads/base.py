"""What a network asks of a head, and what heads have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

import torch
from torch import Tensor, nn

from weaklabel.crf import NotFinite as NotFinite  # raised of scores that are NaN or inf
from weaklabel.nn.target import Target
from weaklabel.tags import TagScheme


class Head(nn.Module, ABC):
    """Scores of tags, made of an encoder's rows, and what one does with them.

    Axes: ``B`` sentences, ``T`` tokens, ``K`` tags; a mask, ``(B, T)`` bool, is true on tokens,
    padding comes last. All losses are ``(B,)`` float64, in nats.

    Args:
        width: ``H``, numbers a token that the encoder gives.
        scheme: the tags.
    """

    def __init__(self, width: int, scheme: TagScheme) -> None:
        super().__init__()
        self.scores = nn.Linear(width, len(scheme))

    def emissions(self, hidden: Tensor) -> Tensor:
        """``(B, T, K)`` float32: the score of each tag for each token, votes apart.

        Args:
            hidden: ``(B, T, H)`` the encoder's rows.
        """
        own: Tensor = self.scores(hidden).float()
        return own

    # ---- learning ---------------------------------------------------------------------------
    def loss(self, emissions: Tensor, target: Target, mask: Tensor) -> Tensor:
        """The loss of each sentence: :meth:`partial_loss`, or :meth:`cross_entropy` if it is soft.

        Raises:
            NotFinite: if an emission is NaN or infinite.
            DataError: if a sentence has no legal path of allowed tags.
        """
        if target.soft is None:
            return self.partial_loss(emissions, target.allowed, mask)
        losses = emissions.new_zeros(len(mask), dtype=torch.float64)
        hard, soft = (~target.soft).nonzero()[:, 0], target.soft.nonzero()[:, 0]
        if len(hard):
            loss = self.partial_loss(emissions[hard], target.allowed[hard], mask[hard])
            losses = losses.index_copy(0, hard, loss)
        if len(soft):
            loss = self.cross_entropy(emissions[soft], target.of(soft), mask[soft])
            losses = losses.index_copy(0, soft, loss)
        return losses

    @abstractmethod
    def partial_loss(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Negative log-probability that each token has one of its allowed tags.

        Args:
            emissions: ``(B, T, K)`` float.
            allowed: ``(B, T, K)`` bool.
            mask: ``(B, T)`` bool.
        """

    @abstractmethod
    def cross_entropy(self, emissions: Tensor, target: Target, mask: Tensor) -> Tensor:
        """Mean of the negative log-probability of tags that are drawn from what is believed.

        What is believed of a token with weight ``w`` is ``w * label + (1 - w) * own``. Its label
        is its belief if it has one, else the head's own posterior given that an allowed tag is
        right; ``own`` is that posterior were nothing said of the token. No gradient is taken in
        posteriors. So the gradient for a token of which only a set is known is that of
        :meth:`partial_loss`, and a weight of 0 is an unknown token. Where tags depend on one
        another, the posterior of such a token is the one given what is believed of the others.

        Args:
            emissions: ``(B, T, K)`` float.
            target: with a belief and weights.
            mask: ``(B, T)`` bool.
        """

    # ---- predicting -------------------------------------------------------------------------
    @abstractmethod
    def decode(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """The best legal path, ``(B, T)`` int64, 0 at padding."""

    @abstractmethod
    def marginals(
        self, emissions: Tensor, mask: Tensor, *, allowed: Tensor | None = None
    ) -> Tensor:
        """Probability of each tag of each token, ``(B, T, K)`` float64, 0 at padding.

        Args:
            emissions: ``(B, T, K)`` float.
            mask: ``(B, T)`` bool.
            allowed: ``(B, T, K)`` bool; given it, only allowed tags count.
        """

    @abstractmethod
    def path_steps(self, emissions: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Probability of each tag of a path given the one before it, ``(B, T)`` float64.

        Args:
            emissions: ``(B, T, K)`` float.
            tags: ``(B, T)`` int64, anything at padding.
            mask: ``(B, T)`` bool.
        """


def beliefs_of(own: Tensor, target: Target, mask: Tensor) -> Tensor:
    """What is believed of each token, ``(B, T, K)`` float64; see :meth:`Head.cross_entropy`.

    Args:
        own: ``(B, T, K)`` posterior given what is allowed of tokens of full weight; 0 in all of a
            sentence in which nothing that is allowed is possible.
        target: with a belief and weights.
        mask: ``(B, T)`` bool.

    Returns:
        Rows that sum to 1, of 0 at padding.
    """
    if target.belief is None or target.weight is None:
        _not_soft()
    of_allowed = _shares(own * target.allowed, target.allowed.double())
    given = target.belief.double()
    total = given.sum(-1, keepdim=True)
    label = torch.where(total > 0, given / total.clamp(min=1e-300), of_allowed)
    weight = target.weight.double()[..., None]
    mixed = weight * label + (1 - weight) * _shares(own, target.allowed.double())
    return mixed.masked_fill(~mask[..., None], 0.0)


def open_tags(target: Target) -> Tensor:
    """``(B, T, K)`` bool: what is allowed, and everything of a token of less than full weight."""
    if target.weight is None:
        _not_soft()
    return target.allowed | (target.weight < 1)[..., None]


def _not_soft() -> NoReturn:
    raise ValueError("a target without belief and weights has no cross-entropy")


def _shares(masses: Tensor, instead: Tensor) -> Tensor:
    """Masses that sum to 1; where all are 0, those of ``instead``."""
    masses = torch.where(masses.sum(-1, keepdim=True) > 0, masses, instead)
    return masses / masses.sum(-1, keepdim=True)
