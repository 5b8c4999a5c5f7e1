"""Abbreviations a document defines: the short form is what its long form is, all through it.

Pairs are found as by Schwartz & Hearst (2003), "long form (SF)" and "SF (long form)". Where the
long form ends in a span that other sources voted for, the whole long form and each occurrence of
the short form in the document get that type. Where nothing voted for the long form, the short
form is voted OUTSIDE: a document that defines MS as mass spectrometry does not speak of a disease.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from weaklabel.ground.normal import normal_key
from weaklabel.ground.spans import NO_TYPES
from weaklabel.sources.applicable import sentences_of, spoken_where
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.grown.definitions import Definition, definitions
from weaklabel.text import OUTSIDE, Corpus, Sentence
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil

log = logging.getLogger(__name__)
Short = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class AbbreviationSource:
    """Spreads what a defined abbreviation stands for through its document.

    It applies to the sentences that define a short form, or have one that it knows.

    Attributes:
        index: the listed names, for "von Hippel-Lindau (VHL) disease", whose name goes on after
            the short form.
        known: short form → (type, concept ids), for documents that do not define it; what the
            corpus the source was built on agrees about.
        symbols: symbol → the name of its element, which it may stand for: "potassium (K)".
        name: how the source is listed.
    """

    kind: ClassVar[str] = "abbreviation"
    index: NameIndex | None = None
    known: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    name: str = "abbreviation"

    def follow(self, corpus: Corpus, votes: Votes) -> Votes:
        """Votes on long forms and on every occurrence of their short forms."""
        rows: list[Vote] = []
        learnt = self._learnt()
        defining: list[int] = []
        for document in range(corpus.n_documents):
            a, b = corpus.sentence_splits[document : document + 2]
            sentences = [corpus[int(i)] for i in range(a, b)]
            meanings = self.meanings(sentences, votes, defining)
            rows.extend(m for m in meanings.values() if m.label != OUTSIDE)
            spread = _Spread.of(meanings, learnt)
            for sentence in sentences:
                rows.extend(self._occurrences(sentence, spread))
        return spoken_where(corpus, self.name, rows, also=sentences_of(corpus, defining))

    def describe(self) -> dict[str, Any]:
        """All it knows beside its names."""
        known = {short: [type_, list(ids)] for short, (type_, ids) in self.known.items()}
        return {"known": known, "symbols": dict(self.symbols)}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> AbbreviationSource:
        """The source that :meth:`describe` tells of."""
        known = {short: (type_, tuple(ids)) for short, (type_, ids) in about["known"].items()}
        return cls(index, known, about["symbols"])

    def meanings(
        self, sentences: list[Sentence], votes: Votes, defining: list[int] | None = None
    ) -> dict[Short, Vote]:
        """Short form → the vote on its long form, or an OUTSIDE vote, of one document.

        Args:
            sentences: the document.
            votes: what was said of its corpus.
            defining: gets the sentences that define something.
        """
        found: dict[Short, Vote] = {}
        for sentence in sentences:
            words, spoken = sentence.words, _Spoken.of(sentence, votes)
            for definition in definitions(sentence, spoken.votes, self.symbols):
                if defining is not None:
                    defining.append(sentence.index)
                before = found.get(definition.short)
                if before is not None and before.label != OUTSIDE:
                    continue
                meaning = self._meaning(definition, sentence.index, words, spoken)
                if meaning is not None:
                    found[definition.short] = meaning
        return found

    def _learnt(self) -> dict[Short, Vote]:
        return {
            (short,): Vote(0, 0, 1, type_, self.name, 1.0, f"{type_}:{short}", concepts)
            for short, (type_, concepts) in self.known.items()
        }

    def _meaning(
        self, found: Definition, sentence: int, words: list[str], spoken: _Spoken
    ) -> Vote | None:
        """The vote the whole long form gets; OUTSIDE where nothing speaks for it."""
        if ending := spoken.ending.get(found.long_end):
            longest = min(ending, key=lambda v: v.start)
            start = min(longest.start, found.long_start)
            if longest.start < found.long_start and not _same_initial(found, longest, words):
                start = found.long_start
            inside = words[start : found.long_end]
            return self._vote(sentence, start, inside, longest.label, longest.concepts)
        continued = self._continued(found, sentence, words)
        if continued is not None:
            return continued
        if not spoken.covered.isdisjoint(range(found.long_start, found.long_end)):
            return None
        inside = words[found.long_start : found.long_end]
        return self._vote(sentence, found.long_start, inside, OUTSIDE, ())

    def _continued(self, found: Definition, sentence: int, words: list[str]) -> Vote | None:
        """One name of "long (SF) head" where "long head" is listed."""
        after = found.short_start + len(found.short) + 1
        if self.index is None or found.long_end > found.short_start or after >= len(words):
            return None
        name = " ".join([*words[found.long_start : found.long_end], words[after]])
        rows = self.index.rows.get(normal_key(name), ())
        if not rows:
            return None
        term = self.index.lexicon.terms[rows[0]]
        inside = words[found.long_start : after + 1]
        return self._vote(sentence, found.long_start, inside, term.types[0], term.concepts)

    def _vote(
        self, sentence: int, start: int, inside: list[str], label: str, concepts: tuple[str, ...]
    ) -> Vote:
        entry = f"{label}:{' '.join(normal_key(' '.join(inside)))}"
        end = start + len(inside)
        return Vote(sentence, start, end, label, self.name, 1.0, entry, concepts)

    def _occurrences(self, sentence: Sentence, spread: _Spread) -> Iterator[Vote]:
        words = sentence.words
        for i, word in enumerate(words):
            for short in spread.beginning(word) or spread.beginning(word.removesuffix("s")):
                end = i + len(short)
                there = tuple(words[i:end])
                if len(there) == len(short) and _is_form(there, short):
                    meaning = spread.meaning(short)
                    entry = f"{meaning.label}:{' '.join(short)}"
                    yield meaning._replace(sentence=sentence.index, start=i, end=end, entry=entry)


class _Spread(NamedTuple):
    """What short forms stand for in one document: as it defines them, else as was learnt."""

    meanings: Mapping[Short, Vote]
    learnt: Mapping[Short, Vote]
    by_first: Mapping[str, list[Short]]

    @classmethod
    def of(cls, meanings: Mapping[Short, Vote], learnt: Mapping[Short, Vote]) -> _Spread:
        by_first: dict[str, list[Short]] = defaultdict(list)
        for short in meanings:
            by_first[short[0]].append(short)
        return cls(meanings, learnt, dict(by_first))

    def beginning(self, word: str) -> list[Short]:
        """Short forms whose first token is a word."""
        own = self.by_first.get(word, [])
        return [*own, (word,)] if (word,) in self.learnt and (word,) not in self.meanings else own

    def meaning(self, short: Short) -> Vote:
        return self.meanings.get(short) or self.learnt[short]


class _Spoken(NamedTuple):
    """What was voted in a sentence: the votes, those that end before a token, the tokens."""

    votes: list[Vote]
    ending: Mapping[int, list[Vote]]
    covered: set[int]

    @classmethod
    def of(cls, sentence: Sentence, votes: Votes) -> _Spoken:
        a, b = votes.sentence_splits[sentence.index : sentence.index + 2]
        spoken = [v for v in map(votes.row, range(a, b)) if v.label not in NO_TYPES]
        ending: dict[int, list[Vote]] = defaultdict(list)
        for vote in spoken:
            ending[vote.end].append(vote)
        covered = {i for vote in spoken for i in range(vote.start, vote.end)}
        return cls(spoken, dict(ending), covered)


def _is_form(there: Short, short: Short) -> bool:
    """The short form as it was defined, or its plural."""
    return there == short or (
        there[:-1] == short[:-1] and there[-1] == short[-1] + "s" and len(short[-1]) > 1
    )


def _same_initial(found: Definition, vote: Vote, words: list[str]) -> bool:
    """Whether the short form's first letter also starts the longer span that was voted for."""
    return words[vote.start][:1].lower() == found.short[0][:1].lower()


