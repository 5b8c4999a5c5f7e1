"""Votes as input channels of an encoder, and which of them to hide together. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from weaklabel.ground.normal import is_acronym, normal_token
from weaklabel.ground.spans import BOUNDARIES
from weaklabel.ground.types import Bools, Floats, Ints, Longs
from weaklabel.tags import TagScheme
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Votes


class Cells(NamedTuple):
    """The votes' channels, sparse: ``C`` cells, by sentence.

    Attributes:
        splits: ``(S + 1,)`` row splits, sentences → cells.
        position: ``(C,)`` token within the sentence.
        channel: ``(C,)``.
        entry: ``(C,)`` the cell is not shown while this entry is hidden.
        instead: ``(C,)`` the cell is shown only while this entry *is* hidden; -1 for most cells,
            which do not stand in for another.
        n_entries: entries there are.
    """

    splits: Longs
    position: Ints
    channel: Ints
    entry: Ints
    instead: Ints
    n_entries: int

    def shown(self, cells: Longs, hidden: Bools | None) -> Bools:
        """Which of some cells are shown while some entries, ``(n_entries,)``, are hidden."""
        instead = self.instead[cells]
        if hidden is None:
            return instead < 0
        return ~hidden[self.entry[cells]] & ((instead < 0) | hidden[instead])


class _Rows(NamedTuple):
    """Votes to be spelled out by token, with what shows them."""

    sentence: Ints
    start: Ints
    end: Ints
    label: Ints
    source: Ints
    entry: Ints
    instead: Ints


@dataclass(frozen=True)
class VoteChannels:
    """Two channels, *begins* and *continues*, for each source and type a tagger listens to."""

    sources: tuple[str, ...]
    types: tuple[str, ...]

    @classmethod
    def of(cls, votes: Votes, wanted: tuple[str, ...] = ()) -> VoteChannels:
        """The channels for a table of votes.

        Args:
            votes: what the tagger will be shown while training.
            wanted: sources to listen to; empty for all of the table's.
        """
        sources = tuple(name for name in votes.sources if not wanted or name in wanted)
        heard = (label for label in votes.labels if label not in (OUTSIDE, *BOUNDARIES))
        return cls(sources, tuple(heard))

    def __len__(self) -> int:
        return 2 * len(self.sources) * len(self.types)

    def tag_scores(self, scheme: TagScheme, score: float) -> Floats:
        """``(K, channels)``: ``score`` where a channel speaks for a tag, 0 elsewhere."""
        scores = np.zeros((len(scheme), len(self)), np.float32)
        for channel in range(len(self)):
            kind = self.types[channel // 2 % len(self.types)]
            if kind in scheme.types:
                for prefix in "IE" if channel % 2 else "BS":
                    scores[scheme.tag(prefix, kind), channel] = score
        return scores

    def cells(self, votes: Votes, corpus: Corpus, *, stand_ins: bool = False) -> Cells:
        """Spell votes out by token; sources and types that have no channel are left out.

        Args:
            votes: the votes.
            corpus: the text they are about.
            stand_ins: whether the parts of a hidden name speak for it, see :func:`parts`.
        """
        entry, n_entries = masking_groups(votes)
        columns = (votes.sentence, votes.start, votes.end, votes.label, votes.source, entry)
        rows = _Rows(*columns, np.full(len(votes), -1, np.int32))
        if stand_ins:
            rows = _sorted(rows, parts(votes, corpus, entry))
        return self._spelled(rows, votes, len(corpus), n_entries)

    def _spelled(self, rows: _Rows, votes: Votes, n_sentences: int, n_entries: int) -> Cells:
        code = _codes(self.sources, votes.sources)[rows.source] * len(self.types)
        label = _codes(self.types, votes.labels)[rows.label]
        heard = (code >= 0) & (label >= 0)
        start, end = rows.start[heard].astype(np.int64), rows.end[heard].astype(np.int64)
        width = end - start
        row = np.repeat(np.arange(len(width)), width)
        inside = np.arange(len(row)) - np.repeat(np.cumsum(width) - width, width)
        channel = 2 * (code + label)[heard][row] + (inside > 0)
        counts = np.bincount(rows.sentence[heard], weights=width, minlength=n_sentences)
        splits = np.zeros(n_sentences + 1, np.int64)
        splits[1:] = np.cumsum(counts.astype(np.int64))
        return Cells(
            splits,
            (start[row] + inside).astype(np.int32),
            channel.astype(np.int32),
            rows.entry[heard][row],
            rows.instead[heard][row],
            n_entries,
        )


def _codes(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Longs:
    place = {name: i for i, name in enumerate(ours)}
    # -len(...) stays negative after the type is added to it.
    return np.array([place.get(name, -1_000_000) for name in theirs], np.int64)


def masking_groups(votes: Votes) -> tuple[Ints, int]:
    """What hides each vote: ``(V,)`` group of each vote, and how many groups there are.

    A vote is hidden with its entry. Where votes of a sentence overlap, all of them are hidden
    with the entry of the longest, or a hidden name would show through its own parts. A vote
    without an entry is a group of its own.
    """
    n = len(votes)
    own = np.where(votes.entry >= 0, votes.entry, len(votes.entries) + np.arange(n))
    leader = np.arange(n)
    columns = (votes.sentence, votes.start, votes.end)
    sentence, start, end = (c.tolist() for c in columns)
    first, reach = 0, -1
    for i in range(n + 1):
        if i < n and i > first and sentence[i] == sentence[first] and start[i] < reach:
            reach = max(reach, end[i])
            continue
        if i - first > 1:
            longest = max(range(first, i), key=lambda j: (end[j] - start[j], -j))
            leader[first:i] = longest
        if i < n:
            first, reach = i, end[i]
    return own[leader].astype(np.int32), len(votes.entries) + n


def parts(votes: Votes, corpus: Corpus, entry: Ints) -> _Rows:
    """What a dictionary without a name would find inside it: other names that are parts of it.

    Without "cholestatic hepatitis" a longest match finds "hepatitis". A tagger that sees this
    while the whole name is hidden learns where names go on beyond what the dictionary knows.
    Parts are looked up among the surfaces that were voted for anywhere in the corpus.

    Args:
        votes: the votes.
        corpus: the text they are about.
        entry: ``(V,)`` what hides each vote.
    """
    ids, words = corpus.interned
    forms = [w if is_acronym(w) else normal_token(w) for w in words]
    base = corpus.token_splits[votes.sentence]
    spans = zip((base + votes.start).tolist(), (base + votes.end).tolist(), strict=True)
    surfaces = [tuple(forms[w] for w in ids[a:b].tolist()) for a, b in spans]
    known: dict[tuple[str, ...], int] = {}
    for i, surface in enumerate(surfaces):
        known.setdefault(surface, i)
    found: list[tuple[int, int, int, int]] = []
    for i, surface in enumerate(surfaces):
        if len(surface) > 1 and votes.entry[i] >= 0:
            at = int(votes.start[i])
            found += [(i, known[surface[a:b]], at + a, at + b) for a, b in _inside(surface, known)]
    whole, part, start, end = np.array(found, np.int32).reshape(-1, 4).T
    return _Rows(
        votes.sentence[whole],
        start,
        end,
        votes.label[part],
        votes.source[whole],
        entry[part],
        entry[whole],
    )


def _inside(
    surface: tuple[str, ...], known: dict[tuple[str, ...], int]
) -> Iterator[tuple[int, int]]:
    """Longest known parts of a name from left to right; not the name itself."""
    at, n = 0, len(surface)
    while at < n:
        for end in range(n if at else n - 1, at, -1):
            if surface[at:end] in known:
                yield at, end
                at = end
                break
        else:
            at += 1


def _sorted(one: _Rows, other: _Rows) -> _Rows:
    """Both tables, by sentence."""
    both = [np.concatenate(pair) for pair in zip(one, other, strict=True)]
    order = np.argsort(both[0], kind="stable")
    return _Rows(*(column[order] for column in both))
