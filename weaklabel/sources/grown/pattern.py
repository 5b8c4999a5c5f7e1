"""Patterns of the writing of technical words: endings, drug codes, ions.

A pattern votes for the type its like have in the run's own dictionary, and not at all where too
few names bear it out or they are of many types.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from weaklabel.ground.normal import normal_token
from weaklabel.lexicon import Lexicon
from weaklabel.sources.applicable import sentences_with, spoken_where
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.tailoring.likeness import Scores
from weaklabel.sources.tailoring.mining import Support, ending_support
from weaklabel.text import Corpus, Sentence
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil

CODE = re.compile(r"^([A-Z][A-Za-z]{0,3})[- ]?\d{3,6}[A-Za-z]?$")
"""A compound's code: "SM-5887", "BN 52021", "KF17837"."""

_CODE_LETTERS = re.compile(r"^[A-Z][A-Za-z]{0,3}$")
_CODE_DIGITS = re.compile(r"^\d{3,6}[A-Za-z]?$")
_CODE_WORD = re.compile(r"^[A-Z]{2,4}\d{3,6}[A-Za-z]?$")
_HYPHENS = frozenset("-‐‑–")


@dataclass(frozen=True)
class PatternSource:
    """Votes for words with a supported ending, and for codes.

    It applies to the sentences that have a word with such an ending, a symbol that it knows, or
    the letters and digits of a code.

    Attributes:
        endings: ending → type.
        code_type: the type of compound codes, None where the dictionary knows none.
        prefixes: letters that codes of the dictionary begin with.
        unlike: words that an ending must not catch: frequent, and unlike names of its type.
        ions: symbol of an element → the type of its name; votes where a charge follows.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "pattern"
    endings: Mapping[str, str]
    code_type: str | None
    prefixes: frozenset[str]
    unlike: frozenset[str]
    ions: Mapping[str, str] = field(default_factory=dict)
    name: str = "pattern"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        rows = [row for sentence in corpus for row in self._rows(sentence)]
        types = {*self.endings.values(), *([self.code_type] if self.code_type else [])}
        could = sentences_with(corpus, [self._could_tell(w) for w in corpus.interned.words])
        return spoken_where(corpus, self.name, rows, also=could, types=types)

    def _could_tell(self, word: str) -> bool:
        """Whether a word is of a form that this source judges."""
        coded = self.code_type is not None and (_CODE_WORD.match(word) or _CODE_DIGITS.match(word))
        return bool(coded or word.rstrip("123") in self.ions or _ending(word.lower(), self.endings))

    def describe(self) -> dict[str, Any]:
        """All it knows."""
        return {
            "endings": dict(self.endings),
            "code_type": self.code_type,
            "prefixes": sorted(self.prefixes),
            "unlike": sorted(self.unlike),
            "ions": dict(self.ions),
        }

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> PatternSource:
        """The source that :meth:`describe` tells of."""
        return cls(
            about["endings"],
            about["code_type"],
            frozenset(about["prefixes"]),
            frozenset(about["unlike"]),
            about["ions"],
        )

    def _rows(self, sentence: Sentence) -> Iterator[Vote]:
        words = sentence.words
        for i, word in enumerate(words):
            type_ = self.ending_type(word)
            if type_ is not None:
                yield self._vote(sentence, i, i + 1, type_, normal_token(word))
        for start, end in ions(sentence, self.ions):
            type_ = self.ions[words[start].rstrip("123")]
            yield self._vote(sentence, start, end, type_, "".join(words[start:end]))
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
                type_ = self.endings.get(form[-size:])
                if type_ is not None:
                    return type_
        return self.endings.get(lower)

    def _vote(self, sentence: Sentence, start: int, end: int, type_: str, entry: str) -> Vote:
        return Vote(sentence.index, start, end, type_, self.name, 1.0, f"{type_}:{entry}")


@dataclass(frozen=True)
class Pattern:
    """Endings, codes and ions that the dictionary's own names bear out, each for one type.

    Attributes:
        min_names: names that must carry an ending or be codes, before it may vote.
        min_share: share of those names that must have the type it votes for.
        min_family: share of a family's endings that must be borne out, for one type, before any
            of them votes.
        min_codes: share of a type's names that must be codes, for codes to vote for it.
        frequent: of the so many most frequent words, those unlike names of the type are left out.
        listed: the so many most frequent ones are listed in a dictionary if they are names.
        listed_likeness: likelihood ratio under which one of these is no name after all.
        likeness: that of the other frequent words.
    """

    kind: ClassVar[str] = "pattern"
    learnt: ClassVar[type[PatternSource]] = PatternSource
    min_names: int = 20
    min_share: float = 0.9
    min_family: float = 0.3
    min_codes: float = 0.005
    frequent: int = 8000
    listed: int = 2000
    listed_likeness: float = 20.0
    likeness: float = 3.3

    def grow(self, soil: Soil) -> PatternSource:
        """The source of what all names of the run bear out."""
        knowledge = soil.knowledge
        endings, _ = supported_endings(soil.lexicon, knowledge.endings, self)
        code_type, prefixes = code_support(soil.lexicon, self)
        unlike = knowledge.generic
        if soil.vectors is not None:
            frequent = soil.vectors.words[: self.frequent]
            unlike |= self._unlike(endings, frequent, soil.likelihoods)
        ions = ions_of(soil.spoken, knowledge.symbols)
        return PatternSource(endings, code_type, prefixes, unlike, ions)

    def _unlike(
        self, endings: Mapping[str, str], words: Iterable[str], likely: Mapping[str, Scores]
    ) -> frozenset[str]:
        """Words with a supported ending that are no names of its type, though they look like one.

        Frequent words that behave like no name ("examine"), and very frequent ones that the
        dictionary would list if they were names, unless they behave just like names ("apoptosis",
        but not "toxicity").
        """
        found: set[str] = set()
        for rank, word in enumerate(words):
            type_ = endings.get(_ending(word, endings))
            if type_ is None:
                continue
            score = likely.get(type_, {}).get(normal_token(word), (0.0, 0))[0]
            if score < (self.listed_likeness if rank < self.listed else self.likeness):
                found.add(word)
        return frozenset(found)


def _ending(word: str, endings: Mapping[str, str]) -> str:
    """The longest of some endings that a word has, singular or plural; empty for none."""
    for form in (word, word.removesuffix("s")):
        for size in range(min(12, len(form)), 2, -1):
            if form[-size:] in endings:
                return form[-size:]
    return ""


def ions_of(lexicon: Lexicon, symbols: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Symbols of the elements that the dictionary knows by name, as one type only."""
    found = {symbol: lexicon.types_of(name) for symbol, name in symbols}
    return {symbol: types[0] for symbol, types in found.items() if len(types) == 1}


