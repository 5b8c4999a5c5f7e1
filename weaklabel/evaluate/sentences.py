"""A sentence and what is said about it, as plain values for reports and files."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from weaklabel.text import Annotations, Corpus

Spans = list[tuple[int, int, str]]


class SentenceFinder:
    """Cuts the sentence (or sentences) around a character span out of a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus

    @cached_property
    def _bounds(self) -> list[list[tuple[int, int]]]:
        """For each document the character range of its sentences."""
        splits = self.corpus.token_splits
        rows: list[list[tuple[int, int]]] = [[] for _ in range(self.corpus.n_documents)]
        for sentence, document in enumerate(self.corpus.sentence_document.tolist()):
            a, b = int(splits[sentence]), int(splits[sentence + 1])
            if a < b:
                start, end = self.corpus.token_start[a], self.corpus.token_end[b - 1]
                rows[document].append((int(start), int(end)))
        return rows

    def around(self, document: int, start: int, end: int) -> tuple[int, int]:
        """Character range of the sentences a span touches; the span itself at the least."""
        touched = [(a, b) for a, b in self._bounds[document] if a < end and start < b]
        low = min([start, *(a for a, _ in touched)])
        return low, max([end, *(b for _, b in touched)])

    def show(
        self, document: int, start: int, end: int, **layers: Annotations | None
    ) -> dict[str, Any]:
        """The sentence around a span with the spans of each layer that lie within it.

        Args:
            document: row of the corpus.
            start: first character of the span.
            end: character after its last.
            layers: annotations over the same corpus, by the name they get in the result; None
                stays None.

        Returns:
            ``{"document": id, "text": ..., LAYER: [(start, end, type), ...]}``; offsets count
            characters of ``text``.
        """
        low, high = self.around(document, start, end)
        shown: dict[str, Any] = {
            "document": self.corpus.document_id(document),
            "text": self.corpus.document_text(document)[low:high],
        }
        for name, layer in layers.items():
            shown[name] = None if layer is None else _within(layer, document, low, high)
        return shown


def _within(layer: Annotations, document: int, low: int, high: int) -> Spans:
    rows = layer.of_document(document)
    return [(a.start - low, a.end - low, a.label) for a in rows if low <= a.start < a.end <= high]
