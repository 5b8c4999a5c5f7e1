"""Columns of TSV and CSV dictionaries: synonyms, sources, semantic types, columns named by hand."""

from __future__ import annotations

import logging

import pytest

from weaklabel.errors import ConfigError, FormatError
from weaklabel.io import read_lexicon
from weaklabel.io.kb import Wanted, read_entries
from weaklabel.lexicon import Term


def test_synonyms_in_a_column(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(
        'name,type,id,synonyms\naspirin,Chemical,C1,"ASA|2-(acetyloxy), acid| "\nflu,Disease,D1,\n'
    )
    lexicon = read_lexicon(path)
    assert lexicon.terms == (
        Term("aspirin", ("Chemical",), ("C1",), "d.csv"),
        Term("ASA", ("Chemical",), ("C1",), "d.csv"),
        Term("2-(acetyloxy), acid", ("Chemical",), ("C1",), "d.csv"),
        Term("flu", ("Disease",), ("D1",), "d.csv"),
    )
    assert [term.name for term in read_lexicon(path, scope=[])] == ["aspirin", "flu"]
    _, entries = read_entries(path, Wanted(scopes=frozenset()))
    assert entries.skipped == {"exact synonyms": 2}
    assert entries.left_out == []
    assert (
        entries.how == "name from `name`, type from `type`, id from `id`, synonyms from `synonyms`"
    )


def test_a_column_of_sources_and_licences_of_each(tmp_path):
    path = tmp_path / "d.tsv"
    path.write_text(
        "# licence of a.obo: CC0\n# licence of b: c.tsv: CC BY 4.0, see there\n"
        "type\tname\tids\tsource\nDisease\tflu\tD1\ta.obo\nDisease\tcold\t\t\n"
    )
    lexicon = read_lexicon(path)
    assert [term.source for term in lexicon] == ["a.obo", "d.tsv"]
    assert lexicon.licences == {"a.obo": "CC0", "b": "c.tsv: CC BY 4.0, see there"}


def test_semantic_types(tmp_path):
    path = tmp_path / "d.tsv"
    path.write_text("id\tsty\tstr\nC1\tT047|T033\tflu\nC2\tT109\taspirin\nC3\tT099\taunt\n")
    columns = {"type": "sty", "name": "STR"}
    wanted = {"T047": "Disease", "T033": "Finding", "T109": "Chemical"}
    lexicon = read_lexicon(path, columns=columns, semantic_types=wanted)
    assert lexicon.terms == (
        Term("flu", ("Disease", "Finding"), ("C1",), "d.tsv"),
        Term("aspirin", ("Chemical",), ("C2",), "d.tsv"),
    )
    with pytest.raises(ConfigError, match=r"no semantic type 'T048' in it"):
        read_lexicon(path, columns=columns, semantic_types={"T047": "Disease", "T048": "Disease"})


def test_a_column_that_is_not_there(tmp_path):
    path = tmp_path / "d.tsv"
    path.write_text("type\tname\nDisease\tflu\n")
    with pytest.raises(ConfigError, match="no column 'term' in it"):
        read_lexicon(path, columns={"name": "term"})
    with pytest.raises(ConfigError, match="no column 'nam' to name; there are name, type, id, syn"):
        read_lexicon(path, columns={"nam": "term"})


def test_columns_not_used_are_told(tmp_path):
    path = tmp_path / "d.tsv"
    path.write_text("type\tname\tids\tnote\nDisease\tflu\tD1\twinter\n")
    _, entries = read_entries(path, Wanted())
    assert entries.how == "name from `name`, type from `type`, id from `ids`; not used: note"
    path.write_text("Disease\tflu\tD1\twinter\n")
    _, entries = read_entries(path, Wanted())
    assert entries.how == "no header; name in column 2, type in column 1, id in column 3"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("d.json", '{"a": ["x",\n "y"', r"d\.json:2: not valid JSON"),
        ("d.json", '{"a": ["x"], "b": 1}', r"d\.json: expected OBO Graphs .* 'b' has no list of n"),
        ("d.json", '{"graphs": [{"nodes": [{"lbl": "x"}]}]}', r"d\.json: node 'x' without id"),
        ("d.json", '{"graphs": [{"nodes": 1}]}', r"d\.json: expected OBO Graphs"),
        ("d.json", '{"a": ["x"], "b": ' + "[" * 100_000, r"d\.json: not usable JSON: "),
        ("d.json", '{"a": ["x"], "b": ' + "1" * 5_000 + "}", r"d\.json: not usable JSON: "),
        ("d.owl", "<rdf:RDF\n</rdf:RDF>http://www.w3.org/2002/07/owl#", r"d\.owl:2: not valid XML"),
    ],
)
def test_broken_ontologies(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_lexicon(path, type="D")


def test_half_a_character_is_left_out(tmp_path, caplog):
    path = tmp_path / "d.json"
    path.write_text(r'{"a": ["\ud83d\ude00 face", "half \ud83d"], "b": ["x"], "\ude00": ["y"]}')
    with caplog.at_level(logging.WARNING):
        lexicon = read_lexicon(path, type="D")
    assert [term.name for term in lexicon] == ["😀 face", "x"]
    assert caplog.messages == [f"{path}: names left out: 2 half a character"]


NAMES = [f"name {n}" for n in range(12)]


@pytest.mark.parametrize("row", ["{kind}\t{name}\tX:{n}", "{name}\t{kind}\tX:{n}"])
def test_without_a_header_types_are_told_by_coming_again(row, tmp_path):
    path = tmp_path / "names.tsv"
    kinds = ["Disease", "Chemical"] * 6
    rows = [
        row.format(kind=k, name=name, n=n)
        for n, (k, name) in enumerate(zip(kinds, NAMES, strict=True))
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    lexicon = read_lexicon(path)
    assert [(t.name, t.types, t.concepts) for t in lexicon] == [
        (name, (k,), (f"X:{n}",)) for n, (k, name) in enumerate(zip(kinds, NAMES, strict=True))
    ]
    assert ("type in column 1" in read_entries(path, Wanted())[1].how) is row.startswith("{kind}")


def test_few_rows_are_type_and_name(tmp_path):
    path = tmp_path / "names.tsv"
    path.write_text("Disease\tcold\nChemical\tiron\nGene\tcold\n", encoding="utf-8")
    assert [t.name for t in read_lexicon(path)] == ["cold", "iron"]


ROWS = [f"Disease;{name};D00{n:04}" for n, name in enumerate(NAMES)]


@pytest.mark.parametrize(
    ("head", "order"),
    [
        ("sep=;\r\ntype;name;id", (0, 1, 2)),
        ("Art;Bezeichnung;Kennung", (0, 1, 2)),
        ("Bezeichnung;Art;Kennung", (1, 0, 2)),
        ("id;nom;type", (2, 1, 0)),
    ],
)
def test_a_header_in_another_language_is_no_name(head, order, tmp_path):
    path = tmp_path / "names.csv"
    rows = [";".join(row.split(";")[at] for at in order) for row in ROWS]
    path.write_text("\r\n".join([head, *rows]) + "\r\n", encoding="utf-8-sig")
    assert [(t.name, t.types, t.concepts) for t in read_lexicon(path)] == [
        (name, ("Disease",), (f"D00{n:04}",)) for n, name in enumerate(NAMES)
    ]


def test_a_first_row_like_the_others_is_no_header(tmp_path):
    path = tmp_path / "names.tsv"
    codes = [f"SM{n:04}" for n in range(12)]
    path.write_text(
        "".join(f"Drug\t{name}\tlab\n" for name in ["aspirin", *codes]), encoding="utf-8"
    )
    assert [t.name for t in read_lexicon(path)] == ["aspirin", *codes]


@pytest.mark.parametrize("kinds", [6, 7, 12])
def test_nearly_as_many_types_as_names_are_warned_of(kinds, tmp_path, caplog):
    path = tmp_path / "names.tsv"
    rows = [f"T{n % kinds}\t{name}\n" for n, name in enumerate(NAMES)]
    path.write_text("type\tname\n" + "".join(rows), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        read_lexicon(path)
    said = f"{path}: {kinds} types of 12 names: is the right column taken for the type?"
    assert any(message.startswith(said) for message in caplog.messages) is (kinds > 6)


def test_utf_16_is_told(tmp_path):
    path = tmp_path / "names.tsv"
    path.write_text("type\tname\nDisease\tfever\n", encoding="utf-16")
    with pytest.raises(FormatError, match="may be UTF-16: save it as UTF-8"):
        read_lexicon(path)
