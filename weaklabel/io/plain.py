"""Plain text: a document a file (or a folder of files), or a document a line.

The text of a file is kept as it is, line ends too; only a byte order mark is taken off. A document
is called as its file without the ending (``text``), or by the number of its line (``lines``).
"""

from __future__ import annotations

from pathlib import Path

from weaklabel.ground.lines import each_line, read_text, split_lines
from weaklabel.io.reading import Collector, Document, Format

_SUFFIXES = (".txt", ".text")


def read_file(path: Path, collect: Collector, folder: Path | None = None) -> None:
    """Read a file as one document; inside a folder its id is the path within the folder.

    Raises:
        FormatError: if the file is not UTF-8.
    """
    name = path.stem if folder is None else path.relative_to(folder).with_suffix("").as_posix()
    collect.add(path, Document(name, read_text(path), 1))


def read_each_line(path: Path, collect: Collector, folder: Path | None = None) -> None:
    """Read each line that is not blank as a document, named by the number of its line.

    Raises:
        FormatError: if the file is not UTF-8.
    """
    prefix = "" if folder is None else f"{path.relative_to(folder).with_suffix('').as_posix()}:"
    for number, line in enumerate(each_line(path), 1):
        if line.strip():
            collect.add(path, Document(f"{prefix}{number}", line, number))
    collect.notes.append("each line is a document; --format text reads a file as one document")


_ENDS = (".", "!", "?", ":", ";", '"', "'", ")", "]", "”", "’")


def is_a_sentence_a_line(head: str) -> bool:
    r"""Whether lines are sentences: there are many, hardly one is blank, they end as sentences do.

    >>> is_a_sentence_a_line("It fell.\n" * 30), is_a_sentence_a_line("Text\nin lines.\n" * 30)
    (True, False)
    """
    lines = split_lines(head)
    full = [line.rstrip() for line in lines if line.strip()]
    ended = sum(line.endswith(_ENDS) for line in full)
    return len(full) >= 20 and len(full) >= 0.98 * len(lines) and ended >= 0.8 * len(full)


def _nothing(head: str) -> bool:
    return False  # any text could be either: the name of the file decides


TEXT = Format("text", "a document a file, or a folder of files", _SUFFIXES, _nothing, read_file)
LINES = Format("lines", "a sentence (or a document) a line", (), _nothing, read_each_line)
