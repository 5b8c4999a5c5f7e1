"""Matches → votes: what the names that were found mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.ground.columns import Columns, codes, row_counts, row_ranges, row_splits
from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels.scanning import Matches
from weaklabel.sources.dictionary.compilation import CompiledLexicon
from weaklabel.text import UNKNOWN, Corpus
from weaklabel.votes import Votes


class Meanings(NamedTuple):
    """The votes that groups of names stand for.

    A group votes once for each type of its rows, under the normal form of the first row of that
    type, with the concept ids of all of them. A phrase of no type (its type is UNKNOWN) speaks
    only where nothing else of the group does.

    Attributes:
        labels: types, sorted.
        splits: ``(P + 1,)`` row splits, groups → what they mean.
        label: ``(M,)`` index into ``labels``, ascending in each group.
        entries: ``M`` names of what was found.
        concepts: ``M`` tuples of ids.
    """

    labels: tuple[str, ...]
    splits: Longs
    label: Longs
    entries: list[str]
    concepts: list[tuple[str, ...]]

    def of(self, i: int) -> list[tuple[str, str, tuple[str, ...]]]:
        """Label, entry and concepts of what one group means."""
        mine = range(int(self.splits[i]), int(self.splits[i + 1]))
        return [(self.labels[self.label[m]], self.entries[m], self.concepts[m]) for m in mine]


def meanings_of(lexicon: CompiledLexicon, groups: Longs, fitting: Longs) -> Meanings:
    """What ``P`` groups of names mean, with those of their rows that fit; see :class:`Matches`.

    >>> lexicon = CompiledLexicon.of_names(["flu", "Flu"], [("D",), ("C", "D")], [("1",), ("2",)])
    >>> meanings_of(lexicon, np.array([0, 0]), np.array([-1, 0b01])).of(0)
    [('C', 'C:flu', ('2',)), ('D', 'D:flu', ('1', '2'))]
    """
    splits, rows = fitting_rows(lexicon, groups, fitting)
    labels = tuple(sorted({kind for kinds in lexicon.type_sets for kind in kinds}))
    in_set = codes([kind for kinds in lexicon.type_sets for kind in kinds], labels)
    set_splits = row_splits(np.array([len(kinds) for kinds in lexicon.type_sets], np.int64))
    own = lexicon.row_types[rows]
    kind = in_set[row_ranges(set_splits, own)]
    repeats = np.diff(set_splits)[own]
    group = np.repeat(np.repeat(_count(groups), np.diff(splits)), repeats)
    row = np.repeat(rows, repeats)
    order = np.lexsort((kind, group))
    group, row, kind = group[order], row[order], kind[order]
    firsts = _first(group, kind)
    bounds = np.append(firsts, len(row))
    of_group = np.bincount(group[firsts], minlength=len(groups))
    untyped = kind[firsts] == (labels.index(UNKNOWN) if UNKNOWN in labels else -1)
    kept = np.flatnonzero(~untyped | (of_group[group[firsts]] == 1))
    forms = lexicon.forms(row[firsts[kept]])
    label = kind[firsts[kept]].astype(np.int64)
    return Meanings(
        labels,
        row_splits(np.bincount(group[firsts[kept]], minlength=len(groups))),
        label,
        [f"{labels[k]}:{form}" for k, form in zip(label.tolist(), forms, strict=True)],
        _concepts(lexicon, row, bounds[kept], bounds[kept + 1]),
    )


def fitting_rows(lexicon: CompiledLexicon, groups: Longs, fitting: Longs) -> tuple[Longs, Ints]:
    """Rows of groups that fit as they are written: row splits groups → rows, and the rows.

    >>> lexicon = CompiledLexicon.of_names(["MS", "ms"], [("D",), ("C",)], [()] * 2)
    >>> splits, rows = fitting_rows(lexicon, np.array([0, 0]), np.array([-1, 0b10]))
    >>> splits.tolist(), rows.tolist()
    ([0, 2, 3], [0, 1, 1])
    """
    bounds = lexicon.names.group_splits
    rows = lexicon.names.group_rows[row_ranges(bounds, groups)]
    counts = row_counts(bounds, groups)
    which = np.repeat(_count(groups), counts)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    fits = (fitting[which] >> np.minimum(nth, 62)) & 1 == 1
    return row_splits(np.bincount(which[fits], minlength=len(groups))), rows[fits]


class Spoken:
    """Matches, batch by batch, as votes; what a group of names means is looked up once."""

    def __init__(self, lexicon: CompiledLexicon) -> None:
        self.lexicon = lexicon
        self.labels: tuple[str, ...] = ()
        self.entries: list[str] = []
        self.concepts: list[tuple[str, ...]] = []
        self._label = [np.empty(0, np.int64)]
        groups = len(lexicon.names.group_exact)
        self._first = np.full(groups, -1, np.int64)
        self._size = np.zeros(groups, np.int64)
        self._partly: dict[tuple[int, int], tuple[int, int]] = {}

    @property
    def label(self) -> Longs:
        """The label of each entry, as index into ``labels``."""
        return np.concatenate(self._label)

    def rows(self, found: Matches) -> tuple[Ints, Ints, Longs]:
        """Start and end of ``V`` votes, and which of the entries each is for."""
        group, fitting = found.group.astype(np.int64), found.fitting
        plain = fitting == -1
        new = np.unique(group[plain & (self._first[group] < 0)])
        which, pairs = _distinct(group[~plain], fitting[~plain])
        odd = [pair for pair in pairs if pair not in self._partly]
        more = np.array(odd, np.int64).reshape(-1, 2)
        first, size = self._said(
            np.concatenate([new, more[:, 0]]), np.concatenate([np.full(len(new), -1), more[:, 1]])
        )
        self._first[new], self._size[new] = first[: len(new)], size[: len(new)]
        own = zip(first[len(new) :].tolist(), size[len(new) :].tolist(), strict=True)
        self._partly.update(zip(odd, own, strict=True))
        first, size = self._first[group], self._size[group]
        known = np.array([self._partly[pair] for pair in pairs], np.int64).reshape(-1, 2)
        first[~plain], size[~plain] = known[which].T
        row = np.repeat(_count(size), size)
        nth = _count(row) - np.repeat(np.cumsum(size) - size, size)
        return found.start[row], found.end[row], first[row] + nth

    def _said(self, groups: Longs, fitting: Longs) -> tuple[Longs, Longs]:
        said = meanings_of(self.lexicon, groups, fitting)
        first = len(self.entries) + said.splits[:-1]
        self.labels = said.labels
        self.entries += said.entries
        self.concepts += said.concepts
        self._label.append(said.label)
        return first, np.diff(said.splits)


def votes_of(
    batches: Iterable[Matches],
    corpus: Corpus,
    lexicon: CompiledLexicon,
    *,
    source: str,
    types: Sequence[str],
) -> Votes:
    """The votes of a lexicon's matches in a corpus, batch by batch in order."""
    spoken = Spoken(lexicon)
    rows = [spoken.rows(found) for found in batches]
    start, end, entry = (
        np.concatenate(column)
        for column in zip(
            (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64)),
            *rows,
            strict=True,
        )
    )
    sentence = np.searchsorted(corpus.token_splits, start, side="right") - 1
    base = corpus.token_splits[sentence]
    columns: Columns = (
        sentence.astype(np.int32),
        (start - base).astype(np.int32),
        (end - base).astype(np.int32),
        spoken.label[entry].astype(np.int32),
        np.zeros(len(entry), np.int32),
        np.ones(len(entry), np.float32),
        entry.astype(np.int32),
    )
    return Votes.of_columns(
        columns,
        labels=spoken.labels,
        said=[source],
        entries=spoken.entries,
        entry_concepts=spoken.concepts,
        n_sentences=len(corpus),
        sources=[source],
        types=types,
    )


