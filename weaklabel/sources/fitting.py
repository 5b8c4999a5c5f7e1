"""Character spans that others made, fitted to the tokens of a corpus; what is lost is counted.

A span whose ends stand at ends of tokens (white space aside) is taken as it is. One that cuts a
token is widened to the whole token, as ``alignment_mode="expand"`` of spaCy does. One that covers
no token, leaves the text, or reaches into another sentence is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from weaklabel.text import Corpus
from weaklabel.votes import Account, Bools, Vote, Votes

OUTSIDE_TEXT: Final = "outside the text"
NO_TOKEN: Final = "covers no token"
CROSSES: Final = "crosses a sentence"
DIFFERS: Final = "text differs"
NOT_MAPPED: Final = "type not in type_map"
TOO_UNSURE: Final = "score below min_score"
WIDENED: Final = "spans widened to whole tokens"

MAX_NOTES = 5
"""Examples of losses that an account keeps."""


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
    text = corpus.texts[document].as_py()
    if not 0 <= start < end <= len(text):
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
        self.lost: Counter[str] = Counter()
        self.used: Counter[str] = Counter()
        self.notes: list[str] = []
        self._rows: list[Vote] = []

    def lose(self, reason: str, example: str = "", count: int = 1) -> None:
        """Count what is lost, and keep the first few examples."""
        self.lost[reason] += count
        if example and len(self.notes) < MAX_NOTES:
            self.notes.append(f"{reason}: {example}")

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
        shown = f"{label} {start}-{end} of document {self.corpus.document_id(document)!r}"
        there = self.corpus.document_text(document)[max(start, 0) : end]
        if surface is not None and surface != there:
            self.lose(DIFFERS, f"{shown} is {there!r}, not {surface!r}")
            return False
        place = fit(self.corpus, document, start, end)
        if isinstance(place, str):
            self.lose(place, f"{shown}: {there[:60]!r}")
            return False
        return self.keep(place, label, score=score, concepts=concepts)

    def keep(
        self, place: Place, label: str, *, score: float = 1.0, concepts: Sequence[str] = ()
    ) -> bool:
        """Keep a span of tokens as a vote, unless its type or its score rules it out."""
        kind = self.type_map.get(label) if self.type_map else label
        if kind is None:
            self.lose(NOT_MAPPED, repr(label) if self.lost[NOT_MAPPED] == 0 else "")
            return False
        if score < self.min_score:
            self.lose(TOO_UNSURE)
            return False
        self.used[WIDENED] += not place.exact
        base = int(self.corpus.token_splits[place.sentence])
        first, last = self.corpus.token_start[base + place.start], base + place.end - 1
        document = int(self.corpus.sentence_document[place.sentence])
        text = self.corpus.document_text(document)
        surface = text[int(first) : int(self.corpus.token_end[last])].casefold()
        self._rows.append(
            Vote(
                place.sentence,
                place.start,
                place.end,
                kind,
                self.source,
                min(max(score, 0.0), 1.0),
                f"{kind}:{surface}",
                tuple(concepts),
            )
        )
        return True

    def votes(self, *, applicable: Bools | None = None) -> Votes:
        """All that was kept, the surest of equal spans once, with the account.

        Args:
            applicable: ``(S,)`` the sentences the tool spoke about; None for all.
        """
        best: dict[tuple[int, int, int, str], Vote] = {}
        for row in self._rows:
            before = best.get(row[:4])
            if before is None or row.score > before.score:
                best[row[:4]] = row
        account = Account(
            {reason: count for reason, count in sorted(self.lost.items()) if count},
            {name: amount for name, amount in sorted(self.used.items()) if amount},
            tuple(self.notes),
        )
        return Votes.of(
            best.values(),
            n_sentences=len(self.corpus),
            sources=[self.source],
            types=self.type_map.values(),
            applicable={} if applicable is None else {self.source: applicable},
            accounts={self.source: account} if account != Account() else {},
        )
