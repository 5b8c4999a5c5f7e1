"""How a verb ends when something goes wrong: one line for a mistake, a traceback for a bug."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import typer

from weaklabel.errors import ConfigError, MissingDependency, RunFolderError, WeaklabelError
from weaklabel.ground.atomic import target_of

RUN_FAILED, CALL_WRONG, INTERRUPTED = 1, 2, 130

F = TypeVar("F", bound=Callable[..., None])


class CallError(ConfigError):
    """The command line asks for something that cannot be."""


def polite(verb: F) -> F:
    """Turn errors on purpose into one line and an exit code; ``--traceback`` shows all."""

    @functools.wraps(verb)
    def wrapped(*args: Any, **options: Any) -> None:
        try:
            verb(*args, **options)
        except KeyboardInterrupt:
            resumable = "resume" in options
            _end("stopped; go on with --resume" if resumable else "stopped", INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(RUN_FAILED) from None
        except (WeaklabelError, OSError) as error:
            if options.get("traceback"):
                raise
            _end(*_told(error, resumable="resume" in options))

    return wrapped  # type: ignore[return-value]


def _told(error: WeaklabelError | OSError, *, resumable: bool) -> tuple[str, int]:
    if isinstance(error, ConfigError | RunFolderError | MissingDependency):
        return str(error), CALL_WRONG
    if isinstance(error, WeaklabelError):
        return str(error), RUN_FAILED
    place = f"{target_of(error.filename)}: " if error.filename else ""
    hint = ""
    if error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        hint = ". Nothing was written: make room, or give --out another place"
        if resumable:
            hint = ". What was finished is kept: make room and go on with --resume"
    return f"{place}{error.strerror or error}{hint}", RUN_FAILED


def _end(message: str, code: int) -> NoReturn:
    first, *more = f"weaklabel: {message}".splitlines()
    typer.echo("\n".join([first, *(f"    {line.strip()}" for line in more)]), err=True)
    raise typer.Exit(code) from None
