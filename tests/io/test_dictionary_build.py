"""Dictionaries made of several files: united, written, read back; and names that are no names."""

from __future__ import annotations

import logging
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from weaklabel.errors import ConfigError, DataError, FormatError
from weaklabel.ground.normal import normal_key
from weaklabel.io import read_lexicon
from weaklabel.io.kb import Wanted
from weaklabel.io.kb.building import build, fault_of, write_left_out
from weaklabel.io.kb.writing import write_lexicon
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.text import Corpus

OBO = """format-version: 1.2
property_value: dc:license CC0

[Term]
id: D:1
name: cold
synonym: "common cold" EXACT []
synonym: "chill" RELATED []
"""
CSV = 'name,type,id\n"plumbum \n niger",Chemical,C:1\n"a ""b""",X,\n'
LONG = " ".join(["word"] * 501)


def write(folder: Path, **files: str) -> list[tuple[Path, None]]:
    paths = [folder / name.replace("_", ".") for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text, encoding="utf-8", newline="")
    return [(path, None) for path in paths]


def test_several_files_make_one_dictionary(tmp_path):
    table = "name,type,id,synonyms\nlead,Chemical,C:1,Pb|Pb2\n"
    write(tmp_path, a_obo=OBO, b_csv=table, c_txt="cold\nPb\n")
    built = build(
        [
            (tmp_path / "a.obo", "Disease"),
            (tmp_path / "b.csv", None),
            (tmp_path / "c.txt", "Sense"),
        ],
        type_map={"Sense": "Feeling"},
    )
    assert built.lexicon.terms == (
        Term("cold", ("Disease", "Feeling"), ("D:1",), "a.obo;c.txt"),
        Term("common cold", ("Disease",), ("D:1",), "a.obo"),
        Term("lead", ("Chemical",), ("C:1",), "b.csv"),
        Term("Pb", ("Chemical", "Feeling"), ("C:1",), "b.csv;c.txt"),
        Term("Pb2", ("Chemical",), ("C:1",), "b.csv"),
    )
    assert built.lexicon.licences == {"a.obo": "CC0"}
    assert [(part.format, part.names, part.concepts) for part in built.parts] == [
        ("obo", 2, 1), ("tsv", 3, 1), ("names", 2, 0),
    ]  # fmt: skip
    assert built.parts[0].skipped == {"related synonyms": 1}
    assert [term.name for term in built.ambiguous] == ["cold", "Pb"]


def test_what_is_written_is_read_back(tmp_path):
    built = build(write(tmp_path, b_csv=CSV))
    assert [term.name for term in built.lexicon] == ["plumbum niger", 'a "b"']
    write_lexicon(tmp_path / "out.tsv", built.lexicon)
    again = read_lexicon(tmp_path / "out.tsv")
    assert again.terms == built.lexicon.terms
    assert build([(tmp_path / "out.tsv", None)]).lexicon.terms == built.lexicon.terms


characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, min_size=1, max_size=8).map(str.strip).filter(bool)
cells = st.characters(exclude_categories=["C", "Z"], exclude_characters=',;|"')
parts = st.text(cells, min_size=1, max_size=4)


@pytest.mark.slow
@given(
    st.lists(
        st.builds(
            Term,
            texts,
            st.lists(parts, min_size=1, max_size=3, unique=True).map(lambda k: tuple(sorted(k))),
            st.lists(parts, max_size=2, unique=True).map(tuple),
            parts,
        ),
        min_size=1,
        max_size=8,
    ),
    st.dictionaries(parts, parts, max_size=2),
)
def test_every_character_survives_writing(tmp_path_factory, terms, licences):
    path = tmp_path_factory.mktemp("kb") / "d.tsv"
    lexicon = Lexicon.of(terms, licences=licences)
    write_lexicon(path, lexicon)
    again = read_lexicon(path)
    plain = Lexicon.of(
        Term(_without_breaks(t.name), t.types, t.concepts, t.source) for t in lexicon
    )
    assert again.terms == plain.terms
    assert again.licences == lexicon.licences


