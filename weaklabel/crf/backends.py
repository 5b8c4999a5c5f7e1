"""Which code does the work: chosen by device, by argument, or by ``WEAKLABEL_CRF_BACKEND``."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Protocol

import torch
from torch import Tensor

from weaklabel.crf import compiled, fused, plain
from weaklabel.crf.problem import Problem
from weaklabel.errors import ConfigError


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


BACKENDS: dict[str, Backend] = {"reference": plain, "compiled": compiled, "triton": fused}
"""By name."""
VARIABLE = "WEAKLABEL_CRF_BACKEND"
_INTERPRETER = "TRITON_INTERPRET"
_HAS_TRITON = find_spec("triton") is not None


def named(name: str, where: str) -> Backend:
    """A back end by name.

    Raises:
        ConfigError: if there is none; the message says where the name was given.
    """
    if name not in BACKENDS:
        known = ", ".join(sorted(BACKENDS))
        raise ConfigError(f"{where}: no back end {name!r}; known: {known}")
    return BACKENDS[name]


def backend_for(device: torch.device, wanted: str | None) -> Backend:
    """The back end that was asked for, else the environment's, else the device's own.

    Raises:
        ConfigError: if a name is unknown, or the back end asked for cannot work on the device.
    """
    if wanted is not None:
        chosen = named(wanted, "backend")
    elif name := os.environ.get(VARIABLE):
        chosen = named(name, VARIABLE)
    else:
        if device.type == "cpu":
            return compiled
        return fused if device.type == "cuda" and _HAS_TRITON else plain
    if chosen is compiled and device.type != "cpu":
        raise ConfigError(
            f"the compiled back end works on the CPU and the emissions are on {device}; "
            "the reference back end works anywhere"
        )
    if chosen is fused and device.type == "cpu" and os.environ.get(_INTERPRETER) != "1":
        raise ConfigError(
            "the triton back end works on GPUs and the emissions are on the CPU; "
            f"for tests {_INTERPRETER}=1 runs it there, slowly"
        )
    return chosen
