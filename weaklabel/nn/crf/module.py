"""The CRF as a layer: its scores, which moves are legal, and what can be asked of it."""

from __future__ import annotations

import torch
from torch import Tensor

from weaklabel.nn.crf import path_scores, plain, soft_targets
from weaklabel.nn.crf.entropy import entropy
from weaklabel.nn.crf.expectations import Counts, shares_of
from weaklabel.nn.crf.layer import ChainScores
from weaklabel.nn.crf.path_scores import BestPaths
from weaklabel.nn.crf.reduction import Reduction, reduced


class LinearChainCRF(ChainScores):
    r"""Score of a tag path, and sums over all paths that a set of tags allows.

    .. math:: s(y) = a_{y_1} + \sum_t E_{t, y_t} + \sum_{t>1} W_{y_{t-1}, y_t} + b_{y_n}

    Axes: ``B`` sentences, ``T`` tokens, ``K`` tags; a mask is true on tokens, padding comes last.
    Scores are natural logarithms, sums are taken in float64 whatever the emissions are.

    The loss is ``log sum(all paths) - log sum(allowed paths)``. With one allowed tag a token it
    is the usual CRF loss (Lafferty et al., 2001); with several it is the loss for partly labelled
    text (Tsuboi et al., 2008). Illegal paths are no paths: they are in neither sum.

    What every method takes:

    - ``emissions``, ``(B, T, K)`` float, a score for each tag of each token; ``-inf`` forbids;
    - ``mask``, ``(B, T)`` bool;
    - ``tags`` (where a path is given), ``(B, T)`` int64, anything at padding;
    - ``allowed``, ``(B, T, K)`` bool: given it, only paths of allowed tags are paths;
    - ``moves``, ``(B, T, K, K)`` float: ``moves[b, t, i, j]`` is added to ``transitions[i, j]`` for
      the move from tag ``i`` of token ``t - 1`` to tag ``j`` of token ``t``: transitions that
      depend on the text (Liu et al., 2018), or a correction that varies with time. The first
      token's and padding's are not looked at; what is forbidden stays so.

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

    Every method raises :class:`~weaklabel.errors.DataError` (a ``ValueError``) for shapes that do
    not fit, a mask with a hole or an empty row, emissions or moves that are NaN or ``+inf``, a
    step at which nothing is allowed and tags out of range, with batch row and step.

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
        """Negative log-likelihood of the allowed tags, ``(B,)`` float64, or reduced.

        Not negative; 0 where every tag is allowed.

        Raises:
            DataError: if a shape does not fit, a token has no allowed tag, or no legal path is
                allowed (it is a ``ValueError``).
        """
        return -self.partial_log_likelihood(
            emissions, allowed, mask, moves=moves, reduction=reduction
        )

    def log_likelihood(
        self,
        emissions: Tensor,
        tags: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
        reduction: Reduction = "none",
    ) -> Tensor:
        """Log-probability of one path each, ``(B,)`` float64; ``-inf`` for an illegal path.

        Args:
            emissions: see the class, as for ``tags``, ``mask``, ``allowed`` and ``moves``.
            tags: the paths.
            mask: true on tokens.
            allowed: given it, the probability is that among allowed paths.
            moves: scores added to the transitions.
            reduction: ``"none"``, ``"sum"``, ``"mean"`` (over sentences) or ``"token_mean"``.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        problem.check_tags(tags)
        found = path_scores.log_likelihood(self._do(emissions), problem, tags)
        return reduced(found, mask, reduction)

    def partial_log_likelihood(
        self,
        emissions: Tensor,
        allowed: Tensor,
        mask: Tensor,
        *,
        moves: Tensor | None = None,
        reduction: Reduction = "none",
    ) -> Tensor:
        """Log-probability that the path is one of the allowed ones, ``(B,)`` float64, at most 0.

        Raises:
            DataError: as :meth:`forward`.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        return reduced(self._do(emissions).partial_log_likelihood(problem), mask, reduction)

    def belief_cross_entropy(
        self,
        emissions: Tensor,
        belief: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
        reduction: Reduction = "none",
    ) -> Tensor:
        """Mean of ``-log p(y)`` where each token's tag is drawn by its belief, ``(B,)`` float64.

        ``+inf`` only where the belief puts mass on what is forbidden: a tag whose emission is
        ``-inf`` or that is not allowed, or two neighbouring tags of positive belief (their product,
        in float64) of which one may not follow the other. A belief that knows nothing of the rules
        is better made a chain: ``kl_divergence(emissions, mask, belief.log(), teacher=rules)``,
        with ``rules`` a CRF of zero scores and these constraints, takes it given that the path is
        legal.

        Args:
            emissions: see the class, as for ``mask``, ``allowed`` and ``moves``.
            belief: ``(B, T, K)`` float, not negative, rows sum to 1; anything at padding. No
                gradient is taken in it.
            mask: true on tokens.
            allowed: given it, ``p`` is the probability among allowed paths.
            moves: scores added to the transitions.
            reduction: as :meth:`log_likelihood`.

        Raises:
            DataError: if a row of the belief is no distribution, or a sentence has no path.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        found = soft_targets.belief_cross_entropy(self._do(emissions), problem, belief)
        return reduced(found, mask, reduction)

    def kl_divergence(
        self,
        emissions: Tensor,
        mask: Tensor,
        teacher_emissions: Tensor,
        *,
        teacher: LinearChainCRF | None = None,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
        teacher_moves: Tensor | None = None,
        reduction: Reduction = "none",
    ) -> Tensor:
        """KL divergence of this chain (the student) from another, ``(B,)`` float64.

        The mean, over paths drawn from the teacher, of ``log p(teacher) - log p(student)``: not
        negative, 0 if they are the same, ``+inf`` where the teacher puts mass on what is forbidden
        here. Gradient to the student only.

        Args:
            emissions: the student's; see the class, as for ``mask``.
            mask: true on tokens, for both.
            teacher_emissions: ``(B, T, K)`` float.
            teacher: the layer with the teacher's scores and rules; this one if not given.
            allowed: ``(B, T, K)`` bool; both chains are taken given that the path is allowed.
            moves: ``(B, T, K, K)`` float, the student's.
            teacher_moves: ``(B, T, K, K)`` float.
            reduction: as :meth:`log_likelihood`.

        Raises:
            DataError: if they are not over the same tags, or a sentence has no path in one of them.
        """
        source = self if teacher is None else teacher
        said = source._problem(teacher_emissions, mask, allowed, teacher_moves)
        found = soft_targets.kl_divergence(
            self._do(emissions),
            self._problem(emissions, mask, allowed, moves),
            source._do(teacher_emissions),
            said,
        )
        return reduced(found, mask, reduction)

    # ---- sums over paths ----------------------------------------------------------------------
    def log_partition(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Log-sum of the scores of all legal (and allowed) paths, ``(B,)`` float64."""
        return self._do(emissions).log_partition(self._problem(emissions, mask, allowed, moves))

    def marginals(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding.

        0 everywhere where a sentence has no path, as with the next two.
        """
        return self._do(emissions).marginals(self._problem(emissions, mask, allowed, moves))

    def pair_marginals(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Probability of each move into each token, ``(B, T, K, K)`` float64.

        ``[b, t, i, j]`` is that of tag ``i`` at token ``t - 1`` and tag ``j`` at token ``t``; 0 at
        the first token and at padding.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        return self._do(emissions).pair_marginals(problem)

    def expected_counts(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Counts:
        """How often a sentence starts with, moves between and ends with tags, in the mean.

        Returns:
            ``start`` ``(B, K)``, ``moves`` ``(B, K, K)``, ``end`` ``(B, K)``, float64.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        return shares_of(self._do(emissions), problem, pairs=False).counts(mask)

    def entropy(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Entropy of the paths, ``(B,)`` float64, in nats; differentiable.

        The gradient takes ``O(B T K^2)`` memory and several passes over it: five to twenty-five
        times what that of the log-partition takes on the CPU. It cannot be differentiated again.

        Raises:
            DataError: if a sentence has no path.
        """
        return entropy(self._do(emissions), self._problem(emissions, mask, allowed, moves))

    # ---- single paths -------------------------------------------------------------------------
    def score(
        self,
        emissions: Tensor,
        tags: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Score of one path each, ``(B,)`` float64; ``-inf`` for an illegal path."""
        problem = self._problem(emissions, mask, allowed, moves)
        problem.check_tags(tags)
        return plain.score(problem, tags)  # a few look-ups: nothing to compile

    def decode(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """The best legal (and allowed) path, ``(B, T)`` int64, 0 at padding.

        Raises:
            DataError: if a sentence has no path.
        """
        with torch.no_grad():
            return self._do(emissions).decode(self._problem(emissions, mask, allowed, moves))

    def decode_kbest(
        self,
        emissions: Tensor,
        mask: Tensor,
        count: int,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> BestPaths:
        """The best ``count`` (1 to 16) legal and allowed paths, best first, no path twice.

        Returns:
            ``tags`` ``(B, count, T)`` int64 and ``scores`` ``(B, count)`` float64; zeros and
            ``-inf`` where a sentence has fewer paths.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        return path_scores.kbest(self._do(emissions), problem, count)

    def margin(
        self,
        emissions: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """The best path's score less the second's, ``(B,)`` float64; ``+inf`` if it is alone.

        Raises:
            DataError: if a sentence has no path.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        return path_scores.margin(self._do(emissions), problem)

    def sample(
        self,
        emissions: Tensor,
        mask: Tensor,
        count: int = 1,
        *,
        generator: torch.Generator | None = None,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Paths drawn by their probability, ``(count, B, T)`` int64, 0 at padding.

        Exact: from the last token backwards, each tag given the one after it. The same generator
        state gives the same paths, whatever the back end.

        Raises:
            DataError: if a sentence has no path.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        return path_scores.sample(self._do(emissions), problem, count, generator)

    def path_steps(
        self,
        emissions: Tensor,
        tags: Tensor,
        mask: Tensor,
        *,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Tensor:
        """Probability of each tag of a path given the one before it, ``(B, T)`` float64.

        The first is the tag's plain probability; the product of a row is the path's probability.
        0 at padding.
        """
        problem = self._problem(emissions, mask, allowed, moves)
        problem.check_tags(tags)
        return path_scores.path_steps(self._do(emissions), problem, tags)
