"""``weaklabel label``: the source table, its figures by hand, its width, its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests import tiny
from weaklabel.cli import app
from weaklabel.cli.show import WIDTH
from weaklabel.cli.source_table import (
    advice_lines,
    disagreement_lines,
    table_lines,
    vote_lines,
)
from weaklabel.sources import BUILT_IN


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny.write_files(tmp_path_factory.mktemp("label"))


def call(files: dict[str, Path], *more: str, dev: bool = True) -> Result:
    given = ["--dev", str(files["dev"])] if dev else []
    out = files["corpus"].parent / "votes.parquet"
    done = CliRunner().invoke(
        app,
        ["label", "--corpus", str(files["corpus"]), "--dictionary", str(files["dictionary"]),
         "--vectors", "none", "--out", str(out), *given, *more],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return done


def test_with_a_dev_set_it_says_what_each_source_is_worth(files: dict[str, Path]) -> None:
    lines = call(files).stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("source"))
    assert lines[head].split() == [
        "source", "spans", "coverage", "overlap", "conflict",
        "precision", "recall", "without", "mended",
    ]  # fmt: skip
    text = "\n".join(lines)
    assert "vote of all sources: strict F1" in text
    assert "on 4 annotated documents" in text
    assert lines[-1].startswith(("next    ", "        "))
    assert all(len(line) <= WIDTH for line in lines[head:] if not line.startswith("wrote"))


def test_without_one_it_counts_and_says_so(files: dict[str, Path]) -> None:
    text = call(files, dev=False).stdout
    assert "precision" not in text
    assert "entries" in text
    assert "a dev set would say" in text


def test_quiet_is_the_table_only(files: dict[str, Path]) -> None:
    lines = call(files, "--quiet").stdout.splitlines()
    assert lines[0].startswith("source")
    named = {line.split()[0] for line in lines[2:] if not line.startswith("    ")}
    assert named == set(BUILT_IN)


def test_json_is_one_object_and_all_else_goes_to_stderr(files: dict[str, Path]) -> None:
    done = call(files, "--json", "--disagreements", "0")
    found = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert (found["documents"], found["vote"]["documents"]) == (12, 4)
    assert found["disagreements"] == []
    rows = {row["source"]: row for row in found["sources"]}
    assert rows["dictionary"]["spans"] == len(tiny.gold(12).annotations)
    assert rows["dictionary"]["recall_low"] <= rows["dictionary"]["recall"]
    assert set(rows) == set(found["overlap"]["sources"])
    assert found["advice"]
    assert "wrote" in done.stderr
    assert "vote" in json.loads(call(files, "--json", "--quiet", dev=False).stdout)


@pytest.mark.slow
def test_labelling_loads_no_torch(files: dict[str, Path]) -> None:
    """It is most of the time that a small corpus would take."""
    code = (
        "import sys; from weaklabel.cli import app\n"
        "try: app(sys.argv[1:])\n"
        "except SystemExit as done: assert not done.code\n"
        "print([m for m in ('torch', 'spacy', 'transformers', 'matplotlib') if m in sys.modules])"
    )
    arguments = [
        "label", "--quiet", "--corpus", str(files["corpus"]),
        "--dictionary", str(files["dictionary"]), "--dev", str(files["dev"]),
        "--out", str(files["corpus"].parent / "v.jsonl"),
    ]  # fmt: skip
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


# ---- the lines themselves -----------------------------------------------------------------------
def row(name: str, **more: Any) -> dict[str, Any]:
    plain = {
        "source": name, "spans": 1200, "entries": 40, "coverage": 0.1234, "overlap": 0.5,
        "conflict": 1.0, "lost": {}, "used": {}, "notes": [], "cost": None,
    }  # fmt: skip
    return {**plain, **more}


DEV = {
    "precision": 0.875, "precision_low": 0.801, "precision_high": 0.9349,
    "recall": 0.5, "recall_low": 0.4, "recall_high": 0.6, "dev_spans": 8, "dev_wrong": 1,
    "marginal": 0.021, "mending": 0.0349, "worst": ["lead", 1, 2],
}  # fmt: skip


def test_numbers_as_they_are_printed() -> None:
    lost = row(
        "llm",
        **DEV,
        lost={"not in the text": 3, "refused": 1},
        used={"requests": 12, "tokens": 34_000},
        cost=2.5,
        notes=["“x” is not in it", "“y” is not in it"],
    )
    silent = row(
        "mute", spans=0, entries=0, **{**DEV, "precision": None, "marginal": -0.0, "worst": None}
    )
    head, units, first, facts, more, second = (text for text, _ in table_lines([lost, silent]))
    assert head.split()[-4:] == ["precision", "recall", "without", "mended"]
    assert units.split()[-2:] == ["F1", "F1"]
    spoken = ["llm", "1,200", "12.3", "50.0", "100.0"]
    assert first.split() == [*spoken, "87.5", "[80–93]", "50.0", "[40–60]", "−2.1", "+3.5"]
    assert " ".join([facts.strip(), more.strip()]) == (
        "40 entries · worst “lead” wrong 1 of 2 · lost 3 not in the text, 1 refused "
        "(for example: “x” is not in it) · "
        "used 12 requests, 34,000 tokens · cost per 1,000 sentences: 2.5"
    )
    assert second.split()[-2:] == ["0.0", "+3.5"]
    plain = [text for text, _ in table_lines([row("a")])]
    assert plain[0].split() == ["source", "spans", "entries", "coverage", "overlap", "conflict"]
    assert plain[2].split() == ["a", "1,200", "40", "12.3", "50.0", "100.0"]
    assert table_lines([])[0].text.startswith("source")


@pytest.mark.parametrize("spans", [0, 123_456_789])
@pytest.mark.parametrize("name", ["a", "x" * 200, "line\nbreak"])
def test_every_line_fits(name: str, spans: int) -> None:
    wide = row(
        name, **{**DEV, "worst": ["word " * 30, 1, 2], "precision": 1.0, "precision_high": 1.0},
        lost={"a reason that goes on " * 12: 3}, used={"tokens": 1}, cost="dear",
        notes=["note " * 90],
    ) | {"spans": spans}  # fmt: skip
    readings = [[name, [(0, 400, "Disease")]], ["other", [(300, 304, "O")]]]
    dispute = {"document": name, "text": "word\n" * 100, "readings": readings}
    vote = {"f1": 0.5, "f1_low": 0.4, "f1_high": 0.6, "documents": 9**9, "spans": 9**9, "seen": 1.0}
    lines = [
        *table_lines([wide, row("second", **DEV)]),
        *vote_lines(vote),
        *disagreement_lines([dispute]),
        *advice_lines("word " * 60),
    ]
    assert all(len(text) <= WIDTH and "\n" not in text for text, _ in lines)
    assert any("no entity" in text for text, _ in lines)


def test_a_dispute_shows_the_words_it_is_about() -> None:
    text = "filler " * 40 + "acute heart failure" + " filler" * 40
    at = text.index("acute")
    readings = [["a", [(at, at + 19, "D")]], ["longer name", [(at + 6, at + 19, "?")]]]
    lines = disagreement_lines([{"document": "d1", "text": text, "readings": readings}])
    assert [style for _, style in lines] == ["bold", "", "dim", "dim"]
    assert "acute heart failure" in lines[1].text
    assert lines[2].text == "    a            “acute heart failure” D"
    assert lines[3].text == "    longer name  “heart failure” some type"
    assert disagreement_lines([]) == []
