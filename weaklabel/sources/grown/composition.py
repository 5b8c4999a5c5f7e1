"""Names the dictionary composes but does not list, built the way its own names are built.

* a modifier before a listed name: "familial | breast cancer", "L - | carnitine"
* a modifier before a productive head: "cardiac | dysfunction", "liver | injury"
* a salt or form after a listed name: "bupropion | hydrochloride"
* coordination: "breast and ovarian cancer", "breast/ovarian cancer"
* a head that takes any noun: "enzyme deficiency", "C7 deficiency"

Which tokens are modifiers and which heads are productive is counted in the run's dictionary
(:mod:`weaklabel.sources.grown.grammar`); nothing here names a type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from weaklabel.ground.normal import is_skipped, normal_token
from weaklabel.ground.segment import Offsets
from weaklabel.ground.spans import NO_TYPES
from weaklabel.sources.applicable import sentences_of, spoken_where
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.composition_rules import CompositionRules
from weaklabel.sources.grown.grammar import Grammar, grown_grammar
from weaklabel.text import Corpus, Sentence
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil


class Piece(NamedTuple):
    """A span to build on or built, with the type it has."""

    start: int
    end: int
    label: str
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CompositionSource:
    """Extends and joins what was matched.

    It applies to the sentences in which a name or a productive head stands.

    Attributes:
        grammar: how names are composed.
        index: the listed names, to know whether "breast cancer" is one.
        common: words too frequent to be an eponym.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "composition"
    grammar: Grammar
    index: NameIndex
    common: frozenset[str]
    name: str = "composition"

    def follow(self, corpus: Corpus, votes: Votes) -> Votes:
        """Votes on composed spans, given what was matched before."""
        rows: list[Vote] = []
        could: list[int] = []
        for sentence in corpus:
            a, b = votes.sentence_splits[sentence.index : sentence.index + 2]
            pieces = [
                Piece(v.start, v.end, v.label, v.concepts)
                for v in map(votes.row, range(a, b))
                if v.label not in NO_TYPES
            ]
            spoken, tokens = {piece[:3] for piece in pieces}, _Tokens.of(sentence)
            if pieces or not self.grammar.heads.keys().isdisjoint(tokens.forms):
                could.append(sentence.index)
            for piece in self._composed(tokens, _longest(pieces)):
                if piece[:3] not in spoken:
                    rows.append(self._vote(sentence.index, tokens.words, piece))
        return spoken_where(corpus, self.name, rows, also=sentences_of(corpus, could))

    def describe(self) -> dict[str, Any]:
        """All it knows beside its names."""
        return {"grammar": self.grammar.to_json(), "common": sorted(self.common)}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> CompositionSource:
        """The source that :meth:`describe` tells of."""
        return cls(Grammar.from_json(about["grammar"]), index, frozenset(about["common"]))

    def _vote(self, sentence: int, words: list[str], piece: Piece) -> Vote:
        inside = words[piece.start : piece.end]
        key = " ".join(normal_token(w) for w in inside if not is_skipped(w))
        return Vote(
            sentence,
            piece.start,
            piece.end,
            piece.label,
            self.name,
            1.0,
            f"{piece.label}:{key}",
            piece.concepts,
        )

    def _composed(self, tokens: _Tokens, pieces: list[Piece]) -> Iterator[Piece]:
        built = _longest([*pieces, *self._headed(tokens, pieces)])
        grown = [self._grown(tokens, piece) for piece in built]
        joined = list(self._coordinated(tokens, _longest(grown)))
        yield from _longest([*grown, *joined])

    def _headed(self, tokens: _Tokens, pieces: list[Piece]) -> list[Piece]:
        """Modifiers + productive head; or anything like a name + a head that takes any."""
        taken = {i for p in pieces for i in range(p.start, p.end)}
        found = []
        for i, form in enumerate(tokens.forms):
            type_ = self.grammar.heads.get(form)
            if type_ is None or i == 0 or i in taken or i - 1 in taken:
                continue
            start = i
            while start > 0 and (step := self._modifier_before(tokens, start, type_)):
                start -= step
            if start == i and form in self.grammar.open_heads:
                start = self._eponym_start(tokens.words, i)
            if start < i and not taken & set(range(start, i)):
                found.append(Piece(start, i + 1, type_))
        return found

    def _eponym_start(self, words: list[str], head: int) -> int:
        """Where the name-like words right before a head begin: "HPT-JT | syndrome"."""
        start = head
        while start > 0:
            if self._is_eponym(words[start - 1], first=start == 1):
                start -= 1
            elif (
                start < head
                and start > 1
                and is_skipped(words[start - 1])
                and self._is_eponym(words[start - 2], first=start == 2)
            ):
                start -= 2
            else:
                break
        return start

    def _is_eponym(self, word: str, *, first: bool) -> bool:
        if not word[0].isalnum() or word.isdigit() or len(word) < 2 or _NUMBER.match(word):
            return False
        if sum(c.isupper() or c.isdigit() for c in word) > 1:
            return True  # "C9 deficiency", "HPT syndrome"
        if word.lower() in self.common:
            return False
        return any(c.isupper() for c in word[first:]) or len(word) > 5

    def _modifier_before(self, tokens: _Tokens, start: int, type_: str) -> int:
        """How many tokens before ``start`` are a modifier: 0, 1, or 2 with a hyphen."""
        modifiers = self.grammar.modifiers.get(type_, frozenset())
        forms = tokens.forms
        if start >= 2 and is_skipped(tokens.words[start - 1]) and forms[start - 2] in modifiers:
            return 2 if tokens.glued(start - 1) and tokens.glued(start) else 0
        form = forms[start - 1]
        if form in modifiers and form not in self.grammar.names:
            return int(len(form) > 2 and form.isalpha())
        return 0

    def _grown(self, tokens: _Tokens, piece: Piece) -> Piece:
        start, end, forms = piece.start, piece.end, tokens.forms
        while start > 0 and (step := self._modifier_before(tokens, start, piece.label)):
            start -= step
        while end < len(forms) and forms[end] in self.grammar.suffixes.get(piece.label, ()):
            end += 1
        if piece.label in self.grammar.numbered and forms[end : end + 1] == ["type"]:
            end += 2 if end + 1 < len(forms) and _NUMBER.match(tokens.words[end + 1]) else 0
        return piece._replace(start=start, end=end)

    def _coordinated(self, tokens: _Tokens, pieces: list[Piece]) -> Iterator[Piece]:
        """One span for "A and B head" where "A head" may be a name too, and A alone is none."""
        words, forms = [word.lower() for word in tokens.words], tokens.forms
        for piece in pieces:
            if piece.end - piece.start < 2:
                continue
            at, joined = piece.start, False
            while (gap := _join(words, at)) and at > gap:
                if not self._shares_head(forms[at - gap - 1], forms[piece.end - 1], piece.label):
                    break
                joined |= words[at - 1] not in (",", "-")
                at -= gap + 1
            if joined:
                yield piece._replace(start=at, concepts=())

    def _shares_head(self, modifier: str, head: str, type_: str) -> bool:
        if modifier in self.grammar.names:
            return False
        rows = self.index.rows.get((modifier, head), ())
        if any(type_ in self.index.lexicon.terms[row].types for row in rows):
            return True
        known = modifier in self.grammar.modifiers.get(type_, frozenset())
        return known and len(modifier) > 2 and modifier.isalpha()


