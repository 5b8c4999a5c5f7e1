"""A batch's chain as a value: what can be asked of the distribution over its tag paths."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from weaklabel.crf import path_scores, plain, soft_targets
from weaklabel.crf.backends import backend_for
from weaklabel.crf.entropy import entropy
from weaklabel.crf.expectations import Counts, shares_of
from weaklabel.crf.path_scores import BestPaths
from weaklabel.crf.problem import Problem
from weaklabel.crf.protocol import Backend
from weaklabel.crf.reduction import Reduction, reduced


@dataclass(frozen=True, eq=False, repr=False)
class Chain:
    """The distribution over the tag paths of each sentence of a batch.

    :meth:`.LinearChainCRF.chain` makes it of emissions and a mask, and says what they are. Axes:
    ``B`` sentences, ``T`` tokens, ``K`` tags. A path is a legal sequence of tags, of allowed ones
    where tags are limited. Scores are natural logarithms; numbers are float64, 0 at padding.

    Losses take a ``reduction``: ``"none"``, a number a sentence, ``(B,)``; their ``"sum"``; their
    ``"mean"`` over sentences; or ``"token_mean"``, the sum over the number of tokens.

    Every question raises :class:`~weaklabel.errors.DataError` (a ``ValueError``) for a mask with a
    hole or an empty row, emissions or moves that are NaN or ``+inf``, a step at which nothing is
    allowed and tags out of range, with batch row and step. Where a sentence has no path,
    log-sums are ``-inf`` and probabilities 0; what would be no number then is an error too.

    Attributes:
        problem: the emissions and the mask, the layer's scores, and what is legal and allowed.
        backend: who does the work, by name; ``None``: the fastest on the emissions' device.

    Raises:
        DataError: if shapes do not fit each other.

    >>> from weaklabel.crf import LinearChainCRF
    >>> emissions = torch.tensor([[[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]])
    >>> chain = LinearChainCRF(3).chain(emissions, torch.ones(1, 2, dtype=torch.bool))
    >>> chain
    Chain(1 sentences of up to 2 tokens, 3 tags)
    >>> chain.decode()
    tensor([[2, 0]])
    >>> round(chain.log_likelihood(chain.decode()).exp().item(), 4)
    0.3833
    """

    problem: Problem
    backend: str | None = None

    def __post_init__(self) -> None:
        self.problem.check()

    def __repr__(self) -> str:
        sentences, tokens, tags = self.problem.emissions.shape
        return f"Chain({sentences} sentences of up to {tokens} tokens, {tags} tags)"

    def _does(self) -> Backend:
        chosen = backend_for(self.problem.emissions.device, self.backend)
        if torch.compiler.is_compiling():
            from weaklabel.crf.traced import traced  # what torch is told at once is slow to load

            return traced(chosen)
        return chosen

    # ---- losses -------------------------------------------------------------------------------
    def log_likelihood(self, tags: Tensor, *, reduction: Reduction = "none") -> Tensor:
        """Log-probability of one path each; ``-inf`` for an illegal path.

        Args:
            tags: the paths, ``(B, T)`` int64, anything at padding.
            reduction: see the class.

        Raises:
            DataError: if a sentence has no path.
        """
        self.problem.check_tags(tags)
        values = path_scores.log_likelihood(self._does(), self.problem, tags)
        return reduced(values, self.problem.mask, reduction)

    def partial_log_likelihood(self, allowed: Tensor, *, reduction: Reduction = "none") -> Tensor:
        """Log-probability that each token's tag is one of those allowed; at most 0.

        Args:
            allowed: ``(B, T, K)`` bool. Where the chain's own tags are limited, the probability is
                that among its paths.
            reduction: see the class.

        Raises:
            DataError: if a token has no allowed tag, or a sentence no path of allowed tags.
        """
        values = path_scores.partial_log_likelihood(self._does(), self.problem, allowed)
        return reduced(values, self.problem.mask, reduction)

    def belief_cross_entropy(self, belief: Tensor, *, reduction: Reduction = "none") -> Tensor:
        """Mean of ``-log p(path)`` where each token's tag is drawn by its belief.

        ``+inf`` only where the belief puts mass on what is forbidden: a tag whose emission is
        ``-inf`` or that is not allowed, or two neighbouring tags of positive belief (their product,
        in float64) of which one may not follow the other. A belief that knows nothing of the rules
        is better made a chain: ``kl_divergence(rules.chain(belief.log(), mask))``, with ``rules`` a
        CRF of zero scores and these constraints, takes it given that the path is legal.

        Args:
            belief: ``(B, T, K)`` float, not negative, rows sum to 1; anything at padding. No
                gradient is taken in it.
            reduction: see the class.

        Raises:
            DataError: if a row of the belief is no distribution, or a sentence has no path.
        """
        values = soft_targets.belief_cross_entropy(self._does(), self.problem, belief)
        return reduced(values, self.problem.mask, reduction)

    def kl_divergence(self, teacher: Chain, *, reduction: Reduction = "none") -> Tensor:
        """KL divergence of this chain (the student) from another over the same tokens and tags.

        The mean, over paths drawn from the teacher, of ``log p(teacher) - log p(student)``: not
        negative, 0 if they are the same, ``+inf`` where the teacher puts mass on what is forbidden
        here. Gradient to the student only.

        Args:
            teacher: the other chain.
            reduction: see the class.

        Raises:
            DataError: if they are not over the same tokens and tags, or a sentence has no path in
                one of them.
        """
        values = soft_targets.kl_divergence(
            self._does(), self.problem, teacher._does(), teacher.problem
        )
        return reduced(values, self.problem.mask, reduction)

    # ---- sums over paths ----------------------------------------------------------------------
    def log_partition(self) -> Tensor:
        """Log-sum of the scores of all paths, ``(B,)`` float64."""
        return self._does().log_partition(self.problem)

    def marginals(self) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64."""
        return self._does().marginals(self.problem)

    def pair_marginals(self) -> Tensor:
        """Probability of each move into each token, ``(B, T, K, K)`` float64.

        ``[b, t, i, j]`` is that of tag ``i`` at token ``t - 1`` and tag ``j`` at token ``t``; 0 at
        the first token and at padding.
        """
        return self._does().pair_marginals(self.problem)

    def expected_counts(self) -> Counts:
        """How often a sentence starts with, moves between and ends with tags, in the mean.

        Returns:
            ``start`` ``(B, K)``, ``moves`` ``(B, K, K)``, ``end`` ``(B, K)``, float64.
        """
        return shares_of(self._does(), self.problem, pairs=False).counts(self.problem.mask)

    def entropy(self) -> Tensor:
        """Entropy of the paths, ``(B,)`` float64, in nats; differentiable.

        The gradient takes ``O(B T K^2)`` memory and several passes over it: five to twenty-five
        times what that of the log-partition takes on the CPU. It cannot be differentiated again.

        Raises:
            DataError: if a sentence has no path.
        """
        return entropy(self._does(), self.problem)

    # ---- single paths -------------------------------------------------------------------------
    def score(self, tags: Tensor) -> Tensor:
        """Score of one path each, ``(B,)`` float64; ``-inf`` for an illegal path.

        Args:
            tags: the paths, ``(B, T)`` int64, anything at padding.
        """
        self.problem.check_tags(tags)
        return plain.score(self.problem, tags)  # a few look-ups: nothing to compile

    def decode(self) -> Tensor:
        """The best path of each sentence, ``(B, T)`` int64.

        Raises:
            DataError: if a sentence has no path.
        """
        with torch.no_grad():
            return self._does().decode(self.problem)

    def kbest(self, count: int) -> BestPaths:
        """The best ``count`` (1 to 16) paths of each sentence, best first, no path twice.

        Returns:
            ``tags`` ``(B, count, T)`` int64 and ``scores`` ``(B, count)`` float64; zeros and
            ``-inf`` where a sentence has fewer paths.
        """
        return path_scores.kbest(self._does(), self.problem, count)

    def margin(self) -> Tensor:
        """The best path's score less the second's, ``(B,)`` float64; ``+inf`` if it is alone.

        Raises:
            DataError: if a sentence has no path.
        """
        return path_scores.margin(self._does(), self.problem)

    def sample(self, count: int = 1, *, generator: torch.Generator | None = None) -> Tensor:
        """Paths drawn by their probability, ``(count, B, T)`` int64.

        Exact: from the last token backwards, each tag given the one after it. The same generator
        state gives the same paths, whatever the back end.

        Args:
            count: how many of each sentence.
            generator: where the randomness comes from; torch's own if not given.

        Raises:
            DataError: if a sentence has no path.
        """
        return path_scores.sample(self._does(), self.problem, count, generator)

    def path_steps(self, tags: Tensor) -> Tensor:
        """Probability of each tag of a path given the one before it, ``(B, T)`` float64.

        The first is the tag's plain probability; the product of a row is the path's probability.

        Args:
            tags: the paths, ``(B, T)`` int64, anything at padding.
        """
        self.problem.check_tags(tags)
        return path_scores.path_steps(self._does(), self.problem, tags)
