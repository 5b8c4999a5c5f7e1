"""``weaklabel evaluate``: predictions against a person's spans."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing, type_map
from weaklabel.cli.manners import CallError, polite
from weaklabel.cli.show import plain_table

if TYPE_CHECKING:
    from weaklabel.evaluate import Scores
    from weaklabel.text import Annotations, Gold

GoldFile = Annotated[str, typer.Option("--gold", metavar="FILE", help="A person's spans.")]
Predicted = Annotated[
    list[str],
    typer.Option("--predicted", metavar="FILE", help="Predictions; two of them are compared."),
]
Scorer = Annotated[
    str,
    typer.Option(
        "--scorer",
        metavar="NAME",
        help="Who counts: weaklabel, or seqeval as a cross-check (strict, without intervals).",
    ),
]
JsonFile = Annotated[
    str, typer.Option("--json", metavar="FILE", help="Write the scores to this file.")
]


@polite
def evaluate(
    gold: GoldFile,
    predicted: Predicted,
    scorer: Scorer = "weaklabel",
    json: JsonFile = "",
    map_types: o.MapTypes = o.NONE,
    traceback: o.Traceback = False,
) -> None:
    """Score predictions against gold.

    Strict and relaxed span scores, documents paired by id. Of two predictions it also says whether
    one is better by more than chance (paired bootstrap over documents).
    """
    from weaklabel.evaluate import SCORERS, compare, score
    from weaklabel.ground.atomic import write_text
    from weaklabel.io import read_gold

    if len(predicted) > 2:
        raise CallError(f"--predicted: at most two files can be compared, got {len(predicted)}")
    if scorer not in SCORERS:
        raise CallError(f"--scorer {scorer}: unknown; known: {', '.join(SCORERS)}")
    renamed = type_map(map_types)
    truth = read_gold(existing(gold, "--gold"), type_map=renamed).gold
    found = [_predictions(path, truth, renamed) for path in predicted]
    scores = [score(truth, rows, scorer=scorer) for rows in found]
    for path, row in zip(predicted, scores, strict=True):
        typer.echo("\n".join(score_lines(row, title=path)))
    result: dict[str, Any] = scores[0].to_dict()
    if len(found) == 2:
        comparison = compare(truth, *found)
        typer.echo(f"second minus first: {comparison} (paired bootstrap over documents)")
        result = {
            "first": scores[0].to_dict(),
            "second": scores[1].to_dict(),
            "comparison": comparison.to_dict(),
        }
    if json:
        text = json_module.dumps(result, indent=1, ensure_ascii=False) + "\n"
        write_text(Path(json), text)


def _predictions(path: str, truth: Gold, renamed: Mapping[str, str]) -> Annotations:
    from weaklabel.evaluate import align
    from weaklabel.io import read_gold

    read = read_gold(existing(path, "--predicted"), type_map=renamed).gold
    return align(truth, read.corpus, read.annotations)


def score_lines(scores: Scores, *, title: str) -> list[str]:
    """Scores as lines of a table."""
    rows = {"all types": scores.micro, **scores.types}
    rows |= {f"relaxed: {name}": measure for name, measure in scores.relaxed.items()}
    head = (title, "precision", "recall", "F1", "95 % interval", "gold", "predicted", "correct")
    table = []
    for name, m in rows.items():
        low_high = ""
        if m.f1_low is not None and m.f1_high is not None:
            low_high = f"{100 * m.f1_low:.1f} – {100 * m.f1_high:.1f}"
        numbers = [f"{100 * x:.1f}" for x in (m.precision, m.recall, m.f1)]
        counts = [f"{n:,}" for n in (m.gold, m.predicted, m.correct)]
        table.append([name, *numbers, low_high, *counts])
    return plain_table(head, table)
