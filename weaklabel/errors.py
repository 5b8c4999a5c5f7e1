"""Everything weaklabel raises on purpose.

* WeaklabelError
  - DataError            the text, spans or files are not what they claim to be
    . SpanError          a span cannot exist, or does not fit its sentence
    . FormatError        a file, or a line of it, cannot be read
  - ConfigError          a setting is unknown or impossible
  - RunFolderError       a run's folder belongs to another run, or is not one
  - TrainingError        training cannot go on (loss not finite, disk full)
  - MissingDependency    an optional package is not installed

To treat every mistake of a caller alike::

    try:
        weaklabel.run(experiment, seed=0)
    except weaklabel.WeaklabelError as error:
        print(error)
"""

from __future__ import annotations

from pathlib import Path


class WeaklabelError(Exception):
    """The root: anything weaklabel raises because of what it was given."""


class DataError(WeaklabelError, ValueError):
    """The data break a rule that weaklabel relies on."""


class SpanError(DataError):
    """A span is empty, negative, or longer than what it lies in."""


class FormatError(DataError):
    """A file cannot be read as the format it is taken for.

    >>> str(FormatError("expected two columns, got one", path="dev.conll", line=7))
    'dev.conll:7: expected two columns, got one'
    """

    def __init__(
        self, message: str, *, path: str | Path | None = None, line: int | None = None
    ) -> None:
        self.path = path
        self.line = line
        where = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(where + message)


class ConfigError(WeaklabelError, ValueError):
    """A setting is unknown, of the wrong type, or impossible beside another one."""


class RunFolderError(WeaklabelError):
    """The folder given for a run cannot be used for it."""


class TrainingError(WeaklabelError, RuntimeError):
    """Training cannot go on; what was saved before stays as it was."""


class MissingDependency(WeaklabelError, ImportError):
    """An optional package is needed and not installed."""
