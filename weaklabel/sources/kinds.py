"""The table of sources: those a ``sources.toml`` lists, and those that grow of a dictionary.

A *listed* source is one function, named here as text so that nothing is imported before it is
asked for::

    def from_options(options: RegexOptions, base: Path) -> RegexSource: ...

Its annotations are read. The first argument is a frozen dataclass: its fields are the options a
table may have (an unknown one is refused, a field without a default must be given). ``base`` is
the folder that relative paths start from. The class it returns may offer three things, and then a
saved model brings the source back without its files: ``kind``, the name below; ``describe()``, all
it knows as plain JSON values; and a class method ``from_description(about)``, the inverse. A source
that needs no folder may be one class: a frozen dataclass that is its options, with ``kind``,
``name`` and ``label(corpus)``.

A *grown* source is one class, its *plan*: a frozen dataclass of options, which ``config.toml``
writes out, with a ``kind`` and a method ``grow(soil)`` that makes the source of what a run knows
(:class:`weaklabel.sources.soil.Soil`), or ``None`` where the dictionary does not bear it out. Its
class variable ``learnt`` is the class of what grows: a frozen source with ``kind``, ``name``,
``describe()``, and a class method ``from_description(about, index)``, where ``index`` holds the
names that may speak, which are saved beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from weaklabel.components import Table, is_described
from weaklabel.errors import ConfigError

if TYPE_CHECKING:
    from weaklabel.sources.dictionary.source import NameIndex
    from weaklabel.sources.protocol import AnySource
    from weaklabel.sources.soil import Soil

__all__ = ["SOURCES", "Plan", "SourceTable", "is_described"]


@runtime_checkable
class Plan(Protocol):
    """How a source grows; a frozen dataclass of options."""

    kind: ClassVar[str]

    def grow(self, soil: Soil, /) -> AnySource | None:
        """The source, or ``None`` where what is known of the run does not bear it out."""
        ...


class SourceTable(Table):
    """The table of sources: a class with ``grow`` is a plan, all else makes a listed source."""

    def is_grown(self, kind: str) -> bool:
        """Whether a kind grows of the dictionary.

        Raises:
            ConfigError: as :meth:`~weaklabel.components.Table.load`.
        """
        return hasattr(self.load(kind), "grow")

    def make(self, kind: str, options: Mapping[str, Any], *more: Any, where: str = "") -> Any:
        """A plan, or a listed source.

        Args:
            kind: one of :meth:`~weaklabel.components.Table.kinds`.
            options: by name, without ``kind``.
            more: the folder that relative paths of a listed source start from.
            where: the place in a file, for messages.

        Raises:
            ConfigError: if the kind or an option is unknown (with the nearest name), or one is
                missing; for a listed source without a folder, and a plan with one.
            FormatError: if a file that the options name cannot be read.

        >>> SOURCES.make("consistency", {"min_length": 5})
        Consistency(min_length=5)
        >>> SOURCES.make("regexp", {}, Path())
        Traceback (most recent call last):
            ...
        weaklabel.errors.ConfigError: no source of kind 'regexp'. Did you mean 'regex'?
        """
        at = f"{where}: " if where else ""
        found = self.load(kind, where=where)
        grown = hasattr(found, "grow")
        if grown and more:
            raise ConfigError(
                f"{at}a source of kind {kind!r} grows of the run's dictionary: choose it in the "
                f'configuration, [[sources]] kind = "{kind}"'
            )
        if not grown and not more:
            raise ConfigError(
                f"{at}a source of kind {kind!r} is made of files of yours: list it in a "
                "sources.toml ([[source]]) and give that with --sources"
            )
        if isinstance(found, type):  # a class needs no folder: it is its options
            more = ()
        return super().make(kind, options, *more, where=where)

    def restored(
        self, kind: str, about: Mapping[str, Any], index: NameIndex, *, path: Path | None = None
    ) -> Any:
        """The source that a saved model describes.

        Args:
            kind: what its ``kind`` said.
            about: what its ``describe()`` said.
            index: the names that may speak, for sources that grew of them.
            path: the file it stands in, for messages.

        Raises:
            FormatError: if the kind is unknown here (a package that brought it is not installed),
                or the description is not one of its own.
        """
        known = kind in self
        more = (index,) if known and self.is_grown(kind) else ()
        return self.restore(kind, about, *more, path=path)


SOURCES = SourceTable(
    "source",
    {
        "dictionary": "weaklabel.sources.dictionary.plan:Dictionary",
        "pattern": "weaklabel.sources.grown.pattern:Pattern",
        "spelling": "weaklabel.sources.grown.spelling:Spelling",
        "adjective": "weaklabel.sources.grown.adjective:Adjective",
        "composition": "weaklabel.sources.grown.composition:Composition",
        "abbreviation": "weaklabel.sources.grown.abbreviation:Abbreviation",
        "consistency": "weaklabel.sources.grown.consistency:Consistency",
        "veto": "weaklabel.sources.veto:Veto",
        "function": "weaklabel.sources.functions.place:from_options",
        "regex": "weaklabel.sources.patterns.regex:from_options",
        "spacy-patterns": "weaklabel.sources.patterns.spacy_patterns:from_options",
        "exported": "weaklabel.sources.tools.exports:from_options",
        "spacy": "weaklabel.sources.tools.spacy_pipeline:from_options",
        "transformers": "weaklabel.sources.tools.transformers_pipeline:from_options",
        "llm": "weaklabel.sources.tools.llm:from_options",
        "fuzzy": "weaklabel.wiring.sources:fuzzy",
        "phrases": "weaklabel.wiring.sources:phrases",
        "tagger": "weaklabel.wiring.sources:tagger",
    },
)
"""Kind → ``"module:name"`` of the class of a plan, or of the function that makes a listed one.

Packages bring kinds of their own by entry points of the group ``weaklabel.sources``.
"""
