"""Where tokens and sentences begin and end, as character offsets into a document's text.

Nothing here cuts or changes text: both functions return views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKEN = re.compile(r"\w+|[^\w\s]")
"""A token is a run of word characters, or one character that is neither word nor space."""

Offsets = tuple[int, int]
"""Half-open character range: ``start <= i < end``."""

# A full stop after one of these does not end a sentence. General English and the commonest
# abbreviations of scientific prose; compared without case.
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof st vs cf eg ie al fig figs eq eqs no nos vol approx resp ca etc sp spp "
    "subsp var inc ltd co corp dept univ ref refs ed eds p pp ch sec jr sr e.g i.e u.s u.k ph.d "
    "m.d a.m p.m i.v i.p i.m s.c p.o b.i.d t.i.d q.i.d in.vitro".split()
)
# Of these, some do end sentences when a capital follows ("... et al. We found ...").
_MAY_END = frozenset(
    "al etc no inc ltd co corp sp spp p co u.s u.k a.m p.m i.v i.p i.m s.c p.o b.i.d t.i.d "
    "q.i.d".split()
)
_SENTENCE_OPENERS = frozenset(
    "the a an in we this these those it its our to of for at on by with as and but however "
    "there they he she i if when while after before during among since although both all no "
    "one two three patients results conclusions conclusion methods background objective "
    "objectives purpose furthermore moreover additionally finally here thus therefore".split()
)

_STOP = re.compile(r"[.!?](?:[\"'”’)\]]{0,3})(?=\s)|\n\s*\n")
_LAST_WORD = re.compile(r"[\w.]*\w(?=\.[\"'”’)\]]{0,3}$)")
_NEXT = re.compile(r"\s*(?:[\"'“‘(\[]{0,3})(\w+)?")


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Offsets]:
    r"""Offsets of the tokens ``\w+|[^\w\s]`` of ``text[start:end]``, counted from ``text``'s start.

    >>> tokenize("TGF-beta, 1.5")
    [(0, 3), (3, 4), (4, 8), (8, 9), (10, 11), (11, 12), (12, 13)]
    """
    return [m.span() for m in TOKEN.finditer(text, start, len(text) if end is None else end)]


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Offsets]:
    """Offsets of the sentences of ``text[start:end]``, without surrounding white space.

    A sentence ends at ``.``, ``!`` or ``?`` (and closing quotes or brackets) before white space,
    or at an empty line. It does not end after an abbreviation ("e.g.", "Fig. 2"), an initial
    ("J. Smith"), the number of a list item ("1. Introduction"), or before a lower-case word.

    >>> text = "Given by Dr. J. Smith (5.2 mg/kg, i.v. bolus). Pain, e.g. in the back, fell. Why?"
    >>> [text[a:b] for a, b in sentences(text)]
    ['Given by Dr. J. Smith (5.2 mg/kg, i.v. bolus).', 'Pain, e.g. in the back, fell.', 'Why?']
    """
    end = len(text) if end is None else end
    found: list[Offsets] = []
    begin = start
    for stop in _stops(text, start, end):
        _append_stripped(found, text, begin, stop)
        begin = stop
    _append_stripped(found, text, begin, end)
    return found


def _stops(text: str, start: int, end: int) -> Iterator[int]:
    begin = start
    for match in _STOP.finditer(text, start, end):
        if match.group().isspace() or _ends_sentence(text, begin, match.end(), end):
            begin = match.end()
            yield begin


def _ends_sentence(text: str, begin: int, stop: int, end: int) -> bool:
    follower = _NEXT.match(text, stop, end)
    following = follower.group(1) if follower else None
    if following is None:  # nothing, or a symbol: "... was seen. < 5 % ..."
        return not text[stop:end].strip() or "." not in text[stop - 1 : stop]
    if following[0].islower() and not (len(following) > 1 and any(map(str.isupper, following))):
        return False
    # Only the text's tail matters: never scan a 100,000-character sentence again and again.
    last = _LAST_WORD.search(text[max(begin, stop - 40) : stop])
    if last is None:  # "(P < .05)." or "word)." : a closing bracket before the stop, or "!" "?"
        return True
    word = last.group()
    if word.isdigit() and not text[begin : max(begin, stop - 40) + last.start()].strip():
        return False  # "1. Introduction" at the start of a sentence numbers a list item
    bare = word.lower().strip(".")
    if bare in _ABBREVIATIONS:
        return bare in _MAY_END and following.lower() in _SENTENCE_OPENERS
    if len(word) == 1 and word.isalpha() and word.isupper():
        # An initial, unless what follows clearly opens a sentence ("vitamin C. We gave ...").
        return following.lower() in _SENTENCE_OPENERS
    return True


def _append_stripped(found: list[Offsets], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        found.append((begin, end))
