"""Finds the abbreviations a sentence defines (Schwartz & Hearst, 2003)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from weaklabel.text import Sentence
from weaklabel.votes import Vote

MAX_SHORT = 10
"""Characters of the longest short form."""


class Definition(NamedTuple):
    """A short form and its long form, as tokens of one sentence."""

    sentence: int
    short: tuple[str, ...]
    short_start: int
    long_start: int
    long_end: int


def definitions(
    sentence: Sentence, spoken: Sequence[Vote] = (), symbols: Mapping[str, str] | None = None
) -> Iterator[Definition]:
    """Abbreviations the sentence defines.

    Args:
        sentence: where to look.
        spoken: votes on it. A span that ends right before "(SF)" is taken for SF's long form more
            readily: "myotonic dystrophy (DM)", "dexamethasone (dex)", "testosterone (T)".
        symbols: symbol → the name of its element.

    >>> from weaklabel.text import Corpus
    >>> corpus = Corpus.from_texts(["Acute renal failure (ARF) was seen."])
    >>> [(d.short, d.long_start, d.long_end) for d in definitions(corpus[0])]
    [(('ARF',), 0, 3)]
    """
    words = sentence.words
    ending: dict[int, list[Vote]] = {}
    for vote in spoken:
        ending.setdefault(vote.end, []).append(vote)
    for opening, word in enumerate(words):
        if word not in "([":
            continue
        closing = _closing(words, opening)
        if closing is None or closing == opening + 1:
            continue
        found = _plain(sentence, words, opening, closing)
        if found is None and closing == opening + 2:
            before = ending.get(opening, ())
            found = _beside_a_span(sentence, words, opening, before, symbols or {})
        found = found or _reversed(sentence, words, opening, closing)
        if found is not None:
            yield found


def _plain(sentence: Sentence, words: list[str], opening: int, closing: int) -> Definition | None:
    """The form "long form (SF)"."""
    end = _first_part(words, opening + 1, closing)
    short = _between(sentence, opening + 1, end)
    if not is_short_form(short):
        return None
    start = _long_start(sentence, words, opening, short)
    if start is None:
        return None
    return Definition(sentence.index, tuple(words[opening + 1 : end]), opening + 1, start, opening)


def _beside_a_span(
    sentence: Sentence,
    words: list[str],
    opening: int,
    before: Sequence[Vote],
    symbols: Mapping[str, str],
) -> Definition | None:
    """A short form of one token that fits a span voted for, if not by the letter."""
    short = words[opening + 1]
    for vote in before:
        long = words[vote.start : vote.end]
        is_symbol = [symbols.get(short)] == [word.lower() for word in long]  # "potassium (K)"
        if is_symbol or _loosely_fits(short, long):
            return Definition(sentence.index, (short,), opening + 1, vote.start, opening)
    return None


def _loosely_fits(short: str, words: list[str]) -> bool:
    letters = short.lower()
    initials = [word[0].lower() for word in words if word[0].isalnum()]
    if not letters.isalpha() or not initials:
        return False
    if short.isupper() and len(short) <= 2:
        # One or two capitals: the initials in any order, "myotonic dystrophy (DM)".
        return sorted(letters) == sorted(initials) or [letters] == initials
    return len(short) > 2 and words[0].lower().startswith(letters) and len(words) == 1


def _reversed(
    sentence: Sentence, words: list[str], opening: int, closing: int
) -> Definition | None:
    """The form "SF (long form)": the short form is the token or hyphenated tokens right before."""
    first = opening - 1
    while first > 1 and words[first - 1] == "-" and not _spaced(sentence, first - 1):
        first -= 2
    if first < 0:
        return None
    short = _between(sentence, first, opening)
    long = _between(sentence, opening + 1, closing)
    if not is_short_form(short) or " " not in long or match_long_form(short, long) != 0:
        return None
    return Definition(sentence.index, tuple(words[first:opening]), first, opening + 1, closing)


def _between(sentence: Sentence, start: int, end: int) -> str:
    return sentence.document_text[sentence.offsets[start][0] : sentence.offsets[end - 1][1]]


def _spaced(sentence: Sentence, i: int) -> bool:
    return (
        sentence.offsets[i][0] > sentence.offsets[i - 1][1]
        or sentence.offsets[i + 1][0] > sentence.offsets[i][1]
    )


def _closing(words: list[str], opening: int) -> int | None:
    depth = 0
    for i in range(opening, min(len(words), opening + 40)):
        depth += (words[i] in "([") - (words[i] in ")]")
        if depth == 0:
            return i
    return None


def _first_part(words: list[str], start: int, end: int) -> int:
    """Where SF ends in "(SF; 5 mg)" and "(SF, n = 3)": before the first such mark."""
    for i in range(start + 1, end):
        if words[i] in ",;:=":
            return i
    return end


def is_short_form(text: str) -> bool:
    """2 to 10 characters, at most 2 words, begins with a letter or digit, has a capital.

    >>> [is_short_form(t) for t in ("ARF", "A-T", "ii", "2003", "the rat", "TGF beta")]
    [True, True, False, False, False, True]
    """
    if not 2 <= len(text) <= MAX_SHORT or text.count(" ") > 1 or not text[0].isalnum():
        return False
    return any(c.isupper() for c in text)


def _long_start(sentence: Sentence, words: list[str], opening: int, short: str) -> int | None:
    letters = sum(c.isalnum() for c in short)
    window = min(letters + 5, letters * 2)
    begin, seen = opening, 0
    while begin > 0 and seen < window and words[begin - 1] not in ".;:":
        begin -= 1
        seen += words[begin][0].isalnum()
    if begin == opening:
        return None
    base = sentence.offsets[begin][0]
    at = match_long_form(short, sentence.document_text[base : sentence.offsets[opening - 1][1]])
    if at is None:
        return None
    for i in range(begin, opening):
        if sentence.offsets[i][0] == base + at:
            return i
    return None


def match_long_form(short: str, long: str) -> int | None:
    """Where in ``long`` the shortest long form of ``short`` begins; None where none fits.

    Each letter or digit of the short form must be found, from right to left; its first one at the
    beginning of a word (Schwartz & Hearst, 2003, figure 1).

    >>> match_long_form("HD", "caused by Huntington disease")
    10
    """
    at = len(long)
    for i in range(len(short) - 1, -1, -1):
        wanted = short[i].lower()
        if not wanted.isalnum():
            continue
        at -= 1
        while at >= 0 and (
            long[at].lower() != wanted or (i == 0 and at > 0 and long[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    at = max(long.rfind(" ", 0, at + 1), long.rfind("(", 0, at + 1)) + 1
    found = long[at:]
    if len(found) <= len(short) or short in found.split():
        return None
    return at
