"""Corpus, Sentence, Span, Annotations, Gold: the text and what is said about it.

Offsets are authoritative. A document keeps its text; tokens and sentences are views into it,
held as flat arrays with row splits, so that a corpus costs a few bytes a token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from weaklabel.errors import DataError
from weaklabel.ground.annotations import Annotation, Annotations
from weaklabel.ground.columns import Interned, row_ranges, row_splits
from weaklabel.ground.segment import Offsets
from weaklabel.ground.spans import OUTSIDE, UNKNOWN, Found, Sentence, Span, checked_offsets
from weaklabel.ground.types import Bools, Ints, Longs

if TYPE_CHECKING:
    import pyarrow as pa

    from weaklabel.corpus_file import CorpusColumns
    from weaklabel.kernels.documents import Worded
    from weaklabel.kernels.interning import Vocabulary

__all__ = [
    "OUTSIDE", "UNKNOWN", "Annotation", "Annotations", "Corpus", "CorpusBuilder", "Found", "Gold",
    "Interned", "Ints", "Longs", "Sentence", "Span",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Corpus(Sequence[Sentence]):
    """Documents, columnar: ``D`` documents, ``S`` sentences, ``N`` tokens.

    Attributes:
        document_ids: ``D`` strings, unique.
        texts: ``D`` strings (Arrow, may be memory-mapped).
        titles: ``(D,)`` the character at which a document's title ends, -1 where it has none.
        sentence_splits: ``(D + 1,)`` row splits, documents → sentences.
        token_splits: ``(S + 1,)`` row splits, sentences → tokens.
        token_start, token_end: ``(N,)`` character offsets into the token's own document.

    >>> corpus = Corpus.from_texts(["Aspirin helps. It is old."], ids=["d1"])
    >>> len(corpus), corpus[1].words
    (2, ['It', 'is', 'old', '.'])
    """

    document_ids: pa.LargeStringArray
    texts: pa.LargeStringArray
    titles: Ints
    sentence_splits: Longs
    token_splits: Longs
    token_start: Ints
    token_end: Ints

    # ---- making one -------------------------------------------------------------------------
    @classmethod
    def from_texts(
        cls, texts: Iterable[str] | pa.LargeStringArray, *, ids: Iterable[str] | None = None
    ) -> Corpus:
        """A corpus of plain texts, one document each, tokenised and split by our rules.

        Texts that are an Arrow array, a mapped one say, are neither copied nor made strings.
        """
        import pyarrow as pa

        from weaklabel.corpus_file import refuse_twins

        if not isinstance(texts, pa.LargeStringArray):
            texts = list(texts)
        titles = np.full(len(texts), -1, np.int32)
        if ids is None:
            return _corpus(pa.array(np.arange(len(texts))).cast(pa.large_string()), texts, titles)
        names = [*ids][: len(texts)]
        refuse_twins(names)
        return _corpus(pa.array(names, pa.large_string()), texts, titles)

    # ---- sizes and views --------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.token_splits) - 1

    @property
    def n_documents(self) -> int:
        """``D``."""
        return len(self.sentence_splits) - 1

    @property
    def n_tokens(self) -> int:
        """``N``."""
        return len(self.token_start)

    @cached_property
    def sentence_document(self) -> Ints:
        """``(S,)``: the document each sentence belongs to."""
        counts = np.diff(self.sentence_splits)
        return np.repeat(np.arange(self.n_documents, dtype=np.int32), counts)

    @cached_property
    def token_sentence(self) -> Ints:
        """``(N,)``: the sentence each token belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.token_splits))

    @cached_property
    def lengths(self) -> Longs:
        """``(S,)``: tokens in each sentence."""
        lengths: Longs = np.diff(self.token_splits)
        return lengths

    def document_id(self, document: int) -> str:
        """The id of a document by its row."""
        return str(self.document_ids[document].as_py())

    def document_text(self, document: int) -> str:
        """The text of a document by its row."""
        return str(self.texts[document].as_py())

    @cached_property
    def document_rows(self) -> dict[str, int]:
        """Document id → row."""
        return {name: row for row, name in enumerate(self.document_ids.to_pylist())}

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = int(index)
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(f"sentence {index} of a corpus of {len(self)}")
        return self._sentence(index, *self._document_at(int(self.sentence_document[index])))

    def __iter__(self) -> Iterator[Sentence]:
        for document in range(self.n_documents):
            name, text = self.document_id(document), self.document_text(document)
            for i in range(self.sentence_splits[document], self.sentence_splits[document + 1]):
                yield self._sentence(int(i), name, text)

    def _document_at(self, document: int) -> tuple[str, str]:
        """Id and text of a document, the last one kept: its sentences share one string."""
        last: tuple[int, str, str] | None = self.__dict__.get("_last_document")
        if last is None or last[0] != document:
            last = (document, self.document_id(document), self.document_text(document))
            self.__dict__["_last_document"] = last
        return last[1:]

    def _sentence(self, index: int, name: str, text: str) -> Sentence:
        a, b = self.token_splits[index], self.token_splits[index + 1]
        offsets = zip(self.token_start[a:b].tolist(), self.token_end[a:b].tolist(), strict=True)
        return Sentence(name, index, text, tuple(offsets))

    @cached_property
    def interned(self) -> Interned:
        """Token ids: every distinct token string once, in order of first appearance."""
        ids, words = self.token_ids
        return Interned(ids, tuple(words.strings()))

    @cached_property
    def token_ids(self) -> tuple[Ints, Vocabulary]:
        """``(N,)`` index of each token's string, and the strings as flat bytes."""
        from weaklabel.kernels.documents import words_joined

        parts = self.__dict__.pop("worded", None)
        return words_joined(parts) if parts else self.ids_of(0, self.n_documents)

    @cached_property
    def worded(self) -> tuple[Worded, ...]:
        """Batches whose tokens are known as words since they were read; none where they are not."""
        return ()

    def ids_of(self, first: int, last: int) -> tuple[Ints, Vocabulary]:
        """As :attr:`token_ids`, for a range of documents, and not kept."""
        from weaklabel.kernels.interning import byte_offsets, interned
        from weaklabel.kernels.strings import flat

        data, splits = flat(self.texts.slice(first, last - first))
        tokens = self.token_splits[self.sentence_splits[first : last + 1]]
        starts, ends = (x[tokens[0] : tokens[-1]] for x in (self.token_start, self.token_end))
        places = byte_offsets(data, splits[:-1], splits[1:], tokens - tokens[0], starts, ends)
        return interned(data, *places)

    @cached_property
    def space_before(self) -> Bools:
        """``(N,)``: whether white space (or nothing) stands right before a token."""
        glued = np.zeros(self.n_tokens, np.bool_)
        glued[1:] = self.token_start[1:] == self.token_end[:-1]
        first = self.token_splits[:-1][self.lengths > 0]
        glued[first] = False
        return ~glued

    # ---- parts ------------------------------------------------------------------------------
    def select(self, documents: Sequence[int] | npt.NDArray[np.integer]) -> Corpus:
        """The corpus of some documents, in the order given (rows, or a boolean mask)."""
        import pyarrow as pa

        rows = np.asarray(documents)
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
        sentence_rows = row_ranges(self.sentence_splits, rows)
        token_rows = row_ranges(self.token_splits, sentence_rows)
        return Corpus(
            self.document_ids.take(pa.array(rows, pa.int64())),
            self.texts.take(pa.array(rows, pa.int64())),
            self.titles[rows],
            row_splits(np.diff(self.sentence_splits)[rows]),
            row_splits(self.lengths[sentence_rows]),
            self.token_start[token_rows],
            self.token_end[token_rows],
        )

    def concat(self, other: Corpus) -> Corpus:
        """Both corpora's documents, one after the other.

        Raises:
            DataError: if an id is in both.
        """
        import pyarrow as pa

        from weaklabel.corpus_file import refuse_twins

        a, b = self.columns, other.columns
        ids = pa.concat_arrays([a.document_ids, b.document_ids])
        refuse_twins(ids.to_pylist())
        return Corpus(
            ids,
            pa.concat_arrays([a.texts, b.texts]),
            np.concatenate([a.titles, b.titles]),
            np.concatenate([a.sentence_splits, b.sentence_splits[1:] + len(self)]),
            np.concatenate([a.token_splits, b.token_splits[1:] + self.n_tokens]),
            np.concatenate([a.token_start, b.token_start]),
            np.concatenate([a.token_end, b.token_end]),
        )

    # ---- disk -------------------------------------------------------------------------------
    @property
    def columns(self) -> CorpusColumns:
        """All it is made of, in the order of the attributes."""
        from weaklabel.corpus_file import CorpusColumns

        return CorpusColumns(*(getattr(self, name) for name in CorpusColumns._fields))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of ids, texts and offsets: equal corpora have equal fingerprints."""
        digest = hashlib.blake2b(digest_size=16)
        for document in range(self.n_documents):
            digest.update(self.document_id(document).encode() + b"\0")
            digest.update(self.document_text(document).encode("utf-8", "surrogatepass") + b"\0")
        for array in (self.sentence_splits, self.token_splits, self.token_start, self.token_end):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write an Arrow file, one row a document; whole or absent."""
        from weaklabel.corpus_file import CorpusWriter

        with CorpusWriter(path) as out:
            out.add(self.columns)

    @classmethod
    def load(cls, path: str | Path) -> Corpus:
        """Memory-map a corpus written by :meth:`save` or :meth:`streamed`; nothing is copied.

        Raises:
            FormatError: if it is no such file.
        """
        from weaklabel import corpus_file

        return cls(*corpus_file.load(path))

    @classmethod
    def streamed(cls, path: str | Path, documents: Iterable[tuple[str, str]]) -> Corpus:
        """Write ids and texts that need not fit into memory, and map the corpus they make.

        Args:
            path: the file, whole or absent.
            documents: any number of ids and texts, read once and in order.

        Raises:
            DataError: if an id occurs twice.
        """
        from weaklabel.corpus_file import CorpusWriter, in_parts

        with CorpusWriter(path) as out:
            for ids, texts in in_parts(documents):
                out.add(cls.from_texts(texts, ids=ids).columns)
        return cls.load(path)

    # ---- showing itself ---------------------------------------------------------------------
    def __repr__(self) -> str:
        return (
            f"<Corpus: {self.n_documents:,} documents, {len(self):,} sentences, "
            f"{self.n_tokens:,} tokens>"
        )


