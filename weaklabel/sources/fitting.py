"""Character spans that others made, fitted to the tokens of a corpus; what is lost is counted.

A span whose ends stand at ends of tokens (white space aside) is taken as it is. One that cuts a
token is widened to the whole token, as ``alignment_mode="expand"`` of spaCy does. One that covers
no token, leaves the text, or reaches into another sentence is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from weaklabel.ground.types import Bools
from weaklabel.sources.losses import Losses
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

OUTSIDE_TEXT: Final = "outside the text"
NO_TOKEN: Final = "covers no token"
CROSSES: Final = "crosses a sentence"
DIFFERS: Final = "text differs"
NOT_MAPPED: Final = "type not in type_map"
TOO_UNSURE: Final = "score below min_score"
WIDENED: Final = "spans widened to whole tokens"


class Place(NamedTuple):
    """Where a span lies: a sentence, and its half-open range of tokens there.

    Attributes:
        exact: whether the span's ends stood at ends of tokens.
    """

    sentence: int
    start: int
    end: int
    exact: bool = True


def fit(corpus: Corpus, document: int, start: int, end: int) -> Place | str:
    """The tokens of a character span of a document, or why there are none.

    >>> corpus = Corpus.from_texts(["Aspirin helps. It is old."])
    >>> fit(corpus, 0, 0, 7), fit(corpus, 0, 16, 19)
    (Place(sentence=0, start=0, end=1, exact=True), Place(sentence=1, start=0, end=2, exact=False))
    >>> fit(corpus, 0, 8, 17), fit(corpus, 0, 20, 90)
    ('crosses a sentence', 'outside the text')
    """
    return fit_in(corpus, document, len(corpus.document_text(document)), start, end)


def fit_in(corpus: Corpus, document: int, length: int, start: int, end: int) -> Place | str:
    """As :func:`fit`, where the length of the document's text is known already."""
    if not 0 <= start < end <= length:
        return OUTSIDE_TEXT
    a, b = corpus.token_splits[corpus.sentence_splits[document : document + 2]].tolist()
    starts, ends = corpus.token_start[a:b], corpus.token_end[a:b]
    first = a + int(np.searchsorted(ends, start, side="right"))
    last = a + int(np.searchsorted(starts, end, side="left")) - 1
    if first > last:
        return NO_TOKEN
    sentence = int(corpus.token_sentence[first])
    if sentence != corpus.token_sentence[last]:
        return CROSSES
    base = int(corpus.token_splits[sentence])
    exact = start <= corpus.token_start[first] and end >= corpus.token_end[last]
    return Place(sentence, first - base, last + 1 - base, bool(exact))


class Fitting:
    """Collects one source's spans as votes, and what became of those that are none.

    Args:
        corpus: the corpus voted on.
        source: the source's name.
        type_map: the tool's types → ours; empty keeps all as they are, otherwise types that are
            not listed are left out (and counted).
        min_score: spans less sure than this are left out (and counted).
    """

    def __init__(
        self,
        corpus: Corpus,
        source: str,
        *,
        type_map: Mapping[str, str] | None = None,
        min_score: float = 0.0,
    ) -> None:
        self.corpus = corpus
        self.source = source
        self.type_map = dict(type_map or {})
        self.min_score = min_score
        self.losses = Losses(source)
        self.used = self.losses.used
        self._rows: dict[tuple[int, int, int, str], Vote] = {}
        self._read = (-1, "")

    def text(self, document: int) -> str:
        """The text of a document; the last one asked for is at hand."""
        if self._read[0] != document:
            self._read = (document, self.corpus.document_text(document))
        return self._read[1]

    def lose(self, reason: str, example: str = "", count: int = 1) -> None:
        """Count what is lost, and keep the first few examples."""
        self.losses.add(reason, f"{reason}: {example}" if example else "", count=count)

    def take(
        self,
        document: int,
        start: int,
        end: int,
        label: str,
        *,
        score: float = 1.0,
        surface: str | None = None,
        concepts: Sequence[str] = (),
    ) -> bool:
        """Fit a character span of a document and keep it as a vote; whether it was kept.

        Args:
            document: row of the document.
            start: its first character.
            end: the character after its last.
            label: the tool's type.
            score: confidence, clipped to 0 … 1.
            surface: the text the tool says it found; the span is lost where it reads otherwise.
            concepts: concept ids.
        """
        text = self.text(document)
        there = text[max(start, 0) : max(end, 0)]
        place: Place | str = DIFFERS
        if surface is None or surface == there:
            place = fit_in(self.corpus, document, len(text), start, end)
        if isinstance(place, str):
            shown = f"{label} {start}-{end} of document {self.corpus.document_id(document)!r}"
            other = "" if surface in (None, there) else f", not {surface!r}"
            self.lose(place, f"{shown} is {there[:60]!r}{other}")
            return False
        return self.keep(place, label, score=score, concepts=concepts)

    def keep(
        self, place: Place, label: str, *, score: float = 1.0, concepts: Sequence[str] = ()
    ) -> bool:
        """Keep a span of tokens as a vote, unless its type or its score rules it out."""
        kind = self.type_map.get(label) if self.type_map else label
        if kind is None:
            self.lose(NOT_MAPPED, repr(label) if self.losses.counts[NOT_MAPPED] == 0 else "")
            return False
        if score < self.min_score:
            self.lose(TOO_UNSURE)
            return False
        self.used[WIDENED] += not place.exact
        score = min(max(score, 0.0), 1.0)
        before = self._rows.get((*place[:3], kind))
        if before is None:
            entry = f"{kind}:{self._surface(place).casefold()}"
            row = Vote(*place[:3], kind, self.source, score, entry, tuple(concepts))
            self._rows[row[:4]] = row
        elif score > before.score:
            self._rows[before[:4]] = before._replace(score=score)
        return True

    def _surface(self, place: Place) -> str:
        first = int(self.corpus.token_splits[place.sentence]) + place.start
        last = first + place.end - place.start - 1
        text = self.text(int(self.corpus.sentence_document[place.sentence]))
        return text[int(self.corpus.token_start[first]) : int(self.corpus.token_end[last])]

    def votes(self, *, applicable: Bools | None = None) -> Votes:
        """All that was kept, the surest of equal spans once, with the account.

        Args:
            applicable: ``(S,)`` the sentences the tool spoke about; None for all.
        """
        return Votes.of(
            self._rows.values(),
            n_sentences=len(self.corpus),
            sources=[self.source],
            types=self.type_map.values(),
            applicable={} if applicable is None else {self.source: applicable},
            accounts=self.losses.accounts(),
        )
