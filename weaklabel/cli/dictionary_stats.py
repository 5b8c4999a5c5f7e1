"""``weaklabel dictionary stats``: what a dictionary holds, and what of it occurs in a corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing, type_map, typed_files
from weaklabel.cli.manners import polite
from weaklabel.cli.show import WIDTH, folded, legible, plain_table

if TYPE_CHECKING:
    from weaklabel.io.kb.statistics import Statistics
    from weaklabel.lexicon import Lexicon

Files = Annotated[
    list[str], typer.Argument(metavar="[TYPE=]FILE", help="Dictionaries, taken together.")
]
Corpus = Annotated[
    str, typer.Option(metavar="PATH", help="Raw text: how many names occur, and how often.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_TOP = 20
_SHOWN = 8


@polite
def stats(
    files: Files,
    corpus: Corpus = "",
    map_types: o.MapTypes = o.NONE,
    format: o.Format = "",
    as_json: AsJson = False,
    traceback: o.Traceback = False,
) -> None:
    """Say what a dictionary holds: names, types, concept ids, what is ambiguous or too short."""
    from weaklabel.io import read_lexicon
    from weaklabel.io.kb.statistics import statistics
    from weaklabel.recipes.protocol import union

    typed, renamed = typed_files(files, "stats"), type_map(map_types)
    lexicon = union([read_lexicon(path, type=kind, type_map=renamed) for path, kind in typed])
    told = statistics(lexicon)
    occurring = occurrences(lexicon, existing(corpus, "--corpus"), format) if corpus else None
    if as_json:
        values = told.to_dict() | ({"corpus": occurring} if occurring is not None else {})
        typer.echo(json.dumps(values, ensure_ascii=False, indent=1))
        return
    name = ", ".join(str(path) for path, _ in typed)
    for line in (*stats_lines(name, told), *(corpus_lines(corpus, told, occurring))):
        typer.echo(line)


def occurrences(lexicon: Lexicon, corpus: Path, format: str) -> dict[str, Any]:
    """How many names stand in a corpus and how often, by longest match; the commonest forms."""
    import numpy as np

    from weaklabel.io import read
    from weaklabel.sources.dictionary.source import DictionarySource, NameIndex

    text = read(corpus, format=format or None)
    votes = DictionarySource(NameIndex(lexicon)).label(text)
    # A vote's entry is "TYPE:form": what has several types is one form all the same.
    entries, first = np.unique(votes.entry, return_index=True)
    kinds = [votes.labels[code] for code in votes.label[first].tolist()]
    forms: dict[str, set[str]] = {}
    form_of = np.zeros(len(votes.entries), np.int64)
    codes: dict[str, int] = {}
    for entry, kind in zip(entries.tolist(), kinds, strict=True):
        form = votes.entries[entry].removeprefix(f"{kind}:")
        forms.setdefault(form, set()).add(kind)
        form_of[entry] = codes.setdefault(form, len(codes))
    spans = np.stack([form_of[votes.entry], votes.sentence, votes.start, votes.end], axis=1)
    spans = np.unique(spans, axis=0)
    documents = np.stack([spans[:, 0], text.sentence_document[spans[:, 1]]], axis=1)
    mentions = np.bincount(spans[:, 0], minlength=len(codes)).tolist()
    in_documents = np.bincount(np.unique(documents, axis=0)[:, 0], minlength=len(codes)).tolist()
    names = {" ".join(key): rows for key, rows in lexicon.by_key.items()}
    top = sorted(codes, key=lambda form: (-mentions[codes[form]], form))[:_TOP]
    return {
        "documents": text.n_documents,
        "tokens": text.n_tokens,
        "forms": len(codes),
        "names": sum(len(names.get(form, ())) for form in codes),
        "mentions": len(np.unique(spans[:, 1:], axis=0)),
        "top": [
            {
                "name": lexicon.terms[names[form][0]].name if form in names else form,
                "types": sorted(forms[form]),
                "mentions": mentions[codes[form]],
                "documents": in_documents[codes[form]],
            }
            for form in top
        ],
    }


def stats_lines(name: str, told: Statistics) -> Iterator[str]:
    """The statistics as lines of at most 100 columns, long names apart."""
    counts = ((told.names, "name"), (told.concepts, "concept id"), (len(told.types), "type"))
    size = ", ".join(f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in counts)
    yield from folded(f"{name}: {size}")
    yield ""
    yield from plain_table(
        ("type", "names", "concept ids"),
        [
            (legible(kind, 60), f"{n['names']:,}", f"{n['concepts']:,}")
            for kind, n in told.types.items()
        ],
    )
    yield ""
    yield from _source_lines(told)
    yield ""
    yield "tokens in a name   " + "   ".join(f"{k}: {_share(n, told)}" for k, n in _few(told))
    longest = legible(told.longest["name"], 60)
    yield f"the longest        {told.longest['tokens']:,} tokens: {longest}"
    yield ""
    for text, n in (
        ("share their normal form with another name", told.doubled),
        ("have a normal form of several types", told.ambiguous),
        ("are short forms, found only as they are written", told.short_forms),
        ("have no concept id", told.without_concept),
        ("are one character", told.one_character),
        ("are digits", told.digits),
        ("have no normal form: they can never be found", told.formless),
    ):
        yield f"{n:>9,}  {_share(n, told):>6}  {text}"
    if told.ambiguous:
        yield ""
        yield "ambiguous"
        for one in told.ambiguous_examples[:_SHOWN]:
            yield f"  {legible(one['name'], 50)}   {', '.join(one['types'])}"
        if told.ambiguous_forms > _SHOWN:
            yield f"  … and {told.ambiguous_forms - _SHOWN:,} more"


def _few(told: Statistics) -> list[tuple[str, int]]:
    return [(tokens, n) for tokens, n in told.lengths.items() if n]


def _source_lines(told: Statistics) -> list[str]:
    rows = [
        (legible(source or "?", 50), f"{one['names']:,}", legible(one["licence"] or "unknown", 30))
        for source, one in list(told.sources.items())[:_SHOWN]
    ]
    more = len(told.sources) - _SHOWN
    table = plain_table(("source", "names", "licence"), rows)
    return table + ([f"… and {more:,} more sources"] if more > 0 else [])


def corpus_lines(corpus: str, told: Statistics, found: Mapping[str, Any] | None) -> Iterator[str]:
    """What of the dictionary a corpus has, as lines."""
    if found is None:
        return
    yield ""
    yield f"{corpus}: {found['documents']:,} documents, {found['tokens']:,} tokens"
    yield (
        f"{found['names']:,} of {told.names:,} names occur ({_share(found['names'], told)}), "
        f"{found['mentions']:,} times in all"
    )
    if found["top"]:
        yield ""
        yield from plain_table(
            ("the commonest", "types", "mentions", "documents"),
            [
                (
                    legible(one["name"], 40),
                    legible(", ".join(one["types"]), WIDTH - 66),
                    f"{one['mentions']:,}",
                    f"{one['documents']:,}",
                )
                for one in found["top"]
            ],
        )


def _share(n: int, told: Statistics) -> str:
    return f"{100 * n / max(1, told.names):.1f} %"