class CorpusBuilder:
    """Collects documents and makes a :class:`Corpus` of them.

    >>> builder = CorpusBuilder()
    >>> builder.add("d1", "Aspirin helps.", tokens=[[(0, 7), (8, 14)]])  # tokens of your own
    >>> builder.build()[0].words
    ['Aspirin', 'helps.']
    """

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._texts: list[str] = []
        self._titles: list[int] = []
        self._given: dict[int, list[Sequence[Offsets]]] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def __contains__(self, document_id: str) -> bool:
        return document_id in self._ids

    def add(
        self,
        document_id: str,
        text: str,
        *,
        title: int = -1,
        tokens: Sequence[Sequence[Offsets]] | None = None,
    ) -> None:
        """Add a document.

        Args:
            document_id: unique in the corpus.
            text: kept as it is.
            title: where the title ends (a sentence ends there too), -1 without one.
            tokens: the offsets of each sentence's tokens, where the file brings its own.

        Raises:
            DataError: if the id was added before.
            SpanError: if a token leaves the text or they are out of order.
        """
        if document_id in self._ids:
            raise DataError(f"document {document_id!r} occurs twice; ids must be unique")
        if tokens is not None:
            self._given[len(self._texts)] = checked_offsets(document_id, text, tokens)
        self._ids[document_id] = None
        self._texts.append(text)
        self._titles.append(title)

    def build(self) -> Corpus:
        """The corpus of all documents added; those without tokens are tokenised by our rules."""
        import pyarrow as pa

        ids = pa.array(list(self._ids), pa.large_string())
        return _corpus(ids, self._texts, np.array(self._titles, np.int32), self._given)


def _corpus(
    ids: pa.LargeStringArray,
    texts: Sequence[str] | pa.LargeStringArray,
    titles: Ints,
    given: Mapping[int, Sequence[Sequence[Offsets]]] | None = None,
) -> Corpus:
    """A corpus; ``given`` are the tokens of documents, by row, that bring their own."""
    from weaklabel.kernels.documents import segmented, segmented_around

    known: tuple[Worded, ...] = ()
    if given:
        held, found = segmented_around(texts, titles, given)
    else:
        held, found, known = segmented(texts, titles)
    corpus = Corpus(
        ids,
        held,
        titles,
        row_splits(found.document_sentences),
        row_splits(found.sentence_tokens),
        found.start,
        found.end,
    )
    if known:
        corpus.__dict__["worded"] = known  # no second look
    return corpus


@dataclass(frozen=True)
class Gold:
    """A corpus and a person's spans. Only evaluation and dev selection ever see one.

    >>> truth = Annotations.of([Annotation(0, 0, 7, "Chemical")])
    >>> Gold(Corpus.from_texts(["Aspirin helps."]), truth).annotations
    <Annotations: 1 of Chemical>
    """

    corpus: Corpus
    annotations: Annotations
