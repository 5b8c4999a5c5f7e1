"""CompiledLexicon: a dictionary as flat arrays, ready to be scanned for, saved and mapped.

A million names take well under 100 MB: their tokens are interned, their normal forms lie in one
trie (:mod:`weaklabel.kernels.trie`), and what a name means is a row of small integers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weaklabel.errors import FormatError
from weaklabel.ground.arrays import load_arrays, save_arrays
from weaklabel.ground.columns import row_counts, row_ranges, row_splits
from weaklabel.ground.normal import DEFAULT, Normalisation, inverted, is_acronym
from weaklabel.ground.types import Ints, Longs
from weaklabel.kernels import trie
from weaklabel.kernels.interning import Vocabulary, interned
from weaklabel.kernels.scanning import Names, stream
from weaklabel.kernels.strings import arrow, flat, pieces
from weaklabel.kernels.tokenising import Bytes, tokens_of
from weaklabel.kernels.words import joint_codes, normal_vocabulary
from weaklabel.lexicon import Lexicon

VERSION = 1
_SPARE = 1.25
"""Slots of the trie for each edge there can be at most."""


@dataclass(frozen=True, eq=False)
class CompiledLexicon:
    """Names ready for matching; ``R`` rows, one a term of the lexicon.

    Attributes:
        normalisation: the chain of the names; a text is brought into the same form.
        vocabulary: normal forms of the tokens; a token's id is 1 + its index here.
        names: the trie and what groups of names it leads to.
        row_node: ``(R,)`` the node of each row's own form, -1 where it has no token that counts.
        row_types: ``(R,)`` index into ``type_sets``.
        type_sets: distinct combinations of types.
        concept_pool, concept_splits: ``(R + 1,)`` concept ids, each row's joined by line ends.
        key: hash of the lexicon and the chain; empty where nobody needs one.
    """

    normalisation: Normalisation
    vocabulary: Vocabulary
    names: Names = field(repr=False)
    row_node: Ints = field(repr=False)
    row_types: Ints = field(repr=False)
    type_sets: tuple[tuple[str, ...], ...]
    concept_pool: Bytes = field(repr=False)
    concept_splits: Ints = field(repr=False)
    key: str = ""

    # ---- making one -------------------------------------------------------------------------
    @classmethod
    def of(cls, lexicon: Lexicon, normalisation: Normalisation = DEFAULT) -> CompiledLexicon:
        """Compile a lexicon; rows are its terms."""
        terms = lexicon.terms
        made = cls.of_names(
            [term.name for term in terms],
            [term.types for term in terms],
            [term.concepts for term in terms],
            normalisation,
        )
        return dataclasses.replace(made, key=key_of(lexicon, normalisation))

    @classmethod
    def of_names(
        cls,
        names: Sequence[str],
        types: Sequence[tuple[str, ...]],
        concepts: Sequence[tuple[str, ...]],
        normalisation: Normalisation = DEFAULT,
    ) -> CompiledLexicon:
        """Compile ``R`` names, their types and their concept ids."""
        rows = np.arange(len(names), dtype=np.int32)
        held = arrow(names)
        turned = _turned(names, held) if normalisation.inversion else {}
        rows = np.concatenate([rows, np.fromiter(turned, np.int32, len(turned))])
        vocabulary, tokens, starts, ends = _sequences(
            pa.concat_arrays([held, arrow([*turned.values()])]), normalisation
        )
        # A name of so many tokens adds at most one edge fewer; the walls are no edges.
        most_edges = int((ends - starts - (ends > starts)).sum())
        flags, single, keys, payload, nodes, groups = trie.build(
            tokens, starts, ends, vocabulary.size, int(_SPARE * most_edges) + 64
        )
        splits, grouped = trie.group_rows(nodes, rows, single, payload, vocabulary.size, groups)
        exact_pool, exact_splits = _exact(names, held, normalisation)
        exact = np.diff(exact_splits) > 0
        group_exact = np.zeros(groups, np.uint8)
        group_exact[np.repeat(np.arange(groups), np.diff(splits))[exact[grouped]]] = 1
        pairs, shift = trie.pair_bits(keys, vocabulary.size)
        sets = {kinds: i for i, kinds in enumerate(dict.fromkeys(types))}
        row_types = np.fromiter(map(sets.__getitem__, types), np.int32, len(names))
        pool, concept_splits = flat([*map("\n".join, concepts)])
        return cls(
            normalisation,
            vocabulary,
            Names(
                flags, single, keys, payload, pairs, shift, group_exact, splits, grouped,
                exact_pool, exact_splits,
            ),
            nodes[: len(names)],
            row_types,
            tuple(sets),
            pool[: int(concept_splits[-1])].copy(),
            concept_splits.astype(np.int32),
        )  # fmt: skip

    # ---- reading ----------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.row_node)

    def types(self, row: int) -> tuple[str, ...]:
        """The types of a row."""
        return self.type_sets[self.row_types[row]]

    def concepts(self, rows: Sequence[int] | npt.NDArray[np.integer]) -> list[tuple[str, ...]]:
        """The concept ids of rows."""
        rows = np.asarray(rows, np.int64)
        splits = self.concept_splits
        joined = pieces(
            self.concept_pool[row_ranges(splits, rows)], row_splits(row_counts(splits, rows))
        )
        return [tuple(ids.split("\n")) if ids else () for ids in joined]

    def forms(self, rows: Sequence[int] | npt.NDArray[np.integer]) -> list[str]:
        """The normal forms of rows' own names, tokens joined by spaces; "" where none counts."""
        nodes = self.row_node[np.asarray(rows, np.int64)]
        words = self.vocabulary
        return pieces(*trie.forms(nodes, self.names.keys, words.size, words.pool, words.splits))

    @property
    def nbytes(self) -> int:
        """Memory of all arrays."""
        return sum(array.nbytes for array in self._arrays().values())

    def __repr__(self) -> str:
        return f"<CompiledLexicon: {len(self):,} names, {self.nbytes / 1e6:.1f} MB>"

    # ---- disk -------------------------------------------------------------------------------
    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        held = {f"vocabulary.{k}": v for k, v in self.vocabulary._asdict().items()}
        held |= {f"names.{k}": v for k, v in self.names._asdict().items() if k != "shift"}
        own = ("row_node", "row_types", "concept_pool", "concept_splits")
        return held | {name: getattr(self, name) for name in own}

    def save(self, path: str | Path) -> None:
        """Write one file that :meth:`load` maps; whole or absent."""
        about = {
            "weaklabel": "compiled lexicon",
            "version": VERSION,
            "key": self.key,
            "normalisation": dataclasses.asdict(self.normalisation),
            "shift": int(self.names.shift),
            "type_sets": self.type_sets,
        }
        # Widest first, so that each array begins at a multiple of its items' size.
        arrays = sorted(self._arrays().items(), key=lambda item: -item[1].itemsize)
        save_arrays(path, dict(arrays), about)

    @classmethod
    def load(cls, path: str | Path) -> CompiledLexicon:
        """Map a saved one: opening takes no longer for a million names than for ten.

        Raises:
            FormatError: if the file is not one of ours, or of another version.
        """
        arrays, about = load_arrays(path)
        if about.get("weaklabel") != "compiled lexicon" or about.get("version") != VERSION:
            raise FormatError("not a compiled lexicon of this version; compile it anew", path=path)
        vocabulary = {n: arrays[f"vocabulary.{n}"] for n in Vocabulary._fields}
        names = {n: arrays[f"names.{n}"] for n in Names._fields if n != "shift"}
        return cls(
            Normalisation(**about["normalisation"]),
            Vocabulary(**vocabulary),
            Names(**names, shift=about["shift"]),
            arrays["row_node"],
            arrays["row_types"],
            tuple(map(tuple, about["type_sets"])),
            arrays["concept_pool"],
            arrays["concept_splits"],
            about["key"],
        )


