"""``weaklabel components``: what can be chosen, and with which options."""

from __future__ import annotations

import dataclasses
import json as json_module
import textwrap
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from weaklabel.cli import options as o
from weaklabel.cli.manners import CallError, polite

if TYPE_CHECKING:
    from weaklabel.components import Table

What = Annotated[
    str,
    typer.Argument(metavar="[KIND]", help="aggregator, cleaner, encoder, head, source … or empty."),
]
Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@polite
def components(what: What = "", json: Json = False, traceback: o.Traceback = False) -> None:
    """List what can be chosen: kinds, a line on each, their options with defaults.

    What installed packages bring is listed too.
    """
    from weaklabel.tables import tables

    found = tables()
    wanted = what.removesuffix("s")
    if what and wanted not in found:
        raise CallError(f"nothing is chosen by {what!r}. Known: {', '.join(found)}")
    chosen = {noun: table for noun, table in found.items() if not what or noun == wanted}
    told = {noun: [_told(table, kind) for kind in table] for noun, table in chosen.items()}
    if json:
        typer.echo(json_module.dumps(told, ensure_ascii=False, indent=1))
        return
    for noun, kinds in told.items():
        typer.echo(f"{noun}  (other packages add theirs by entry points {found[noun].group!r})")
        for each in kinds:
            typer.echo(f"  {each['kind']:<14} {each['about']}")
            for option in each["options"] if what else ():
                typer.echo(_option_in_words(option))
        typer.echo("")


def _told(table: Table, kind: str) -> dict[str, Any]:
    """What is said of one kind; why it cannot be had, where it cannot."""
    from weaklabel.errors import WeaklabelError
    from weaklabel.ground.docstrings import attributes, first_line, type_in_words

    try:
        made, cls = table.load(kind), table.options(kind)
    except WeaklabelError as error:
        return {"kind": kind, "about": f"not to be had here: {error}", "options": []}
    options = []
    words = {} if cls is None else attributes(cls)
    for field in () if cls is None else dataclasses.fields(cls):
        if field.init and not field.metadata.get("value"):
            type_ = type_in_words(cls, field.name)  # type: ignore[arg-type]
            default, text = _default(field), words.get(field.name, "")
            options.append({"name": field.name, "type": type_, "default": default, "about": text})
    if hasattr(made, "about"):
        about = made.about
    elif cls is not None and made is not cls:  # a function: what it makes is what is chosen
        makes = get_type_hints(made).get("return")
        about = first_line(makes if isinstance(makes, type) else made)
    else:
        about = first_line(made)
    return {"kind": kind, "about": about, "options": options}


def _default(field: dataclasses.Field[Any]) -> Any:
    from weaklabel.ground.config import to_mapping

    none = dataclasses.MISSING
    if field.default is not none:
        return to_mapping(field.default)
    return "must be given" if field.default_factory is none else to_mapping(field.default_factory())


def _option_in_words(option: dict[str, Any]) -> str:
    from weaklabel.ground.config import literal

    head = f"      {option['name']} = {literal(option['default'])}   {option['type']}"
    body = textwrap.wrap(option["about"], 90, initial_indent=" " * 10, subsequent_indent=" " * 10)
    return "\n".join([head, *body])
