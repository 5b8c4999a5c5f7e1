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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A full stop after one of these does not end a sentence. General English and the commonest
# abbreviations of scientific prose; compared without case.
ABBREVIATIONS = _words(
    "dr mr mrs ms prof st vs cf eg ie al fig figs eq eqs no nos vol approx resp ca etc sp spp "
    "subsp var inc ltd co corp dept univ ref refs ed eds p pp ch v jr sr e.g i.e u.s u.k ph.d "
    "m.d a.m p.m i.v i.p i.m s.c p.o b.i.d t.i.d q.i.d in.vitro"
)
# Of these, some do end sentences when a capital follows ("... et al. We found ...").
MAY_END = _words(
    "al etc no inc ltd co corp sp spp p co u.s u.k a.m p.m i.v i.p i.m s.c p.o b.i.d t.i.d q.i.d"
)
SENTENCE_OPENERS = _words(
    "the a an in we this these those it its our to of for at on by with as and but however "
    "there they he she i if when while after before during among since although both all no "
    "together one two three patients results conclusions conclusion methods background objective "
    "objectives purpose furthermore moreover additionally finally here thus therefore"
)

# Words between which and a name an initial may stand: "by J. Smith", but "hepatitis B. Patients".
BEFORE_INITIAL = _words("by and of from with to in for the or as than near at")

_STOP = re.compile(r"[.!?](?:[\"'”’)\]]{0,3})(?=\s)|\n\s*\n")
_CLOSERS = "\"'”’)]"
_NEXT = re.compile(r"\s*(?:[\"'“‘(\[]\s?){0,3}(\w+)?")
_BEFORE = re.compile(r"(\S+)\s+$")
_BAND = re.compile(r"(?:\d+|[XY])?(?:[pq]\d+)+")
_YEAR = re.compile(r"(?:19|20)\d\d")
# "Am. J. Hum. Genet., 55" and "Blood. 2000;95": what follows is abbreviated too, or a volume.
_CITED = re.compile(r"[A-Z]\.|[A-Z][a-z]{0,5}\.,|\d{4};")
# A sentence may open with a name in lower case if it cannot be a common word: "p53", "beta-".
_LOWER_NAME = re.compile(r"[a-z]+\d|(?:alpha|beta|gamma|delta|kappa)[-\d]")
_TAIL = 40
"""Characters before a stop that are looked at: never all of a 100,000-character sentence."""


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
        if match.group().isspace() or ends_sentence(text, begin, match.end(), end):
            begin = match.end()
            yield begin


def ends_sentence(text: str, begin: int, stop: int, end: int) -> bool:
    """Whether the sentence of ``text[:end]`` that begins at ``begin`` ends at a stop.

    ``stop`` is where the stop and its closing quotes or brackets end; white space follows.
    """
    tail = text[max(begin, stop - _TAIL) : stop]
    before, word = _last_word(tail)
    follower = _NEXT.match(text, stop, end)
    following = follower.group(1) if follower else None
    if follower is None or following is None:  # nothing, or a symbol: "... seen. (+/-)-PG-9 was"
        opened = "" if follower is None else follower.group()
        return (
            stop + len(opened) == end
            or text[stop - 1] != "."
            or (_is_prose(word) and "(" in opened)
        )
    ahead = text[follower.start(1) : follower.start(1) + 8]
    if following[0].islower() and not any(map(str.isupper, following[1:])):
        return _is_prose(word) and _LOWER_NAME.match(ahead) is not None
    if following[0] == "0" and following[1:2].isdigit():
        return False  # "an interval of. 06": the fraction of a decimal
    if not word:  # "(P < .05)." or "word)." : a closing bracket before the stop, or "!" "?"
        return not (following[0].isdigit() and tail[-2:-1] in "=<>~≤≥ (")
    return _word_ends_sentence(word, following, ahead, before, stop - len(tail) > begin)


def _last_word(tail: str) -> tuple[str, str]:
    """What stands before the word that a full stop closes, and the word: "" where none does.

    >>> _last_word('of vit. (i.v.")'), _last_word("fell)."), _last_word("why?")
    (('of vit. (', 'i.v'), ('', ''), ('', ''))
    """
    closed = tail.rstrip(_CLOSERS)
    last = len(closed) - 1
    start = last
    if closed.endswith("."):
        while start and (closed[start - 1].isalnum() or closed[start - 1] in "_."):
            start -= 1
    if start == last or closed[last - 1] == ".":
        return "", ""
    return closed[:start], closed[start:last]


def _word_ends_sentence(word: str, following: str, ahead: str, before: str, cut: bool) -> bool:
    """Whether the full stop after ``word`` ends a sentence, a possible opener following.

    ``before`` is what stands before the word in the sentence, or its end where it was ``cut``.
    """
    if word.isdigit() and not cut and not before.strip():
        return False  # "1. Introduction" at the start of a sentence numbers a list item
    torn = word.isdigit() or _BAND.fullmatch(word)
    if torn and following[0].isdigit() and not _YEAR.fullmatch(word):
        return False  # a decimal that was torn apart: "P < 0. 001", "14q22. 1"
    opens = following.lower() in SENTENCE_OPENERS
    bare = word.lower().strip(".")
    if bare in ABBREVIATIONS:
        return bare in MAY_END and opens
    if len(word) == 1 and word.isalpha():
        return opens or _letter_ends_sentence(word, before)
    return not (word[:1].isupper() and _CITED.match(ahead))


def _letter_ends_sentence(letter: str, before: str) -> bool:
    """Whether a letter is no initial: "hepatitis B. Patients", "24 h. Cells"; not "by J. Smith"."""
    match = _BEFORE.search(before)
    previous = match.group(1) if match else ""
    if letter.islower():
        return previous[-1:].isdigit()
    return _is_prose(previous) and previous not in BEFORE_INITIAL


def _is_prose(word: str) -> bool:
    """Whether a word is an ordinary one in lower case, not an abbreviation."""
    return len(word) > 2 and word.isalpha() and word.islower() and word not in ABBREVIATIONS


def _append_stripped(found: list[Offsets], text: str, begin: int, end: int) -> None:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        found.append((begin, end))
