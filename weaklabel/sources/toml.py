"""``sources.toml``: the sources of a run, one table each, asked in the order they stand.

::

    [[source]]
    kind = "regex"
    path = "doses.tsv"

    [[source]]
    kind = "function"
    module = "my_rules.py:dose"

Paths start from the folder of the file. The kinds are listed in :mod:`weaklabel.sources.kinds`.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from weaklabel.errors import ConfigError
from weaklabel.ground.config import read_toml
from weaklabel.sources.kinds import SOURCES
from weaklabel.sources.protocol import AnySource
from weaklabel.sources.settings import BUILT_IN

_TABLE = re.compile(r"\s*\[\[\s*source\s*\]\]")


def read_sources(path: str | Path) -> tuple[AnySource, ...]:
    r"""The sources that a file lists, in its order.

    Raises:
        ConfigError: if the file, a kind, an option or a function is not there (with the nearest
            name), or a name is taken; names file and line.
        FormatError: if a file that a table names cannot be read.

    >>> import tempfile
    >>> from weaklabel import Corpus, apply_sources
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "doses.tsv").write_text("Dose\t\\d+ mg\n")
    >>> _ = (folder / "sources.toml").write_text('[[source]]\nkind = "regex"\npath = "doses.tsv"')
    >>> apply_sources(Corpus.from_texts(["Take 5 mg."]), read_sources(folder / "sources.toml"))
    <Votes: 1 on 1 sentences, by doses>
    """
    path = Path(path)
    found: dict[str, AnySource] = {}
    for line, table in _tables(path):
        where = f"{path}:{line}"
        kind = table.get("kind")
        if not isinstance(kind, str):
            raise ConfigError(f'{where}: a source needs a kind, such as kind = "regex"')
        options = {name: value for name, value in table.items() if name != "kind"}
        each: AnySource = SOURCES.make(kind, options, path.parent, where=where)
        if each.name in found or each.name in (*BUILT_IN, "veto"):
            taken = "another source" if each.name in found else "a built-in source"
            raise ConfigError(f"{where}: {taken} is called {each.name!r}; give it a name = …")
        found[each.name] = each
    return tuple(found.values())


def sources_fingerprint(path: str | Path) -> str:
    """A hash of a ``sources.toml`` and of every file and folder that its options name.

    The Python files beside a file of functions count with it, as far as it imports them.
    Options called ``cache`` are passed over: what they name changes by being used.
    """
    path = Path(path)
    digest = hashlib.blake2b(path.read_bytes(), digest_size=16)
    for _, table in _tables(path):
        for text in _texts(table):
            for file in _with_imported(_named(path.parent, text)):
                digest.update(os.path.relpath(file, path.parent).encode() + b"\0")
                with file.open("rb") as opened:
                    digest.update(hashlib.file_digest(opened, "blake2b").digest())
    return digest.hexdigest()


def _tables(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each table with the line it begins at."""
    values = read_toml(path)
    unknown = sorted(set(values) - {"source"})
    tables = values.get("source", [])
    if unknown or not isinstance(tables, list):
        raise ConfigError(
            f"{path}: expected tables [[source]] alone, got {unknown[0] if unknown else 'source'!r}"
        )
    if not tables:
        raise ConfigError(f"{path}: lists no [[source]]")
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    heads = [number for number, line in enumerate(lines, 1) if _TABLE.match(line)]
    for at, table in enumerate(tables):
        yield heads[at] if at < len(heads) else 1, table


_NO_FILES = ("kind", "name", "cache")


def _texts(table: Mapping[str, Any]) -> Iterator[str]:
    """The texts in a table's options that may name files."""
    for option, value in table.items():
        for text in value if isinstance(value, list) else [value]:
            if option not in _NO_FILES and isinstance(text, str) and text.strip("./"):
                yield text


def _named(base: Path, text: str) -> list[Path]:
    """The files that an option's text names: a file, those of a folder, that of a function."""
    for name in (text, text.rpartition(":")[0]):
        place = base / name
        try:
            if name and place.is_file():
                return [place]
            if name and place.is_dir():
                return sorted(file for file in place.rglob("*") if file.is_file())
        except (OSError, ValueError):  # too long for a name, such as a prompt
            continue
    return []


def _with_imported(files: list[Path]) -> list[Path]:
    """Files, and those beside them that the Python ones among them import, each once."""
    found: dict[Path, None] = {}
    open_ = list(files)
    while open_:
        file = open_.pop(0)
        if file not in found:
            found[file] = None
            open_ += _imported(file) if file.suffix == ".py" else []
    return list(found)


def _imported(file: Path) -> list[Path]:
    """The Python files of its own folder that a file imports, at its head or in functions."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # whoever loads it says so
        return []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} if node.module else {alias.name for alias in node.names}
    tops = sorted({name.partition(".")[0] for name in names})
    modules = [file.parent / f"{top}.py" for top in tops]
    packages = [sorted((file.parent / top).rglob("*.py")) for top in tops]
    beside = [each for each in modules if each.is_file()]
    return beside + [each for package in packages for each in package]
