"""One door for each optional package, and a sign on it that says how to open it."""

from __future__ import annotations

import importlib
from types import ModuleType

from weaklabel.errors import MissingDependency


def require(module: str, *, extra: str, what: str) -> ModuleType:
    """Import an optional module, or say which extra installs it.

    Args:
        module: the module's import name.
        extra: the extra of weaklabel that installs it.
        what: what needs it, as the start of a sentence.

    Raises:
        MissingDependency: if the module is not installed. A module that *is* installed but
            broken inside raises its own error: it must not be reported as missing.

    >>> require("json", extra="none", what="This example").__name__
    'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingDependency(
            f"{what} needs {module!r}, which is not installed; "
            f"run: pip install 'weaklabel[{extra}]'"
        ) from None
