"""What is known beforehand of a language or of a field, as packs: chosen by option, all optional.

A pack is word lists and word formation, never names: names are the run's own dictionary's to bring.
What a list says is a suspicion or a proposal. Whether it holds for a type, the run's dictionary and
text decide; without a pack the rules that stand on it are silent.
"""

from __future__ import annotations

from functools import cache

from weaklabel.components import functions
from weaklabel.knowledge.pack import Pack, joined

__all__ = ["DEFAULT", "PACKS", "Pack", "knowledge_of"]

PACKS = functions(
    "pack",
    {
        "english": "weaklabel.knowledge.english:english",
        "biomedical": "weaklabel.knowledge.biomedical:biomedical",
    },
)
"""Name → ``"module:function"`` that reads a pack; packages add to it by ``weaklabel.packs``."""
DEFAULT = ("english", "biomedical")


@cache
def knowledge_of(packs: tuple[str, ...]) -> Pack:
    """All that some packs know; nothing, if there are none.

    Raises:
        ConfigError: for a pack that there is not, with the nearest name.

    >>> "the" in knowledge_of(("english",)).stopwords
    True
    >>> knowledge_of(()).endings
    ()
    >>> knowledge_of(("englisch",))
    Traceback (most recent call last):
        ...
    weaklabel.errors.ConfigError: no pack of kind 'englisch'. Did you mean 'english'?
    """
    return joined([PACKS.load(name)() for name in packs])
