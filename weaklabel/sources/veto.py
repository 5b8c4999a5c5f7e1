"""The user's own "no": names that never are entities, whatever any source says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from weaklabel.normal import Key
from weaklabel.sources.dictionary import counting_tokens
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Vote, Votes


@dataclass(frozen=True)
class VetoSource:
    """Votes OUTSIDE wherever a dropped name stands; a longer name around it may still win.

    Attributes:
        keys: dropped names in normal form.
        name: how the source is listed.
    """

    keys: frozenset[Key]
    name: str = "veto"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        rows = (row for sentence in corpus for row in self._rows(sentence.index, sentence.words))
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name])

    def _rows(self, sentence: int, words: list[str]) -> Iterator[Vote]:
        places, forms = counting_tokens(words)
        for size in sorted({len(key) for key in self.keys}):
            for i in range(len(forms) - size + 1):
                key = tuple(forms[i : i + size])
                if key in self.keys:
                    start, end = places[i], places[i + size - 1] + 1
                    entry = f"{OUTSIDE}:{' '.join(key)}"
                    yield Vote(sentence, start, end, OUTSIDE, self.name, 1.0, entry)
