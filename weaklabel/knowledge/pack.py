"""Pack: what is known beforehand of a language or a field, and how its files are read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from weaklabel.ground.normal import normal_token
from weaklabel.ground.shipped import shipped

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Pack:
    """Word lists and word formation; what a pack does not know is empty.

    Attributes:
        stopwords: function words, in normal form, as all words here.
        qualifiers: words of degree, course, side and age: they extend no name.
        generic: nouns that name a kind of things ("disease", "cell").
        verbs: words that are often verbs ("lead").
        endings: ending of technical words, and its family.
        adjectival: families whose nouns make adjectives.
        adjectives: ending of a noun, and of its adjective.
        symbols: symbol of an element, and the element's name.
    """

    stopwords: frozenset[str] = frozenset()
    qualifiers: frozenset[str] = frozenset()
    generic: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    endings: Pairs = ()
    adjectival: frozenset[str] = frozenset()
    adjectives: Pairs = ()
    symbols: Pairs = ()

    @property
    def everyday(self) -> frozenset[str]:
        """Words that never belong to a composed name."""
        return self.stopwords | self.qualifiers


def joined(packs: Iterable[Pack]) -> Pack:
    """All that several packs know.

    >>> joined([Pack(verbs=frozenset({"lead"})), Pack(symbols=(("Na", "sodium"),))]).symbols
    (('Na', 'sodium'),)
    """
    found: dict[str, Any] = {}
    for pack in packs:
        for each in fields(Pack):
            more = getattr(pack, each.name)
            if each.name not in found:
                found[each.name] = more
            elif isinstance(more, frozenset):
                found[each.name] |= more
            else:
                found[each.name] = tuple(dict.fromkeys((*found[each.name], *more)))
    return Pack(**found)


def words(name: str) -> frozenset[str]:
    """A list of words under ``dictionaries/`` in normal form; of a table, its first column.

    >>> "the" in words("english/stopwords.txt")
    True
    """
    return frozenset(normal_token(line.partition("\t")[0]) for line in _lines(name))


def pairs(name: str) -> Pairs:
    """A two-column table under ``dictionaries/``.

    >>> ("emia", "disorder") in pairs("biomedical/endings.tsv")
    True
    """
    rows = (line.split("\t") for line in _lines(name))
    return tuple((left, right) for left, right in rows)


def _lines(name: str) -> list[str]:
    text = shipped("dictionaries", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