def _distinct(group: Longs, fitting: Longs) -> tuple[Longs, list[tuple[int, int]]]:
    """Which of some distinct pairs each row is, and these."""
    order = np.lexsort((fitting, group))
    firsts = _first(group[order], fitting[order])
    which = np.empty(len(order), np.int64)
    which[order] = np.repeat(_count(firsts), np.diff(firsts, append=len(order)))
    picked = order[firsts]
    return which, list(zip(group[picked].tolist(), fitting[picked].tolist(), strict=True))


def _count(rows: npt.NDArray[Any]) -> Longs:
    """0, 1, …: one number a row."""
    return np.arange(len(rows))


def _first(*keys: npt.NDArray[Any]) -> Longs:
    """Where a row of sorted keys is not the same as the one before."""
    new = np.ones(len(keys[0]), np.bool_)
    new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return np.flatnonzero(new)


def _concepts(
    lexicon: CompiledLexicon, rows: Ints, firsts: Longs, ends: Longs
) -> list[tuple[str, ...]]:
    """The concept ids of ranges of rows, each id once."""
    found = lexicon.concepts(rows)
    return [
        found[a] if b == a + 1 else tuple(dict.fromkeys(c for ids in found[a:b] for c in ids))
        for a, b in zip(firsts.tolist(), ends.tolist(), strict=True)
    ]
