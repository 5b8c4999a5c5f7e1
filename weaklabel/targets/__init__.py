"""Examples: per token the tags that may be right, per sentence a weight; and the prior of it all.

Everything after aggregation reads only these. A token that is not *known* contributes no loss
anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from weaklabel.errors import DataError, FormatError
from weaklabel.ground.types import Bools, Doubles, Floats, Ints, Longs
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets.checks import refuse_beyond, refuse_masses, single
from weaklabel.text import Corpus

VERSION = 2


@dataclass(frozen=True, eq=False)
class Examples:
    """Labels ready for training, columnar, aligned with a corpus of ``S`` sentences, ``N`` tokens.

    What may be right of a token is a row of a sparse column: ``M`` pairs of a tag and its mass. One
    tag is a plain label. Several tags of mass 1 each are an *allowed set*: any of them may be
    right. Several whose masses sum to 1 are a *belief*. An unknown token has none.

    Attributes:
        scheme: ``K`` tags.
        token_splits: ``(S + 1,)`` as in the corpus, sentences → tokens.
        tag_splits: ``(N + 1,)`` row splits, tokens → pairs.
        tag: ``(M,)`` tag of each pair, ascending within a token.
        mass: ``(M,)`` mass of each pair, above 0, at most 1.
        known: ``(N,)`` false where nothing is said: no loss is paid.
        weight: ``(S,)`` how much a sentence's loss counts, 0 or more.
        keep: ``(S,)`` the chance that a sentence is drawn in an epoch, 0 to 1.
        token_weight: ``(N,)`` how much a token's label counts beside its sentence's weight, 0 to
            1; ``None`` where all count fully.
        provenance: what made and changed them, in order.

    >>> from weaklabel.text import Corpus
    >>> corpus = Corpus.from_texts(["severe pain"])
    >>> made = Examples.of(
    ...     TagScheme(("Disease",), TagStyle.BIO), corpus.token_splits,
    ...     token=[0, 0, 1], tag=[0, 1, 2], mass=[0.25, 0.75, 1], provenance="by hand",
    ... )
    >>> made.believed.tolist(), made.decided.tolist(), made.hard_tags.tolist()
    ([True, False], [False, True], [0, 2])
    """

    scheme: TagScheme
    token_splits: Longs = field(repr=False)
    tag_splits: Longs = field(repr=False)
    tag: Ints = field(repr=False)
    mass: Floats = field(repr=False)
    known: Bools = field(repr=False)
    weight: Floats = field(repr=False)
    keep: Floats = field(repr=False)
    token_weight: Floats | None = field(default=None, repr=False)
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_sizes(self)
        refuse_masses(self.mass, self.pair_token, self.tags_per_token)
        refuse_beyond("weight", self.weight, "sentence")
        refuse_beyond("keep", self.keep, "sentence", most=1)
        if self.token_weight is not None:
            refuse_beyond("token_weight", self.token_weight, "token", most=1)

    @classmethod
    def of(
        cls,
        scheme: TagScheme,
        token_splits: Longs,
        token: npt.ArrayLike,
        tag: npt.ArrayLike,
        mass: npt.ArrayLike | None = None,
        *,
        weight: Floats | None = None,
        keep: Floats | None = None,
        token_weight: Floats | None = None,
        provenance: str,
    ) -> Examples:
        """Examples of pairs of a token and a tag that may be right of it.

        Args:
            scheme: the tags.
            token_splits: ``(S + 1,)`` sentences → tokens.
            token: ``(M,)`` token of each pair, in any order; one that has none is unknown.
            tag: ``(M,)`` its tag; a pair given twice is one.
            mass: ``(M,)`` its mass; 1 for each without it. Masses of 0 are left out.
            weight: ``(S,)``; 1 for each without it.
            keep: ``(S,)``; 1 for each without it.
            token_weight: ``(N,)``; all count fully without it.
            provenance: what made them.

        Raises:
            DataError: if a token or tag is not there, a mass is negative or no number, or masses
                are neither allowed nor believed.
        """
        n, s = int(token_splits[-1]), len(token_splits) - 1
        tokens, tags = np.asarray(token, np.int64), np.asarray(tag, np.int64)
        masses = np.ones(len(tokens), np.float32) if mass is None else single(mass, tokens)
        if len(tokens) and not (tokens.min() >= 0 and tokens.max() < n):
            raise DataError(f"a pair names token {_outlier(tokens, n)}; there are {n} tokens")
        if len(tags) and not (tags.min() >= 0 and tags.max() < len(scheme)):
            k = len(scheme)
            raise DataError(f"a pair names tag {_outlier(tags, k)}; there are {k} tags")
        some = np.flatnonzero(masses > 0)  # before pairs are one: 0 and then 1 is 1
        _, first = np.unique(tokens[some] * len(scheme) + tags[some], return_index=True)
        first = some[first]
        counts = np.bincount(tokens[first], minlength=n)
        return cls(
            scheme,
            token_splits,
            _splits(counts),
            tags[first].astype(np.int32),
            masses[first],
            counts > 0,
            np.ones(s, np.float32) if weight is None else weight,
            np.ones(s, np.float32) if keep is None else keep,
            token_weight,
            (provenance,),
        )

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def tags_per_token(self) -> Longs:
        """``(N,)`` how many tags may be right; 0 where not known."""
        counts: Longs = np.diff(self.tag_splits)
        return counts

    @property
    def decided(self) -> Bools:
        """``(N,)``: tokens with exactly one tag."""
        one: Bools = self.tags_per_token == 1
        return one

    @property
    def believed(self) -> Bools:
        """``(N,)``: tokens with a belief over several tags."""
        several: Bools = self.tags_per_token > 1
        light = self.mass < 1
        some = np.bincount(self.pair_token[light], minlength=len(several)) > 0
        return several & some

    @property
    def hard_tags(self) -> Longs:
        """``(N,)`` the tag of a decided token, 0 elsewhere."""
        tags = np.zeros(len(self.known), np.int64)
        one = self.decided
        tags[one] = self.tag[self.tag_splits[:-1][one]]
        return tags

    @property
    def maybe_named(self) -> Bools:
        """``(N,)``: known tokens that may be part of a name."""
        named = np.bincount(self.pair_token[self.tag > 0], minlength=len(self.known)) > 0
        return named

    @property
    def pair_token(self) -> Longs:
        """``(M,)`` the token of each pair."""
        rows: Longs = np.repeat(np.arange(len(self.known)), self.tags_per_token)
        return rows

    @property
    def allowed_tags(self) -> Bools:
        """``(N, K)``: the tags that may be right; all of them where not known."""
        allowed = np.zeros((len(self.known), len(self.scheme)), np.bool_)
        allowed[self.pair_token, self.tag] = True
        allowed[~self.known] = True
        return allowed

    @property
    def beliefs(self) -> Floats:
        """``(N, K)``: masses that sum to 1; even over an allowed set, and over all if unknown."""
        found = np.zeros((len(self.known), len(self.scheme)), np.float32)
        found[self.pair_token, self.tag] = self.mass
        found[~self.known] = 1
        found /= found.sum(1, keepdims=True)
        return found

    def prior(self, belief: npt.NDArray[np.floating] | None = None) -> Doubles:
        """The tags' prior *as the loss sees it*, ``(K,)``, sums to 1.

        Each known token counts with its own and its sentence's weight times the chance that the
        sentence is drawn: never recompute it from raw pseudo-labels (``Ye et al., 2019``).

        Args:
            belief: ``(N, K)`` posterior given the allowed tags (a forward-backward of the trained
                tagger). Without it a token with several allowed tags counts evenly for each.
        """
        counted = np.repeat(self.weight * self.keep, np.diff(self.token_splits)) * self.known
        if self.token_weight is not None:
            counted = counted * self.token_weight
        counts = np.zeros(len(self.scheme))
        if belief is None:
            token, mass = self.pair_token, self.mass.astype(np.float64)
            total = np.bincount(token, weights=mass, minlength=len(self.known))
            share = counted[token] * mass / total[token]
            counts += np.bincount(self.tag, weights=share, minlength=len(counts))
        else:
            share = np.asarray(belief) / np.asarray(belief).sum(1, keepdims=True)
            counts += counted.astype(np.float64) @ share
        prior: Doubles = counts / max(counts.sum(), 1e-300)
        return prior

    def because(self, step: str, **changes: Any) -> Examples:
        """A copy with some arrays replaced and one more line of provenance."""
        return replace(self, provenance=(*self.provenance, step), **changes)

    def unknown(self, tokens: Bools, step: str) -> Examples:
        """A copy in which some tokens, ``(N,)``, are unknown."""
        return self._replaced(tokens, step, ())

    def relabelled(
        self,
        step: str,
        token: npt.ArrayLike,
        tag: npt.ArrayLike,
        mass: npt.ArrayLike | None = None,
    ) -> Examples:
        """A copy in which the listed tokens have the tags of these pairs instead of their own.

        Args:
            step: what did it, for the provenance.
            token: ``(M,)`` token of each pair.
            tag: ``(M,)`` its tag.
            mass: ``(M,)`` its mass; 1 for each without it.

        Raises:
            DataError: as :meth:`of`.
        """
        tokens = np.zeros(len(self.known), np.bool_)
        tokens[np.asarray(token, np.int64)] = True
        masses = np.ones(len(np.asarray(token))) if mass is None else mass
        return self._replaced(tokens, step, (token, tag, masses))

    def _replaced(self, tokens: Bools, step: str, pairs: Sequence[npt.ArrayLike]) -> Examples:
        """A copy whose pairs of some tokens give way to others."""
        rows = self.pair_token
        stays = ~tokens[rows]
        columns: list[npt.NDArray[Any]] = [rows[stays], self.tag[stays], self.mass[stays]]
        if len(pairs):
            columns = [np.concatenate([c, p]) for c, p in zip(columns, pairs, strict=True)]
        made = Examples.of(self.scheme, self.token_splits, *columns, provenance="")
        changed = {name: getattr(made, name) for name in ("tag_splits", "tag", "mass", "known")}
        return self.because(step, **changed)

    def save(self, path: str | Path) -> None:
        """Write a Parquet file, one row a sentence; whole or absent."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from weaklabel.ground.atomic import replacing

        def nested(values: npt.NDArray[np.generic], splits: Longs) -> pa.LargeListArray:
            return pa.LargeListArray.from_arrays(splits, pa.array(values))

        about = {
            "version": VERSION,
            "types": self.scheme.types,
            "style": self.scheme.style,
            "provenance": self.provenance,
            "prior": self.prior().tolist(),
        }
        by_sentence = self.tag_splits[self.token_splits]
        columns = {
            "weight": self.weight,
            "keep": self.keep,
            "known": nested(self.known, self.token_splits),
            "n_tags": nested(self.tags_per_token.astype(np.int32), self.token_splits),
            "tag": nested(self.tag, by_sentence),
            "mass": nested(self.mass, by_sentence),
        }
        if self.token_weight is not None:
            columns["token_weight"] = nested(self.token_weight, self.token_splits)
        table = pa.table(columns)
        table = table.replace_schema_metadata({"weaklabel.examples": json.dumps(about)})
        with replacing(path) as part:
            pq.write_table(table, part, compression="zstd")

    @classmethod
    def load(cls, path: str | Path) -> Examples:
        """Read what :meth:`save` wrote.

        Raises:
            FormatError: if the file is not one of ours, or of another version.
        """
        import pyarrow.parquet as pq

        table = pq.read_table(path).combine_chunks()
        raw = (table.schema.metadata or {}).get(b"weaklabel.examples")
        if raw is None:
            raise FormatError("this Parquet file does not hold examples", path=path)
        about = json.loads(raw)
        if about["version"] != VERSION:
            raise FormatError(
                f"examples of version {about['version']} cannot be read, only {VERSION}; make "
                "them again",
                path=path,
            )

        def flat(name: str) -> npt.NDArray[Any]:
            column = table.column(name).combine_chunks().flatten()
            values: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
            return values

        lengths = table.column("known").combine_chunks().value_lengths().to_numpy()
        return cls(
            TagScheme(tuple(about["types"]), TagStyle(about["style"])),
            _splits(lengths),
            _splits(flat("n_tags")),
            flat("tag"),
            flat("mass"),
            flat("known"),
            table.column("weight").to_numpy(),
            table.column("keep").to_numpy(),
            flat("token_weight") if "token_weight" in table.column_names else None,
            tuple(about["provenance"]),
        )


