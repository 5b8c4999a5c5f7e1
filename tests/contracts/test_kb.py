"""What every dictionary format owes: names, synonyms, ids, scope; obsolete left out; file:line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import FormatError
from weaklabel.io import KB_FORMATS, read_lexicon
from weaklabel.io.kb import guess_kb_format

OBO = r"""format-version: 1.2
property_value: http://purl.org/dc/terms/license "CC0 1.0" xsd:string

[Term]
id: DOID:1
name: drug-induced lupus {source="x"} ! comment
def: "A \"lupus\"." [url:https\://x]
synonym: "DIL" EXACT OMO:0003012 []
synonym: "lupus \"medicamentosus\", acute" EXACT []
synonym: "lupus" BROAD []
synonym: "some lupus" RELATED []
synonym: "acute DIL" NARROW []
alt_id: DOID:99

[Term]
id: DOID:2
name: obsolete thing
synonym: "old thing" EXACT []
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""

SAME = {
    "obo": OBO,
    "tsv": "type\tname\tsources\nDisease\tdrug-induced lupus\tDOID:1\nDisease\tDIL\tDOID:1\n"
    'Disease\tlupus "medicamentosus", acute\tDOID:1\n',
    "names": '# a comment\ndrug-induced lupus\nDIL\n\nlupus "medicamentosus", acute\n',
}
NAMES = ["drug-induced lupus", "DIL", 'lupus "medicamentosus", acute']


@pytest.mark.parametrize("name", KB_FORMATS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_names_ids_types_and_where_they_come_from(name, mark, end, tmp_path):
    path = tmp_path / f"dictionary{KB_FORMATS[name].suffixes[0]}"
    path.write_bytes((mark + SAME[name].replace("\n", end)).encode())
    assert guess_kb_format(path) == name
    lexicon = read_lexicon(path, type="Disease")
    assert [term.name for term in lexicon] == NAMES
    assert all(term.types == ("Disease",) and term.source == path.name for term in lexicon)
    expected = () if name == "names" else ("DOID:1",)
    assert all(term.concepts == expected for term in lexicon)


@pytest.mark.parametrize("name", KB_FORMATS)
def test_types_are_renamed(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(SAME[name])
    lexicon = read_lexicon(path, type="A", format=name, type_map={"A": "X"})
    assert lexicon.types == ("X",)


@pytest.mark.parametrize("name", KB_FORMATS)
def test_broken_utf8_names_file_and_line(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_bytes(SAME[name].encode() + b"D\tna\xefve\n")
    line = SAME[name].count("\n") + 1
    with pytest.raises(FormatError, match=rf"dictionary:{line}: byte 0xef \(byte 5 of the line"):
        read_lexicon(path, type="D", format=name)


@pytest.mark.parametrize("name", KB_FORMATS)
def test_without_any_type_it_says_how_to_give_one(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text("one name\nanother\n" if name != "obo" else OBO)
    with pytest.raises(FormatError, match=rf"dictionary:\d+: .*--dictionary TYPE={path}"):
        read_lexicon(path, format=name)


@pytest.mark.parametrize("name", KB_FORMATS)
@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_dictionary_without_names(name, content, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(content)
    with pytest.raises(FormatError, match="no name in it"):
        read_lexicon(path, type="D", format=name)
    with pytest.raises(FormatError, match="no name in it"):
        read_lexicon(path, type="D")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.json", '{"a": 1}'),
        ("d.owl", "<?xml version='1.0'?>"),
        ("d.txt", "1|t|Title\n1|a|Text\n"),
        ("d.xls", "\0\1"),
        ("d.md", "# Title"),
    ],
)
def test_what_cannot_be_guessed_lists_the_formats(name, content, tmp_path):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(FormatError) as error:
        read_lexicon(path, type="D")
    assert "cannot guess the format of this dictionary" in str(error.value)
    assert all(f"\n    {known} " in str(error.value) for known in KB_FORMATS)
    with pytest.raises(FormatError, match="unknown dictionary format 'owl'"):
        read_lexicon(path, type="D", format="owl")


cells = st.text(st.characters(exclude_characters='\t\r\n"', exclude_categories=["Cs", "Z", "C"]))
names = st.lists(cells.filter(bool), min_size=1, max_size=9, unique=True)


@given(names=names)
def test_names_of_any_characters_come_back(names, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kb")
    (folder / "d.tsv").write_text("".join(f"D\tx {n}\tid:1\n" for n in names), encoding="utf-8")
    (folder / "d.txt").write_text("".join(f"x {n}\n" for n in names), encoding="utf-8")
    (folder / "d.obo").write_text(
        "format-version: 1.4\n"
        + "".join(
            f'\n[Term]\nid: id:1\nsynonym: "x {n.translate(_OBO_ESCAPES)}" EXACT []\n'
            for n in names
        ),
        encoding="utf-8",
    )
    for path in folder.iterdir():
        lexicon = read_lexicon(path, type="D")
        assert [term.name for term in lexicon] == [f"x {name}" for name in names]


_OBO_ESCAPES = str.maketrans({"\\": "\\\\", "!": "\\!", "{": "\\{"})


@pytest.mark.parametrize(
    ("name", "type", "count"),
    [
        ("kb/derived/disease.tsv", None, 53_458),
        ("kb/derived/chemical.tsv", None, 45_417),
        ("ncbi-disease/dict_disease.tsv", None, 53_458),
        ("bc5cdr/dict_core.tsv", None, 2_482),
        ("kb/doid/DO_rare_slim.obo", "Disease", 11_941),
        ("kb/doid/DO_cancer_slim.obo", "Disease", 1_941),
        ("kb/doid/DO_IEDB_slim.obo", "Disease", None),
        ("kb/doid/DO_infectious_disease_slim.obo", "Disease", None),
        ("kb/doid/DO_FlyBase_slim.obo", "Disease", None),
        ("kb/doid/HumanDO.tsv", "Disease", 12_246),
        ("kb/doid/MESHinDO.tsv", "Disease", 4_023),
    ],
)
def test_real_dictionaries(name, type, count, shared_data):
    lexicon = read_lexicon(shared_data / name, type=type)
    assert count is None or len(lexicon) == count
    assert len(lexicon) > 100
    if "dict_core" not in name:
        assert all(term.concepts for term in lexicon)
