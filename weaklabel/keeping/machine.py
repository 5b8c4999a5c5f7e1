"""The machine a run is on: cores, device, memory."""

from __future__ import annotations

import os
import resource
import sys


def cores() -> int:
    """Processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def describe_machine(device: str) -> str:
    """The device and the cores, in words."""
    if device.startswith("cuda"):
        import torch

        return f"{torch.cuda.get_device_name(device)}, {cores()} cores"
    return f"CPU, {cores()} core{'' if cores() == 1 else 's'}"


def peak_memory_mb() -> float:
    """The most memory this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
