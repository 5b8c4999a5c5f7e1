"""The source: a text is segmented with what was mined, its good phrases are voted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from weaklabel.sources.phrases.mining import MinedPhrases
from weaklabel.sources.phrases.segmentation import score_table, tile
from weaklabel.sources.phrases.stream import stream_of
from weaklabel.text import UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes


@dataclass(frozen=True, eq=False)
class PhraseSource:
    """Votes UNKNOWN for mined phrases, scored by their quality.

    Attributes:
        mined: what was mined, of this text or another.
        name: how the source is listed.
    """

    mined: MinedPhrases = field(repr=False)
    name: str = "phrases"
    kind: ClassVar[str] = "phrases"

    def label(self, corpus: Corpus) -> Votes:
        """Votes on a corpus."""
        stream = stream_of(corpus, self.mined.ngrams.vocabulary)
        ids = self.mined.ngrams.ids(stream)
        lengths = tile(score_table(ids, self.mined.scores()), stream.runs)
        words = list(self.mined.ngrams.vocabulary)
        rows = []
        for n in range(1, len(self.mined.quality) + 1):
            good = self.mined.is_good(n)
            starts = np.flatnonzero((lengths == n) & (ids[:, n - 1] >= 0))
            for at in starts[good[ids[starts, n - 1]]].tolist():
                first, last = int(stream.tokens[at]), int(stream.tokens[at + n - 1])
                sentence = int(corpus.token_sentence[first])
                base = int(corpus.token_splits[sentence])
                quality = float(self.mined.quality[n - 1][ids[at, n - 1]])
                surface = " ".join(words[w] for w in stream.words[at : at + n].tolist())
                entry = f"{UNKNOWN}:{surface}"
                rows.append(
                    Vote(
                        sentence, first - base, last + 1 - base, UNKNOWN, self.name, quality, entry
                    )
                )
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name])

    def describe(self) -> dict[str, Any]:
        """Its name and all that was mined."""
        return {"name": self.name, "mined": self.mined.to_json()}

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> PhraseSource:
        """The source that :meth:`describe` tells of."""
        return cls(MinedPhrases.from_json(about["mined"]), about["name"])
