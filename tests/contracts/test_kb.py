"""What every dictionary format owes: names, synonyms, ids, scope; obsolete left out; file:line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import ConfigError, FormatError
from weaklabel.io import KB_FORMATS, read_lexicon
from weaklabel.io.kb import Wanted, guess_kb_format, read_entries

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

_IRI = "http://purl.obolibrary.org/obo/"
_SYNONYMS = [
    ("Exact", "DIL"),
    ("Exact", 'lupus "medicamentosus", acute'),
    ("Broad", "lupus"),
    ("Related", "some lupus"),
    ("Narrow", "acute DIL"),
]
GRAPHS = {
    "graphs": [
        {
            "meta": {"basicPropertyValues": [{"pred": "dc/license", "val": "CC0 1.0"}]},
            "nodes": [
                {
                    "id": f"{_IRI}DOID_1",
                    "lbl": "drug-induced  lupus",
                    "type": "CLASS",
                    "meta": {
                        "synonyms": [{"pred": f"has{s}Synonym", "val": v} for s, v in _SYNONYMS],
                        "basicPropertyValues": [{"pred": "x#hasOBONamespace", "val": "ill"}],
                    },
                },
                {"id": f"{_IRI}DOID_2", "lbl": "obsolete thing", "meta": {"deprecated": True}},
                {"id": f"{_IRI}part_of", "lbl": "part of", "type": "PROPERTY"},
            ],
        }
    ]
}
OWL = f"""<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [ <!ENTITY obo "{_IRI}" > ]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
     xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:dc="http://purl.org/dc/terms/"
     xmlns:owl="http://www.w3.org/2002/07/owl#"
     xmlns:o="http://www.geneontology.org/formats/oboInOwl#">
  <owl:Ontology rdf:about="x"><dc:license>CC0 1.0</dc:license></owl:Ontology>
  <owl:ObjectProperty rdf:about="x#part_of"><rdfs:label>part of</rdfs:label></owl:ObjectProperty>
  <owl:Class rdf:about="&obo;DOID_1">
    <rdfs:subClassOf><owl:Restriction><rdfs:label>no name</rdfs:label></owl:Restriction>
    </rdfs:subClassOf>
    <rdfs:label xml:lang="en">drug-induced
      lupus</rdfs:label>
    <o:hasOBONamespace>ill</o:hasOBONamespace>
    {"".join(f"<o:has{s}Synonym>{v}</o:has{s}Synonym>" for s, v in _SYNONYMS)}
  </owl:Class>
  <owl:Class rdf:about="&obo;DOID_2">
    <rdfs:label>obsolete thing</rdfs:label><o:hasExactSynonym>old thing</o:hasExactSynonym>
    <owl:deprecated>true</owl:deprecated>
  </owl:Class>
</rdf:RDF>
"""
TSV = """type\tname\tid\tscope
Disease\tdrug-induced lupus\tDOID:1\tname
Disease\tDIL\tDOID:1\tEXACT
Disease\tlupus "medicamentosus", acute\tDOID:1\tEXACT
Disease\tlupus\tDOID:1\tBROAD
Disease\tsome lupus\tDOID:1\tRELATED
Disease\tacute DIL\tDOID:1\tNARROW
"""

SAME = {
    "obo": OBO,
    "json": json.dumps(GRAPHS, indent=1) + "\n",
    "owl": OWL,
    "tsv": TSV,
    "names": '# a comment\ndrug-induced lupus\nDIL\n\nlupus "medicamentosus", acute\n',
}
SAME |= {name: each.sample for name, each in KB_FORMATS.items() if name not in SAME}
"""The same names in every format; another package's format brings them as its ``sample``."""
NAMES = ["drug-induced lupus", "DIL", 'lupus "medicamentosus", acute']
ONTOLOGIES = ["obo", "json", "owl"]
SCOPED = [*ONTOLOGIES, "tsv"]


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


