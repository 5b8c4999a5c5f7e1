"""What a back end of the CRF can do: the functions that each has."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from weaklabel.crf.problem import Problem


class Backend(Protocol):
    """A module with one function for each operation; shapes are looked at before.

    Every function heeds ``problem.allowed`` and ``problem.moves``, and names what is wrong with
    the numbers as :mod:`.problem` words it. Gradients are asked of the first three only: in
    emissions, the layer's own scores and moves.
    """

    def log_partition(self, problem: Problem) -> Tensor:
        """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""

    def log_likelihood(self, problem: Problem, tags: Tensor) -> Tensor:
        """Log-probability of one path each, ``(B,)``."""

    def partial_log_likelihood(self, problem: Problem) -> Tensor:
        """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""

    def marginals(self, problem: Problem) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""

    def pair_marginals(self, problem: Problem) -> Tensor:
        """Probability of each move into each token, ``(B, T, K, K)`` float64.

        ``[b, t, i, j]`` is that of tag ``i`` at token ``t - 1`` and tag ``j`` at token ``t``; 0 at
        the first token, at padding and where a sentence has no path.
        """

    def expected_moves(self, problem: Problem) -> Tensor:
        """The pair marginals summed over the tokens, ``(B, K, K)`` float64, without making them."""

    def decode(self, problem: Problem) -> Tensor:
        """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""

    def kbest(self, problem: Problem, count: int) -> tuple[Tensor, Tensor]:
        """The best paths, ``(B, count, T)`` int64, and their scores, ``(B, count)`` float64.

        Best first, no path twice, ``count`` from 1 to 16. Where there are fewer legal and allowed
        paths: score ``-inf``, path zeros.
        """

    def sample(self, problem: Problem, uniforms: Tensor) -> Tensor:
        """Paths drawn by their probability, ``(S, B, T)`` int64, 0 at padding.

        From the last token backwards, by ``uniforms``, ``(S, B, T)`` float64 in [0, 1): at each
        token the first tag whose cumulated probability, tags in order, exceeds the uniform times
        the total; the last tag of positive probability if rounding leaves none.

        Raises:
            DataError: if a sentence has no path.
        """
