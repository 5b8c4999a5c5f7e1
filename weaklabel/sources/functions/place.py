"""A labelling function named by its place: ``my_rules.py:dose`` or ``package.module:dose``."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from weaklabel.errors import ConfigError
from weaklabel.sources.functions.labelling_function import FunctionSource
from weaklabel.sources.functions.limits import limit_of
from weaklabel.sources.protocol import AnySource, CorpusSource, FollowingSource


@dataclass(frozen=True, kw_only=True)
class FunctionOptions:
    """Options of ``kind = "function"``.

    Attributes:
        module: where the function stands: ``FILE.py:NAME``, the file beside the table's own, or
            ``package.module:NAME``. A function without ``@source`` may yield any type.
        name: how the source is listed; the name it has if not given.
        limit_seconds: how long it may take over one document, 0 for ever; -1 for what it says.
    """

    module: str
    name: str = ""
    limit_seconds: float = -1.0

    def __post_init__(self) -> None:
        if self.limit_seconds != -1:
            limit_of(self.limit_seconds)


def from_options(options: FunctionOptions, base: Path) -> AnySource:
    """The source of a table of ``sources.toml``. This runs the file that is named.

    Raises:
        ConfigError: if there is no such file, module or function (with the nearest name), or the
            file fails when it is run; names its line.
    """
    found: AnySource = _source(options.module, base)
    if not isinstance(found, FunctionSource):
        if options.name or options.limit_seconds != -1:
            raise ConfigError(f"{options.module} is no @source: give it its name and limit there")
        return found
    name = options.name or found.name
    limit = found.limit_seconds
    if options.limit_seconds != -1:
        limit = limit_of(options.limit_seconds)
    return replace(found, name=name, limit_seconds=limit)


def _source(place: str, base: Path) -> Any:
    where, colon, name = place.rpartition(":")
    file = where.endswith(".py") or place.endswith(".py")
    module = _of_file(base / (where if colon else place)) if file else _of_package(where or place)
    usable = sorted(n for n, value in vars(module).items() if _usable(value, module))
    found = vars(module).get(name) if colon else None
    if not _usable(found, None):
        near = difflib.get_close_matches(name, usable, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else f"It has: {', '.join(usable) or 'none'}."
        if not colon:
            raise ConfigError(f"{place}: say which function, as {place}:NAME. {hint}")
        raise ConfigError(f"{where} has no source or function {name!r}. {hint}")
    return FunctionSource(found, name) if isinstance(found, FunctionType) else found


def _usable(value: Any, module: ModuleType | None) -> bool:
    """Whether something is a source, or a function (of this module) that may be one."""
    if isinstance(value, FunctionType):
        return module is None or value.__module__ == module.__name__
    if isinstance(value, type):
        return False
    return isinstance(value, FunctionSource | CorpusSource | FollowingSource)


def _of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigError(f"{path}: no such file")
    path = path.resolve()
    digest = hashlib.blake2b(str(path).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    name = f"weaklabel_source_{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ConfigError(_failed(path, error)) from error
    return module


def _of_package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(
            f"no module {error.name!r} is installed; a file is named with its ending, as "
            f"my_rules.py:NAME"
        ) from None
    except ValueError:
        raise ConfigError(f"{name!r} is no module: expected FILE.py:NAME or MODULE:NAME") from None


def _failed(path: Path, error: BaseException) -> str:
    """What happened when a file was run, and at which of its lines."""
    if isinstance(error, SyntaxError):
        return f"{path}:{error.lineno}: not valid Python: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    at = f":{lines[-1]}" if lines else ""
    return f"{path}{at}: {type(error).__name__}: {error}"
