"""What the site does to docstrings: roles become links, examples become code."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:func|class|meth|mod|attr|data|exc):`(~?)([\w.]+)`")
_LITERAL = re.compile(r"(?<=\w):(:)(?=\n\n +)|^::(?=\n\n +)", re.MULTILINE)
_EXAMPLE = re.compile(r"^( *)>>> .*(?:\n *\S.*)*", re.MULTILINE)


class Roles(griffe.Extension):
    """Mends the docstrings of all objects as they are read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Mend one."""
        if obj.docstring is not None:
            text = _LITERAL.sub(r"\1", obj.docstring.value)  # what follows is code by its indent
            text = _EXAMPLE.sub(_fenced, text)
            obj.docstring.value = _ROLE.sub(lambda role: _link(role, obj), text)


def _fenced(example: re.Match[str]) -> str:
    indent = example.group(1)
    return f"{indent}```pycon\n{example.group()}\n{indent}```"


def _link(role: re.Match[str], obj: griffe.Object) -> str:
    """A role as code; as a link, where what it names is on the site."""
    short, name = role.groups()
    shown = name.rsplit(".", 1)[-1] if short else name
    try:
        path = obj.resolve(name)
    except griffe.NameResolutionError:
        path = name
    return f'<autoref optional identifier="{path}"><code>{shown}</code></autoref>'