def from_tags(
    corpus: Corpus, tags: Ints | Longs, scheme: TagScheme, *, provenance: str
) -> Examples:
    """Examples in which every token has one tag, every sentence weight 1."""
    tokens = np.arange(corpus.n_tokens)
    return Examples.of(scheme, corpus.token_splits, tokens, tags, provenance=provenance)


def from_beliefs(
    corpus: Corpus, beliefs: npt.NDArray[np.floating], scheme: TagScheme, *, provenance: str
) -> Examples:
    """Examples in which every token has a belief, every sentence weight 1.

    Args:
        corpus: ``N`` tokens.
        beliefs: ``(N, K)``, rows that sum to 1; a row of zeros is an unknown token.
        scheme: ``K`` tags.
        provenance: what made them.

    Raises:
        DataError: if a row sums to neither, or holds a negative mass or no number.
    """
    token, tag = np.nonzero(beliefs)
    mass = beliefs[token, tag]
    return Examples.of(scheme, corpus.token_splits, token, tag, mass, provenance=provenance)


def _splits(counts: npt.NDArray[np.integer]) -> Longs:
    splits = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=splits[1:])
    return splits


def _outlier(values: Longs, n: int) -> int:
    return int(values[(values < 0) | (values >= n)][0])


def _refuse_sizes(made: Examples) -> None:
    n, s = int(made.token_splits[-1]), len(made.token_splits) - 1
    pairs = int(made.tag_splits[-1])
    sizes = len(made.tag_splits) - 1, len(made.known), len(made.weight), len(made.keep)
    if sizes != (n, n, s, s) or (len(made.tag), len(made.mass)) != (pairs, pairs):
        raise DataError(f"arrays of {sizes} do not fit {n} tokens in {s} sentences")
    if made.token_weight is not None and len(made.token_weight) != n:
        got = len(made.token_weight)
        raise DataError(f"token_weight: expected {n} numbers, one a token, got {got}")
    if not np.array_equal(made.tags_per_token > 0, made.known):
        raise DataError("a known token has no tag, or an unknown one has some")
