"""Document consistency: what is a name once in a document is a name wherever it stands in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from weaklabel.ground.normal import normal_token
from weaklabel.ground.spans import NO_TYPES
from weaklabel.sources.applicable import sentences_of, spoken_where
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.text import UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil

Words = tuple[str, ...]


@dataclass(frozen=True)
class ConsistencySource:
    """Repeats in a document the spans other sources found elsewhere in it.

    It applies to the sentences in which a name of their document stands.

    Attributes:
        min_length: characters a span of one token must have; shorter ones are too ambiguous.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "consistency"
    min_length: int = 4
    name: str = "consistency"

    def follow(self, corpus: Corpus, votes: Votes) -> Votes:
        """Votes on occurrences that nobody spoke about."""
        rows: list[Vote] = []
        asked: set[int] = set()
        for document in range(corpus.n_documents):
            a, b = corpus.sentence_splits[document : document + 2].tolist()
            forms = {i: tuple(map(normal_token, corpus[i].words)) for i in range(a, b)}
            first, last = votes.sentence_splits[[a, b]].tolist()
            spoken = [votes.row(i) for i in range(first, last)]
            repeated, standing = self._repeated(forms, spoken)
            rows.extend(repeated)
            asked |= standing
        return spoken_where(corpus, self.name, rows, also=sentences_of(corpus, asked))

    def describe(self) -> dict[str, Any]:
        """All it knows."""
        return {"min_length": self.min_length}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> ConsistencySource:
        """The source that :meth:`describe` tells of."""
        return cls(about["min_length"])

    def _repeated(self, forms: dict[int, Words], spoken: list[Vote]) -> tuple[list[Vote], set[int]]:
        """The votes on one document, and its sentences in which one of its names stands."""
        taken: dict[int, set[int]] = defaultdict(set)
        names: dict[Words, Vote] = {}
        for vote in spoken:
            taken[vote.sentence].update(range(vote.start, vote.end))
            key = forms[vote.sentence][vote.start : vote.end]
            if vote.label in NO_TYPES or sum(map(len, key)) < self.min_length:
                continue
            known = names.get(key)
            names[key] = vote if known is None or known.label == vote.label else _VOID
        by_first: dict[str, list[Words]] = defaultdict(list)
        for key, vote in names.items():
            if vote is not _VOID:
                by_first[key[0]].append(key)
        found: list[Vote] = []
        standing: set[int] = set()
        for sentence, words in forms.items():
            for i, word in enumerate(words):
                for key in by_first.get(word, ()):
                    end = i + len(key)
                    if words[i:end] != key:
                        continue
                    standing.add(sentence)
                    if not taken[sentence] & set(range(i, end)):
                        found.append(
                            names[key]._replace(
                                sentence=sentence, start=i, end=end, source=self.name
                            )
                        )
        return found, standing


_VOID = Vote(0, 0, 1, UNKNOWN, "")


@dataclass(frozen=True)
class Consistency:
    """What is a name once in a document is one wherever it stands in it.

    Attributes:
        min_length: characters a name must have; shorter ones are too ambiguous.
    """

    kind: ClassVar[str] = "consistency"
    learnt: ClassVar[type[ConsistencySource]] = ConsistencySource
    min_length: int = 4

    def grow(self, soil: Soil) -> ConsistencySource:
        """The source; it needs to know nothing."""
        return ConsistencySource(self.min_length)
