"""Data that travel with weaklabel: ``models/`` (weights) and ``dictionaries/`` (word lists)."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import weaklabel
from weaklabel.errors import DataError

FOLDERS = ("models", "dictionaries")


def shipped(folder: str, name: str) -> Traversable:
    """A bundled file: inside the package when installed, beside it in a checkout.

    Raises:
        DataError: if there is no such file.

    >>> shipped("dictionaries", "README.md").is_file()
    True
    """
    if folder not in FOLDERS:
        raise DataError(f"{folder!r} is not one of {', '.join(FOLDERS)}")
    installed = resources.files("weaklabel").joinpath("_shipped", folder, name)
    if installed.is_file():
        return installed
    checkout = Path(weaklabel.__file__).resolve().parent.parent / folder / name
    if checkout.is_file():
        return checkout
    raise DataError(f"{folder}/{name} is missing from this installation of weaklabel")
