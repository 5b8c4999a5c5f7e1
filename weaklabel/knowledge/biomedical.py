"""What is known of biomedicine: how its words end, and the elements' symbols."""

from __future__ import annotations

from weaklabel.knowledge.pack import Pack, pairs


def biomedical() -> Pack:
    """Biomedicine, from ``dictionaries/biomedical/``.

    >>> dict(biomedical().symbols)["Na"]
    'sodium'
    """
    return Pack(
        endings=pairs("biomedical/endings.tsv"),
        # "hypertension" is of hypertensive people; a substance's name makes no such adjective.
        adjectival=frozenset({"disorder"}),
        adjectives=pairs("biomedical/adjectives.tsv"),
        symbols=pairs("biomedical/ions.tsv"),
    )
