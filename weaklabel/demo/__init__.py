"""Bundled demo data: invented abstracts, a small dictionary and an annotated dev set."""

from importlib.resources import files
from pathlib import Path


def paths() -> dict[str, Path]:
    """Return the demo files as ``{"corpus": ..., "dictionary": ..., "dev": ...}``."""
    root = Path(str(files(__name__)))
    return {
        "corpus": root / "abstracts.pubtator",
        "dictionary": root / "dictionary.tsv",
        "dev": root / "dev.pubtator",
    }
