"""Examples → the same Examples, better weighted or relabelled."""

from __future__ import annotations

from weaklabel.clean.protocol import Cleaner, FitPredict, Given
from weaklabel.components import table

CLEANERS = table("cleaner", {"downsample": "weaklabel.clean.downsample:Downsample"})
"""Cleaning steps by kind."""

__all__ = ["CLEANERS", "Cleaner", "FitPredict", "Given"]
