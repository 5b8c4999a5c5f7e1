"""weaklabel.tailor: what goes and what comes on the bundled demo, written down and read again."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import weaklabel as wl
from weaklabel.errors import DataError
from weaklabel.lexicon import Lexicon, Term
from weaklabel.tailoring import Tailored
from weaklabel.text import Corpus

TEXTS = [
    "Aspirin caused severe hepatitis. The patients lead a normal life.",
    "Acute renal failure (ARF) followed. ARF resolved after aspirin was stopped.",
    *["Severe hepatitis rose. Severe gout rose. Severe mania rose. We had such a disease."] * 10,
]
NAMES = [
    "Aspirin",
    "gout",
    "mania",
    "hepatitis",
    "acute renal failure",
    "12",
    "x",
    "the",
    "disease",
]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.from_texts(TEXTS)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.of(Term(name, ("Disease",), (f"T:{i}",)) for i, name in enumerate(NAMES))


@pytest.fixture(scope="module")
def made(lexicon: Lexicon, corpus: Corpus) -> Tailored:
    return wl.tailor(lexicon, corpus, vectors=None)


def names(of: Lexicon) -> set[str]:
    return {term.name for term in of}


def test_what_is_no_name_goes_and_the_rest_stays(made: Tailored) -> None:
    left = names(made.lexicon)
    assert {"Aspirin", "hepatitis", "acute renal failure"} <= left
    assert not {"12", "x", "the", "disease"} & left


def test_every_change_says_its_rule_and_evidence(made: Tailored) -> None:
    frame = made.to_pandas()
    dropped = frame[frame["action"] == "dropped"]
    assert set(dropped["name"]) == {"12", "x", "the", "disease"}
    assert (frame["rule"].str.len() > 0).all()
    assert (frame["evidence"].str.len() > 0).all()


def test_keep_and_drop_win_over_rules(lexicon: Lexicon, corpus: Corpus) -> None:
    made = wl.tailor(lexicon, corpus, vectors=None, keep=["disease"], drop=["aspirin"])
    assert "disease" in names(made.lexicon)
    assert "Aspirin" not in names(made.lexicon)


def test_what_is_written_is_a_dictionary_and_a_diff(made: Tailored, tmp_path: Path) -> None:
    made.save(tmp_path)
    again = wl.read_lexicon(tmp_path / "dictionary.tsv")
    assert names(again) == names(made.lexicon)
    with (tmp_path / "changes.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        assert (row["name"] in names(again)) == (row["action"] != "dropped"), row
    assert {"tailoring.json", "changes.tsv"} <= {path.name for path in tmp_path.iterdir()}


def test_the_same_twice(made: Tailored, lexicon: Lexicon, corpus: Corpus, tmp_path: Path) -> None:
    made.save(tmp_path / "a")
    wl.tailor(lexicon, corpus, vectors=None).save(tmp_path / "b")
    for name in ("dictionary.tsv", "changes.tsv", "tailoring.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", ["tab\tname", "חום גבוה", "\u200bpain", "w " * 500 + "w"])
def test_odd_names_are_not_lost_in_silence(name: str, corpus: Corpus, tmp_path: Path) -> None:
    lexicon = Lexicon.of([Term("hepatitis", ("Disease",)), Term(name, ("Disease",))])
    made = wl.tailor(lexicon, corpus, vectors=None)
    told = set(made.to_pandas()["name"])
    assert name in names(made.lexicon) | told
    made.save(tmp_path)
    # A cell of a table holds no tab: it is written as a space, which the match does not see.
    again = wl.read_lexicon(tmp_path / "dictionary.tsv")
    assert set(again.by_key) == set(made.lexicon.by_key)


def test_nothing_to_tailor_is_refused(corpus: Corpus, lexicon: Lexicon) -> None:
    with pytest.raises(DataError, match="the dictionary has no name"):
        wl.tailor(Lexicon.of([]), corpus)
    empty = Corpus.from_texts([])
    with pytest.raises(DataError, match="the corpus has no word"):
        wl.tailor(lexicon, empty)
