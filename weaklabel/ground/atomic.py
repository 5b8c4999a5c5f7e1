"""A file or a folder is whole or absent: write beside it, then rename."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; rename it over ``path`` if all went well.

    On any error, the part is removed and what stood at ``path`` before is left as it was.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as part:
    ...     _ = part.write_text("whole")
    >>> target.read_text(), sorted(p.name for p in target.parent.iterdir())
    ('whole', ['a.txt'])
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays last: writers of some libraries choose their format by it.
    part = target.with_name(f".{target.stem}.part{os.getpid()}{target.suffix}")
    try:
        yield part
        part.chmod(0o666 & ~_umask())  # some writers leave a file only its owner may read
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def replacing_folder(folder: str | Path) -> Iterator[Path]:
    """Yield a new folder beside ``folder`` to write to; it takes its place if all went well.

    What stood there before is moved aside, not written over: killed at any moment, this leaves the
    old folder, the new one or none, never a part. On an error the old one is as it was.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "made"
    >>> with replacing_folder(target) as part:
    ...     _ = (part / "a.txt").write_text("whole")
    >>> [p.name for p in target.iterdir()], [p.name for p in target.parent.iterdir()]
    (['a.txt'], ['made'])
    """
    target = Path(folder).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part{os.getpid()}")
    old = target.with_name(f".{target.name}.old{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        moved = target.exists()
        if moved:
            target.rename(old)
        try:
            part.rename(target)
        except BaseException:
            if moved:
                old.rename(target)
            raise
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


_PART = re.compile(r"\.(.*)\.(?:part|old)\d+(\.[^.]*)?")


def target_of(path: str | bytes | int | Path) -> str:
    """What a part is written for; any other path as it is.

    >>> target_of("runs/.votes.part4711.parquet"), target_of(".made.part1"), target_of(".hidden")
    ('runs/votes.parquet', 'made', '.hidden')
    """
    given = Path(os.fsdecode(path)) if not isinstance(path, int) else Path(str(path))
    found = _PART.fullmatch(given.name)
    return str(given.with_name(found[1] + (found[2] or "")) if found else given)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
