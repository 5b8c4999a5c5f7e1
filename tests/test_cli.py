"""The command line: every verb on the tiny job, what it prints, how it ends."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import tiny
from weaklabel import __version__, io
from weaklabel.cli import app
from weaklabel.cli.inputs import type_map, typed_path
from weaklabel.cli.show import plain_table
from weaklabel.errors import ConfigError
from weaklabel.targets import Examples
from weaklabel.votes import Votes


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny files and the run made of them, and what the run printed."""
    folder = tmp_path_factory.mktemp("cli")
    done = call(*tiny.run_flags(tiny.write_files(folder), folder / "run"))
    assert done.exit_code == 0, done.output
    (folder / "printed.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def test_version_and_help() -> None:
    assert call("--version").stdout.strip() == f"weaklabel {__version__}"
    text = call("--help").stdout
    for verb in ("demo", "run", "label", "train", "predict", "evaluate", "report", "convert"):
        assert verb in text


def test_run_says_what_it_does_and_where_everything_is(finished: Path) -> None:
    lines = (finished / "printed.txt").read_text(encoding="utf-8").splitlines()
    assert "12 documents, 7 names (Chemical, Disease), 4 annotated documents · seed 0" in lines[0]
    assert [line[0] for line in lines if line[:1] in "①②③④⑤" and line] == list("①②③④⑤")
    text = "\n".join(lines)
    for words in ("dictionary alone", "all sources", "trained tagger", "[", "report.html"):
        assert words in text
    assert "never occur in the corpus (fine)" in text
    assert f"weaklabel run --config {finished / 'run'}/config.toml" in text


def test_quiet_prints_the_table_only_and_json_is_json(finished: Path) -> None:
    flags = [*tiny.run_flags(tiny.write_files(finished), finished / "run"), "--resume"]
    quiet = call(*flags, "--quiet")
    lines = quiet.stdout.rstrip().splitlines()
    assert [line.split()[0] for line in lines] == [
        "precision", "dictionary", "all", "trained", "Chemical", "Disease",
    ]  # fmt: skip
    machine = call(*flags, "--json")
    scores = json.loads((finished / "run/scores.json").read_text())
    assert json.loads(machine.stdout) == scores


def test_a_run_keeps_what_its_sources_are_worth(finished: Path) -> None:
    analysis = json.loads((finished / "run/analysis.json").read_text(encoding="utf-8"))
    scores = json.loads((finished / "run/scores.json").read_text(encoding="utf-8"))
    asked = Votes.load(finished / "run/votes.parquet").sources
    assert {row["source"] for row in analysis["sources"]} == set(asked)
    assert all({"lost", "used", "notes", "cost"} <= row.keys() for row in analysis["sources"])
    assert analysis["vote_on_dev"]["f1"] == scores["votes"]["strict"]["micro"]["f1"]
    assert {row["source"] for row in analysis["sources_on_dev"]} == set(asked)
    assert all(row["readings"] for row in analysis["disagreements"])


@pytest.mark.slow
def test_config_repeats_a_run(finished: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    done = call("run", "--config", str(finished / "run/config.toml"), "--out", str(again))
    assert done.exit_code == 0, done.output
    assert (again / "scores.json").read_bytes() == (finished / "run/scores.json").read_bytes()


def test_predict_then_evaluate(finished: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "found.pubtator", tmp_path / "scores.json"
    dev = str(finished / "dev.pubtator")
    done = call(
        "predict", "--model", str(finished / "run/model"), "--corpus", dev, "--out", str(out)
    )
    assert done.exit_code == 0, done.output
    done = call("evaluate", "--gold", dev, "--predicted", str(out), "--json", str(report))
    assert done.exit_code == 0, done.output
    assert "all types" in done.stdout
    micro = json.loads(report.read_text())["strict"]["micro"]
    scores = json.loads((finished / "run/scores.json").read_text())
    for key in ("precision", "recall", "f1", "gold", "predicted", "correct"):
        assert micro[key] == scores["dev"]["strict"]["micro"][key]


def test_two_predictions_are_compared(finished: Path, tmp_path: Path) -> None:
    dev = str(finished / "dev.pubtator")
    report = tmp_path / "both.json"
    done = call(
        "evaluate", "--gold", dev, "--predicted", dev,
        "--predicted", str(finished / "corpus.pubtator"), "--json", str(report),
    )  # fmt: skip
    assert done.exit_code == 1  # the corpus has documents the dev set lacks
    done = call(
        "evaluate", "--gold", dev, "--predicted", dev, "--predicted", dev, "--json", str(report)
    )
    assert "paired bootstrap" in done.stdout
    assert json.loads(report.read_text())["comparison"]["micro"]["difference"] == 0


@pytest.mark.parametrize("suffix", ["parquet", "conll", "jsonl", "pubtator"])
def test_label(finished: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"silver.{suffix}"
    done = call(
        "label", "--corpus", str(finished / "corpus.pubtator"),
        "--dictionary", str(finished / "names.tsv"), "--vectors", "none", "--out", str(out),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-2].split()[0] != "source"
    assert "coverage" in done.stdout
    if suffix == "parquet":
        assert out.read_bytes() == (finished / "run/votes.parquet").read_bytes()
    else:
        assert len(io.read_gold(out).gold.annotations) == len(tiny.gold(12).annotations)


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "with_dictionary"), [("conll", True), ("jsonl", False)])
def test_train_on_labels_made_elsewhere(
    finished: Path, tmp_path: Path, suffix: str, with_dictionary: bool
) -> None:
    labels, gold = tmp_path / f"silver.{suffix}", tiny.gold(12)
    io.write(labels, gold.corpus, gold.annotations)
    extra = ["--dictionary", str(finished / "names.tsv")] if with_dictionary else []
    done = call(
        "train", "--labels", str(labels), "--dev", str(finished / "dev.pubtator"),
        "--out", str(tmp_path / "run"), *extra, *tiny.FLAGS,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "pseudo-labels" in done.stdout
    examples = Examples.load(tmp_path / "run/examples.parquet")
    spans = examples.scheme.decode(examples.hard_tags.tolist())
    assert len(spans) == len(gold.annotations)  # trained on as they are
    again = call("run", "--config", str(tmp_path / "run/config.toml"), "--out", str(tmp_path / "b"))
    assert again.exit_code == 0, again.output
    assert (tmp_path / "b/scores.json").read_bytes() == (tmp_path / "run/scores.json").read_bytes()


@pytest.mark.slow
def test_report_convert_info(finished: Path, tmp_path: Path) -> None:
    run = str(finished / "run")
    (finished / "run/report.html").unlink()
    assert call("report", run).exit_code == 0
    assert (finished / "run/report.html").exists()
    assert call("report", run, run).exit_code == 0
    target = tmp_path / "dev.jsonl"
    assert call("convert", str(finished / "dev.pubtator"), str(target)).exit_code == 0
    dev = io.read_gold(finished / "dev.pubtator").gold
    assert io.read_gold(target).gold.annotations.keys() == dev.annotations.keys()
    mapped = tmp_path / "dev.arrow"
    done = call("convert", str(finished / "dev.pubtator"), str(mapped))
    assert done.exit_code == 0, done.output
    assert "annotations were left out" in done.stderr
    for path, words in [
        (run, "a run of weaklabel"),
        (f"{run}/model", "a tagger for Chemical, Disease"),
        (f"{run}/votes.parquet", "votes for Chemical, Disease"),
        (f"{run}/examples.parquet", "examples, "),
        (str(finished / "dev.pubtator"), "pubtator, 4 documents"),
        (str(mapped), "arrow, 4 documents"),
        (str(finished / "names.tsv"), "a dictionary of 7 names"),
    ]:
        done = call("info", path)
        assert done.exit_code == 0, done.output
        assert words in done.stdout


@pytest.mark.slow
def test_types_are_renamed_everywhere(finished: Path, tmp_path: Path) -> None:
    flags = tiny.run_flags(tiny.write_files(finished), tmp_path / "run")
    done = call(*flags, "--map-types", "Chemical,Disease=Entity")
    assert done.exit_code == 0, done.output
    scores = json.loads((tmp_path / "run/scores.json").read_text())
    assert set(scores["dev"]["strict"]["types"]) == {"Entity"}


def test_a_list_of_names_needs_a_type(finished: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("aspirin\nmorphine\n")
    corpus = str(finished / "corpus.pubtator")
    out = str(tmp_path / "v.parquet")
    done = call("label", "--corpus", corpus, "--dictionary", str(names), "--out", out)
    assert done.exit_code == 1
    assert "type" in done.stderr
    done = call("label", "--corpus", corpus, "--dictionary", f"Drug={names}", "--out", out)
    assert done.exit_code == 0, done.output
    assert Votes.load(out).labels == ("O", "?", "Drug")


def test_keep_and_drop_files(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "drop.txt").write_text("Aspirin\n\n")
    out = tmp_path / "votes.parquet"
    done = call(
        "label", "--corpus", str(finished / "corpus.pubtator"), "--out", str(out),
        "--dictionary", str(finished / "names.tsv"), "--drop", str(tmp_path / "drop.txt"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    rows = Votes.load(out).of_source("dictionary").rows()
    assert "Chemical:morphine" in {row.entry for row in rows}
    assert not any("aspirin" in row.entry for row in rows)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run"], "--out"),
        (["run", "--out", "x"], "--corpus is missing"),
        (["run", "--out", "x", "--corpus", "NOT/there", "--dictionary", "d"], "no such file"),
        (["run", "--out", "x", "--set", "training.epoch=1"], "Did you mean training.epochs?"),
        (["run", "--out", "x", "--set", "epochs"], "wants KEY=VALUE"),
        (["run", "--out", "x", "--map-types", "A"], "--map-types wants"),
        (["run", "--out", "x", "--config", "nowhere.toml"], "nowhere.toml: no such file"),
        (["report", "."], "holds no scores"),
        (["predict", "--model", "m", "--corpus", "c", "--out", "o.jsonl"], "no such file"),
        (
            ["predict", "--model", ".", "--corpus", ".", "--out", "o.docx"],
            "--out o.docx: the ending",
        ),
        (["label", "--corpus", "c", "--out", "o.docx"], ".pubtator (pubtator); or .parquet"),
        (["evaluate", "--gold", "g", *["--predicted", "p"] * 3], "at most two"),
    ],
)
def test_wrong_calls_end_with_2_and_one_line(arguments: list[str], words: str) -> None:
    done = call(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert isinstance(done.exception, SystemExit), done.exception


def test_a_near_name_is_offered(finished: Path) -> None:
    done = call("convert", str(finished / "dev.pubtater"), "out.jsonl")
    assert done.exit_code == 2
    assert f"Did you mean {finished / 'dev.pubtator'}?" in done.stderr


def test_traceback_is_for_those_who_ask(finished: Path) -> None:
    done = call("convert", "nowhere.pubtator", "out.jsonl", "--traceback")
    assert isinstance(done.exception, ConfigError)


def test_options_are_read_as_meant(tmp_path: Path) -> None:
    assert type_map(["A, B=C", "D=E"]) == {"A": "C", "B": "C", "D": "E"}
    odd = tmp_path / "a=b.tsv"
    odd.write_text("x")
    assert typed_path(str(odd)) == (None, odd)
    assert typed_path("Disease=x/y.txt") == ("Disease", Path("x/y.txt"))
    assert plain_table(["a", "b"], [["1", "22"]]) == ["a   b", "1  22"]


@pytest.mark.parametrize("verb", ["label", "run"])
def test_a_full_disk_is_told_with_what_can_be_done(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = tiny.write_files(tmp_path)
    part = tmp_path / f".votes.part{os.getpid()}.parquet"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(part))

    monkeypatch.setattr(Votes, "save", full)
    out = tmp_path / ("run" if verb == "run" else "votes.parquet")
    files = [f"--{name}={paths[name]}" for name in ("corpus", "dictionary")]
    done = call(verb, *files, f"--out={out}", "--vectors=none")
    assert done.exit_code == 1
    assert f"weaklabel: {tmp_path / 'votes.parquet'}: No space left on device. " in done.stderr
    assert ("--resume" in done.stderr) is (verb == "run")
    assert ("--out" in done.stderr) is (verb == "label")
