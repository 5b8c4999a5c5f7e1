"""Term, Lexicon: names → types and concept ids, with the source and licence of every name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from weaklabel.errors import DataError
from weaklabel.ground.normal import Key, normal_key


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """A name as it stands in a dictionary.

    Attributes:
        name: as written.
        types: what it may be; several make it ambiguous.
        concepts: ids of the concepts it names, such as ``mesh:D006973``.
        source: the dictionary it comes from.

    >>> Term("Colds", ("Disease",), ("mesh:D003139",)).key == Term("cold", ("Disease",)).key
    True
    """

    name: str
    types: tuple[str, ...]
    concepts: tuple[str, ...] = ()
    source: str = ""
    _key: Key | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def key(self) -> Key:
        """The name's normal form; worked out once, for every lexicon that holds the term."""
        key = self._key
        if key is None:
            key = normal_key(self.name)
            object.__setattr__(self, "_key", key)
        return key


@dataclass(frozen=True, eq=False)
class Lexicon:
    """A set of names. Names equal as written are one term with all types and concepts.

    >>> lexicon = Lexicon.of([Term("Cold", ("Disease",)), Term("cold", ("Chemical",))])
    >>> lexicon.types_of("colds")
    ('Chemical', 'Disease')
    """

    terms: tuple[Term, ...]
    licences: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Iterable[Term], *, licences: dict[str, str] | None = None) -> Lexicon:
        """Merge terms of one name; the order of first appearance is kept."""
        merged: dict[str, Term] = {}
        again: dict[str, list[Term]] = {}
        for term in terms:
            if not term.name.strip():
                raise DataError("a dictionary name is empty")
            if merged.setdefault(term.name, term) is not term:
                again.setdefault(term.name, []).append(term)
        for name, more in again.items():
            merged[name] = _union(merged[name], *more)
        return cls(tuple(merged.values()), dict(licences or {}))

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[Term]:
        return iter(self.terms)

    def __or__(self, other: Lexicon) -> Lexicon:
        """Both lexicons' names."""
        return Lexicon.of([*self.terms, *other.terms], licences=self.licences | other.licences)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The types any name has, sorted."""
        return tuple(sorted({kind for term in self.terms for kind in term.types}))

    @cached_property
    def by_key(self) -> dict[Key, tuple[int, ...]]:
        """Normal form → the terms (rows) that have it. Names without a token are left out."""
        found: dict[Key, list[int]] = {}
        for row, term in enumerate(self.terms):
            if term.key:
                found.setdefault(term.key, []).append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    def types_of(self, name: str) -> tuple[str, ...]:
        """All types under the name's normal form; empty where it is not listed."""
        rows = self.by_key.get(normal_key(name), ())
        return tuple(sorted({kind for row in rows for kind in self.terms[row].types}))

    def concepts_of(self, name: str, label: str | None = None) -> tuple[str, ...]:
        """Concept ids under the name's normal form, of one type if given, in file order."""
        rows = self.by_key.get(normal_key(name), ())
        terms = [self.terms[row] for row in rows]
        found = [c for t in terms if label is None or label in t.types for c in t.concepts]
        return tuple(dict.fromkeys(found))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of every name, type, concept id and source."""
        digest = hashlib.blake2b(digest_size=16)
        for term in self.terms:
            row = "\t".join((term.name, *term.types, "", *term.concepts, "", term.source))
            digest.update(row.encode("utf-8", "surrogatepass") + b"\n")
        return digest.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write a Parquet file; whole or absent."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from weaklabel.ground.atomic import replacing

        table = pa.table(
            {
                "name": pa.array([t.name for t in self.terms], pa.string()),
                "types": pa.array([list(t.types) for t in self.terms], pa.list_(pa.string())),
                "concepts": pa.array([list(t.concepts) for t in self.terms], pa.list_(pa.string())),
                "source": pa.array([t.source for t in self.terms]).dictionary_encode(),
            },
        ).replace_schema_metadata({f"licence:{k}": v for k, v in sorted(self.licences.items())})
        with replacing(path) as part:
            pq.write_table(table, part, compression="zstd")

    @classmethod
    def load(cls, path: str | Path) -> Lexicon:
        """Read what :meth:`save` wrote."""
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        columns = [table.column(n).to_pylist() for n in ("name", "types", "concepts", "source")]
        terms = [Term(n, tuple(t), tuple(c), s or "") for n, t, c, s in zip(*columns, strict=True)]
        metadata = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
        licences = {k[8:]: v for k, v in metadata.items() if k.startswith("licence:")}
        return cls(tuple(terms), licences)

    def __repr__(self) -> str:
        return f"<Lexicon: {len(self):,} names of {', '.join(self.types) or 'no type'}>"


def _union(first: Term, *more: Term) -> Term:
    terms = (first, *more)
    sources = (part for term in terms for part in term.source.split(";") if part)
    return Term(
        first.name,
        tuple(sorted({kind for term in terms for kind in term.types})),
        tuple(dict.fromkeys(concept for term in terms for concept in term.concepts)),
        ";".join(dict.fromkeys(sources)),
    )