@dataclass(frozen=True)
class Abbreviation:
    """Short forms that a document defines.

    Attributes:
        learn: whether short forms that several documents define alike hold in documents that do
            not define them.
        min_documents: documents that must define one, for it to be learnt.
        min_agreement: share of them that must mean the same.
    """

    kind: ClassVar[str] = "abbreviation"
    learnt: ClassVar[type[AbbreviationSource]] = AbbreviationSource
    learn: bool = True
    min_documents: int = 2
    min_agreement: float = 0.9

    def grow(self, soil: Soil) -> AbbreviationSource:
        """The source, with the short forms that the text defines alike."""
        source = AbbreviationSource(soil.index, symbols=dict(soil.knowledge.symbols))
        if not self.learn:
            return source
        known = learn_abbreviations(soil.corpus, soil.votes, source, self)
        log.info("%d abbreviations are defined alike by several documents", len(known))
        return replace(source, known=known)


def learn_abbreviations(
    corpus: Corpus, votes: Votes, source: AbbreviationSource, plan: Abbreviation | None = None
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Short forms that several documents of a corpus define, and nearly all alike.

    Only short forms of one token and two characters or more; where most documents define one as
    something that is no entity, it is not learnt.
    """
    plan = plan or Abbreviation()
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    concepts: dict[tuple[str, str], tuple[str, ...]] = {}
    for document in range(corpus.n_documents):
        a, b = corpus.sentence_splits[document : document + 2]
        sentences = [corpus[int(i)] for i in range(a, b)]
        for short, meaning in source.meanings(sentences, votes).items():
            if len(short) == 1 and len(short[0]) > 1:
                seen[short[0]][meaning.label] += 1
                concepts.setdefault((short[0], meaning.label), meaning.concepts)
    found = {}
    for word, counts in sorted(seen.items()):
        label, count = max(counts.items(), key=lambda item: (item[1], item[0]))
        enough = count >= plan.min_documents and count >= plan.min_agreement * sum(counts.values())
        if enough and label != OUTSIDE:
            found[word] = (label, concepts[word, label])
    return found
