"""``weaklabel dictionary build`` and ``stats``: what they write, print and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from weaklabel.cli import app
from weaklabel.io import read_lexicon

OBO = """format-version: 1.2
property_value: dc:license CC0

[Term]
id: ILL:1
name: disease

[Term]
id: ILL:2
name: influenza
synonym: "flu" EXACT []
synonym: "grippe" RELATED []
is_a: ILL:1

[Term]
id: DRUG:1
name: aspirin

[Term]
id: ILL:3
name: old thing
is_obsolete: true
"""
CSV = """name,type,id,synonyms
lead,Chemical,C:82,Pb|X|flu
42,Chemical,C:42,
lead\x07,Chemical,C:1,
"""
CORPUS = "Flu and influenza. The flu, Pb and LEAD; not pb.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("ill.obo", OBO), ("metal.csv", CSV), ("text.txt", CORPUS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def call(*arguments: str) -> Result:
    done = CliRunner().invoke(app, ["dictionary", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def built(*more: str) -> Result:
    return call(
        "build", "--from", "ill.obo", "--from", "metal.csv",
        "--branch", "ILL:1=Disease", "--out", "all.tsv", *more,
    )  # fmt: skip


def test_build_says_what_came_from_where_and_what_was_left_out(folder: Path) -> None:
    done = built()
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "read      ill.obo",
        "          obo, 3 names, 2 concept ids, licence CC0",
        "          names, exact synonyms",
        "          not asked for: 1 related synonyms, 1 in no branch asked for, 1 obsolete",
        "read      metal.csv",
        "          tsv, 3 names, 1 concept ids, no licence in it",
        "          name from `name`, type from `type`, id from `id`, synonyms from `synonyms`",
        "left out  3 names, listed in all.left_out.tsv",
        "        1 one character       metal.csv:2 'X'",
        "        1 digits only         metal.csv:3 '42'",
        r"        1 control characters  metal.csv:4 'lead\x07'",
        "ambiguous 1 name has several types: flu (Chemical, Disease)",
        "wrote     all.tsv",
        "          5 names of 6 read: 3 Chemical, 3 Disease",
        "next      weaklabel dictionary stats all.tsv",
    ]
    assert (folder / "all.tsv").read_text(encoding="utf-8") == (
        "# licence of ill.obo: CC0\n"
        "type\tname\tids\tsource\n"
        "Disease\tdisease\tILL:1\till.obo\n"
        "Disease\tinfluenza\tILL:2\till.obo\n"
        "Chemical,Disease\tflu\tILL:2;C:82\till.obo;metal.csv\n"
        "Chemical\tlead\tC:82\tmetal.csv\n"
        "Chemical\tPb\tC:82\tmetal.csv\n"
    )
    assert (folder / "all.left_out.tsv").read_text(encoding="utf-8").splitlines() == [
        "reason\tfile\tline\tname",
        "one character\tmetal.csv\t2\tX",
        "digits only\tmetal.csv\t3\t42",
        "control characters\tmetal.csv\t4\tlead\\x07",
    ]
    lexicon = read_lexicon("all.tsv")
    assert lexicon.licences == {"ill.obo": "CC0"}
    assert {term.source for term in lexicon} == {"ill.obo", "metal.csv", "ill.obo;metal.csv"}


def test_building_twice_gives_the_same_bytes(folder: Path) -> None:
    assert built().exit_code == 0
    first = (folder / "all.tsv").read_bytes()
    (folder / "all.tsv").unlink()
    assert built().exit_code == 0
    assert (folder / "all.tsv").read_bytes() == first


def test_build_with_scopes_kept_names_and_renamed_types(folder: Path) -> None:
    (folder / "keep.txt").write_text("42\n")
    done = built("--scope", "all", "--keep", "keep.txt", "--map-types", "Chemical=Drug")
    assert done.exit_code == 0, done.output
    lexicon = read_lexicon("all.tsv")
    assert lexicon.types == ("Disease", "Drug")
    assert lexicon.types_of("42") == ("Drug",)
    assert lexicon.types_of("grippe") == ("Disease",)


def test_build_with_a_licence_told_by_hand(folder: Path) -> None:
    done = built("--licence", "metal.csv=CC BY 4.0, see there")
    assert "1 concept ids, licence CC BY 4.0, see there" in done.stdout
    assert read_lexicon("all.tsv").licences == {
        "ill.obo": "CC0",
        "metal.csv": "CC BY 4.0, see there",
    }
    done = built("--licence", "metals.csv=CC0")
    assert done.exit_code == 2
    assert done.stderr == "weaklabel: a licence for 'metals.csv', which is none of the files\n"


def test_build_by_semantic_type_and_column(folder: Path) -> None:
    (folder / "umls.tsv").write_text("cui\tsty\tstr\nC1\tT047\tflu\nC2\tT099\taunt\n")
    done = call(
        "build", "--from", "umls.tsv", "--column", "name=str", "--column", "type=sty",
        "--semantic-type", "T047,T048=Disease", "--out", "d.tsv",
    )  # fmt: skip
    assert done.exit_code == 2
    assert done.stderr == "weaklabel: umls.tsv: no semantic type 'T048' in it\n"
    assert not (folder / "d.tsv").exists()
    done = call(
        "build", "--from", "umls.tsv", "--column", "name=str", "--column", "type=sty",
        "--semantic-type", "T047=Disease", "--out", "d.tsv",
    )  # fmt: skip
    assert "not asked for: 1 of another semantic type" in done.stdout
    assert [term.name for term in read_lexicon("d.tsv")] == ["flu"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--from", "il.obo"], 2, "--from il.obo: no such file or folder. Did you mean ill.obo?"),
        (["--from", "ill.obo"], 1, "ill.obo:4: an ontology names no entity type; if all its names"),
        (["--from", "ill.obo", "--branch", "ILL:1"], 2, "--branch wants ID[,ID…]=TYPE, got 'ILL:1"),
        (
            ["--from", "ill.obo", "--type", "D", "--scope", "near"],
            2,
            "no synonym scope 'near'; the",
        ),
        (
            ["--from", "metal.csv", "--column", "name"],
            2,
            "--column wants WHAT=HEADER, as name=term",
        ),
        (
            ["--from", "metal.csv", "--column", "nom=x"],
            2,
            "no column 'nom' to name; there are name",
        ),
        (["--from", "empty.tsv"], 1, "empty.tsv: is empty: no name in it"),
        (["--from", "metal.csv", "--out", "d.csv"], 2, "--out d.csv: a dictionary is written as F"),
    ],
)
def test_build_refuses(folder: Path, arguments: list[str], code: int, message: str) -> None:
    (folder / "empty.tsv").touch()
    out = [] if "--out" in arguments else ["--out", "d.tsv"]
    done = call("build", *arguments, *out)
    assert done.exit_code == code, done.output
    assert done.stderr.startswith(f"weaklabel: {message}")
    assert not (folder / "d.tsv").exists()


def test_stats_as_json_counts_what_is_there(folder: Path) -> None:
    built()
    done = call("stats", "all.tsv", "--corpus", "text.txt", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["names"] == told["forms"] == 5
    assert told["types"] == {
        "Chemical": {"names": 3, "concepts": 2},
        "Disease": {"names": 3, "concepts": 3},
    }
    assert told["sources"]["ill.obo"] == {"names": 3, "licence": "CC0"}
    assert told["ambiguous_examples"] == [{"name": "flu", "types": ["Chemical", "Disease"]}]
    assert told["short_forms"] == 1
    assert told["lengths"]["1"] == 5
    corpus = told["corpus"]
    assert (corpus["forms"], corpus["names"], corpus["mentions"]) == (4, 4, 5)
    assert corpus["top"][0] == {
        "name": "flu", "types": ["Chemical", "Disease"], "mentions": 2, "documents": 1,
    }  # fmt: skip
    assert {one["name"] for one in corpus["top"]} == {"flu", "influenza", "lead", "Pb"}


def test_stats_fits_the_terminal_whatever_the_names(folder: Path) -> None:
    long = "a" * 300
    rows = [f"{kind}\t{name}\tid\t{long}" for kind in ("A", "B") for name in (long, "b\x07\u202e")]
    (folder / "long.tsv").write_text("type\tname\tids\tsource\n" + "\n".join(rows) + "\n")
    (folder / "long.txt").write_text(f"This is {long}.\n")
    done = call("stats", "long.tsv", "D=names.lst", "--corpus", "long.txt")
    assert done.exit_code == 2
    (folder / "names.lst").write_text("a\n7\n-\n22\n")
    done = call("stats", "long.tsv", "D=names.lst", "--corpus", "long.txt")
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "\x07" not in done.stdout
    assert "\u202e" not in done.stdout
    text = " ".join(done.stdout.split())
    assert "long.tsv, names.lst: 6 names, 1 concept id, 3 types" in text
    assert "2 33.3 % are one character" in text
    assert "2 33.3 % are digits" in text
    assert "1 16.7 % have no normal form: they can never be found" in text
    assert "2 33.3 % have a normal form of several types" in text
    assert "1 of 6 names occur (16.7 %), 1 times in all" in text


def test_stats_of_a_dictionary_that_never_occurs(folder: Path) -> None:
    (folder / "d.tsv").write_text("D\tnowhere\n")
    done = call("stats", "d.tsv", "--corpus", "text.txt")
    assert done.exit_code == 0, done.output
    assert done.stdout.rstrip().endswith("0 of 1 names occur (0.0 %), 0 times in all")
    assert call("stats", "nothing.tsv").exit_code == 2
