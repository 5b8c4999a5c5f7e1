"""``weaklabel dictionary``: verbs about dictionaries, one file a verb."""

from __future__ import annotations

import typer

from weaklabel.cli.dictionary_build import build
from weaklabel.cli.dictionary_stats import stats
from weaklabel.cli.dictionary_tailor import tailor

dictionary = typer.Typer(
    name="dictionary",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Look at dictionaries, build them, fit them to a corpus.",
)

for verb in (build, stats, tailor):
    dictionary.command()(verb)


@dictionary.callback()
def _group() -> None:
    """Look at dictionaries, build them, fit them to a corpus."""
