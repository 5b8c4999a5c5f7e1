"""``weaklabel evaluate --scorer``: who counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from weaklabel import demo, io
from weaklabel.cli import app
from weaklabel.text import Annotations


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *arguments])


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The demo's dev set, and predictions that find two of three spans."""
    dev = demo.paths()["dev"]
    gold = io.read_gold(dev).gold
    found = [row for i, row in enumerate(gold.annotations) if i % 3]
    io.write(tmp_path / "found.jsonl", gold.corpus, Annotations.of(found))
    return ["--gold", str(dev), "--predicted", str(tmp_path / "found.jsonl")]


@pytest.mark.slow
def test_seqeval_counts_what_we_count(files: list[str], tmp_path: Path) -> None:
    rows = {}
    for scorer in ("weaklabel", "seqeval"):
        out = tmp_path / f"{scorer}.json"
        done = call(*files, "--scorer", scorer, "--json", str(out))
        assert done.exit_code == 0, done.output
        assert ("relaxed" in done.stdout) == (scorer == "weaklabel")
        rows[scorer] = json.loads(out.read_text(encoding="utf-8"))["strict"]["micro"]
    ours, theirs = rows["weaklabel"], rows["seqeval"]
    assert theirs["precision"] == ours["precision"] == 1.0
    assert theirs["gold"] == pytest.approx(ours["gold"], rel=0.02)  # spans that tags cannot hold
    assert theirs["recall"] == pytest.approx(ours["recall"], abs=0.01)


def test_an_unknown_scorer_is_refused(files: list[str]) -> None:
    done = call(*files, "--scorer", "conlleval")
    assert done.exit_code != 0
    assert "--scorer conlleval: unknown; known: weaklabel, seqeval" in done.output
