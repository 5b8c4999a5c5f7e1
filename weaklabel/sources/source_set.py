"""SourceSet: the sources of a run, frozen: what they know is saved too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weaklabel.components import description, is_described
from weaklabel.errors import FormatError
from weaklabel.ground.atomic import write_text
from weaklabel.lexicon import Lexicon
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.sources.kinds import SOURCES
from weaklabel.sources.protocol import AnySource
from weaklabel.sources.tailoring.drop import Change

VERSION = 2


@dataclass(frozen=True, eq=False)
class SourceSet:
    """The sources of a run, in the order they are asked.

    Attributes:
        sources: those that grew of the dictionary, and the user's own.
        lexicon: the names that may speak.
        changes: names that may not, or may against a rule, and why.
    """

    sources: tuple[AnySource, ...]
    lexicon: Lexicon
    changes: tuple[Change, ...] = ()

    def __repr__(self) -> str:
        return f"<SourceSet: {', '.join(self.names)}; {len(self.lexicon):,} names>"

    def __iter__(self) -> Iterator[AnySource]:
        return iter(self.sources)

    @property
    def names(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(each.name for each in self.sources)

    def of_kind(self, kind: str) -> AnySource | None:
        """The first source of a kind; ``None`` where there is none."""
        return next((s for s in self.sources if getattr(s, "kind", None) == kind), None)

    def save(self, folder: str | Path) -> None:
        """Write ``lexicon.parquet`` and ``sources.json``; the user's functions are only named."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.lexicon.save(folder / "lexicon.parquet")
        about: dict[str, Any] = {"version": VERSION, "sources": [_described(s) for s in self]}
        write_text(folder / "sources.json", json.dumps(about, indent=1, sort_keys=True) + "\n")

    @classmethod
    def load(cls, folder: str | Path, extra: Mapping[str, AnySource] | None = None) -> SourceSet:
        """Read what :meth:`save` wrote.

        Args:
            folder: where it is.
            extra: the user's own sources by name, if the set had any.

        Raises:
            FormatError: if the folder is not a source set, or an own source is not given.
        """
        path = Path(folder) / "sources.json"
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise FormatError("no sources were saved here", path=path) from None
        if about.get("version") != VERSION:
            raise FormatError(
                f"sources of version {about.get('version')} cannot be read: this weaklabel reads "
                f"version {VERSION}; train the model again",
                path=path,
            )
        lexicon = Lexicon.load(Path(folder) / "lexicon.parquet")
        index = NameIndex(lexicon)
        sources = tuple(_restored(each, index, extra or {}, path) for each in about["sources"])
        return cls(sources, lexicon)


def _described(each: AnySource) -> dict[str, Any]:
    if not is_described(each):
        return {"name": each.name}
    kind: str = each.kind  # type: ignore[union-attr]
    return {"name": each.name, "kind": kind, "about": description(each)}


def _restored(
    about: Mapping[str, Any], index: NameIndex, extra: Mapping[str, AnySource], path: Path
) -> AnySource:
    name = about["name"]
    if name in extra:
        return extra[name]
    if "kind" not in about:
        raise FormatError(
            f"the source {name!r} is a function of yours and was not saved; "
            f"give it again when loading: load(folder, sources=[{name}]), or --sources FILE",
            path=path,
        )
    restored: AnySource = SOURCES.restored(about["kind"], about["about"], index, path=path)
    return restored
