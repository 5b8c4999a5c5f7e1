"""What a run does with input that is wrong, and with input that is merely odd."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import tiny
from weaklabel import io
from weaklabel.cli import app
from weaklabel.pipeline import load
from weaklabel.text import Corpus


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return tiny.write_files(tmp_path)


def run(files: dict[str, Path], *more: str) -> Result:
    out = files["corpus"].parent / "run"
    return CliRunner().invoke(app, [*tiny.run_flags(files, out), *more])


def refused(files: dict[str, Path], *words: str, code: int = 1) -> None:
    """The run ends with one clear message and leaves nothing behind."""
    done = run(files)
    assert done.exit_code == code, done.output
    assert done.stderr.startswith("weaklabel: ")
    for word in words:
        assert word in done.stderr
    assert isinstance(done.exception, SystemExit), done.exception
    assert not (files["corpus"].parent / "run").exists()


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "1|t|\n1|a|\n"])
def test_an_empty_corpus(files: dict[str, Path], content: str) -> None:
    files["corpus"].write_text(content, encoding="utf-8")
    refused(files, "corpus.pubtator")


def test_a_dictionary_without_a_type_column(files: dict[str, Path]) -> None:
    files["dictionary"].write_text("name\taspirin\nDisease breast cancer\n")
    refused(files, "names.tsv")


def test_a_dictionary_with_a_broken_row(files: dict[str, Path]) -> None:
    files["dictionary"].write_text("type\tname\nDisease\tgastritis\nDisease breast cancer\n")
    refused(files, "names.tsv:3: ")


@pytest.mark.parametrize("which", ["corpus", "dictionary", "dev"])
def test_broken_utf8(files: dict[str, Path], which: str) -> None:
    raw = files[which].read_bytes()
    lines = raw.split(b"\n")
    files[which].write_bytes(b"\n".join([lines[0], b"\xff\xfe broken" + lines[1], *lines[2:]]))
    refused(files, f"{files[which].name}:2: ")


@pytest.mark.slow
def test_annotations_that_do_not_fit_are_told_one_by_one(files: dict[str, Path]) -> None:
    lines = files["dev"].read_text(encoding="utf-8").splitlines()
    at = [i for i, line in enumerate(lines) if line.count("\t") >= 4]
    for i in at[:2]:
        cells = lines[i].split("\t")
        lines[i] = "\t".join([cells[0], str(int(cells[1]) + 1), *cells[2:]])
    files["dev"].write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run(files)
    assert done.exit_code == 0, done.output
    for i in at[:2]:
        assert f"dev.pubtator:{i + 1} (document " in done.stdout
    total = len(at)
    assert f"2 of {total} annotations do not fit their text" in done.stdout
    assert "dropped.tsv" in done.stdout
    dropped = (files["dev"].parent / "run/dropped.tsv").read_text(encoding="utf-8").splitlines()
    assert len(dropped) == 3
    scores = json.loads((files["dev"].parent / "run/scores.json").read_text())
    assert scores["dev"]["strict"]["micro"]["gold"] == total - 2


@pytest.mark.slow
def test_a_type_in_dev_that_no_source_produces(files: dict[str, Path]) -> None:
    text = files["dev"].read_text(encoding="utf-8").replace("\tDisease", "\tGene", 1)
    files["dev"].write_text(text, encoding="utf-8")
    done = run(files)
    assert done.exit_code == 0, done.output
    assert "type `Gene` is in the dev set, no source produces it" in done.stdout
    assert re.search(r"Gene +0\.0 +0\.0 +0\.0", done.stdout)


def test_an_unknown_option_in_a_configuration(files: dict[str, Path]) -> None:
    config = files["corpus"].parent / "config.toml"
    config.write_text("[training]\nepoch = 5\n")
    done = run(files, "--config", str(config))
    assert done.exit_code == 2
    words = f"weaklabel: {config}: unknown option training.epoch. Did you mean training.epochs?"
    assert done.stderr.strip() == words
    config.write_text("[trainin]\nepochs = 5\n")
    assert "Did you mean training?" in run(files, "--config", str(config)).stderr
    config.write_text('[training]\nepochs = "five"\n')
    wrong = run(files, "--config", str(config)).stderr
    assert "training.epochs must be a whole number, got 'five'" in wrong
    config.write_text("[training\n")
    assert "not valid TOML" in run(files, "--config", str(config)).stderr


@pytest.mark.slow
def test_a_run_folder_of_another_configuration(files: dict[str, Path]) -> None:
    assert run(files).exit_code == 0
    files["dictionary"].write_text("type\tname\nDisease\tgastritis\nChemical\tmorphine\n")
    done = run(files)
    assert done.exit_code == 2
    for words in (
        "was made from another dictionary (names.tsv changed on 20",
        "run-2",
        "labelling",
    ):
        assert words in done.stderr
    done = run(files, "--resume")
    assert done.exit_code == 0, done.output
    assert "labelling and what follows is redone" in done.stdout


@pytest.mark.slow
def test_odd_text_just_works(files: dict[str, Path]) -> None:
    folder = files["corpus"].parent
    long_line = "gastritis " + "x" * 100_000 + " aspirin."
    long_sentence = "aspirin and gastritis " * 700
    texts = {
        "crlf": "We gave aspirin.\r\nSevere gastritis\r\nfollowed.",
        "plane": "𝔸spirin 💊 eased gastritis 𐍈; aspirin helped.",
        "line": long_line,
        "sentence": long_sentence,
        "nothing": "The quick brown fox jumps.",
        "space": "\u00a0 aspirin\u2003gastritis \u00a0",
    }
    corpus = Corpus.from_texts(texts.values(), ids=texts)
    files["corpus"] = folder / "odd.jsonl"
    io.write(files["corpus"], corpus, tiny.mentions(corpus))
    dev = folder / "dev.conll"
    io.write(dev, tiny.gold(3).corpus, tiny.gold(3).annotations)
    dev.write_bytes(b"\xef\xbb\xbf" + dev.read_bytes().replace(b"\n", b"\r\n"))
    files["dev"] = dev
    done = run(files)
    assert done.exit_code == 0, done.output
    tagger = load(folder / "run/model", device="cpu")
    for row in tagger.predict(corpus):
        text = corpus.document_text(row.document)
        assert text[row.start : row.end].strip() == text[row.start : row.end] != ""


@pytest.mark.slow
def test_a_single_document_without_any_name(files: dict[str, Path]) -> None:
    files["corpus"].write_text("1|t|The quick brown fox.\n1|a|It jumps.\n\n")
    done = run(files)
    assert done.exit_code == 0, done.output
    assert "no name of your dictionary occurs in the corpus" in done.stdout
