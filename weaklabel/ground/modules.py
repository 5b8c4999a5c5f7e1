"""Where code comes from: weaklabel itself, an installed package, or a file of the user's own."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType

LARGEST_PACKAGE = 5_000_000
"""Bytes of source up to which all of a package counts."""
_INSTALLED = ("site-packages", "dist-packages")


def is_ours(module: str) -> bool:
    """Whether a module is weaklabel's, whose code has one fingerprint for all of it."""
    return module.partition(".")[0] == "weaklabel"


def is_standard(module: str) -> bool:
    """Whether a module is Python's own."""
    top = module.partition(".")[0]
    return top != "__main__" and (top in sys.stdlib_module_names or top in ("builtins", ""))


def is_installed(module: str) -> bool:
    """Whether a module was installed, so that its version tells its code."""
    file = None if module == "__main__" else file_of(module)  # a notebook's is its launcher
    return file is not None and any(part in _INSTALLED for part in file.parts)


def is_users(module: str) -> bool:
    """Whether a module is the user's own: its code may change from one call to the next."""
    return not (is_ours(module) or is_standard(module) or is_installed(module))


def is_packaged(module: str) -> bool:
    """Whether a module lies in a package or was installed, unlike a person's script."""
    if is_standard(module) or module == "__main__":
        return False
    return "." in module or is_installed(module) or _is_package_file(file_of(module))


def _is_package_file(file: Path | None) -> bool:
    return file is not None and file.name == "__init__.py"


def file_of(module: str) -> Path | None:
    """The file of a module, whether it is imported or not; ``None`` if it has none."""
    loaded = sys.modules.get(module)
    place = getattr(loaded, "__file__", None)
    if loaded is None:
        place = _found(module)
    return None if place is None else Path(place)


def _found(module: str) -> str | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
    return spec.origin if spec is not None and spec.has_location else None


@cache
def version_of(module: str) -> str:
    """The version of the package that a module lies in; empty if it says none."""
    top = module.partition(".")[0]
    if is_standard(module):
        return ""
    try:
        return metadata.version(top)
    except metadata.PackageNotFoundError:
        return str(getattr(sys.modules.get(top), "__version__", ""))


def bytes_of(module: str) -> bytes:
    """The bytes of a module's file; empty if it has none."""
    file = file_of(module)
    try:
        return b"" if file is None else file.read_bytes()
    except OSError:
        return b""


def package_code(module: str) -> str:
    """A hash of the source of the package that a module lies in, or of the module's own file.

    Only its own file counts if it lies in no package, or in one of more than ``LARGEST_PACKAGE``
    bytes.
    """
    top = file_of(module.partition(".")[0])
    whole = _of_folder(top.parent) if top is not None and _is_package_file(top) else ""
    return whole or hashlib.blake2b(bytes_of(module), digest_size=16).hexdigest()


@cache
def _of_folder(folder: Path) -> str:
    """A hash of the Python files under a folder, once a process; empty if they are very large."""
    files = sorted(folder.rglob("*.py"))
    if sum(file.stat().st_size for file in files) > LARGEST_PACKAGE:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def with_what_it_imports(name: str) -> set[str]:
    """A module, if it is the user's own, and those of the user that it draws on."""
    found: set[str] = set()
    open_ = [name] if is_users(name) and file_of(name) is not None else []
    while open_:
        each = open_.pop()
        if each not in found:
            found.add(each)
            module = sys.modules.get(each)
            open_ += [] if module is None else _drawn_on(module)
    return found


def _drawn_on(module: ModuleType) -> list[str]:
    """The user's own modules that a module has taken something from, by name."""
    found = set()
    for value in list(vars(module).values()):
        own = isinstance(value, ModuleType)
        name = value.__name__ if own else getattr(value, "__module__", None)
        if isinstance(name, str) and name != module.__name__ and is_users(name):
            found.add(name)
    return sorted(found)
