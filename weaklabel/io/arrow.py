"""Corpora too large for memory: any format → an Arrow file, written as the documents are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from weaklabel.corpus_file import PART, SUFFIX, CorpusWriter
from weaklabel.errors import FormatError
from weaklabel.io.reading import Collector, Document, Reading
from weaklabel.text import Annotations, Corpus, CorpusBuilder, Gold

ARROW = "arrow"
"""What ``--format`` calls a corpus file."""
ABOUT = "a corpus file, mapped instead of read; `weaklabel convert` writes one"
_MAGIC = "ARROW1"


class Streamed(NamedTuple):
    """What was written.

    Attributes:
        n_documents, n_tokens: of the corpus.
        notes: what was recognised, assumed or ignored, a sentence each.
    """

    n_documents: int
    n_tokens: int
    notes: tuple[str, ...]


def is_mapped(path: Path, format: str | None, head: Callable[[Path], str]) -> bool:
    """Whether a path is a corpus file, by the format given, or else by how it begins."""
    if format is not None:
        return format == ARROW
    return path.is_file() and path.suffix == SUFFIX and head(path).startswith(_MAGIC)


def read_mapped(path: Path) -> Reading:
    """Map a corpus file; it has no annotations.

    Raises:
        FormatError: if it is none, or holds no text.
    """
    corpus = Corpus.load(path)
    if not corpus.n_tokens:
        raise FormatError("holds no document with text: the corpus is empty", path=path)
    return Reading(Gold(corpus, Annotations.of([])), ARROW)


class Spool(Collector):
    """Takes documents from readers as any collector does, and writes them out as they come."""

    def __init__(self, out: CorpusWriter) -> None:
        super().__init__()
        self._out = out
        self._held = 0
        self._left_out = 0

    def __len__(self) -> int:
        return self._out.n_documents + len(self._builder)

    def add(self, path: Path, document: Document) -> None:
        """Add a document; what is annotated in it is counted and left out.

        Raises:
            FormatError: if tokens do not fit the text, or the text cannot be stored as UTF-8.
        """
        self._build(path, document)
        self._left_out += len(document.mentions) + len(document.problems)
        self._held += len(document.text)
        if self._held >= PART:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if len(self._builder):
            self._out.add(self._builder.build().columns)
            self._builder = CorpusBuilder()
            self._held = 0

    def told(self) -> tuple[str, ...]:
        """All notes, each once."""
        lost = [f"{self._left_out:,} annotations were left out: a corpus file holds text alone"]
        return tuple(dict.fromkeys([*self.notes, *(lost if self._left_out else [])]))
