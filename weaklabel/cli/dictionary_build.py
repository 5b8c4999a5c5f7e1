"""``weaklabel dictionary build``: one dictionary of several files, types by column or branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import names_in, pair, pairs, type_map, typed_files
from weaklabel.cli.manners import CallError, polite
from weaklabel.cli.show import folded, legible

if TYPE_CHECKING:
    from weaklabel.io.kb.building import Built, Part

From = Annotated[
    list[str],
    typer.Option(
        "--from",
        metavar="[TYPE=]FILE",
        help="TSV, CSV, OBO, OWL, JSON or a list of names; may be given several times.",
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE.tsv", help="Where it goes.")]
Type = Annotated[
    str, typer.Option(metavar="TYPE", help="The type of all names of files without TYPE=.")
]
Scope = Annotated[
    str,
    typer.Option(
        metavar="SCOPE[,SCOPE…]",
        help="Synonyms to take: exact, narrow, broad, related, or all.",
    ),
]
Branch = Annotated[
    list[str],
    typer.Option(
        metavar="ID[,ID…]=TYPE",
        help='The type of all under a concept or tree number ("-": none); the nearest decides.',
    ),
]
SemanticType = Annotated[
    list[str],
    typer.Option(
        metavar="VALUE[,VALUE…]=TYPE",
        help="The type of a type column's values (an ontology's namespaces); others are left out.",
    ),
]
Column = Annotated[
    list[str],
    typer.Option(
        metavar="WHAT=HEADER",
        help="Which column is the name, type, id, synonyms, scope, parents, tree numbers, source.",
    ),
]
Licence = Annotated[
    list[str],
    typer.Option(
        metavar="FILE=TEXT",
        help="The licence of a file that does not name it; FILE without folder.",
    ),
]


@polite
def build(
    from_: From,
    out: Out,
    type: Type = "",
    scope: Scope = "exact",
    branch: Branch = o.NONE,
    semantic_type: SemanticType = o.NONE,
    column: Column = o.NONE,
    map_types: o.MapTypes = o.NONE,
    keep: o.Keep = "",
    licence: Licence = o.NONE,
    format: o.Format = "",
    traceback: o.Traceback = False,
) -> None:
    """Make one dictionary of one or several files.

    Says what came from where, what was left out and why; lists it beside the dictionary.
    """
    from weaklabel.io.kb import Wanted, scopes_of
    from weaklabel.io.kb.building import build as build_dictionary
    from weaklabel.io.kb.building import write_left_out
    from weaklabel.io.kb.writing import write_lexicon

    if out.suffix != ".tsv":
        raise CallError(f"--out {out}: a dictionary is written as FILE.tsv")
    wanted = Wanted(
        type or None,
        scopes_of(scope.split(",")),
        pairs(branch, "--branch", "ID[,ID…]=TYPE"),
        pairs(semantic_type, "--semantic-type", "VALUE[,VALUE…]=TYPE"),
        dict(pair(option, "--column", "WHAT=HEADER, as name=term") for option in column),
    )
    built = build_dictionary(
        typed_files(from_, "--from"),
        wanted,
        format=format or None,
        type_map=type_map(map_types),
        keep=names_in(keep, "--keep"),
        licences=dict(pair(option, "--licence", "FILE=TEXT") for option in licence),
    )
    listed = out.with_name(f"{out.stem}.left_out.tsv")
    write_lexicon(out, built.lexicon)
    write_left_out(listed, built)
    for line in report_lines(built, out, listed):
        typer.echo(line)


def report_lines(built: Built, out: Path, listed: Path) -> Iterator[str]:
    """What came from where, what became of it, where it is."""
    for part in built.parts:
        yield from _part_lines(part)
    left_out = built.left_out
    if left_out:
        yield f"left out  {left_out.total():,} names, listed in {listed}"
        for reason, n in left_out.most_common():
            yield from folded(f"  {n:>7,} {reason:<19} {_examples(built, reason)}", 31)
    ambiguous = built.ambiguous
    if ambiguous:
        shown = "; ".join(
            f"{legible(term.name, 40)} ({', '.join(term.types)})" for term in ambiguous[:5]
        )
        more = "; …" if len(ambiguous) > 5 else ""
        names = "name has" if len(ambiguous) == 1 else "names have"
        yield from folded(f"ambiguous {len(ambiguous):,} {names} several types: {shown}{more}")
    read = sum(part.names for part in built.parts)
    types = Counter(kind for term in built.lexicon for kind in term.types)
    by_number = sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))
    each = ", ".join(f"{n:,} {kind}" for kind, n in by_number)
    yield f"wrote     {out}"
    yield from folded(f"          {len(built.lexicon):,} names of {read:,} read: {each}")
    yield f"next      weaklabel dictionary stats {out}"


def _part_lines(part: Part) -> Iterator[str]:
    ids = f", {part.concepts:,} concept ids" if part.concepts else ""
    licence = f"licence {part.licence}" if part.licence else "no licence in it"
    yield f"read      {part.path}"
    yield from folded(f"          {part.format}, {part.names:,} names{ids}, {licence}")
    if part.how:
        yield from folded(f"          {part.how}")
    if part.skipped:
        from weaklabel.io.kb import counted

        yield from folded(f"          not asked for: {counted(part.skipped)}")


def _examples(built: Built, reason: str) -> str:
    rows = (
        f"{part.path.name}{f':{row.line}' if row.line else ''} {_quoted(row.name)}".rstrip()
        for part in built.parts
        for row in part.left_out
        if row.reason == reason
    )
    found = [text for text, _ in zip(rows, range(4), strict=False)]
    return ", ".join(found[:3]) + (", …" if len(found) > 3 else "")


def _quoted(name: str) -> str:
    return f"'{legible(name, 30)}'" if name else ""
