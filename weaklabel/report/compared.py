"""write_comparison(): stub."""

from __future__ import annotations
from collections.abc import Sequence
from pathlib import Path


def write_comparison(folders: Sequence[str | Path]) -> Path:
    """Placeholder."""
    raise NotImplementedError
