"""The user's own "no": names that never are entities, whatever any source says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from weaklabel.ground.normal import Key, normal_key
from weaklabel.sources.applicable import spoken_where
from weaklabel.sources.dictionary.source import NameIndex, counting_tokens
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Vote, Votes

if TYPE_CHECKING:
    from weaklabel.sources.soil import Soil


@dataclass(frozen=True)
class VetoSource:
    """Votes OUTSIDE wherever a dropped name stands; a longer name around it may still win.

    It could speak only where a dropped name stands: its silence says nothing.

    Attributes:
        keys: dropped names in normal form.
        name: how the source is listed.
    """

    kind: ClassVar[str] = "veto"
    keys: frozenset[Key]
    name: str = "veto"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        rows = [row for sentence in corpus for row in self._rows(sentence.index, sentence.words)]
        return spoken_where(corpus, self.name, rows)

    def describe(self) -> dict[str, Any]:
        """All it knows."""
        return {"keys": sorted(map(list, self.keys))}

    @classmethod
    def from_description(cls, about: Mapping[str, Any], index: NameIndex) -> VetoSource:
        """The source that :meth:`describe` tells of."""
        return cls(frozenset(map(tuple, about["keys"])))

    def _rows(self, sentence: int, words: list[str]) -> Iterator[Vote]:
        places, forms = counting_tokens(words)
        for size in sorted({len(key) for key in self.keys}):
            for i in range(len(forms) - size + 1):
                key = tuple(forms[i : i + size])
                if key in self.keys:
                    start, end = places[i], places[i + size - 1] + 1
                    entry = f"{OUTSIDE}:{' '.join(key)}"
                    yield Vote(sentence, start, end, OUTSIDE, self.name, 1.0, entry)


@dataclass(frozen=True)
class Veto:
    """Names that never are entities; ``--drop`` adds one.

    Attributes:
        names: the names; any spelling variant is meant.
    """

    kind: ClassVar[str] = "veto"
    learnt: ClassVar[type[VetoSource]] = VetoSource
    names: tuple[str, ...] = ()

    def grow(self, soil: Soil) -> VetoSource:
        """The source of the names."""
        return VetoSource(frozenset(map(normal_key, self.names)) - {()})
