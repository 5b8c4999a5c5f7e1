"""The CRF as a layer: its scores, which moves are legal, and the chain it makes of a batch."""

from __future__ import annotations

from typing import TypedDict, Unpack

import torch
from torch import Tensor, nn

from weaklabel.crf.backends import named
from weaklabel.crf.chain import Chain
from weaklabel.crf.constraints import Bools, Constraints, legal
from weaklabel.crf.expectations import Counts
from weaklabel.crf.path_scores import BestPaths
from weaklabel.crf.problem import Problem
from weaklabel.crf.reduction import Reduction
from weaklabel.errors import DataError


class Given(TypedDict, total=False):
    """What :meth:`LinearChainCRF.chain` can be given beside emissions and mask."""

    allowed: Tensor | None
    moves: Tensor | None


class LinearChainCRF(nn.Module):
    r"""Score of a tag path, and sums over all paths that a set of tags allows.

    .. math:: s(y) = a_{y_1} + \sum_t E_{t, y_t} + \sum_{t>1} W_{y_{t-1}, y_t} + b_{y_n}

    Scores are natural logarithms, sums are taken in float64 whatever the emissions are.

    The loss is ``log sum(all paths) - log sum(allowed paths)``. With one allowed tag a token it
    is the usual CRF loss (Lafferty et al., 2001); with several it is the loss for partly labelled
    text (Tsuboi et al., 2008). Illegal paths are no paths: they are in neither sum.

    :meth:`chain` makes of emissions and a mask a :class:`~weaklabel.crf.Chain`, which answers
    every question and says what is returned and refused. The layer's other methods take what
    :meth:`chain` takes, with a path or a target in between, and ask the chain at once:
    ``crf.decode(emissions, mask)`` is ``crf.chain(emissions, mask).decode()``.

    Args:
        num_tags: ``K``.
        constraints: a :class:`~weaklabel.tags.TagScheme`, or anything with its ``may_start``,
            ``may_follow`` and ``may_end``.
        may_start: ``(K,)`` tags a sentence may begin with; all, if not given. Instead of
            ``constraints``, as the next two.
        may_follow: ``(K, K)``, ``[a, b]`` where ``b`` may follow ``a``; all, if not given.
        may_end: ``(K,)`` tags a sentence may end with; all, if not given.
        backend: who does the work: ``"compiled"`` (CPU), ``"triton"`` (CUDA; sums in float32
            unless emissions are float64), ``"reference"`` (plain torch, any device). ``None``:
            what ``WEAKLABEL_CRF_BACKEND`` names, else the fastest on the emissions' device. All
            give the same numbers, up to rounding.

    >>> crf = LinearChainCRF(3)
    >>> emissions = torch.tensor([[[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]], requires_grad=True)
    >>> mask = torch.ones(1, 2, dtype=torch.bool)
    >>> crf.decode(emissions, mask)
    tensor([[2, 0]])
    >>> loss = -crf.log_likelihood(emissions, torch.tensor([[2, 0]]), mask, reduction="mean")
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
        constraints: Constraints | None = None,
        *,
        may_start: Bools | None = None,
        may_follow: Bools | None = None,
        may_end: Bools | None = None,
        backend: str | None = None,
    ) -> None:
        super().__init__()
        if num_tags < 1:
            raise DataError(f"num_tags: expected at least 1, got {num_tags}")
        if backend is not None:
            named(backend, "backend")
        self.backend = backend
        self.num_tags = num_tags
        self.start = nn.Parameter(torch.zeros(num_tags))
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.end = nn.Parameter(torch.zeros(num_tags))
        rules = legal(num_tags, constraints, may_start, may_follow, may_end)
        for name, may in rules._asdict().items():
            self.register_buffer(f"legal_{name}", may, persistent=False)

    def extra_repr(self) -> str:
        """What is printed of the layer."""
        return f"{self.num_tags}" + (f", backend={self.backend!r}" if self.backend else "")

    def chain(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Chain:
        """The distribution over the tag paths of each sentence of a batch.

        Args:
            emissions: ``(B, T, K)`` float: ``B`` sentences, ``T`` tokens, ``K`` tags; a score for
                each tag of each token; ``-inf`` forbids.
            mask: ``(B, T)`` bool, true on tokens; padding comes last.
            allowed: ``(B, T, K)`` bool: given it, only paths of allowed tags are paths.
            moves: ``(B, T, K, K)`` float: ``moves[b, t, i, j]`` is added to ``transitions[i, j]``
                for the move from tag ``i`` of token ``t - 1`` to tag ``j`` of token ``t``:
                transitions that depend on the text (Liu et al., 2018), or a correction that varies
                with time. The first token's and padding's are not looked at; what is forbidden
                stays so.

        Raises:
            DataError: if shapes do not fit.
        """
        own = self.start, self.transitions, self.end
        rules = self.legal_start, self.legal_moves, self.legal_end
        return Chain(Problem(emissions, mask, *own, *rules, allowed, moves), self.backend)

    # ---- losses -------------------------------------------------------------------------------
    def forward(
        self,
        emissions: Tensor,
        allowed: Tensor,
        mask: Tensor,
        *,
        moves: Tensor | None = None,
        reduction: Reduction = "none",
    ) -> Tensor:
        """Negative log-likelihood of the allowed tags; not negative, 0 where every tag is."""
        return -self.partial_log_likelihood(
            emissions, allowed, mask, moves=moves, reduction=reduction
        )

    def partial_log_likelihood(
        self,
        emissions: Tensor,
        allowed: Tensor,
        mask: Tensor,
        *,
        moves: Tensor | None = None,
        reduction: Reduction = "none",
    ) -> Tensor:
        """:meth:`.Chain.partial_log_likelihood` of all the layer's paths."""
        chain = self.chain(emissions, mask, moves=moves)
        return chain.partial_log_likelihood(allowed, reduction=reduction)

    def log_likelihood(
        self,
        emissions: Tensor,
        tags: Tensor,
        mask: Tensor,
        *,
        reduction: Reduction = "none",
        **given: Unpack[Given],
    ) -> Tensor:
        """:meth:`.Chain.log_likelihood` of a path each."""
        return self.chain(emissions, mask, **given).log_likelihood(tags, reduction=reduction)

    def belief_cross_entropy(
        self,
        emissions: Tensor,
        belief: Tensor,
        mask: Tensor,
        *,
        reduction: Reduction = "none",
        **given: Unpack[Given],
    ) -> Tensor:
        """:meth:`.Chain.belief_cross_entropy` against what is believed of each token."""
        return self.chain(emissions, mask, **given).belief_cross_entropy(
            belief, reduction=reduction
        )

    def kl_divergence(
        self,
        emissions: Tensor,
        mask: Tensor,
        teacher_emissions: Tensor,
        *,
        teacher: LinearChainCRF | None = None,
        teacher_moves: Tensor | None = None,
        reduction: Reduction = "none",
        **given: Unpack[Given],
    ) -> Tensor:
        """:meth:`.Chain.kl_divergence` from the chain that a teacher makes of its emissions.

        Args:
            emissions: the student's, as for ``mask`` and ``moves``; see :meth:`chain`.
            mask: true on tokens, for both.
            teacher_emissions: ``(B, T, K)`` float.
            teacher: the layer with the teacher's scores and rules; this one if not given.
            teacher_moves: ``(B, T, K, K)`` float.
            reduction: see :class:`.Chain`.
            given: ``moves``; and ``allowed``, for both.
        """
        source, allowed = self if teacher is None else teacher, given.get("allowed")
        other = source.chain(teacher_emissions, mask, allowed=allowed, moves=teacher_moves)
        return self.chain(emissions, mask, **given).kl_divergence(other, reduction=reduction)

    # ---- sums over paths ----------------------------------------------------------------------
    def log_partition(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Tensor:
        """:meth:`.Chain.log_partition`, ``(B,)``."""
        return self.chain(emissions, mask, **given).log_partition()

    def marginals(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Tensor:
        """:meth:`.Chain.marginals`, ``(B, T, K)``."""
        return self.chain(emissions, mask, **given).marginals()

    def pair_marginals(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Tensor:
        """:meth:`.Chain.pair_marginals`, ``(B, T, K, K)``."""
        return self.chain(emissions, mask, **given).pair_marginals()

    def expected_counts(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Counts:
        """:meth:`.Chain.expected_counts`, of starts, moves and ends."""
        return self.chain(emissions, mask, **given).expected_counts()

    def entropy(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Tensor:
        """:meth:`.Chain.entropy`, ``(B,)``."""
        return self.chain(emissions, mask, **given).entropy()

    # ---- single paths -------------------------------------------------------------------------
    def score(
        self, emissions: Tensor, tags: Tensor, mask: Tensor, **given: Unpack[Given]
    ) -> Tensor:
        """:meth:`.Chain.score` of a path each, ``(B,)``."""
        return self.chain(emissions, mask, **given).score(tags)

    def decode(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Tensor:
        """:meth:`.Chain.decode`: the best path of each sentence, ``(B, T)``."""
        return self.chain(emissions, mask, **given).decode()

    def decode_kbest(
        self, emissions: Tensor, mask: Tensor, count: int, **given: Unpack[Given]
    ) -> BestPaths:
        """:meth:`.Chain.kbest`: the best few paths, ``(B, count, T)``, and their scores."""
        return self.chain(emissions, mask, **given).kbest(count)

    def margin(self, emissions: Tensor, mask: Tensor, **given: Unpack[Given]) -> Tensor:
        """:meth:`.Chain.margin`, ``(B,)``."""
        return self.chain(emissions, mask, **given).margin()

    def sample(
        self,
        emissions: Tensor,
        mask: Tensor,
        count: int = 1,
        *,
        generator: torch.Generator | None = None,
        **given: Unpack[Given],
    ) -> Tensor:
        """:meth:`.Chain.sample`: paths drawn by their probability, ``(count, B, T)``."""
        return self.chain(emissions, mask, **given).sample(count, generator=generator)

    def path_steps(
        self, emissions: Tensor, tags: Tensor, mask: Tensor, **given: Unpack[Given]
    ) -> Tensor:
        """:meth:`.Chain.path_steps` of a path each, ``(B, T)``."""
        return self.chain(emissions, mask, **given).path_steps(tags)
