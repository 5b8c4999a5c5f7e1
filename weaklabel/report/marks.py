"""Sentences with their entities shown: by label as well as by colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup, escape

Span = tuple[int, int, str]
COLOURS = 8
"""Number of colour classes the style sheet has."""


class Palette:
    """Gives each type a colour, the same in the whole report."""

    def __init__(self, types: Iterable[str]) -> None:
        self._of = {name: i % COLOURS for i, name in enumerate(dict.fromkeys(types))}

    def __call__(self, label: str) -> int:
        """The number of a type's colour class."""
        return self._of.setdefault(label, len(self._of) % COLOURS)


def marked(text: str, gold: Sequence[Any] | None, found: Sequence[Any], palette: Palette) -> Markup:
    """Gold and found spans in one line: underlined is gold, shaded is found.

    A label follows each span: ``Disease ✓`` where both agree, ``gold Disease`` or
    ``found Disease`` where only one has it. Without gold only the type is written.

    Args:
        text: a sentence.
        gold: ``(start, end, type)`` in characters of ``text``; None if nobody annotated it.
        found: the same of a tagger (or of votes).
        palette: type → colour.
    """
    wanted = {_span(row) for row in gold or ()}
    got = {_span(row) for row in found}
    edges = {0, len(text)} | {edge for span in wanted | got for edge in span[:2]}
    cuts = sorted(edge for edge in edges if 0 <= edge <= len(text))
    pieces: list[Markup] = []
    for a, b in pairwise(cuts):
        pieces.append(_piece(text[a:b], _over(wanted, a), _over(got, a), palette))
        ends = sorted(span for span in wanted | got if span[1] == b)
        pieces += [
            _label(span, span in wanted, span in got, gold is None, palette) for span in ends
        ]
    return Markup("").join(pieces)


def _span(row: Sequence[Any]) -> Span:
    return int(row[0]), int(row[1]), str(row[2])


def _over(spans: set[Span], at: int) -> str | None:
    """The type of the shortest span over a character."""
    here = [(end - start, label) for start, end, label in spans if start <= at < end]
    return min(here)[1] if here else None


def _piece(text: str, gold: str | None, found: str | None, palette: Palette) -> Markup:
    classes = [f"g c{palette(gold)}"] if gold is not None else []
    classes += [f"f b{palette(found)}"] if found is not None else []
    if not classes:
        return escape(text)
    return Markup('<span class="{}">{}</span>').format(" ".join(classes), text)


def _label(span: Span, in_gold: bool, in_found: bool, plain: bool, palette: Palette) -> Markup:
    label = span[2]
    words = label if plain else f"{label} ✓" if in_gold and in_found else None
    if words is None:
        words = f"gold {label}" if in_gold else f"found {label}"
    return Markup('<small class="l b{}">{}</small>').format(palette(label), words)


def said(text: str, votes: Sequence[Sequence[Any]], palette: Palette) -> list[tuple[str, Markup]]:
    """What each source said of a sentence: ``[(source, its spans)]``."""
    by_source: dict[str, list[Markup]] = {}
    for start, end, label, source in votes:
        chip = Markup('<span class="f b{0}">{1}</span><small class="l b{0}">{2}</small>')
        surface = text[int(start) : int(end)]
        by_source.setdefault(str(source), []).append(chip.format(palette(label), surface, label))
    return [(source, Markup(" ").join(chips)) for source, chips in by_source.items()]