@pytest.mark.parametrize("source", ["0:", "a: b", ":", '"', '"a": b', "kb.obo", '"kb.obo"'])
def test_licences_keep_their_source_whatever_it_is_called(tmp_path, source):
    path = tmp_path / "d.tsv"
    lexicon = Lexicon.of([Term("aspirin", ("Chemical",))], licences={source: "CC: BY"})
    write_lexicon(path, lexicon)
    assert read_lexicon(path).licences == {source: "CC: BY"}


def _without_breaks(name: str) -> str:
    """A tab or line break, with the white space around it, is one space."""
    out, pending = "", ""
    for c in name:
        if c.isspace():
            pending += c
        else:
            out += (" " if set(pending) & set("\t\n\r") else pending) + c
            pending = ""
    return out


@pytest.mark.parametrize(
    "term",
    [Term("x", ("A,B",)), Term("x", ("A",), ("1;2",)), Term("x", ("A",), ("1|2",)),
     Term("x", ("A\tB",)), Term("x", ("A",), (), "a\nb")],
)  # fmt: skip
def test_what_a_tsv_cannot_hold_is_refused(term, tmp_path):
    with pytest.raises(DataError, match=r"'x' has a .* that cannot be written to a TSV"):
        write_lexicon(tmp_path / "d.tsv", Lexicon.of([term]))
    assert list(tmp_path.iterdir()) == []


# ---- bad names ------------------------------------------------------------------------------
BAD = {
    "": "empty",
    "x": "one character",
    "β": "one character",
    "42": "digits only",
    "1,000-2": "digits only",
    "+/-": "symbols only",
    "bell\x07": "control characters",
    "\x1b[31mred": "control characters",
    "nul\0nul": "control characters",
    LONG: "over 500 tokens",
}
GOOD = ["5-HT", "שפעת העופות", "حمى الضنك‎", "zero​width", "naïve ﬂu", " ".join(["w"] * 500), "ab"]


