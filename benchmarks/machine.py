"""What a result was measured on: machine and versions."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any

_PACKAGES = ("weaklabel", "numpy", "numba", "pyarrow", "spacy", "torch")


def about(*packages: str) -> dict[str, Any]:
    """Machine, Python, and the versions of the usual packages and of some more."""
    versions = {}
    for name in (*_PACKAGES, *packages):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    cpu = ""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            cpu = next((line.split(":")[1].strip() for line in file if "model name" in line), "")
    return {
        "machine": platform.machine(),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": versions,
    }
