"""The lines of a text file, numbered by everyone alike."""

from __future__ import annotations

from pathlib import Path

from weaklabel.errors import FormatError


def lines_of(path: Path) -> list[str]:
    """The lines of a text file.

    Only line feeds end one: a form feed in a pattern is a character of it.

    Raises:
        FormatError: if it is not there or not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FormatError("no such file", path=path) from None
    except (IsADirectoryError, UnicodeDecodeError) as error:
        raise FormatError(f"cannot be read as text: {error}", path=path) from None
    return [line.rstrip("\r") for line in text.split("\n")]