def supported_endings(
    lexicon: Lexicon, families: Iterable[tuple[str, str]], plan: Pattern | None = None
) -> tuple[dict[str, str], dict[str, Support]]:
    """Ending → type where the dictionary bears it out, and the counts behind all of them.

    An ending needs enough names of which nearly all have one type, and its family needs enough
    such endings of that type: a dictionary of diseases has names on "-ine" by chance, but no
    family of substance endings.
    """
    plan = plan or Pattern()
    family = dict(families)
    support = ending_support(lexicon, frozenset(family))
    found = {
        ending: type_
        for ending, each in support.items()
        if (type_ := each.type(min_names=plan.min_names, min_share=plan.min_share)) is not None
    }
    sizes: Counter[str] = Counter(family.values())
    borne: dict[str, Counter[str]] = defaultdict(Counter)
    for ending, type_ in found.items():
        borne[family[ending]][type_] += 1
    kept = {
        ending: type_
        for ending, type_ in found.items()
        if borne[family[ending]][type_] >= plan.min_family * sizes[family[ending]]
    }
    return kept, support


def code_support(
    lexicon: Lexicon, plan: Pattern | None = None
) -> tuple[str | None, frozenset[str]]:
    """The type of names written like a compound's code, and the letters such codes begin with.

    None where there are too few of them, or they are too small a part of their type.
    """
    plan = plan or Pattern()
    coded = [(term, m.group(1)) for term in lexicon.terms if (m := CODE.match(term.name))]
    types = Counter(type_ for term, _ in coded for type_ in term.types)
    found = Support(len(coded), types).type(min_names=plan.min_names, min_share=plan.min_share)
    if found is None:
        return None, frozenset()
    if types[found] < plan.min_codes * sum(found in term.types for term in lexicon.terms):
        return None, frozenset()
    return found, frozenset(prefix.upper() for _, prefix in coded)


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
