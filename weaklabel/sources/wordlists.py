"""The word lists that travel with weaklabel (``dictionaries/``), read once."""

from __future__ import annotations

from functools import cache

from weaklabel.normal import normal_token
from weaklabel.shipped import shipped


def _lines(name: str) -> list[str]:
    text = shipped("dictionaries", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def words(name: str) -> frozenset[str]:
    """A list of words in normal form; of a table, its first column.

    >>> "the" in words("stopwords.txt")
    True
    """
    return frozenset(normal_token(line.partition("\t")[0]) for line in _lines(name))


@cache
def pairs(name: str) -> tuple[tuple[str, str], ...]:
    """A two-column table.

    >>> ("emia", "disorder") in pairs("endings.tsv")
    True
    """
    rows = (line.split("\t") for line in _lines(name))
    return tuple((left, right) for left, right in rows)