@pytest.mark.parametrize("name", SCOPED)
def test_synonyms_of_the_scopes_asked_for(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(SAME[name])
    for scope, more in (
        (["narrow"], ["acute DIL"]),
        (["BROAD", "related"], ["lupus", "some lupus"]),
        (["exact"], NAMES[1:]),
        (["all"], [*NAMES[1:], "lupus", "some lupus", "acute DIL"]),
        ([], []),
    ):
        lexicon = read_lexicon(path, type="D", scope=scope)
        assert [term.name for term in lexicon] == [NAMES[0], *more]
    with pytest.raises(ConfigError, match="no synonym scope 'exat'; the scopes are exact, narrow,"):
        read_lexicon(path, type="D", scope=["exat"])


@pytest.mark.parametrize("name", SCOPED)
def test_what_was_not_asked_for_is_counted(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(SAME[name])
    _, entries = read_entries(path, Wanted("D"))
    obsolete = {"obo": 2, "json": 1, "owl": 2, "tsv": 0}[name]
    assert {key: n for key, n in entries.skipped.items() if n} == {
        "broad synonyms": 1, "related synonyms": 1, "narrow synonyms": 1,
    } | ({"obsolete": obsolete} if obsolete else {})  # fmt: skip
    assert entries.left_out == []


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_the_licence_an_ontology_names_is_kept(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(SAME[name])
    assert read_lexicon(path, type="D").licences == {"dictionary": "CC0 1.0"}


@pytest.mark.parametrize("name", ["json", "owl"])
def test_types_by_namespace(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(SAME[name])
    assert read_lexicon(path, semantic_types={"ill": "Disease"}).types == ("Disease",)
    with pytest.raises(ConfigError, match=r"no semantic type 'il' in it"):
        read_lexicon(path, semantic_types={"il": "Disease"})


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
    # XML tells its own encoding; what is wrong with it is found by the XML parser.
    wrong = "not valid XML" if name == "owl" else r"byte 0xef \(byte 5 of the line"
    with pytest.raises(FormatError, match=rf"dictionary:{line}: {wrong}"):
        read_lexicon(path, type="D", format=name)


@pytest.mark.parametrize("name", KB_FORMATS)
def test_without_any_type_it_says_how_to_give_one(name, tmp_path):
    path = tmp_path / "dictionary"
    path.write_text(SAME[name] if name in ONTOLOGIES else "one name\nanother\n")
    where = path if name == "json" else rf"{path}:\d+"  # JSON is read whole, without its lines
    with pytest.raises(FormatError, match=rf"{where}: .*--dictionary TYPE={path}"):
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
    with pytest.raises(FormatError, match="unknown dictionary format 'excel'"):
        read_lexicon(path, type="D", format="excel")


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
        ("kb/doid/doid_names_synonyms.tsv", "Disease", None),
        ("kb/doid/DO_FlyBase_slim.json", "Disease", 597),
        ("kb/doid/DO_FlyBase_slim.owl", "Disease", 597),
        ("kb/doid/DO_FlyBase_slim.obo", "Disease", 597),
        ("kb/drugbank/aliases.json", "Chemical", 22_291),
    ],
)
def test_real_dictionaries(name, type, count, shared_data):
    lexicon = read_lexicon(shared_data / name, type=type)
    assert count is None or len(lexicon) == count
    assert len(lexicon) > 100
    if "dict_core" not in name:
        assert all(term.concepts for term in lexicon)


def test_one_ontology_in_three_formats_is_the_same_dictionary(shared_data):
    paths = [shared_data / f"kb/doid/DO_FlyBase_slim.{suffix}" for suffix in KB_FORMATS]
    read = [
        read_lexicon(path, type="Disease", scope=["all"], branch={"DOID:0050155": "Sense"})
        for path in paths
        if path.exists()
    ]
    assert len(read) == 3
    for lexicon in read:
        assert lexicon.types == ("Disease", "Sense")
        assert {(t.name, t.types, t.concepts) for t in lexicon} == {
            (t.name, t.types, t.concepts) for t in read[0]
        }


DAMAGE = [
    b"",
    b"\0",
    b'"',
    b"\xff",
    b"\t\t",
    b"[]",
    b"<x>",
    b"\n",
    b"1",
    b"null",
    b"{",
    b"|",
    b"\\",
]


@given(data=st.data(), name=st.sampled_from(sorted(KB_FORMATS)), typed=st.booleans())
def test_a_damaged_file_is_read_or_refused_by_name(data, name, typed, tmp_path_factory):
    raw = bytearray(SAME[name].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        a, b = sorted(data.draw(st.lists(st.integers(0, len(raw)), min_size=2, max_size=2)))
        raw[a : min(b, a + 40)] = data.draw(st.sampled_from(DAMAGE))
    path = tmp_path_factory.mktemp("kb") / "dictionary"
    path.write_bytes(raw)
    for format in (name, None):
        try:
            lexicon = read_lexicon(path, type="D" if typed else None, format=format)
        except FormatError as error:
            where = error.path
        else:
            where = path
            assert all(term.name.strip() and term.types for term in lexicon)
        assert where == path
