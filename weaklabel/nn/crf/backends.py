"""Which code does the work: chosen by device, by argument, or by ``WEAKLABEL_CRF_BACKEND``."""

from __future__ import annotations

import os
from typing import Protocol

import torch
from torch import Tensor

from weaklabel.errors import ConfigError
from weaklabel.nn.crf import compiled, plain
from weaklabel.nn.crf.problem import Problem


class Backend(Protocol):
    """A module with one function for each operation; shapes are looked at before."""

    def log_partition(self, problem: Problem) -> Tensor:
        """Log-sum of the scores of all legal and allowed paths, ``(B,)`` float64."""

    def log_likelihood(self, problem: Problem, tags: Tensor) -> Tensor:
        """Log-probability of one path each, ``(B,)``."""

    def partial_log_likelihood(self, problem: Problem) -> Tensor:
        """Log-probability that the path is one of the allowed ones, ``(B,)`` float64."""

    def marginals(self, problem: Problem) -> Tensor:
        """Probability of each tag at each token, ``(B, T, K)`` float64, 0 at padding."""

    def decode(self, problem: Problem) -> Tensor:
        """The best legal and allowed path, ``(B, T)`` int64, 0 at padding."""


BACKENDS: dict[str, Backend] = {"reference": plain, "compiled": compiled}
"""By name."""
VARIABLE = "WEAKLABEL_CRF_BACKEND"


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
        return compiled if device.type == "cpu" else plain
    if chosen is compiled and device.type != "cpu":
        raise ConfigError(
            f"the compiled back end works on the CPU and the emissions are on {device}; "
            "the reference back end works anywhere"
        )
    return chosen
