"""``weaklabel dictionary tailor``: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from weaklabel.cli import app
from weaklabel.io import read_lexicon

DICTIONARY = """type\tname\tids
Disease\thepatitis\tD:1
Disease\tacute renal failure\tD:2
Disease\tARF\tD:2
Disease\tdisease\tD:3
Disease\tthe\tD:4
Disease\tliver failure\tD:5
Chemical\taspirin\tC:1
Chemical\t12\tC:2
Chemical\t2,4-D\tC:3
"""
DICTIONARY += "".join(
    f"Disease\t{organ} {kind}\n"
    for organ in ("kidney", "lung", "heart", "brain", "skin")
    for kind in ("syndrome", "disorder", "injury")
)
"""Fifteen names of general nouns that are no names themselves: "disease" is none either."""
CORPUS = "The disease was hepatitis. Aspirin caused acute renal failure (ARF). ARF went away.\n"
DEV = """1|t|Aspirin and the disease.
1|a|Hepatitis followed.
1\t0\t7\tAspirin\tChemical\tC:1
1\t25\t34\tHepatitis\tDisease\tD:1

"""
HEADER = ["action", "name", "types", "concept ids", "rule", "in corpus", "evidence", "example"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {"names.tsv": DICTIONARY, "text.txt": CORPUS, "dev.pubtator": DEV, "empty.tsv": ""}
    files |= {"empty.txt": "", "only_header.tsv": "type\tname\tids\n", "control.txt": "\x01\x02\n"}
    files |= {"control.tsv": "Disease\t\x01\x02\n", "unlabelled.txt": "Nothing is marked.\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "latin.tsv").write_bytes(b"\xe9\n")
    return tmp_path


def call(*arguments: str) -> Result:
    done = CliRunner().invoke(app, ["dictionary", "tailor", "--vectors", "none", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def tailored(*more: str) -> list[str]:
    done = call("--corpus", "text.txt", "--dictionary", "names.tsv", "--out", "made", *more)
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def changes(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert reader.fieldnames == HEADER
        return list(reader)


def names(path: Path) -> set[str]:
    return {term.name for term in read_lexicon(path)}


def told(folder: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((folder / "made" / "tailoring.json").read_text("utf-8"))
    return about


def test_without_a_dev_set_it_counts(folder: Path) -> None:
    assert tailored() == [
        "rule           action  names  in corpus",
        "generic noun  dropped      1          1",
        "stop-word     dropped      1          1",
        "no letter     dropped      1          0",
        "case              met                 1",
        "",
        "24 names before, 3 dropped, 0 added: 21",
        "dictionary  made/dictionary.tsv     changes  made/changes.tsv",
        "report      made/report.html",
    ]
    assert "gain" not in (folder / "made" / "tailoring.json").read_text()


def test_with_a_dev_set_it_weighs_each_rule(folder: Path) -> None:
    lines = tailored("--dev", "dev.pubtator")
    # Two names are annotated. Before: these, "the" and "disease" found, F1 4/6; after: F1 1.
    # Without one of the two rules one wrong span is left: F1 4/5.
    assert lines[0].split() == [
        "rule",
        "action",
        "names",
        "in",
        "corpus",
        "gain",
        "F1",
        "so",
        "far",
    ]
    assert [line.split()[-2:] for line in lines[1:4]] == [
        ["+20.0", "100.0"],
        ["+20.0", "80.0"],
        ["0.0", "66.7"],
    ]
    assert "strict F1 of the dictionary alone 66.7 → 100.0" in lines[-3]
    about = told(folder)
    gains = {rule["rule"]: rule["gain"] for rule in about["rules"] if rule["action"] == "dropped"}
    assert gains == pytest.approx({"no letter": 0.0, "stop-word": 0.2, "generic noun": 0.2})
    assert about["facts"]["f1_before"] == pytest.approx(4 / 6)


def test_the_dev_set_changes_nothing_but_the_scores(folder: Path) -> None:
    tailored()
    before = {n: (folder / "made" / n).read_bytes() for n in ("dictionary.tsv", "changes.tsv")}
    tailored("--dev", "dev.pubtator")
    assert before == {n: (folder / "made" / n).read_bytes() for n in before}


def test_every_dropped_name_is_listed_with_rule_and_evidence(folder: Path) -> None:
    tailored()
    rows = changes(folder / "made" / "changes.tsv")
    assert {(row["action"], row["name"], row["rule"], row["evidence"]) for row in rows} == {
        ("dropped", "12", "no letter", "no letter, as 0 of 2 other names of Chemical"),
        (
            "dropped",
            "the",
            "stop-word",
            "function words alone, as 0 of 20 other names of Disease",
        ),
        (
            "dropped",
            "disease",
            "generic noun",
            "3 of 3 such nouns akin to Disease are no names of it (disorder, injury, syndrome …)",
        ),
    }
    assert names(folder / "made" / "dictionary.tsv") == names(folder / "names.tsv") - {
        "12", "the", "disease",
    }  # fmt: skip
    (generic,) = (row for row in rows if row["name"] == "disease")
    assert generic["example"] == "The disease was hepatitis."
    assert (generic["concept ids"], generic["in corpus"]) == ("D:3", "1")


def cancers(folder: Path) -> list[str]:
    """A dictionary and a text that bear some new names out; the rows of the dictionary."""
    rows = [
        f"Disease\t{place} {kind}\tD:{place}{kind}"
        for place in ("liver", "lung", "colon", "breast", "ovarian", "renal")
        for kind in ("cancer", "carcinoma", "failure")
    ]
    (folder / "names.tsv").write_text("\n".join(rows) + "\n")
    text = "Breast and ovarian cancer were seen. She had lung or colon carcinoma.\n"
    (folder / "text.txt").write_text(text)
    return rows


def test_every_added_name_is_listed_with_rule_and_evidence(folder: Path) -> None:
    rows = cancers(folder)
    text = (folder / "text.txt").read_text()
    tailored()
    added = [r for r in changes(folder / "made" / "changes.tsv") if r["action"] == "added"]
    assert added
    left = names(folder / "made" / "dictionary.tsv")
    for row in added:
        assert row["name"] in left
        assert row["name"].lower() in text.lower()
        assert row["rule"]
        assert row["evidence"]
        assert int(row["in corpus"]) > 0
    assert len(left) == len(rows) + len(added)


def test_a_rule_that_adds_can_be_turned_off(folder: Path) -> None:
    cancers(folder)
    tailored()
    rules = {row["rule"] for row in changes(folder / "made" / "changes.tsv")}
    assert rules == {"coordination"}
    tailored("--without", "coordination")
    assert changes(folder / "made" / "changes.tsv") == []


def test_edited_changes_are_made_and_no_others(folder: Path) -> None:
    tailored()
    edited = [
        line
        for line in (folder / "made" / "changes.tsv").read_text("utf-8").splitlines()
        if "\tdisease\t" not in line
    ]
    edited.append("added\tkidney failure\tDisease\tD:2\tmine\t0\tI know it\t")
    (folder / "edited.tsv").write_text("\n".join(edited) + "\n")
    tailored("--changes", "edited.tsv")
    left = names(folder / "made" / "dictionary.tsv")
    assert {"disease", "kidney failure"} <= left
    assert not {"the", "12"} & left


def test_keep_and_drop_go_over_every_rule(folder: Path) -> None:
    (folder / "keep.txt").write_text("Disease\n")
    (folder / "drop.txt").write_text("aspirin\n")
    tailored("--keep", "keep.txt", "--drop", "drop.txt")
    rows = {row["name"]: row for row in changes(folder / "made" / "changes.tsv")}
    assert (rows["disease"]["action"], rows["disease"]["evidence"]) == (
        "kept",
        "--keep; generic noun",
    )
    assert (rows["aspirin"]["action"], rows["aspirin"]["rule"]) == ("dropped", "user")


def test_the_corpus_filter_drops_what_the_corpus_never_says(folder: Path) -> None:
    tailored("--corpus-filter")
    rows = {row["name"]: row for row in changes(folder / "made" / "changes.tsv")}
    assert rows["liver failure"]["rule"] == "not in the corpus"
    assert "canonical name of D:5, is not in the corpus" in rows["liver failure"]["evidence"]
    # Another name of a concept that the corpus does speak of stays.
    assert {"ARF", "acute renal failure"} <= names(folder / "made" / "dictionary.tsv")


def test_a_rule_can_be_turned_off(folder: Path) -> None:
    tailored("--without", "stop-word", "--without", "generic noun")
    (row,) = changes(folder / "made" / "changes.tsv")
    assert (row["name"], row["rule"]) == ("12", "no letter")
    assert {rule["rule"] for rule in told(folder)["rules"]} == {"no letter", "case"}


def test_a_dictionary_that_keeps_no_name_says_so(folder: Path) -> None:
    (folder / "names.tsv").write_text("Disease\tthe\nDisease\t\x01\x02\n")
    lines = tailored()
    assert "2 names before, 2 dropped, 0 added: 0" in lines
    assert "  ! no name is left" in "\n".join(lines)
    rows = changes(folder / "made" / "changes.tsv")
    assert {row["rule"] for row in rows} == {"stop-word", "no letter"}


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"--corpus": "tex.txt"}, 2, "--corpus tex.txt: no such file or folder. Did you mean text"),
        ({"--dictionary": "name.tsv"}, 2, "--dictionary name.tsv: no such file or folder. Did you"),
        ({"--dev": "no.pubtator"}, 2, "--dev no.pubtator: no such file or folder"),
        ({"--keep": "no.txt"}, 2, "--keep no.txt: no such file or folder"),
        ({"--changes": "no.tsv"}, 2, "--changes no.tsv: no such file or folder"),
        ({"--changes": "names.tsv"}, 1, "names.tsv:1: the first line is not 'action"),
        ({"--changes": "latin.tsv"}, 2, "--changes latin.tsv: not UTF-8 at byte 0"),
        ({"--dictionary": "empty.tsv"}, 1, "empty.tsv: is empty: no name in it"),
        ({"--dictionary": "only_header.tsv"}, 1, "only_header.tsv: no name in it"),
        ({"--corpus": "empty.txt"}, 1, "empty.txt: is empty: no document in it"),
        ({"--corpus": "control.txt", "--format": "lines"}, 1, "the corpus has no word: nothing"),
        ({"--dev": "unlabelled.txt"}, 1, "the dev set has no annotation: no rule can be weighed"),
        ({"--out": "names.tsv"}, 2, "names.tsv is a file, not a folder"),
        ({"--out": "."}, 2, ". is the folder you are in"),
        ({"--out": "taken"}, 2, "taken holds 'mine.txt', which no tailoring wrote: give an empty"),
        ({"--without": "stopword"}, 2, "no rule 'stopword'; did you mean 'stop-word'?"),
        ({"--without": "7"}, 2, "no rule '7'; there are no letter, one character, stop-word, word"),
        ({"--corpus": ""}, 2, "--corpus is missing"),
    ],
)
def test_bad_input_is_refused(folder: Path, given: dict[str, str], code: int, message: str) -> None:
    (folder / "taken").mkdir()
    (folder / "taken" / "mine.txt").touch()
    before = sorted(path.name for path in folder.iterdir())
    wanted = {"--corpus": "text.txt", "--dictionary": "names.tsv", "--out": "made", **given}
    done = call(*[part for option in wanted.items() for part in option])
    assert done.exit_code == code, done.output
    assert done.stderr.startswith(f"weaklabel: {message}")
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_dictionary_of_control_characters_is_no_error(folder: Path) -> None:
    done = call("--corpus", "text.txt", "--dictionary", "control.tsv", "--out", "made")
    assert done.exit_code == 0, done.output
    (row,) = changes(folder / "made" / "changes.tsv")
    assert (row["action"], row["rule"]) == ("dropped", "no letter")
