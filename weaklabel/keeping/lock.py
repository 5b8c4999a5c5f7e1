"""A run's log, which one process at a time may write."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from weaklabel.errors import RunFolderError

LOG = "log.jsonl"


def locked_log(path: Path) -> IO[str]:
    """The log of a run's folder, opened for appending; a line torn by a kill is cut off.

    Raises:
        RunFolderError: if another process has it.
    """
    file = path / LOG
    file.touch()
    log = file.open("r+", encoding="utf-8", newline="\n")
    try:
        fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        log.close()
        raise RunFolderError(
            f"{path} is in use by another weaklabel; wait, or use another --out"
        ) from None
    whole = file.read_bytes().rpartition(b"\n")
    os.truncate(file, len(whole[0]) + len(whole[1]))
    log.seek(0, os.SEEK_END)
    return log
