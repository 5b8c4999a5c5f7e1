"""A corpus on disk: an Arrow file of one batch, one row a document, mapped into memory when read.

It is written part by part, so a corpus larger than memory can be: each column grows in a file of
its own, and the Arrow file is made of these at the end.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from weaklabel.errors import DataError, FormatError
from weaklabel.ground.atomic import replacing
from weaklabel.ground.columns import row_splits
from weaklabel.ground.types import Ints, Longs

if TYPE_CHECKING:
    from types import TracebackType

SUFFIX: Final = ".arrow"
PART: Final = 1 << 24
"""Characters of text that are held at a time when a corpus is streamed."""
_SCHEMA = pa.schema(
    {
        "id": pa.large_string(),
        "text": pa.large_string(),
        "title": pa.int32(),
        "sentence_tokens": pa.large_list(pa.int32()),
        "token_start": pa.large_list(pa.int32()),
        "token_end": pa.large_list(pa.int32()),
    }
)


class CorpusColumns(NamedTuple):
    """What a corpus is made of, and is written and read as; see :class:`weaklabel.text.Corpus`."""

    document_ids: pa.LargeStringArray
    texts: pa.LargeStringArray
    titles: Ints
    sentence_splits: Longs
    token_splits: Longs
    token_start: Ints
    token_end: Ints


def load(path: str | Path) -> CorpusColumns:
    """Map a corpus file; what is not looked at is not read.

    Raises:
        FormatError: if it is not there, or is no corpus file.
    """
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all().combine_chunks()
    except FileNotFoundError:
        raise FormatError("no such file", path=path) from None
    except (pa.ArrowInvalid, OSError) as error:
        raise FormatError(f"not an Arrow file, or cut: {error}", path=path) from None
    if table.schema.names != _SCHEMA.names or table.schema.types != _SCHEMA.types:
        raise FormatError(
            f"an Arrow file, but no corpus: its columns are {', '.join(table.schema.names)}",
            path=path,
        )
    rows = table.to_batches()[0] if table.num_rows else _nothing()
    sentences = rows.column("sentence_tokens")
    return CorpusColumns(
        rows.column("id"),
        rows.column("text"),
        rows.column("title").to_numpy(),
        sentences.offsets.to_numpy(),
        row_splits(sentences.values.to_numpy()),
        rows.column("token_start").values.to_numpy(),
        rows.column("token_end").values.to_numpy(),
    )


class CorpusWriter:
    """Writes a corpus part by part; memory does not grow with it. The file is whole or absent.

    Apart from 8 bytes a document, which tell that ids are unique, only one part is held at a time.

    >>> from weaklabel.text import Corpus
    >>> path = Path(tempfile.mkdtemp()) / "corpus.arrow"
    >>> with CorpusWriter(path) as out:
    ...     out.add(Corpus.from_texts(["Aspirin helps."], ids=["a"]).columns)
    ...     out.add(Corpus.from_texts(["Not always."], ids=["b"]).columns)
    >>> [sentence.text for sentence in Corpus.load(path)]
    ['Aspirin helps.', 'Not always.']
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.n_documents = self.n_tokens = 0
        self._files: dict[str, BinaryIO] = {}
        self._ends = dict.fromkeys(("id", "text", "sentence_tokens", "token"), 0)

    def __enter__(self) -> CorpusWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target: what is written there fits on the same disk.
        self._folder = Path(tempfile.mkdtemp(prefix=f".{self.path.name}.", dir=self.path.parent))
        for name in self._ends:
            self._write(f"{name}.splits", np.zeros(1, np.int64))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for file in self._files.values():
                file.close()
            if kind is None:
                self._refuse_twins()
                self._assemble()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, part: CorpusColumns) -> None:
        """Append the documents of a corpus, given as its columns."""
        from weaklabel.kernels.interning import keys_of  # loads a compiler: not when only reading
        from weaklabel.kernels.strings import flat

        self.n_documents += len(part.document_ids)
        self.n_tokens += len(part.token_start)
        for name, strings in (("id", part.document_ids), ("text", part.texts)):
            data, splits = flat(strings)
            data = data[splits[0] : splits[-1]]
            self._splits(name, splits - splits[0])
            self._write(name, data)
            if name == "id":
                self._write("keys", keys_of(data, splits - splits[0]))
        self._splits("sentence_tokens", part.sentence_splits)
        self._splits("token", part.token_splits[part.sentence_splits])
        self._write("title", part.titles)
        self._write("sentence_tokens", np.diff(part.token_splits).astype(np.int32))
        self._write("token_start", part.token_start)
        self._write("token_end", part.token_end)

    def _splits(self, name: str, splits: Longs) -> None:
        self._write(f"{name}.splits", splits[1:] + self._ends[name])
        self._ends[name] += int(splits[-1])

    def _write(self, name: str, values: npt.NDArray[Any]) -> None:
        if name not in self._files:
            self._files[name] = (self._folder / name).open("wb")
        self._files[name].write(np.ascontiguousarray(values).data)

    def _refuse_twins(self) -> None:
        """Refuse two documents of one id.

        Raises:
            DataError: naming the first such id.
        """
        keys = np.frombuffer(self._read("keys"), np.uint64)
        order = np.argsort(keys, kind="stable")
        same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
        ids = self._strings("id")
        for a, b in sorted(zip(order[same].tolist(), order[same + 1].tolist(), strict=True)):
            if ids[a] == ids[b]:  # and not, once in many millions, two ids of one key
                raise DataError(f"document {ids[a].as_py()!r} occurs twice; ids must be unique")

    def _assemble(self) -> None:
        tokens = self._numbers("token.splits", pa.int64())
        columns = [
            self._strings("id"),
            self._strings("text"),
            self._numbers("title", pa.int32()),
            pa.LargeListArray.from_arrays(
                self._numbers("sentence_tokens.splits", pa.int64()),
                self._numbers("sentence_tokens", pa.int32()),
            ),
            *(
                pa.LargeListArray.from_arrays(tokens, self._numbers(name, pa.int32()))
                for name in ("token_start", "token_end")
            ),
        ]
        with (
            replacing(self.path) as part,
            pa.OSFile(str(part), "wb") as sink,
            pa.ipc.new_file(sink, _SCHEMA) as writer,
        ):
            writer.write_batch(pa.record_batch(columns, schema=_SCHEMA))

    def _read(self, name: str) -> pa.Buffer:
        path = self._folder / name
        if not path.exists() or not path.stat().st_size:  # nothing cannot be mapped
            return pa.py_buffer(b"")
        return pa.memory_map(str(path)).read_buffer()

    def _strings(self, name: str) -> pa.LargeStringArray:
        return pa.LargeStringArray.from_buffers(
            self.n_documents, self._read(f"{name}.splits"), self._read(name)
        )

    def _numbers(self, name: str, kind: pa.DataType) -> pa.Array:
        raw = self._read(name)
        return pa.Array.from_buffers(kind, raw.size // (kind.bit_width // 8), [None, raw])


def _nothing() -> pa.RecordBatch:
    return pa.record_batch([pa.array([], field.type) for field in _SCHEMA], schema=_SCHEMA)


def in_parts(documents: Iterable[tuple[str, str]]) -> Iterator[tuple[list[str], list[str]]]:
    """Ids and texts of documents, so many at a time that there are about :data:`PART` characters.

    >>> [ids for ids, _ in in_parts([("a", "x" * PART), ("b", "y"), ("c", "z")])]
    [['a'], ['b', 'c']]
    """
    ids: list[str] = []
    texts: list[str] = []
    size = 0
    for name, text in documents:
        ids.append(name)
        texts.append(text)
        size += len(text)
        if size >= PART:
            yield ids, texts
            ids, texts, size = [], [], 0
    if ids:
        yield ids, texts


def refuse_twins(names: Sequence[str]) -> None:
    """Refuse ids of which two are the same.

    Raises:
        DataError: naming the first such id.
    """
    if len(set(names)) == len(names):
        return
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"document {name!r} occurs twice; ids must be unique")
        seen.add(name)
