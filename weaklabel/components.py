"""Everything that can be chosen: tables of components by kind, ours and other packages'.

A component is a frozen dataclass *that is its options*, with a class variable ``kind``. It is named
in a table as text, so that nothing is imported before it is chosen::

    AGGREGATORS = table("aggregator", {"weighted": "weaklabel.aggregate.weighted:WeightedVote"})

Another package adds to a table by an entry point of the group ``weaklabel.aggregators``, written in
the same way. Where making a component needs more than its options (a source in a ``sources.toml``
needs the folder that paths start from), the table names a function instead, whose first argument
is annotated with the dataclass of options.

What a component learns is a frozen value of its own, with ``kind``, ``describe()`` (all it knows,
as plain JSON values) and a class method ``from_description(about, …)``, the inverse; one that is
its options and no more needs neither. Its class is the component's ``learnt``, a class variable,
where it is not the component's own class.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from weaklabel.errors import ConfigError, FormatError, MissingDependency
from weaklabel.ground.config import CHOICE, checked, to_mapping


@dataclass(frozen=True, eq=False)
class Table(Mapping[str, Any]):
    """The components of one sort, by kind: a mapping whose values are imported when asked for.

    Attributes:
        noun: what they are, such as ``"aggregator"``.
        built_in: kind → ``"module:name"`` of a class or function.
        has_options: whether what is chosen is made of options; what has none is taken as it is.

    >>> numbers = table("number", {"half": "fractions:Fraction"})
    >>> list(numbers), "half" in numbers, numbers.group
    (['half'], True, 'weaklabel.numbers')
    >>> numbers.load("halve")
    Traceback (most recent call last):
        ...
    weaklabel.errors.ConfigError: no number of kind 'halve'. Did you mean 'half'?
    """

    noun: str
    built_in: Mapping[str, str]
    has_options: bool = True

    @property
    def group(self) -> str:
        """The group of entry points by which packages add to the table."""
        return f"weaklabel.{self.noun.replace(' ', '_').replace('-', '_')}s"

    def kinds(self) -> dict[str, str]:
        """Kind → ``"module:name"``: ours in their order, then those of installed packages."""
        brought = {point.name: point.value for point in _brought(self.group)}
        return {**self.built_in, **{k: v for k, v in brought.items() if k not in self.built_in}}

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds())

    def __len__(self) -> int:
        return len(self.kinds())

    def __getitem__(self, kind: str) -> Any:
        return self.load(kind)

    def __contains__(self, kind: object) -> bool:
        return kind in self.kinds()

    def load(self, kind: str, *, where: str = "") -> Any:
        """The class, function or value that a kind names.

        Args:
            kind: one of :meth:`kinds`.
            where: the place in a file, for messages.

        Raises:
            ConfigError: if the kind is unknown (with the nearest name), or cannot be imported.
            MissingDependency: if what it stands on is not installed.
        """
        known = self.kinds()
        if kind not in known:
            near = difflib.get_close_matches(str(kind), list(known), n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
            raise ConfigError(_at(where, f"no {self.noun} of kind {kind!r}. {hint}"))
        module, _, name = known[kind].partition(":")
        try:
            found = importlib.import_module(module)
            for part in name.split("."):
                found = getattr(found, part)
        except MissingDependency:
            raise
        except (ImportError, AttributeError) as error:
            message = f"the {self.noun} {kind!r} cannot be had from {known[kind]}: {error}"
            raise ConfigError(_at(where, message)) from error
        return found

    def options(self, kind: str) -> type[Any] | None:
        """The dataclass of a kind's options; ``None`` for one that has none.

        Raises:
            ConfigError: as :meth:`load`.
        """
        return options_of(self.load(kind)) if self.has_options else None

    def make(self, kind: str, options: Mapping[str, Any], *more: Any, where: str = "") -> Any:
        """The component of a kind with some options.

        Args:
            kind: one of :meth:`kinds`.
            options: by name, without ``kind``; what is absent keeps its default.
            more: what functions of this table take after their options.
            where: the place in a file, for messages.

        Raises:
            ConfigError: if the kind or an option is unknown (with the nearest name), or one that
                must be given is missing.
            FormatError: if a file that the options name cannot be read.
        """
        maker = self.load(kind, where=where)
        cls = options_of(maker)
        if cls is None:
            raise ConfigError(_at(where, f"the {self.noun} {kind!r} is no component: {maker!r}"))
        absent = _missing(cls, options)
        values = checked(_optional(cls) if absent else cls, options, where=where)
        if absent:
            told = (
                f"{_article(self.noun)} {self.noun} of kind {kind!r} needs the option {absent[0]!r}"
            )
            raise ConfigError(_at(where, told))
        if maker is cls:
            return values
        try:
            return maker(values, *more)
        except ConfigError as error:
            raise ConfigError(_at(where, str(error))) from None
        except FormatError as error:
            if error.line is not None:  # a line of a file that is there
                raise
            raise FormatError(_at(where, str(error))) from None

    def restore(
        self, kind: str, about: Mapping[str, Any], *more: Any, path: Path | None = None
    ) -> Any:
        """What a component learnt, or the component itself, as it was described in a saved model.

        Args:
            kind: what its ``kind`` said.
            about: what its ``describe()`` said.
            more: what ``from_description`` takes after it in this table.
            path: the file it stands in, for messages.

        Raises:
            FormatError: if the kind is unknown here (a package that brought it is not installed),
                or the description is not one of its own.
        """
        try:
            maker = self.load(kind)
        except ConfigError as error:
            hint = "Is the package that brings it installed?"
            raise FormatError(f"{error} {hint}", path=path) from None
        cls = maker if isinstance(maker, type) else typing.get_type_hints(maker)["return"]
        learnt: Any = getattr(cls, "learnt", cls)
        try:
            if not hasattr(learnt, "from_description"):
                return checked(learnt, about)  # it is its options and no more
            return learnt.from_description(about, *more)
        except (ConfigError, KeyError, TypeError, ValueError) as error:
            message = f"the {self.noun} {kind!r} cannot be made of what was saved: {error}"
            raise FormatError(message, path=path) from error

    def sample(self, kind: str) -> Any:
        """A component to try: with its defaults, or what the ``sample()`` beside its class makes.

        A component that cannot be made without an option has such a function in its module.

        Raises:
            ConfigError: as :meth:`load`.
        """
        found = self.load(kind)
        beside = getattr(sys.modules[found.__module__], "sample", None)
        return found() if beside is None else beside()

    def about(self, kind: str) -> str:
        """The first line of a kind's docstring."""
        found = self.load(kind)
        text = inspect.getdoc(found if callable(found) else type(found)) or ""
        return text.partition("\n")[0]


