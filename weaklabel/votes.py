"""Votes: who said what, where, how surely; and who could have spoken but did not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from weaklabel.agreement import source_summary
from weaklabel.errors import DataError, FormatError
from weaklabel.ground.columns import Columns, codes, column_codes, ordered, refuse_impossible, shift
from weaklabel.ground.spans import NO_TYPES
from weaklabel.ground.types import Bools, Floats, Ints, Longs
from weaklabel.ground.vote import Account, Vote
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus, Span

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Account", "Vote", "Votes", "concat"]

_NAMED = ("labels", "sources", "entries")


@dataclass(frozen=True, eq=False)
class Votes:
    """A columnar table of ``V`` votes over a corpus of ``S`` sentences.

    Silence is abstention: a token without a vote has no opinion, unless the source that is
    silent was *applicable* to the sentence, which is evidence an aggregator may use.

    Attributes:
        sentence: ``(V,)`` sentence row.
        start, end: ``(V,)`` half-open token range within the sentence.
        label: ``(V,)`` index into ``labels`` (0 is OUTSIDE, 1 is UNKNOWN).
        source: ``(V,)`` index into ``sources``.
        score: ``(V,)`` confidence given by the source, 0 to 1.
        entry: ``(V,)`` index into ``entries``: the *thing that fired* (a dictionary entry, the
            word a pattern matched), -1 where there is none. What entry masking hides together.
        labels, sources, entries: the names behind the indices.
        entry_concepts: concept ids of each entry.
        n_sentences: ``S``.
        applicable: source name → ``(S,)`` bool; a source not listed applies everywhere.
        accounts: source name → what it lost and used; a source not listed lost nothing.

    >>> rows = [Vote(0, 1, 2, "Disease", "names"), Vote(0, 0, 2, UNKNOWN, "shape", score=0.5)]
    >>> votes = Votes.of(rows, n_sentences=3, sources=["names", "shape", "silent"])
    >>> votes.labels, votes.of_source("names").spans(0)
    (('O', '?', 'Disease'), [Span(start=1, end=2, label='Disease', score=1.0, concepts=())])
    """

    sentence: Ints
    start: Ints
    end: Ints
    label: Ints
    source: Ints
    score: Floats
    entry: Ints
    labels: tuple[str, ...]
    sources: tuple[str, ...]
    entries: tuple[str, ...] = field(repr=False)
    entry_concepts: tuple[tuple[str, ...], ...] = field(repr=False)
    n_sentences: int
    applicable: Mapping[str, Bools] = field(default_factory=dict, repr=False)
    accounts: Mapping[str, Account] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        rows: Iterable[Vote],
        *,
        n_sentences: int,
        sources: Sequence[str] | None = None,
        types: Iterable[str] = (),
        applicable: Mapping[str, Bools] | None = None,
        accounts: Mapping[str, Account] | None = None,
    ) -> Votes:
        """Sort rows into a table; equal rows (all but score) are one.

        Args:
            rows: votes in any order.
            n_sentences: sentences of the corpus voted on.
            sources: all that were asked, also the silent ones, in the order they are listed.
            types: types to list even if no row has them.
            applicable: which sentences a source applies to.
            accounts: what sources lost and used.

        Raises:
            SpanError: if a range is empty or negative, or names a sentence outside the corpus.
        """
        columns = list(zip(*rows, strict=True)) or [()] * len(Vote._fields)
        labels, said = (list(dict.fromkeys(columns[k])) for k in (3, 4))
        named: dict[str, dict[str, None]] = {}
        for name, ids in zip(columns[6], columns[7], strict=True):
            if name:
                named.setdefault(name, {}).update(dict.fromkeys(ids))
        table: list[npt.NDArray[Any]] = [
            *(np.array(columns[k], np.int64) for k in (0, 1, 2)),
            codes(columns[3], labels),
            codes(columns[4], said),
            np.array(columns[5], np.float32),
            codes(columns[6], list(named), missing=-1),
        ]
        return cls.of_columns(
            table,
            labels=labels,
            said=said,
            entries=list(named),
            entry_concepts=[tuple(ids) for ids in named.values()],
            n_sentences=n_sentences,
            sources=sources,
            types=types,
            applicable=applicable,
            accounts=accounts,
        )

    @classmethod
    def of_columns(
        cls,
        columns: Sequence[npt.NDArray[Any]],
        *,
        labels: Sequence[str],
        said: Sequence[str],
        entries: Sequence[str],
        entry_concepts: Sequence[tuple[str, ...]],
        n_sentences: int,
        sources: Sequence[str] | None = None,
        types: Iterable[str] = (),
        applicable: Mapping[str, Bools] | None = None,
        accounts: Mapping[str, Account] | None = None,
    ) -> Votes:
        """As :meth:`of`, from ``V`` rows as columns; millions take a second.

        Args:
            columns: sentence, start, end, label, source, score and entry, ``(V,)`` each; label,
                source and entry as index into ``labels``, ``said`` and ``entries``, an entry of
                -1 being none.
            labels: names in any order; one may occur twice.
            said: the same of sources.
            entries: the same of entries.
            entry_concepts: concept ids of each of ``entries``.
            n_sentences: see :meth:`of`, as what follows.
            sources: all that were asked.
            types: types to list.
            applicable: which sentences a source applies to.
            accounts: what sources lost and used.

        Raises:
            SpanError: as :meth:`of`.
        """
        sentence, start, end, label, source, score, entry = columns
        spoken = {labels[i] for i in np.unique(label).tolist()}
        known = (OUTSIDE, UNKNOWN, *sorted({*spoken, *types} - {OUTSIDE, UNKNOWN}))
        heard = [said[i] for i in np.unique(source).tolist()]
        asked = tuple(dict.fromkeys([*(sources or ()), *sorted(heard)]))
        used = np.unique(entry[entry >= 0])
        names = tuple(sorted({entries[i] for i in used.tolist()}))
        concepts: dict[str, tuple[str, ...]] = {}
        for i in used.tolist():  # containers are made only where an entry needs them
            ids = (*concepts.get(entries[i], ()), *entry_concepts[i])
            concepts[entries[i]] = tuple(dict.fromkeys(ids)) if len(ids) > 1 else ids
        of_entry = {name: i for i, name in enumerate(names)}
        to_entry = np.full(len(entries) + 1, -1, np.int32)  # the last one is no entry's
        to_entry[used] = [of_entry[entries[i]] for i in used.tolist()]
        table: Columns = (
            sentence.astype(np.int32),
            start.astype(np.int32),
            end.astype(np.int32),
            np.array([*codes(labels, known, missing=0), 0], np.int32)[label],
            np.array([*codes(said, asked, missing=0), 0], np.int32)[source],
            score.astype(np.float32),
            to_entry[entry],
        )
        refuse_impossible(table, asked, n_sentences)
        return cls(
            *ordered(table, known, asked),
            known,
            asked,
            names,
            tuple(concepts[name] for name in names),
            n_sentences,
            dict(applicable or {}),
            dict(accounts or {}),
        )

    # ---- reading ----------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.sentence)

    def row(self, i: int) -> Vote:
        """One vote by its index."""
        entry = int(self.entry[i])
        return Vote(
            int(self.sentence[i]),
            int(self.start[i]),
            int(self.end[i]),
            self.labels[self.label[i]],
            self.sources[self.source[i]],
            float(self.score[i]),
            self.entries[entry] if entry >= 0 else "",
            self.entry_concepts[entry] if entry >= 0 else (),
        )

    def rows(self) -> list[Vote]:
        """All votes, by sentence and start."""
        return [self.row(i) for i in range(len(self))]

    @cached_property
    def sentence_splits(self) -> Longs:
        """``(S + 1,)`` row splits, sentences → votes."""
        splits: Longs = np.searchsorted(self.sentence, np.arange(self.n_sentences + 1))
        return splits

    def spans(self, sentence: int) -> list[Span]:
        """The votes on one sentence as spans; overlap is allowed."""
        a, b = self.sentence_splits[sentence : sentence + 2]
        rows = [self.row(i) for i in range(a, b)]
        return [Span(r.start, r.end, r.label, r.score, r.concepts) for r in rows]

    @property
    def types(self) -> tuple[str, ...]:
        """The labels that are types."""
        return tuple(label for label in self.labels if label not in NO_TYPES)

    def is_applicable(self, source: str) -> Bools:
        """``(S,)``: the sentences a source could have spoken about."""
        mask = self.applicable.get(source)
        return np.ones(self.n_sentences, np.bool_) if mask is None else mask

    def where(self, keep: Bools) -> Votes:
        """The rows of a ``(V,)`` mask; names and applicability stay."""
        columns = ("sentence", "start", "end", "label", "source", "score", "entry")
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})

    def of_source(self, *names: str) -> Votes:
        """The votes of some sources."""
        wanted = [i for i, name in enumerate(self.sources) if name in names]
        return self.where(np.isin(self.source, wanted))

    # ---- measuring --------------------------------------------------------------------------
    def summary(self, corpus: Corpus) -> list[dict[str, float | int | str]]:
        """One row a source: spans, distinct entries, coverage, overlap, conflict.

        Coverage is the share of the corpus's tokens a source spoke about; overlap the share of
        its spans that another source touches; conflict the share that another source touches
        with another type or other boundaries.
        """
        return source_summary(self, corpus)

    # ---- disk -------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write a Parquet file, the same bytes for the same votes; whole or absent."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from weaklabel.ground.atomic import replacing

        def named(codes: Ints, names: tuple[str, ...]) -> pa.DictionaryArray:
            indices = pa.array(codes, pa.int32(), mask=codes < 0)
            return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))

        ids = pa.array(self.entry_concepts, pa.list_(pa.string()))
        table = pa.table(
            {
                "sentence": self.sentence,
                "start": self.start,
                "end": self.end,
                "label": named(self.label, self.labels),
                "source": named(self.source, self.sources),
                "score": self.score,
                "entry": named(self.entry, self.entries),
                "concepts": ids.take(pa.array(self.entry, pa.int32(), mask=self.entry < 0)),
            }
        )
        about = {
            "version": 2,
            "labels": self.labels,
            "sources": self.sources,
            "entries": self.entries,
            "entry_concepts": self.entry_concepts,
            "n_sentences": self.n_sentences,
            "applicable": {
                name: base64.b64encode(np.packbits(mask).tobytes()).decode()
                for name, mask in sorted(self.applicable.items())
            },
            "accounts": {name: asdict(told) for name, told in sorted(self.accounts.items())},
        }
        table = table.replace_schema_metadata({"weaklabel.votes": json.dumps(about)})
        with replacing(path) as part:
            pq.write_table(table, part, compression="zstd")

    @classmethod
    def load(cls, path: str | Path) -> Votes:
        """Read what :meth:`save` wrote.

        Raises:
            FormatError: if the file is not one of ours.
        """
        import pyarrow.parquet as pq

        table = pq.read_table(path, read_dictionary=["label", "source", "entry"])
        raw = (table.schema.metadata or {}).get(b"weaklabel.votes")
        if raw is None:
            raise FormatError("this Parquet file does not hold votes", path=path)
        about = json.loads(raw)
        label, source, entry = (
            column_codes(table.column(column), about[names])
            for column, names in (("label", "labels"), ("source", "sources"), ("entry", "entries"))
        )
        n = int(about["n_sentences"])
        packed = {k: base64.b64decode(v) for k, v in about["applicable"].items()}
        ids = about["entry_concepts"]  # in files of version 1 they are joined by "|"
        told = about.get("accounts", {})
        masks = {k: np.frombuffer(v, np.uint8) for k, v in packed.items()}
        return cls(
            table.column("sentence").to_numpy(),
            table.column("start").to_numpy(),
            table.column("end").to_numpy(),
            label,
            source,
            table.column("score").to_numpy(),
            entry,
            tuple(about["labels"]),
            tuple(about["sources"]),
            tuple(about["entries"]),
            tuple(tuple(c.split("|") if c and isinstance(c, str) else c) for c in ids),
            n,
            {k: np.unpackbits(v, count=n).astype(np.bool_) for k, v in masks.items()},
            {k: Account(a["lost"], a["used"], tuple(a["notes"])) for k, a in told.items()},
        )

    def to_pandas(self) -> pd.DataFrame:
        """One row a vote, names spelled out."""
        from weaklabel.ground.optional import require

        frame: pd.DataFrame = require("pandas", extra="pandas", what="to_pandas()").DataFrame(
            [row._asdict() for row in self.rows()], columns=list(Vote._fields)
        )
        return frame

    def _repr_html_(self) -> str:
        """One row a source: what it said, type by type."""
        types = [t for i, t in enumerate(self.labels) if i > 1 or (self.label == i).any()]
        head = "".join(f"<th>{escape(name)}</th>" for name in ("source", "spans", *types))
        rows = []
        for code, source in enumerate(self.sources):
            mine = self.label[self.source == code]
            counts = [len(mine), *(int((mine == self.labels.index(t)).sum()) for t in types)]
            cells = "".join(f'<td style="text-align:right">{n:,}</td>' for n in counts)
            rows.append(f'<tr><th style="text-align:left">{escape(source)}</th>{cells}</tr>')
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def __repr__(self) -> str:
        sources = ", ".join(self.sources) or "no source"
        return f"<Votes: {len(self):,} on {self.n_sentences:,} sentences, by {sources}>"


def concat(tables: Sequence[Votes]) -> Votes:
    """The votes of several tables over the same corpus.

    Raises:
        DataError: if the tables are about corpora of different sizes.
    """
    sizes = {table.n_sentences for table in tables}
    if len(sizes) != 1:
        raise DataError(f"votes about corpora of {sorted(sizes)} sentences cannot be joined")
    applicable = {k: mask for table in tables for k, mask in table.applicable.items()}
    accounts = {k: told for table in tables for k, told in table.accounts.items()}
    first = {name: np.cumsum([0, *(len(getattr(t, name)) for t in tables)]) for name in _NAMED}
    columns = [
        np.concatenate([getattr(table, name) for table in tables])
        for name in ("sentence", "start", "end", "score")
    ]
    label, source, entry = (
        np.concatenate([shift(getattr(table, column), by) for table, by in
                        zip(tables, first[names][:-1].tolist(), strict=True)])
        for column, names in (("label", "labels"), ("source", "sources"), ("entry", "entries"))
    )  # fmt: skip
    labels, said, entries = ([n for t in tables for n in getattr(t, names)] for names in _NAMED)
    return Votes.of_columns(
        (*columns[:3], label, source, columns[3], entry),
        labels=labels,
        said=said,
        entries=entries,
        entry_concepts=[ids for table in tables for ids in table.entry_concepts],
        n_sentences=sizes.pop(),
        sources=said,
        types=labels,
        applicable=applicable,
        accounts=accounts,
    )
