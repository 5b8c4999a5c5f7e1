"""Regular expressions in a process of their own, which is killed if one takes too long.

:mod:`re` lets no other thread run while it matches and looks for signals in the main thread alone:
elsewhere (and on Windows) nothing inside the process can stop a pattern that explodes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from weaklabel.errors import WeaklabelError
from weaklabel.sources.functions.limits import OutOfTime
from weaklabel.sources.patterns import regex_child

_PROGRAM = str(Path(regex_child.__file__).resolve())

Ranges = list[tuple[int, int]]


class RegexWorker:
    r"""A process that matches; started when first asked, and again after it was killed.

    >>> with RegexWorker() as worker:
    ...     worker.spans(re.compile(r"(\d+) mg"), 1, ["5 mg, 12 mg", "none"], seconds=60)
    [[(0, 1), (6, 8)], []]
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RegexWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def spans(
        self, pattern: re.Pattern[str], group: int | str, texts: Sequence[str], *, seconds: float
    ) -> list[Ranges]:
        """First and last character of each match, in each text.

        Args:
            pattern: what is matched.
            group: the part of a match that counts; (-1, -1) where it took no part.
            texts: what it is matched in.
            seconds: how long all the texts may take. Starting the process does not count.

        Raises:
            OutOfTime: if they take longer.
            WeaklabelError: if the process ends by itself.
        """
        request = {"pattern": pattern.pattern, "flags": pattern.flags, "group": group}
        reply = self._asked({**request, "texts": list(texts)}, seconds)
        return [[(first, last) for first, last in found] for found in reply]

    def stop(self) -> None:
        """End the process, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()  # closes what is open and waits for the end

    def _asked(self, request: dict[str, Any], seconds: float) -> Any:
        process = self._running()
        over = threading.Event()

        def end() -> None:
            over.set()
            process.kill()

        line = json.dumps(request).encode() + b"\n"
        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            reply = _exchanged(process, line)
        finally:
            timer.cancel()
            timer.join()
        if over.is_set():
            self.stop()
        if reply.endswith(b"\n"):
            return json.loads(reply)
        self.stop()
        if over.is_set():
            raise OutOfTime
        raise WeaklabelError(
            f"the process that matches regular expressions ended by itself "
            f"(exit code {process.returncode}) at {request['pattern']!r}"
        )

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, ready to match."""
        if self._process is None:
            command = [sys.executable, "-I", "-S", _PROGRAM]
            pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere)
            _exchanged(self._process, b'{"pattern": "", "flags": 0, "group": 0, "texts": []}\n')
        return self._process


def _exchanged(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """What it answers to a line; a part of it, or nothing, where it ended before."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return b""