def key_of(lexicon: Lexicon, normalisation: Normalisation) -> str:
    """What a compiled lexicon is kept under: changes with any name, type, id or step."""
    steps = "".join(str(int(on)) for on in dataclasses.astuple(normalisation))
    return f"{lexicon.fingerprint}-{steps}-{VERSION}"


def _turned(names: Sequence[str], held: pa.LargeStringArray) -> dict[int, str]:
    """Rows of names of the form "X, Y" → "Y X"."""
    data, splits = flat(held)
    commas = np.flatnonzero((data[:-1] == ord(",")) & (data[1:] == ord(" ")))
    found = {row: inverted(names[row]) for row in _rows_of(commas, splits)}
    return {row: name for row, name in found.items() if name != names[row]}


def _rows_of(places: Longs, splits: Longs) -> list[int]:
    """The strings, each once, in which some bytes lie."""
    rows: list[int] = np.unique(np.searchsorted(splits, places, side="right") - 1).tolist()
    return rows


def _sequences(
    names: pa.LargeStringArray, normalisation: Normalisation
) -> tuple[Vocabulary, Ints, Longs, Longs]:
    """Normal forms of the names' tokens; ids of each name's tokens and where they lie."""
    data, splits = flat(names)
    zeros = np.zeros(len(names), np.int64)
    found = tokens_of(data, splits[:-1], splits[1:], zeros)
    ids, words = interned(data, found.byte_start, found.byte_end)
    forms, vocabulary = normal_vocabulary(words, normalisation)
    codes = forms + np.int32(1)
    if normalisation.joints:
        for index, code in joint_codes(words).items():
            codes[index] = code if code < 0 else codes[index] + code
    rows = np.zeros(len(names) + 1, np.int64)
    np.cumsum(found.part_tokens, out=rows[1:])
    tokens, _ = stream(ids, rows, codes)
    ends = np.flatnonzero(tokens == 0)
    starts = np.concatenate([[0], ends + 1])[:-1].astype(np.int64)
    return vocabulary, tokens, starts, ends


def _exact(
    names: Sequence[str], held: pa.LargeStringArray, normalisation: Normalisation
) -> tuple[Bytes, Ints]:
    """The bytes of short forms, which are found only as they are written; of others none."""
    splits = np.zeros(len(names) + 1, np.int32)
    if not normalisation.short_forms:
        return np.empty(0, np.uint8), splits
    # A short form has at most eight characters: nothing else needs the closer look.
    data, places = flat(held)
    few = np.diff(places) <= 8
    few[_rows_of(np.flatnonzero(data[: places[-1]] >= 0x80), places)] = True  # bytes say little
    rows = np.flatnonzero(few).tolist()
    short = {row: names[row].encode() for row in rows if is_acronym(names[row])}
    for row, name in short.items():
        splits[row + 1] = len(name)
    np.cumsum(splits, out=splits)
    return np.frombuffer(b"".join(short.values()), np.uint8), splits
