"""What a run looks like: lines with the stage, what came out and how long it took; one table."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.status import Status

if TYPE_CHECKING:
    from weaklabel.keeping.events import Event

MARKS = {"label": "①", "aggregate": "②", "clean": "③", "train": "④", "score": "⑤"}
WIDTH = 100
SYSTEMS = {
    "dictionary_only": "dictionary alone",
    "votes": "all sources",
    "dev": "trained tagger",
}


class Show:
    """Shows a run's events: redrawn and coloured on a terminal, plain lines elsewhere."""

    def __init__(self, *, quiet: bool, json: bool) -> None:
        self.quiet = quiet
        self.console = Console(stderr=json, highlight=False, markup=False, emoji=False)
        self._status: Status | None = None

    def line(self, text: str = "", style: str = "") -> None:
        """Print a line as it is, never wrapped."""
        if not self.quiet:
            self.console.print(text, style=style or None, soft_wrap=True)

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self.quiet:
            return
        kind = str(event.kind)
        if kind == "opened":
            self.line(event.text, "bold")
        elif kind in ("started", "epoch"):
            self._doing(_stage_line(event))
        elif kind in ("done", "kept"):
            self.stop()
            if event.stage in MARKS:
                self.line(_stage_line(event))
        elif kind == "warning":
            self.line(f"  ! {event.text}", "yellow")
        else:
            self.line(f"  {event.text}", "dim")

    def stop(self) -> None:
        """End what is being redrawn."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _doing(self, text: str) -> None:
        if not self.console.is_terminal:
            return
        if self._status is None:
            self._status = self.console.status(text)
            self._status.start()
        else:
            self._status.update(text)


def _stage_line(event: Event) -> str:
    left = f"{MARKS.get(event.stage, ' ')} {event.stage:<10} {event.text}"
    if event.kind == "kept":
        return f"{left:<{WIDTH - 8}}    kept"
    if event.kind != "done":
        return left
    return f"{left:<{WIDTH - 8}}{event.seconds or 0:6.1f} s"


def score_table(scores: Mapping[str, Any], analysis: Mapping[str, Any]) -> list[str]:
    """The lines of the table a run ends with."""
    if "dev" not in scores:
        return [f"   {scores.get('note', 'nothing was scored')}"]
    lines = [f"   {'':<17} precision  recall    F1"]
    for key, name in SYSTEMS.items():
        lines.append(f"   {name:<17} {_numbers(scores[key]['strict']['micro'])}")
    unseen = analysis.get("splits", {}).get("tagger", {}).get("not in dictionary", {})
    if unseen.get("gold"):
        lines[-1] += f"   of names not in the dictionary it finds {100 * unseen['recall']:.0f} %"
    types = scores["dev"]["strict"]["types"]
    if len(types) > 1:
        lines += [f"     {name:<15} {_numbers(row)}" for name, row in types.items()]
    return lines


def _numbers(row: Mapping[str, Any]) -> str:
    p, r, f1 = (f"{100 * row[k]:5.1f}" for k in ("precision", "recall", "f1"))
    interval = ""
    if row.get("f1_low") is not None:
        interval = f"  [{100 * row['f1_low']:.1f} – {100 * row['f1_high']:.1f}]"
    return f"  {p}    {r}   {f1}{interval}"


def show_result(show: Show, folder: Path, *, as_json: bool, next_step: str = "") -> None:
    """The end of a run: the table, where everything is, what to do next."""
    scores, analysis = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("scores", "analysis")
    )
    if as_json:
        print(json.dumps(scores, indent=1, ensure_ascii=False))
        return
    quiet, show.quiet = show.quiet, False
    if not quiet:
        show.line()
    for line in score_table(scores, analysis):
        show.line(line)
    show.quiet = quiet
    again = f"weaklabel run --config {folder}/config.toml --out {folder}-2"
    show.line(f"report  {folder}/report.html     model  {folder}/model     again  {again}")
    if next_step:
        show.line(f"next    {next_step}")


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as lines: the first column to the left, the others to the right."""
    cells = [list(head), *map(list, rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def legible(text: str, width: int) -> str:
    r"""A text from a file as a cell: none of its characters moves the cursor, none is too many.

    >>> legible("bell\x07", 20), legible("abcdef", 4)
    ('bell\\x07', 'abc…')
    """
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def folded(line: str, indent: int = 10) -> list[str]:
    """A line, or several where it is too long; words such as paths are never cut."""
    return textwrap.wrap(
        line,
        WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