@pytest.mark.parametrize(("name", "reason"), BAD.items())
def test_a_bad_name_is_left_out_counted_and_listed(name, reason, tmp_path):
    files = write(tmp_path, d_tsv=f"type\tname\nDisease\tflu\nDisease\t{name}\n")
    built = build(files)
    assert [term.name for term in built.lexicon] == ["flu"]
    assert built.left_out == Counter({reason: 1})
    assert [row.line for row in built.parts[0].left_out] == [3]
    write_left_out(tmp_path / "left.tsv", built)
    rows = (tmp_path / "left.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "reason\tfile\tline\tname"
    assert len(rows) == 2
    cells = rows[1].split("\t")
    assert cells[:3] == [reason, str(tmp_path / "d.tsv"), "3"]
    assert cells[3].isprintable()
    assert cells[3].encode().decode("unicode_escape") == name or not name.isascii()


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_name_stays_as_it_is(name, tmp_path):
    built = build(write(tmp_path, d_tsv=f"Disease\t{name}\n"))
    assert [term.name for term in built.lexicon] == [name]
    assert not built.left_out
    write_lexicon(tmp_path / "out.tsv", built.lexicon)
    assert [term.name for term in read_lexicon(tmp_path / "out.tsv")] == [name]


@given(st.text(st.characters(), min_size=1).filter(str.strip))
@example("12")
@example("- 1")
@example("b\x07")
@example("q")
@example("flu")
def test_a_fault_is_told_of_exactly_the_names_that_have_one(name):
    name = name.strip()
    reason = fault_of(name)
    categories = {unicodedata.category(c) for c in name if c not in "\t\n\r"}
    if categories & {"Cc", "Cs"}:
        assert reason == "control characters"
    elif len(name) == 1:
        assert reason == "one character"
    elif not any(c.isalpha() for c in name):
        assert reason in ("digits only", "symbols only")
    else:
        assert reason == ""


def test_your_own_word_goes_over_every_rule(tmp_path):
    files = write(tmp_path, d_tsv="Disease\tx\nDisease\t42\n")
    assert [term.name for term in build(files, keep=["42"]).lexicon] == ["42"]


def test_reading_alone_leaves_out_empty_names_only_and_says_so(tmp_path, caplog):
    rows = "".join(f"D\t{name}\n" for name in [*BAD, *GOOD])
    (path, _), *_ = write(tmp_path, d_tsv=rows + "D\t \n")
    with caplog.at_level(logging.WARNING):
        lexicon = read_lexicon(path)
    assert [term.name for term in lexicon] == [name for name in [*BAD, *GOOD] if name]
    assert len(caplog.messages) == 1
    assert caplog.messages[0] == (
        f"{path}: names left out: 2 empty (line 1, {len(BAD) + len(GOOD) + 1})"
    )


@pytest.mark.parametrize("name", [name for name in [*BAD, *GOOD] if name])
def test_an_odd_name_is_found_exactly_where_it_stands(name, tmp_path):
    (path, _), *_ = write(tmp_path, d_tsv=f"D\t{name}\n")
    text = f"We saw {name} here"
    corpus = Corpus.from_texts([text])
    found = [
        text[s.offsets[vote.start][0] : s.offsets[vote.end - 1][1]]
        for vote in DictionarySource(NameIndex(read_lexicon(path))).label(corpus).rows()
        for s in [corpus[vote.sentence]]
    ]
    assert [normal_key(surface) for surface in found] == [normal_key(name)]
    if fault_of(name) != "symbols only":  # a hyphen at a name's edge does not count
        assert found == [name]


# ---- bad files ------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["", "\n \n", "type\tname\n", "# nothing\n", "\ufeff"])
def test_no_rows(text, tmp_path):
    files = write(tmp_path, d_tsv=text)
    with pytest.raises(FormatError, match="no name in"):
        read_lexicon(files[0][0])
    with pytest.raises(FormatError, match="no name in"):
        build(files)


def test_no_row_that_can_be_used(tmp_path):
    files = write(tmp_path, d_tsv="D\tx\nD\t1\nD\t22\n")
    with pytest.raises(FormatError, match=r"d\.tsv; left out: 2 one character, 1 digits only"):
        build(files)


def test_a_branch_must_be_in_one_of_the_files(tmp_path):
    files = write(tmp_path, a_obo=OBO, b_tsv="D\tflu\n")
    assert build(files, Wanted(branches={"D:1": "Disease"})).lexicon.types == ("D", "Disease")
    with pytest.raises(ConfigError, match=r"a\.obo, .*b\.tsv: no concept or tree number 'D:2'"):
        build(files, Wanted(branches={"D:2": "Disease"}))


def test_files_of_one_name_are_told_apart(tmp_path):
    (tmp_path / "x").mkdir()
    files = [*write(tmp_path, d_tsv="D\tflu\n"), *write(tmp_path / "x", d_tsv="D\tcold\nD\tflu\n")]
    sources = {term.name: term.source for term in build(files).lexicon}
    assert sources == {"flu": f"{files[0][0]};{files[1][0]}", "cold": str(files[1][0])}


@pytest.mark.slow
def test_two_hundred_thousand_rows_come_through(tmp_path):
    rows = (f"{'AB'[i % 2]}\tname {i // 3} of {i % 7}\tid:{i}\n" for i in range(200_000))
    files = write(tmp_path, d_tsv="".join(rows))
    built = build(files)
    names: dict[str, set[str]] = {}
    for i in range(200_000):
        names.setdefault(f"name {i // 3} of {i % 7}", set()).add("AB"[i % 2])
    assert {term.name: set(term.types) for term in built.lexicon} == names
    write_lexicon(tmp_path / "out.tsv", built.lexicon)
    assert (
        read_lexicon(tmp_path / "out.tsv").fingerprint == Lexicon(built.lexicon.terms).fingerprint
    )