@dataclass(frozen=True)
class Composition(CompositionRules):
    """Names composed as the dictionary composes its own, where the text bears it out."""

    kind: ClassVar[str] = "composition"
    learnt: ClassVar[type[CompositionSource]] = CompositionSource

    def grow(self, soil: Soil) -> CompositionSource:
        """The source of the grammar that names and text bear out."""
        grammar = grown_grammar(self, soil)
        return CompositionSource(grammar, soil.index, soil.common(self.frequent))


class _Tokens(NamedTuple):
    """A sentence's tokens, read once: as written, in normal form, and where they stand."""

    words: list[str]
    forms: list[str]
    offsets: tuple[Offsets, ...]

    @classmethod
    def of(cls, sentence: Sentence) -> _Tokens:
        words = sentence.words
        return cls(words, [normal_token(word) for word in words], sentence.offsets)

    def glued(self, i: int) -> bool:
        return self.offsets[i][0] == self.offsets[i - 1][1]


_NUMBER = re.compile(r"^(?:\d{1,2}|[IVX]{1,4})[A-Da-d]?$")


def _join(words: list[str], at: int) -> int:
    """How many tokens before ``at`` join two modifiers: 0, 1, or 3 for "and/or"."""
    if words[max(0, at - 3) : at] == ["and", "/", "or"]:
        return 3
    return int(at > 0 and words[at - 1] in ("and", "or", "/", ",", "-", "&"))


def _longest(pieces: list[Piece]) -> list[Piece]:
    """Pieces that do not overlap, the longest first chosen, in order of start."""
    chosen: list[Piece] = []
    taken: set[int] = set()
    # Pieces that differ by concepts alone must not come in the order of a set.
    for piece in sorted(set(pieces), key=lambda p: (p.start - p.end, *p)):
        # Whatever was chosen before is no shorter, so it cannot lie between the two ends.
        if piece.start not in taken and piece.end - 1 not in taken:
            chosen.append(piece)
            taken.update(range(piece.start, piece.end))
    return sorted(chosen)
