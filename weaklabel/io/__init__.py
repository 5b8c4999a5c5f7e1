"""Bytes ↔ ground types: corpora (``FORMATS``) and dictionaries (``KB_FORMATS``).

A new format is one module here and one line in the table.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from weaklabel.components import functions
from weaklabel.corpus_file import SUFFIX, CorpusWriter
from weaklabel.errors import DataError, FormatError
from weaklabel.ground.atomic import replacing
from weaklabel.ground.lines import head_of
from weaklabel.io import dataset, plain
from weaklabel.io.arrow import ABOUT, ARROW, Spool, Streamed, is_mapped, read_mapped
from weaklabel.io.dataset import Rows, is_dataset, to_dataset
from weaklabel.io.kb import KB_FORMATS, KbFormat, read_lexicon
from weaklabel.io.reading import Collector, Format, Problem, Reading, Writer
from weaklabel.text import Annotations, Corpus

__all__ = [
    "FORMATS",
    "KB_FORMATS",
    "Format",
    "KbFormat",
    "Problem",
    "Reading",
    "Streamed",
    "guess_format",
    "read",
    "read_gold",
    "read_lexicon",
    "stream",
    "to_dataset",
    "write",
    "writer_for",
]

_log = logging.getLogger(__name__)

FORMATS: Mapping[str, Format] = functions(
    "format",
    {
        "jsonl": "weaklabel.io.jsonl:FORMAT",
        "conll": "weaklabel.io.conll:FORMAT",
        "pubtator": "weaklabel.io.pubtator:FORMAT",
        "text": "weaklabel.io.plain:TEXT",
        "lines": "weaklabel.io.plain:LINES",
    },
)
"""Formats of corpora, in the order in which their content is tried."""


def read(
    path: str | Path | Rows, *, format: str | None = None, type_map: Mapping[str, str] | None = None
) -> Corpus:
    """Read a corpus; :func:`weaklabel.io.read_gold` reads annotations too.

    Args:
        path: a file, a folder of files, or a ``datasets.Dataset`` with a column ``text`` or
            ``tokens`` (see :mod:`weaklabel.io.dataset`).
        format: a name in :data:`weaklabel.io.FORMATS`; guessed from content and name if not given.
        type_map: FROM → TO, types renamed on reading.

    Raises:
        FormatError: if it cannot be read; with file and line.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> _ = path.write_text("Aspirin helps. It is old.")
    >>> read(path)
    <Corpus: 1 documents, 2 sentences, 7 tokens>
    """
    return read_gold(path, format=format, type_map=type_map).gold.corpus


def read_gold(
    path: str | Path | Rows, *, format: str | None = None, type_map: Mapping[str, str] | None = None
) -> Reading:
    """Read a corpus and what it says about itself: annotations (maybe none), problems, notes.

    Args:
        path: a file, or a folder whose files are read in the order of their names; or a
            ``datasets.Dataset``.
        format: a name in ``FORMATS``; guessed from content and name if not given.
        type_map: FROM → TO, types renamed on reading.

    Raises:
        FormatError: if the format cannot be guessed, a line cannot be read, an id is used for
            two different documents, or there is no text at all.
    """
    if is_dataset(path):
        return _read_dataset(path, type_map or {})
    if not isinstance(path, str | PathLike):
        raise FormatError(f"cannot read a corpus from {type(path).__name__}: give a path, or a "
                          "datasets.Dataset. Texts make one by Corpus.from_texts")  # fmt: skip
    path = Path(path)
    if is_mapped(path, format, head_of):
        return read_mapped(path)
    collect = Collector()
    chosen = _read_into(collect, path, format)
    return collect.build(path, chosen.name, type_map or {})


def _read_dataset(rows: Rows, type_map: Mapping[str, str]) -> Reading:
    collect = Collector()
    dataset.read(rows, collect)
    reading = collect.build(Path(dataset.NAME), dataset.NAME, type_map)
    for note in reading.notes:
        _log.info("%s: %s", dataset.NAME, note)
    return reading


def _read_into(collect: Collector, path: Path, format: str | None) -> Format:
    """Hand all documents of a file or folder on; the format they have."""
    if path.is_dir():
        chosen, files = _files_of(path, format)
    else:
        chosen, files = _format_of(path, format), [path]
    for file in files:
        chosen.read(file, collect, path if path.is_dir() else None)
    if path.is_dir():
        others = sum(1 for _ in _visible(path)) - len(files)
        if others:
            collect.notes.append(f"{others:,} files of the folder were not read")
    return chosen


def stream(source: str | Path, target: str | Path, *, format: str | None = None) -> Streamed:
    """Turn a corpus of any format into a corpus file, without holding it in memory.

    The file is mapped when it is read again, so a corpus may be larger than memory. Annotations
    are not kept.

    Args:
        source: a file or folder, as for :func:`read`.
        target: the file to write; it should end in ``.arrow``. Whole or absent.
        format: a name in ``FORMATS``; guessed if not given.

    Raises:
        FormatError: as :func:`read`.
        DataError: if an id occurs twice.
    """
    source = Path(source)
    with CorpusWriter(target) as out:
        spool = Spool(out)
        _read_into(spool, source, format)
        spool.flush()
        if not out.n_tokens:
            raise FormatError("holds no document with text: the corpus is empty", path=source)
    _log.info("wrote %s (%d documents)", target, out.n_documents)
    return Streamed(out.n_documents, out.n_tokens, spool.told())


def write(
    path: str | Path, corpus: Corpus, annotations: Annotations, *, format: str | None = None
) -> None:
    """Write a corpus with annotations; the file is whole or absent.

    Args:
        path: its ending names the format unless ``format`` does.
        corpus: the documents.
        annotations: character spans; ``document`` are rows of ``corpus``.
        format: a name in ``FORMATS`` that can be written.

    Raises:
        FormatError: if the format is unknown or cannot be written.
        DataError: if an annotation is of a document the corpus does not have.
        SpanError: if a span leaves its document's text.

    >>> import tempfile
    >>> from weaklabel.text import Annotation
    >>> path = Path(tempfile.mkdtemp()) / "out.conll"
    >>> corpus = Corpus.from_texts(["Old fever."])
    >>> write(path, corpus, Annotations.of([Annotation(0, 0, 9, "Disease")]))
    >>> path.read_text().split()
    ['-DOCSTART-', '(0)', 'O', 'Old', 'B-Disease', 'fever', 'I-Disease', '.', 'O']
    """
    path = Path(path)
    writer = writer_for(path, format=format)
    if len(annotations) and int(np.max(annotations.document)) >= corpus.n_documents:
        raise DataError(
            f"an annotation is of document row {int(np.max(annotations.document))}; "
            f"the corpus has {corpus.n_documents}"
        )
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as out:
        writer(out, corpus, annotations)
    _log.info("wrote %s (%d documents)", path, corpus.n_documents)


def writer_for(path: str | Path, *, format: str | None = None) -> Writer:
    """What :func:`write` writes this file with: asked before long work, a mistake costs nothing.

    Raises:
        FormatError: if the format is unknown or cannot be written.
    """
    path = Path(path)
    if format is None and path.suffix == SUFFIX:
        raise FormatError(f"a {SUFFIX} file holds text alone; see weaklabel.io.stream", path=path)
    writable = {name: kind for name, kind in FORMATS.items() if kind.write is not None}
    name = format or _by_suffix(path, writable)
    if name not in writable or (writer := writable[name].write) is None:
        endings = ", ".join(f"{kind.suffixes[0]} ({key})" for key, kind in writable.items())
        got = f"format {format!r}" if format else "the ending of this name"
        raise FormatError(f"{got} is not one of those that can be written: {endings}", path=path)
    return writer


# ---- guessing -------------------------------------------------------------------------------
def guess_format(path: str | Path) -> str:
    """The name of a file's format, from its content first, then its name.

    Raises:
        FormatError: if it cannot be told; the message lists the formats.
    """
    path = Path(path)
    if is_mapped(path, None, head_of):
        return ARROW
    head = head_of(path)
    if not head.strip():
        raise FormatError("is empty: no document in it", path=path)
    for name, kind in FORMATS.items():
        if kind.recognises(head):
            return name
    name = _by_suffix(path, FORMATS)
    if name == "text" or (not name and not path.suffix):
        if "\0" not in head and not head.lstrip().startswith(("<?xml", "<!DOCTYPE", "{", "[")):
            return "lines" if plain.is_a_sentence_a_line(head) else "text"
    elif name:
        return name
    raise FormatError(f"cannot guess the format. {_listed()}", path=path)


def _format_of(path: Path, format: str | None) -> Format:
    if format is None:
        return FORMATS[guess_format(path)]
    if format not in FORMATS:
        raise FormatError(f"unknown format {format!r}. {_listed()}", path=path)
    return FORMATS[format]


def _listed() -> str:
    about = {name: kind.about for name, kind in FORMATS.items()} | {ARROW: ABOUT}
    rows = "".join(f"\n    --format {name:9} {said}" for name, said in about.items())
    return f"Give one of:{rows}"


def _by_suffix(path: Path, formats: Mapping[str, Format]) -> str:
    name = path.name.lower()
    return next((key for key, kind in formats.items() if name.endswith(kind.suffixes)), "")


def _visible(folder: Path) -> list[Path]:
    files = (f for f in folder.rglob("*") if f.is_file())
    return sorted(
        f for f in files if not any(p.startswith(".") for p in f.relative_to(folder).parts)
    )


def _files_of(folder: Path, format: str | None) -> tuple[Format, list[Path]]:
    """The files of a folder that have one format: the one given, or the first that has any."""
    files = _visible(folder)
    if format is not None:
        kind = _format_of(folder, format)
        return kind, [f for f in files if _by_suffix(f, {format: kind})] or files
    by_suffix = {f: _by_suffix(f, FORMATS) for f in files}
    for name in ("text", *FORMATS):
        chosen = [f for f in files if by_suffix[f] == name]
        if chosen:
            return FORMATS[name], chosen
    endings = ", ".join(suffix for kind in FORMATS.values() for suffix in kind.suffixes)
    raise FormatError(f"no file in this folder ends in one of {endings}", path=folder)
