"""Examples → the same Examples, better weighted or relabelled."""

from weaklabel.clean.downsample import CleaningSettings, Downsample

CLEANERS = {"downsample": Downsample}
"""Cleaning steps by name."""

__all__ = ["CLEANERS", "CleaningSettings", "Downsample"]
