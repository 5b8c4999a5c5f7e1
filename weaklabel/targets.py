"""Examples: per token the tags that are allowed, per sentence a weight; and the prior of it all.

Everything after aggregation reads only these. A token that is not *known* contributes no loss
anywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from weaklabel.errors import DataError, FormatError
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.text import Corpus, Ints, Longs

MAX_TAGS = 64
"""Tags a bit mask can hold."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Labels ready for training, columnar, aligned with a corpus of ``S`` sentences, ``N`` tokens.

    Attributes:
        scheme: ``K`` tags.
        token_splits: ``(S + 1,)`` as in the corpus.
        allowed: ``(N,)`` bit mask, bit ``k`` set where tag ``k`` is allowed; never 0.
        known: ``(N,)`` false where nothing is said: all tags are allowed and no loss is paid.
        weight: ``(S,)`` how much a sentence's loss counts.
        keep: ``(S,)`` the chance that a sentence is drawn in an epoch.
        provenance: what made and changed them, in order.
    """

    scheme: TagScheme
    token_splits: Longs = field(repr=False)
    allowed: npt.NDArray[np.uint64] = field(repr=False)
    known: npt.NDArray[np.bool_] = field(repr=False)
    weight: npt.NDArray[np.float32] = field(repr=False)
    keep: npt.NDArray[np.float32] = field(repr=False)
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.scheme) > MAX_TAGS:
            raise DataError(
                f"{len(self.scheme.types)} types make {len(self.scheme)} tags; "
                f"at most {MAX_TAGS} are supported"
            )
        sizes = len(self.allowed), len(self.known), len(self.weight), len(self.keep)
        n, s = int(self.token_splits[-1]), len(self.token_splits) - 1
        if sizes != (n, n, s, s):
            raise DataError(f"arrays of {sizes} do not fit {n} tokens in {s} sentences")
        if not self.allowed.all():
            raise DataError("a token allows no tag at all; use known=False where nothing is said")

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def allowed_tags(self) -> npt.NDArray[np.bool_]:
        """``(N, K)`` bool, the bit mask spelled out; all true where not known."""
        bits = np.uint64(1) << np.arange(len(self.scheme), dtype=np.uint64)
        spelled: npt.NDArray[np.bool_] = (self.allowed[:, None] & bits) != 0
        return spelled

    @property
    def decided(self) -> npt.NDArray[np.bool_]:
        """``(N,)``: tokens with exactly one allowed tag."""
        single: npt.NDArray[np.bool_] = (self.allowed & (self.allowed - np.uint64(1))) == 0
        return self.known & single

    def prior(self, belief: npt.NDArray[np.floating] | None = None) -> npt.NDArray[np.float64]:
        """The tags' prior *as the loss sees it*, ``(K,)``, sums to 1.

        Each known token counts with its sentence's weight times the chance that the sentence is
        drawn: never recompute it from raw pseudo-labels (``Ye et al., 2019``).

        Args:
            belief: ``(N, K)`` posterior given the allowed tags (a forward-backward of the trained
                tagger). Without it a token with several allowed tags counts evenly for each.
        """
        share = self.allowed_tags.astype(np.float64) if belief is None else np.asarray(belief)
        share = share / share.sum(1, keepdims=True)
        mass = np.repeat(self.weight * self.keep, np.diff(self.token_splits)) * self.known
        counts = mass.astype(np.float64) @ share
        prior: npt.NDArray[np.float64] = counts / max(counts.sum(), 1e-300)
        return prior

    def because(self, step: str, **changes: npt.NDArray[np.generic]) -> Examples:
        """A copy with some arrays replaced and one more line of provenance."""
        return replace(self, provenance=(*self.provenance, step), **changes)  # type: ignore[arg-type]

    def save(self, path: str | Path) -> None:
        """Write a Parquet file, one row a sentence; whole or absent."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from weaklabel.atomic import replacing

        def nested(values: npt.NDArray[np.generic]) -> pa.LargeListArray:
            return pa.LargeListArray.from_arrays(self.token_splits, pa.array(values))

        about = {
            "version": 1,
            "types": self.scheme.types,
            "style": self.scheme.style,
            "provenance": self.provenance,
            "prior": self.prior().tolist(),
        }
        table = pa.table(
            {
                "weight": self.weight,
                "keep": self.keep,
                "allowed": nested(self.allowed),
                "known": nested(self.known),
            }
        ).replace_schema_metadata({"weaklabel.examples": json.dumps(about)})
        with replacing(path) as part:
            pq.write_table(table, part, compression="zstd")

    @classmethod
    def load(cls, path: str | Path) -> Examples:
        """Read what :meth:`save` wrote.

        Raises:
            FormatError: if the file is not one of ours.
        """
        import pyarrow.parquet as pq

        table = pq.read_table(path).combine_chunks()
        raw = (table.schema.metadata or {}).get(b"weaklabel.examples")
        if raw is None:
            raise FormatError("this Parquet file does not hold examples", path=path)
        about = json.loads(raw)
        lists = {name: table.column(name).combine_chunks() for name in ("allowed", "known")}
        allowed, known = lists["allowed"], lists["known"]
        return cls(
            TagScheme(tuple(about["types"]), TagStyle(about["style"])),
            allowed.offsets.to_numpy().astype(np.int64),
            allowed.values.to_numpy(),
            known.values.to_numpy(zero_copy_only=False),
            table.column("weight").to_numpy(),
            table.column("keep").to_numpy(),
            tuple(about["provenance"]),
        )


def from_tags(
    corpus: Corpus, tags: Ints | Longs, scheme: TagScheme, *, provenance: str
) -> Examples:
    """Examples in which every token has one tag, every sentence weight 1."""
    return Examples(
        scheme,
        corpus.token_splits,
        np.uint64(1) << tags.astype(np.uint64),
        np.ones(corpus.n_tokens, np.bool_),
        np.ones(len(corpus), np.float32),
        np.ones(len(corpus), np.float32),
        (provenance,),
    )