def table(noun: str, built_in: Mapping[str, str]) -> Table:
    """A table of components of our own; installed packages add to it by entry points."""
    return Table(noun, built_in)


def functions(noun: str, built_in: Mapping[str, str]) -> Table:
    """A table of functions or values that are taken as they are, without options."""
    return Table(noun, built_in, has_options=False)


def one_of(components: Table, default: Callable[[], Any]) -> Any:
    """A field of settings that holds one component, told apart by ``kind``.

    >>> @dataclass(frozen=True)
    ... class Half:
    ...     kind: typing.ClassVar[str] = "half"
    ...     of: int = 2
    >>> @dataclass(frozen=True)
    ... class Settings:
    ...     number: Half = one_of(table("number", {"half": f"{__name__}:Half"}), Half)
    >>> Settings().number
    Half(of=2)
    """
    return field(default_factory=default, metadata={CHOICE: components})


def several_of(components: Table, *defaults: Callable[[], Any]) -> Any:
    """A field of settings that holds a tuple of components, each told apart by ``kind``."""
    return field(
        default_factory=lambda: tuple(default() for default in defaults),
        metadata={CHOICE: components},
    )


@cache
def options_of(maker: Any) -> type[Any] | None:
    """The dataclass of options: a class itself, or what a function's first argument is to be."""
    if isinstance(maker, type):
        return maker if dataclasses.is_dataclass(maker) else None
    if not callable(maker):
        return None
    hints = {name: hint for name, hint in typing.get_type_hints(maker).items() if name != "return"}
    first = next(iter(hints.values()), None)
    return first if isinstance(first, type) and dataclasses.is_dataclass(first) else None


def is_described(value: Any) -> bool:
    """Whether a value can say all it knows, so that a model's folder can hold it."""
    plain = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return isinstance(getattr(value, "kind", None), str) and (hasattr(value, "describe") or plain)


def description(value: Any) -> dict[str, Any]:
    """All that a value knows, as plain JSON values: what it says itself, else its options.

    >>> @dataclass(frozen=True)
    ... class Half:
    ...     kind: typing.ClassVar[str] = "half"
    ...     of: int = 2
    >>> description(Half())
    {'of': 2}
    """
    if hasattr(value, "describe"):
        return dict(value.describe())
    return {name: each for name, each in to_mapping(value).items() if name != "kind"}


def _brought(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group; looked up once, as long as the path of imports is the same."""
    return _entry_points(group, tuple(sys.path))


@cache
def _entry_points(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))


def _missing(cls: type[Any], options: Mapping[str, Any]) -> list[str]:
    none = dataclasses.MISSING
    return [
        f.name
        for f in dataclasses.fields(cls)
        if f.init and f.default is none and f.default_factory is none and f.name not in options
    ]


def _optional(cls: type[Any]) -> type[Any]:
    """The same options, none of which must be given: what is given is checked all the same."""
    hints = typing.get_type_hints(cls)
    fields = [
        (f.name, hints[f.name], dataclasses.field(default=None, metadata=f.metadata))
        for f in dataclasses.fields(cls)
        if f.init
    ]
    return dataclasses.make_dataclass(cls.__name__, fields)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _at(where: str, message: str) -> str:
    return f"{where}: {message}" if where else message
