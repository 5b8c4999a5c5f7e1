"""Which code does the work: chosen by device, by argument, or by ``WEAKLABEL_CRF_BACKEND``."""

from __future__ import annotations

import os
from importlib.util import find_spec

import torch

from weaklabel.crf import compiled, fused, plain
from weaklabel.crf.protocol import Backend
from weaklabel.errors import ConfigError

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
