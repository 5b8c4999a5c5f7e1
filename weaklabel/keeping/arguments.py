"""What a stage was given: each argument with its fingerprint, options one by one.

Names are dotted as in a configuration, so that a difference can be said in the user's own words:
"with training.epochs = 2, not 1".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from weaklabel.ground.config import options_in
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.ground.modules import is_ours, is_packaged, package_code


class Argument(NamedTuple):
    """One thing that a stage was given.

    Attributes:
        value: its fingerprint.
        about: words for a person: the value where it is short, the file and when it changed.
    """

    value: str
    about: str

    @property
    def is_made(self) -> bool:
        """Whether it is what an earlier stage made: its value is that stage's name and key."""
        return ":" in self.value


Arguments = dict[str, Argument]
ORDER = "order"
"""Under this lie the names of a list's components, written out however many they are."""
LONGEST = 60
"""Letters of the longest other value that is written out."""


@dataclasses.dataclass(frozen=True)
class Code:
    """The code of a class or function with what lies around it: helpers count as it does.

    Attributes:
        of: the class or function.
    """

    of: Any

    @property
    def fingerprint(self) -> str:
        """Its own, with its package's where it lies in one."""
        module = _module(self.of)
        return fingerprint((self.of, package_code(module) if is_packaged(module) else ""))


def spelled(
    arguments: Mapping[str, Any],
    about: Mapping[str, str] | None = None,
    known: Callable[[Any], str | None] = lambda value: None,
    told: Callable[[Any], str] = fingerprint,
) -> Arguments:
    """Arguments by name, options and lists of components spelled out.

    Args:
        arguments: by name.
        about: words for those whose value says little.
        known: the stage that made a value and its key, as ``"stage:key"``; ``None`` for others.
        told: the fingerprint of a value.

    >>> @dataclasses.dataclass(frozen=True)
    ... class Training:
    ...     epochs: int = 8
    >>> {name: each.about for name, each in spelled({"training": Training(), "seed": 3}).items()}
    {'training.epochs': '8', 'seed': '3'}
    """
    found: Arguments = {}
    for name, value in arguments.items():
        for dotted, part in _parts(name, value, known):
            own = known(part)
            said = repr(part) if dotted.endswith(f".{ORDER}") else _short(part)
            text = (about or {}).get(dotted, said)
            made = own is not None and f"made by {own.partition(':')[0]}"
            found[dotted] = Argument(own or told(part), made or text)
    return found


def _parts(name: str, value: Any, known: Callable[[Any], str | None]) -> Iterator[tuple[str, Any]]:
    if known(value) is not None:
        yield name, value
    elif hasattr(value, "parts"):  # a value that stands for several arguments of the same names
        for part, each in value.parts().items():
            yield from _parts(part, each, known)
    elif _is_options(value):
        kind = getattr(value, "kind", None)
        if isinstance(kind, str):
            yield f"{name}.kind", kind
        if not is_ours(type(value).__module__):
            yield f"{name}.code", Code(type(value))
        for field in dataclasses.fields(value):
            yield from _parts(f"{name}.{field.name}", getattr(value, field.name), known)
    elif isinstance(value, list | tuple) and not value and "." not in name:
        yield f"{name}.{ORDER}", []  # components, of which there may be some in another run
    elif isinstance(value, list | tuple) and any(_is_options(v) or _acts(v) for v in value):
        names = [_name(each, str(i)) for i, each in enumerate(value)]
        yield f"{name}.{ORDER}", names
        for i, (own, each) in enumerate(zip(names, value, strict=True)):
            which = own if names.count(own) == 1 else str(i)
            yield from _parts(f"{name}.{which}", each, known)
    else:
        yield name, value
        if _lies_in_a_package(value):
            yield f"{name}.code", Code(value if hasattr(value, "__qualname__") else type(value))


def _lies_in_a_package(value: Any) -> bool:
    """Whether a value is a component of another's package."""
    return _acts(value) and not is_ours(_module(value)) and is_packaged(_module(value))


def _acts(value: Any) -> bool:
    """Whether a value does something: a component, such as a source, rather than data."""
    return callable(value) or callable(getattr(value, "label", None)) or hasattr(value, "kind")


def _module(value: Any) -> str:
    return str(getattr(value, "__module__", None) or type(value).__module__)


def _name(component: Any, otherwise: str) -> str:
    """What tells a component from its neighbours in a list."""
    for attribute in ("name", "kind", "__name__"):
        found = getattr(component, attribute, None)
        if isinstance(found, str) and found:
            return found
    return otherwise


def _is_options(value: Any) -> bool:
    """Whether a value is a dataclass of options: plain values and options alone, no state."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return False
    if hasattr(value, "fingerprint") or hasattr(value, "describe"):
        return False
    fields = dataclasses.fields(value)
    inside = len(options_in(value)) == len(fields)
    return inside and all(_is_plain(getattr(value, field.name)) for field in fields)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    plain = isinstance(value, str | int | float | bool | Enum | type(None))
    return plain or _is_options(value) or callable(value)


def _short(value: Any) -> str:
    """A plain value as it is written; nothing for one that would fill lines."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Code):
        return _short(value.of)
    if callable(value):
        return getattr(value, "__qualname__", "") or type(value).__qualname__
    text = repr(value) if _is_plain(value) else ""
    return text if len(text) <= LONGEST else ""
