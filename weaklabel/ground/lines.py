"""Bytes → text: UTF-8 with or without a byte order mark, any line ends, errors with file:line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from weaklabel.errors import FormatError

_HEAD_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 22


def read_text(path: Path) -> str:
    """A whole file as text; a byte order mark is taken off, line ends stay as they are.

    Raises:
        FormatError: if the file cannot be opened, or is not UTF-8 (with line and byte).
    """
    raw = _read_bytes(path)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _broken(path, raw, error) from None
    return text.removeprefix("\ufeff")


def read_lines(path: Path) -> list[str]:
    r"""The lines of a file without their ends: ``\n``, ``\r\n``, or ``\r`` where there is no other.

    Only these end a line: a form feed or U+2028 inside a text does not.

    Raises:
        FormatError: as :func:`read_text`.
    """
    return split_lines(read_text(path))


def each_line(path: Path) -> Iterator[str]:
    """The lines :func:`read_lines` gives, one by one, without holding the whole file.

    Raises:
        FormatError: as :func:`read_text`.
    """
    first = True
    try:
        with path.open("rb") as file:
            while block := file.readlines(_BLOCK_BYTES):
                try:
                    text = b"".join(block).decode("utf-8")
                except UnicodeDecodeError:
                    read_text(path)  # tells where, counted from the start of the file
                    raise
                # A lone carriage return ends a line only in files that have no line feed, which
                # are a single block.
                yield from split_lines(text.removeprefix("\ufeff")) if first else _fed(text)
                first = False
    except FileNotFoundError:
        raise FormatError("no such file or folder", path=path) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", path=path) from None


def split_lines(text: str) -> list[str]:
    r"""Split at line ends, as :func:`read_lines` does.

    >>> split_lines("one\r\ntwo\u2028still two\n\nfour\n")
    ['one', 'two\u2028still two', '', 'four']
    """
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    return _fed(text)


def _fed(text: str) -> list[str]:
    lines = (text.replace("\r\n", "\n") if "\r" in text else text).split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def head_of(path: Path) -> str:
    """The first 64 KiB of a file, to guess its format by; undecodable bytes are replaced.

    Raises:
        FormatError: if the file cannot be opened.
    """
    raw = _read_bytes(path, _HEAD_BYTES)
    return raw.decode("utf-8", "replace").removeprefix("\ufeff")


_CODES = {"\t": "%09", "\n": "%0A", "\r": "%0D", "|": "%7C", ",": "%2C", ";": "%3B", "%": "%25"}
_CHARACTERS = {code: character for character, code in _CODES.items()}
_CODE = re.compile("|".join(_CHARACTERS))
_MISTAKABLE = re.compile("%(?=" + "|".join(code[1:] for code in _CHARACTERS) + ")")


def escaped(cell: str, separators: str = "") -> str:
    r"""A string for a cell: tabs, line breaks and separators as ``%09`` and alike.

    >>> escaped("a\tb|c", "|"), unescaped("a%09b%7Cc"), escaped("100%")
    ('a%09b%7Cc', 'a\tb|c', '100%')
    """
    cell = _MISTAKABLE.sub("%25", cell)
    for character in "\t\n\r" + separators:
        cell = cell.replace(character, _CODES[character])
    return cell


def unescaped(cell: str) -> str:
    """The inverse of :func:`escaped`; other ``%`` codes stay as they are."""
    return _CODE.sub(lambda m: _CHARACTERS[m.group()], cell) if "%" in cell else cell


def _read_bytes(path: Path, limit: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except FileNotFoundError:
        raise FormatError("no such file or folder", path=path) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", path=path) from None


def _broken(path: Path, raw: bytes, error: UnicodeDecodeError) -> FormatError:
    line = raw.count(b"\n", 0, error.start) + 1
    column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        hint = "It looks like UTF-16."
    else:
        hint = "It may be Latin-1 or Windows-1252."
    return FormatError(
        f"byte 0x{raw[error.start]:02x} (byte {column} of the line, {error.start} of the file, "
        f"from 0) is not UTF-8. {hint} Save the file as UTF-8",
        path=path,
        line=line,
    )
