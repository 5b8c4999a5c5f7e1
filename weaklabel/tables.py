"""Every table of components there is, by what is chosen from it."""

from __future__ import annotations

import importlib

from weaklabel.components import Table

_HOME = {
    "source": "weaklabel.sources.kinds:SOURCES",
    "format": "weaklabel.io:FORMATS",
    "kb-format": "weaklabel.io.kb:KB_FORMATS",
    "aggregator": "weaklabel.aggregate:AGGREGATORS",
    "cleaner": "weaklabel.clean:CLEANERS",
    "encoder": "weaklabel.nn.encoders:ENCODERS",
    "head": "weaklabel.nn.heads:HEADS",
    "trainer": "weaklabel.train.trainers:TRAINERS",
    "recipe": "weaklabel.recipes:RECIPES",
    "pack": "weaklabel.knowledge:PACKS",
}
"""What is chosen → where its table is."""


def tables() -> dict[str, Table]:
    """Every table, by what is chosen from it."""
    found: dict[str, Table] = {}
    for noun, home in _HOME.items():
        module, _, name = home.partition(":")
        found[noun] = getattr(importlib.import_module(module), name)
    return found
