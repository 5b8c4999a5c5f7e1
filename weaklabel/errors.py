"""Everything weaklabel raises on purpose.

::

    WeaklabelError
        DataError            the text, spans or files are not what they claim to be
            SpanError        a span cannot exist, or does not fit its sentence
            FormatError      a file, or a line of it, cannot be read
        ConfigError          a setting is unknown or impossible
        RunFolderError       a run's folder belongs to another run, or is not one
        TrainingError        training cannot go on (loss not finite, disk full)
        MissingDependency    an optional package is not installed

To treat every mistake of a caller alike::

    try:
        weaklabel.run(experiment, seed=0)
    except weaklabel.WeaklabelError as error:
        print(error)
"""

from __future__ import annotations

from pathlib import Path


class WeaklabelError(Exception):
    """The root: anything weaklabel raises because of what it was given.

    >>> import weaklabel as wl
    >>> try:
    ...     wl.read("no-such-file.txt")
    ... except wl.WeaklabelError as error:
    ...     print(f"{type(error).__name__}: {error}")
    FormatError: no-such-file.txt: no such file or folder
    """


class DataError(WeaklabelError, ValueError):
    """The data break a rule that weaklabel relies on.

    >>> from weaklabel import Corpus
    >>> Corpus.from_texts(["One.", "Two."], ids=["d1", "d1"])
    Traceback (most recent call last):
    weaklabel.errors.DataError: document 'd1' occurs twice; ids must be unique
    """


class SpanError(DataError):
    """A span is empty, negative, or longer than what it lies in.

    >>> from weaklabel import Span
    >>> Span(3, 3, "Disease")
    Traceback (most recent call last):
    weaklabel.errors.SpanError: a span needs 0 <= start < end, got start=3, end=3 ('Disease')
    """


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
    """A setting is unknown, of the wrong type, or impossible beside another one.

    >>> from weaklabel import evaluate
    >>> evaluate.score(gold=None, predicted=None, scorer="conlleval")
    Traceback (most recent call last):
    weaklabel.errors.ConfigError: unknown scorer 'conlleval'; known: weaklabel, seqeval
    """


class RunFolderError(WeaklabelError):
    """The folder given for a run cannot be used for it.

    >>> from weaklabel.report import write_report
    >>> write_report("docs")
    Traceback (most recent call last):
    weaklabel.errors.RunFolderError: docs is no run's folder: it has none of manifest.json, ...
    """


class TrainingError(WeaklabelError, RuntimeError):
    """Training cannot go on; what was saved before stays as it was.

    >>> from unittest.mock import patch
    >>> from weaklabel.train.loop import pick_device
    >>> with patch("torch.cuda.is_available", return_value=False):  # a machine without a GPU
    ...     pick_device("cuda")
    Traceback (most recent call last):
    weaklabel.errors.TrainingError: --device cuda: torch sees no CUDA device here; use --device cpu
    """


class MissingDependency(WeaklabelError, ImportError):
    """An optional package is needed and not installed.

    >>> from weaklabel.ground.optional import require
    >>> require("no_such_package", extra="llm", what="This source")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    weaklabel.errors.MissingDependency: This source needs 'no_such_package', which is not ...
    """
