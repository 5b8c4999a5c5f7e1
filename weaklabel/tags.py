"""Spans ↔ tag ids. The only file that knows what "B-" means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from weaklabel.errors import DataError, SpanError
from weaklabel.ground.types import Bools, Longs
from weaklabel.text import OUTSIDE, Span


class TagStyle(StrEnum):
    """How a span's tokens are written down (Ramshaw & Marcus, 1995).

    >>> for style in TagStyle:
    ...     scheme = TagScheme(("D",), style)
    ...     tags = scheme.encode([Span(0, 2, "D"), Span(2, 3, "D")], length=4)
    ...     print(style, *(scheme.names[tag] for tag in tags))
    IO I-D I-D I-D O
    BIO B-D I-D B-D O
    BIOES B-D E-D S-D O
    """

    IO = "IO"
    BIO = "BIO"
    BIOES = "BIOES"


_PREFIXES = {TagStyle.IO: "I", TagStyle.BIO: "BI", TagStyle.BIOES: "BIES"}


@dataclass(frozen=True)
class TagScheme:
    """A list of types written in one style; tag 0 is always outside.

    Spans of one sentence must not overlap: a tag sequence cannot hold two readings.
    ``IO`` cannot tell two neighbours of one type apart and merges them.

    >>> scheme = TagScheme(("Disease",), TagStyle.BIO)
    >>> scheme.encode([Span(1, 3, "Disease")], length=4).tolist()
    [0, 1, 2, 0]
    >>> scheme.decode([0, 1, 2, 0])
    [Span(start=1, end=3, label='Disease', score=None, concepts=())]
    >>> scheme.names
    ('O', 'B-Disease', 'I-Disease')
    """

    types: tuple[str, ...]
    style: TagStyle = TagStyle.BIOES

    def __post_init__(self) -> None:
        if len(set(self.types)) != len(self.types):
            raise DataError(f"a type is listed twice: {', '.join(self.types)}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """``K`` tag names, ``O`` first."""
        return (OUTSIDE, *(f"{p}-{t}" for t in self.types for p in _PREFIXES[self.style]))

    def __len__(self) -> int:
        return len(self.names)

    def tag(self, prefix: str, label: str) -> int:
        """The id of ``prefix-label``; a prefix the style lacks falls back (S→B→I, E→I)."""
        prefixes = _PREFIXES[self.style]
        while prefix not in prefixes:
            prefix = {"S": "B", "B": "I", "E": "I"}[prefix]
        return 1 + self.types.index(label) * len(prefixes) + prefixes.index(prefix)

    def span_tags(self, length: int, label: str) -> list[int]:
        """The tags of one span of ``length`` tokens."""
        if length == 1:
            return [self.tag("S", label)]
        inside = [self.tag("I", label)] * (length - 2)
        return [self.tag("B", label), *inside, self.tag("E", label)]

    def encode(self, spans: Iterable[Span], *, length: int) -> Longs:
        """Tag ids of a sentence, shape ``(length,)``.

        Raises:
            SpanError: if a span leaves the sentence or two spans overlap.
        """
        tags = np.zeros(length, np.int64)
        for span in spans:
            if span.end > length:
                raise SpanError(f"{span} does not fit a sentence of {length} tokens")
            if tags[span.start : span.end].any():
                raise SpanError(f"{span} overlaps another span; tags can hold only one of them")
            tags[span.start : span.end] = self.span_tags(span.end - span.start, span.label)
        return tags

    def decode(self, tags: Sequence[int] | npt.NDArray[np.integer]) -> list[Span]:
        """The spans of a *legal* tag sequence; what is malformed yields no span (strict).

        A span is kept only if it is opened, continued and closed as the style says.
        For tags from elsewhere, call :meth:`repair` first.
        """
        return _read(self, [self.names[t] for t in tags], strict=True)

    def repair(self, names: Sequence[str]) -> list[Span]:
        """The spans a reader of malformed tags would see; the one place that guesses.

        Any tag whose type differs from the open span's, or that begins (B, S), starts a new
        span; I or E without an open span of their type open one (as in IOB1). The rule of
        conlleval (Tjong Kim Sang & Buchholz, 2000), for BIOES too.

        >>> TagScheme(("D",), TagStyle.BIO).repair(["I-D", "I-D", "O", "B-D", "B-D"])
        ... # doctest: +ELLIPSIS
        [Span(start=0, end=2, ...), Span(start=3, end=4, ...), Span(start=4, end=5, ...)]
        """
        return _read(self, list(names), strict=False)

    @cached_property
    def may_start(self) -> Bools:
        """``(K,)``: tags a sentence may begin with."""
        return np.array([self._legal(OUTSIDE, name) for name in self.names])

    @cached_property
    def may_follow(self) -> Bools:
        """``(K, K)``: ``may_follow[a, b]`` where tag ``b`` may come right after tag ``a``."""
        return np.array([[self._legal(a, b) for b in self.names] for a in self.names])

    @cached_property
    def may_end(self) -> Bools:
        """``(K,)``: tags a sentence may end with."""
        return np.array([self._legal(name, OUTSIDE) for name in self.names])

    def _legal(self, before: str, after: str) -> bool:
        if self.style is TagStyle.IO:
            return True
        opened = before[0] in ("BI" if self.style is TagStyle.BIOES else "BIES")
        continues = after[0] in "IE"
        same = before[2:] == after[2:]
        if self.style is TagStyle.BIOES:
            return (opened and continues and same) if (opened or continues) else True
        return (opened and same) if continues else True


def _read(scheme: TagScheme, names: list[str], *, strict: bool) -> list[Span]:
    spans: list[Span] = []
    start, label, sound = -1, "", False
    whole = scheme.style is not TagStyle.BIOES  # BIO and IO spans need no closing tag

    def close(end: int, proper: bool) -> None:
        nonlocal start
        if start >= 0 and ((sound and proper) or not strict):
            spans.append(Span(start, end, label))
        start = -1

    for t, name in enumerate(names):
        prefix, kind = name[0], name[2:]
        if name == OUTSIDE:
            close(t, whole)
            continue
        begins = prefix in "BS" or start < 0 or kind != label
        if begins:
            close(t, whole)
            start, label = t, kind
            sound = prefix in "BS" or scheme.style is TagStyle.IO
        if prefix in "ES":
            close(t + 1, True)
    close(len(names), whole)
    return spans


# ---- tags from elsewhere --------------------------------------------------------------------
UNTYPED = "Entity"
"""The type of spans whose tags name none ("B", "I", "O")."""

_SPELLINGS = {"B": "B", "I": "I", "E": "E", "S": "S", "L": "E", "U": "S", "W": "S", "M": "I"}


def canonical(tag: str) -> str | None:
    """A tag of any common style in our letters (BILOU and BMEWO too); None if it is none.

    >>> canonical("U-Gene"), canonical("I"), canonical("O"), canonical("Gene")
    ('S-Gene', 'I-Entity', 'O', None)
    """
    if tag == OUTSIDE:
        return tag
    prefix, hyphen, kind = tag.partition("-")
    if prefix not in _SPELLINGS or bool(hyphen) != bool(kind):
        return None
    return f"{_SPELLINGS[prefix]}-{kind or UNTYPED}"


class Notation(NamedTuple):
    """How a file's tags are written.

    Attributes:
        name: "BIOES", "BIO", "IOB1", or "" where there is no span to tell it by.
        malformed: neighbouring tags that the style forbids; :meth:`TagScheme.repair` reads them.
    """

    name: str
    malformed: int = 0


def notation(sentences: Iterable[Sequence[str]]) -> Notation:
    """Recognise the style of a file's tags, in the form :func:`canonical` gives.

    BIOES has tags E or S. In IOB1 (Ramshaw & Marcus, 1995) I opens a span, and B only separates
    two neighbours of one type; in BIO, B opens each span.

    >>> notation([["I-D", "I-D", "B-D", "O"]]), notation([["B-D", "I-D"]])
    (Notation(name='IOB1', malformed=0), Notation(name='BIO', malformed=0))
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for tags in sentences:
        pairs.update(zip([OUTSIDE, *tags], [*tags, OUTSIDE], strict=True))
    prefixes = {after[0] for _, after in pairs}
    style = TagStyle.BIOES if prefixes & {"E", "S"} else TagStyle.BIO
    scheme = TagScheme((), style)
    malformed = sum(n for pair, n in pairs.items() if not scheme._legal(*pair))
    if style is TagStyle.BIOES:
        return Notation(style.value, malformed)
    opened = any(b[0] == "B" and a[2:] != b[2:] for a, b in pairs)
    if malformed and not opened:
        return Notation("IOB1")
    return Notation(style.value if opened else "", malformed)
