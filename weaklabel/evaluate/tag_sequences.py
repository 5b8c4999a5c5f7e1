"""score_tags(): strict scores of tag sequences, the numbers seqeval gives, much faster."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.errors import DataError
from weaklabel.evaluate.measure import Measure, Scores
from weaklabel.ground.types import Ints
from weaklabel.tags import TagStyle

_STYLES = {"IOB2": "OBI", "BIO": "OBI", "IOBES": "OBIES", "BIOES": "OBIES"}
_O, _B, _I, _E, _S = range(5)
_CODE = {"O": _O, "B": _B, "I": _I, "E": _E, "S": _S}


class _Spans(NamedTuple):
    """Found spans: first token, last token (flat, both included), type."""

    first: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    kind: Ints


def score_tags(
    gold_tags: Sequence[Sequence[str]],
    predicted_tags: Sequence[Sequence[str]],
    scheme: str | TagStyle = "IOB2",
) -> Scores:
    """Strict span scores of tag sequences, equal to seqeval's ``mode="strict"``, no repair.

    What is malformed yields no span. IOB2: a span is a ``B`` and all ``I`` of its type right
    after it. IOBES: an ``S``, or a ``B``, any ``I`` and an ``E``, all of one type.

    Args:
        gold_tags: a list of tags for each sentence; a tag without a type ("B") has type ``_``.
        predicted_tags: the same sentences.
        scheme: ``IOB2`` (or ``BIO``) or ``IOBES`` (or ``BIOES``).

    Raises:
        DataError: for a tag the scheme does not know, or sentences of different lengths.

    >>> score_tags([["B-D", "I-D", "O"]], [["B-D", "I-D", "B-D"]]).precision
    0.5
    """
    prefixes = _STYLES.get(str(scheme))
    if prefixes is None:
        raise DataError(f"unknown tag scheme {scheme!r}; known: {', '.join(_STYLES)}")
    lengths = same_lengths(gold_tags, predicted_tags)
    table = _TagTable(prefixes)
    closing = "E" in prefixes
    sides = [
        _find(table.read(tags, sum(lengths)), lengths, closing)
        for tags in (gold_tags, predicted_tags)
    ]
    gold, predicted = (_counted(side.kind, len(table.types)) for side in sides)
    correct = _counted(_common(*sides), len(table.types))
    rows = {
        name: Measure.of(*counts)
        for name, *counts in sorted(
            zip(table.types, gold, predicted, correct, strict=True), key=lambda row: row[0]
        )
        if counts[0] or counts[1]
    }
    return Scores(Measure.of(sum(gold), sum(predicted), sum(correct)), rows)


def same_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> list[int]:
    """How many tags each sentence has.

    Raises:
        DataError: if the two sides do not have the same sentences.
    """
    lengths, others = list(map(len, gold)), list(map(len, predicted))
    if len(lengths) != len(others):
        raise DataError(f"{len(lengths)} gold sentences but {len(others)} predicted ones")
    if lengths != others:
        i = next(i for i, (a, b) in enumerate(zip(lengths, others, strict=True)) if a != b)
        raise DataError(f"sentence {i} has {lengths[i]} gold tags but {others[i]} predicted ones")
    return lengths


class _TagTable(dict[str, int]):
    """Distinct tag → prefix code + 8 × type, filled in as tags appear."""

    def __init__(self, prefixes: str) -> None:
        self.prefixes = prefixes
        self.types: dict[str, int] = {}

    def __missing__(self, tag: str) -> int:
        if not tag or tag[0] not in self.prefixes:
            raise DataError(
                f"unknown tag {tag!r}: this scheme's tags begin with {', '.join(self.prefixes)}"
            )
        name = tag[1:].strip("-") or "_"  # as seqeval reads it
        kind = 0 if tag[0] == "O" else self.types.setdefault(name, len(self.types))
        self[tag] = code = _CODE[tag[0]] + 8 * kind
        return code

    def read(self, tags: Sequence[Sequence[str]], count: int) -> Ints:
        flat = chain.from_iterable(tags)
        return np.fromiter(map(self.__getitem__, flat), np.int32, count)


def _find(codes: Ints, lengths: Sequence[int], closing: bool) -> _Spans:
    """The well-formed spans of sentences laid end to end; ``closing``: they must end in E or S."""
    prefix, kind = codes & 7, codes >> 3
    inside = (prefix == _I) | (prefix == _E)
    opens = (prefix == _B) | (prefix == _I)
    joined = np.zeros(len(codes) + 1, np.bool_)  # token t goes on with what t - 1 opened
    joined[1:-1] = inside[1:] & opens[:-1] & (kind[1:] == kind[:-1])
    joined[np.cumsum([0, *lengths])] = False
    first = np.flatnonzero(~joined[:-1])
    last = np.append(first[1:], len(codes))[: len(first)] - 1
    whole = (prefix[first] == _B) | (prefix[first] == _S)
    if closing:
        whole &= prefix[last] >= _E
    return _Spans(first[whole], last[whole], kind[first[whole]])


def _common(gold: _Spans, predicted: _Spans) -> Ints:
    """Types of the spans both have; a start belongs to at most one span of each side."""
    _, a, b = np.intersect1d(gold.first, predicted.first, assume_unique=True, return_indices=True)
    same = (gold.last[a] == predicted.last[b]) & (gold.kind[a] == predicted.kind[b])
    kinds: Ints = gold.kind[a[same]]
    return kinds


def _counted(kinds: Ints, types: int) -> list[int]:
    counts: list[int] = np.bincount(kinds, minlength=types).tolist()
    return counts
