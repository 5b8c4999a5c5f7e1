"""Matches → votes: what the names that were found mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.columns import Columns
from weaklabel.kernels import trie
from weaklabel.kernels.scanning import Matches
from weaklabel.sources.compiled import CompiledLexicon
from weaklabel.text import UNKNOWN, Corpus
from weaklabel.votes import Votes


class Meaning(NamedTuple):
    """One vote that a group of names stands for."""

    label: str
    entry: str
    concepts: tuple[str, ...]


class Meanings:
    """What groups of names mean; looked up once each.

    A group votes once for each type of its rows, under the normal form of the first row of that
    type, with the concept ids of all of them. A phrase of no type (its type is UNKNOWN) speaks
    only where nothing else of the group does.
    """

    def __init__(self, lexicon: CompiledLexicon) -> None:
        self.lexicon = lexicon
        self.of = lru_cache(maxsize=None)(self._of)
        self._tokens = lexicon.vocabulary.strings()

    def _of(self, group: int, fitting: int) -> tuple[Meaning, ...]:
        rows = fitting_rows(self.lexicon, group, fitting)
        by_type: dict[str, list[int]] = {}
        for row in rows:
            for kind in self.lexicon.types(row):
                by_type.setdefault(kind, []).append(row)
        if len(by_type) > 1:
            by_type.pop(UNKNOWN, None)
        return tuple(
            Meaning(
                kind,
                f"{kind}:{self._form(named[0])}",
                tuple(dict.fromkeys(c for row in named for c in self.lexicon.concepts(row))),
            )
            for kind, named in by_type.items()
        )

    def _form(self, row: int) -> str:
        lexicon = self.lexicon
        path = trie.path(int(lexicon.row_node[row]), lexicon.names.keys, lexicon.vocabulary.size)
        return " ".join([self._tokens[token - 1] for token in path])


def fitting_rows(lexicon: CompiledLexicon, group: int, fitting: int) -> list[int]:
    """The rows of a group that fit as they are written; see :class:`Matches`.

    >>> lexicon = CompiledLexicon.of_names(["MS", "ms"], [("D",), ("C",)], [()] * 2)
    >>> fitting_rows(lexicon, 0, -1), fitting_rows(lexicon, 0, 0b10)
    ([0, 1], [1])
    """
    names = lexicon.names
    rows: list[int] = names.group_rows[
        names.group_splits[group] : names.group_splits[group + 1]
    ].tolist()
    return [row for k, row in enumerate(rows) if fitting >> min(k, 62) & 1]


def votes_of(
    found: Matches, corpus: Corpus, meanings: Meanings, source: str, types: Sequence[str]
) -> Votes:
    """The votes of matches in a corpus."""
    pairs, which = _distinct(found)
    said = [meanings.of(*pair) for pair in pairs]
    flat = [meaning for one in said for meaning in one]
    counts = np.array([len(one) for one in said], np.int64)
    first = np.cumsum(counts) - counts
    repeats = counts[which]
    row = np.repeat(np.arange(len(which)), repeats)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    meaning = first[which][row] + nth
    sentence = np.searchsorted(corpus.token_splits, found.start, side="right") - 1
    base = corpus.token_splits[sentence]
    labels = list(dict.fromkeys(each.label for each in flat))
    of_label = {label: i for i, label in enumerate(labels)}
    label = np.array([of_label[each.label] for each in flat], np.int32)
    columns: Columns = (
        sentence[row].astype(np.int32),
        (found.start - base)[row].astype(np.int32),
        (found.end - base)[row].astype(np.int32),
        label[meaning],
        np.zeros(len(row), np.int32),
        np.ones(len(row), np.float32),
        meaning.astype(np.int32),
    )
    return Votes.of_columns(
        columns,
        labels=labels,
        said=[source],
        entries=[each.entry for each in flat],
        entry_concepts=[each.concepts for each in flat],
        n_sentences=len(corpus),
        sources=[source],
        types=types,
    )


def _distinct(found: Matches) -> tuple[list[tuple[int, int]], npt.NDArray[np.int64]]:
    """Distinct pairs of group and fitting rows, and which of them each match is."""
    which = np.empty(len(found.group), np.int64)
    plain = found.fitting == -1
    groups, which[plain] = np.unique(found.group[plain], return_inverse=True)
    pairs = [(group, -1) for group in groups.tolist()]
    rest = list(zip(found.group[~plain].tolist(), found.fitting[~plain].tolist(), strict=True))
    of = {pair: len(pairs) + i for i, pair in enumerate(dict.fromkeys(rest))}
    which[~plain] = [of[pair] for pair in rest]
    return [*pairs, *of], which
