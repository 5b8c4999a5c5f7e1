"""Patterns of the writing of technical words: endings, drug codes, ions.

A pattern votes for the type its like have in the run's own dictionary, and not at all where too
few names bear it out or they are of many types.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from weaklabel.lexicon import Lexicon
from weaklabel.normal import normal_token
from weaklabel.sources.mining import Support, ending_support
from weaklabel.text import Corpus, Sentence
from weaklabel.votes import Vote, Votes

MIN_FAMILY = 0.3
"""Share of a family's endings that must be borne out, for one type, before any of them votes."""

CODE = re.compile(r"^([A-Z][A-Za-z]{0,3})[- ]?\d{3,6}[A-Za-z]?$")
"""A compound's code: "SM-5887", "BN 52021", "KF17837"."""
MIN_CODES = 0.005
"""Share of a type's names that must be codes, for codes to vote for it."""

_CODE_LETTERS = re.compile(r"^[A-Z][A-Za-z]{0,3}$")
_CODE_DIGITS = re.compile(r"^\d{3,6}[A-Za-z]?$")
_CODE_WORD = re.compile(r"^[A-Z]{2,4}\d{3,6}[A-Za-z]?$")
_HYPHENS = frozenset("-‐‑–")


@dataclass(frozen=True)
class PatternSource:
    """Votes for words with a supported ending, and for codes.

    Attributes:
        endings: ending → type.
        code_type: the type of compound codes, None where the dictionary knows none.
        prefixes: letters that codes of the dictionary begin with.
        unlike: words that an ending must not catch: frequent, and unlike names of its type.
        ions: symbol of an element → the type of its name; votes where a charge follows.
        name: how the source is listed.
    """

    endings: Mapping[str, str]
    code_type: str | None
    prefixes: frozenset[str]
    unlike: frozenset[str]
    ions: Mapping[str, str] = field(default_factory=dict)
    name: str = "pattern"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        rows = (row for sentence in corpus for row in self._rows(sentence))
        kinds = {*self.endings.values(), *([self.code_type] if self.code_type else [])}
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name], types=kinds)

    def _rows(self, sentence: Sentence) -> Iterator[Vote]:
        words = sentence.words
        for i, word in enumerate(words):
            kind = self.ending_type(word)
            if kind is not None:
                yield self._vote(sentence, i, i + 1, kind, normal_token(word))
        for start, end in ions(sentence, self.ions):
            kind = self.ions[words[start].rstrip("123")]
            yield self._vote(sentence, start, end, kind, "".join(words[start:end]))
        if self.code_type is not None:
            for start, end in codes(sentence, self.prefixes):
                entry = "".join(words[start:end])
                yield self._vote(sentence, start, end, self.code_type, entry)

    def ending_type(self, word: str) -> str | None:
        """The type of a word by its longest supported ending, singular or plural."""
        lower = word.lower()
        singular = lower[:-2] + "is" if lower.endswith("ses") else lower  # "meioses"
        if len(lower) < 6 or not lower.isalpha() or {lower, singular} & self.unlike:
            return None
        for form in (lower, lower.removesuffix("s")):
            for size in range(min(12, len(form) - 1), 2, -1):
                kind = self.endings.get(form[-size:])
                if kind is not None:
                    return kind
        return self.endings.get(lower)

    def _vote(self, sentence: Sentence, start: int, end: int, kind: str, entry: str) -> Vote:
        return Vote(sentence.index, start, end, kind, self.name, 1.0, f"{kind}:{entry}")


def supported_endings(
    lexicon: Lexicon, families: Iterable[tuple[str, str]]
) -> tuple[dict[str, str], dict[str, Support]]:
    """Ending → type where the dictionary bears it out, and the counts behind all of them.

    An ending needs 20 names of which 90 % have one type, and its family needs enough such
    endings of that type: a dictionary of diseases has names on "-ine" by chance, but no family of
    substance endings.
    """
    family = dict(families)
    support = ending_support(lexicon, frozenset(family))
    found = {e: kind for e, s in support.items() if (kind := s.type()) is not None}
    sizes: Counter[str] = Counter(family.values())
    borne: dict[str, Counter[str]] = defaultdict(Counter)
    for ending, kind in found.items():
        borne[family[ending]][kind] += 1
    kept = {
        ending: kind
        for ending, kind in found.items()
        if borne[family[ending]][kind] >= MIN_FAMILY * sizes[family[ending]]
    }
    return kept, support


def code_support(lexicon: Lexicon) -> tuple[str | None, frozenset[str]]:
    """The type of names written like a compound's code, and the letters such codes begin with.

    None where there are too few of them, or they are too small a part of their type.
    """
    coded = [(term, m.group(1)) for term in lexicon.terms if (m := CODE.match(term.name))]
    types = Counter(kind for term, _ in coded for kind in term.types)
    kind = Support(len(coded), types).type()
    if kind is None or types[kind] < MIN_CODES * sum(kind in t.types for t in lexicon.terms):
        return None, frozenset()
    return kind, frozenset(prefix.upper() for _, prefix in coded)


_CHARGE = re.compile(r"\([1-4]?[+\-−]\)|\+")
_CHARGED = re.compile(r"^([A-Z][a-z]?)[123]?$")


def ions(sentence: Sentence, symbols: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Token ranges of elements written with a charge: "Ca(2+)", "Na+", "Mg2+".

    The span is the symbol where the charge is in brackets, symbol and charge where it is not.

    >>> sentence = Corpus.from_texts(["Na(+) and Ca2+ rose, in Na - free water."])[0]
    >>> known = {"Na": "Chemical", "Ca": "Chemical"}
    >>> [sentence.words[a:b] for a, b in ions(sentence, known)]
    [['Na'], ['Ca2', '+']]
    """
    for i, word in enumerate(sentence.words):
        charged = _CHARGED.match(word)
        if charged is None or charged.group(1) not in symbols:
            continue
        end = sentence.offsets[i][1]
        after = sentence.document_text[end : end + 5]
        if _CHARGE.match(after):
            yield i, i + (1 if after[0] == "(" else 2)


def codes(sentence: Sentence, prefixes: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Token ranges written like a compound's code.

    With a hyphen or glued any letters will do; before a space only letters that the dictionary's
    codes begin with, for "CP 200" may be a page.

    >>> sentence = Corpus.from_texts(["SM-5887, BN 52021 and KF17837 in May 1999."])[0]
    >>> [" ".join(sentence.words[a:b]) for a, b in codes(sentence, frozenset({"BN"}))]
    ['SM - 5887', 'BN 52021', 'KF17837']
    """
    words = sentence.words
    for i, word in enumerate(words):
        if _CODE_WORD.match(word):
            yield i, i + 1
        elif _CODE_LETTERS.match(word) and word[-1].isupper():
            end = _code_end(words, i, prefixes)
            if end:
                yield i, end


def _code_end(words: list[str], i: int, prefixes: frozenset[str]) -> int:
    hyphen = i + 1 < len(words) and words[i + 1] in _HYPHENS
    at = i + 1 + hyphen
    if at >= len(words) or not _CODE_DIGITS.match(words[at]):
        return 0
    return at + 1 if hyphen or len(words[at]) > 4 or words[i].upper() in prefixes else 0
