"""Where in a text a mention stands that was only quoted: models count characters badly."""

from __future__ import annotations

import re

from weaklabel.ground.segment import TOKEN


def occurrences(text: str, quoted: str) -> list[tuple[int, int]]:
    r"""The character ranges of a quoted mention, as strict as finds any.

    Exactly as quoted; else whatever the case and the white space. Of either, those that begin
    and end at words; else those that cut one.

    >>> occurrences("Ion channels: ion flow, function.", "ion")
    [(14, 17)]
    >>> occurrences("Renal\nfailure, renal failure.", "renal  Failure")
    [(0, 13), (15, 28)]
    >>> occurrences("No function.", "ion"), occurrences("Nothing.", "MS")
    ([(8, 11)], [])
    """
    wanted = quoted.strip()
    pieces = [re.escape(token) for token in TOKEN.findall(wanted)]
    if not pieces:
        return []
    for pattern in (re.compile(re.escape(wanted)), re.compile(r"\s*".join(pieces), re.IGNORECASE)):
        found = [match.span() for match in pattern.finditer(text)]
        whole = [(start, end) for start, end in found if _is_whole(text, start, end)]
        if found:
            return whole or found
    return []


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on over either end."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not before and not after
