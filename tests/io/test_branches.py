"""Types by branch: by "is a", by parents in a column, by tree numbers; against a plain walk."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import ConfigError, FormatError
from weaklabel.io import read_lexicon
from weaklabel.io.kb.hierarchy import Branches, TreeNumbers

ids = st.sampled_from("abcdefgh")


def walked(concept: str, types: dict[str, str], parents: dict[str, list[str]]) -> set[str]:
    """All ways up that visit nothing twice, each to its first branch: a stupid oracle."""

    def ways(here: str, before: tuple[str, ...]) -> set[str]:
        if here in types:
            return {types[here]}
        found = [ways(p, (*before, here)) for p in parents.get(here, ()) if p not in before]
        return set().union(*found)

    return ways(concept, ())


@given(
    st.dictionaries(ids, st.sampled_from(["X", "Y", "Z"]), max_size=4),
    st.dictionaries(ids, st.lists(ids, max_size=3)),
)
def test_the_nearest_branch_on_each_way_up(types, parents):
    branches = Branches(types, parents)
    for concept in "abcdefgh":
        assert set(branches.types_of(concept)) == walked(concept, types, parents)


OBO = """format-version: 1.2

[Term]
id: T:1
name: disease

[Term]
id: T:2
name: cancer
is_a: T:1 ! disease

[Term]
id: T:3
name: glioma
is_a: T:2 {source="x"} ! cancer
is_a: T:9 ! not in the file

[Term]
id: T:4
name: flu
is_a: T:1

[Term]
id: T:5
name: aspirin
synonym: "ASA" EXACT []

[Term]
id: T:6
name: lead poisoning
is_a: T:4
is_a: T:2
"""
TABLE = (
    "id,name,parent\nT:1,disease,\nT:2,cancer,disease\nT:3,glioma,T:2|T:9\nT:4,flu,T:1\n"
    "T:5,aspirin,\nT:6,lead poisoning,T:4;cancer\n"
)


@pytest.mark.parametrize(("name", "text"), [("d.obo", OBO), ("d.csv", TABLE)])
def test_every_descendant_gets_the_type(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    lexicon = read_lexicon(path, branch={"T:1": "Disease", "T:2": "Cancer"})
    assert {term.name: term.types for term in lexicon} == {
        "disease": ("Disease",),
        "cancer": ("Cancer",),
        "glioma": ("Cancer",),
        "flu": ("Disease",),
        "lead poisoning": ("Cancer", "Disease"),
    }
    lexicon = read_lexicon(path, branch={"T:2": "Cancer"}, type="Other")
    assert lexicon.types_of("glioma") == ("Cancer",)
    assert lexicon.types_of("aspirin") == ("Other",)


@pytest.mark.parametrize(("name", "text"), [("d.obo", OBO), ("d.csv", TABLE)])
def test_a_branch_is_cut_out_of_a_larger_one(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    lexicon = read_lexicon(path, branch={"T:1": "Disease", "T:2": "-"}, type="Other")
    assert {term.name: term.types[0] for term in lexicon if term.name != "ASA"} == {
        "disease": "Disease",
        "flu": "Disease",
        "lead poisoning": "Disease",  # its other way up is not cut
        "aspirin": "Other",
    }


@pytest.mark.parametrize(("name", "text"), [("d.obo", OBO), ("d.csv", TABLE)])
def test_a_branch_that_is_not_there(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"no concept or tree number 'T:12' in it"):
        read_lexicon(path, branch={"T:12": "X"})


def test_a_branch_with_nothing_under_it_but_other_names(tmp_path):
    path = tmp_path / "d.obo"
    path.write_text(OBO.replace("name: aspirin\n", "").replace('synonym: "ASA" EXACT []\n', ""))
    with pytest.raises(
        FormatError, match=r"no name in it \(read as 'obo'\); left out: 5 in no bra"
    ):
        read_lexicon(path, branch={"T:5": "Chemical"})


MESH = (
    "ui\tname\tterm\ttree_numbers\n"
    "D1\tGlioma\tGlioma\tC04.557\nD1\tGlioma\tGlial tumour\tC04.557\n"
    "D2\tPain\tPain\tC10.597;F02.830\nD3\tTrypsin\tTrypsin\tD08.811\nD4\tRat\tRat\tB01\n"
)


def test_tree_numbers(tmp_path):
    path = tmp_path / "mesh.tsv"
    path.write_text(MESH)
    branch = {"C": "Disease", "F02": "Mind", "D": "Chemical", "D08": "Enzyme"}
    lexicon = read_lexicon(path, branch=branch, columns={"name": "term"})
    assert {(term.name, *term.types, *term.concepts) for term in lexicon} == {
        ("Glioma", "Disease", "D1"),
        ("Glial tumour", "Disease", "D1"),
        ("Pain", "Disease", "Mind", "D2"),
        ("Trypsin", "Enzyme", "D3"),
    }
    with pytest.raises(ConfigError, match="no concept or tree number 'C0' in it"):
        read_lexicon(path, branch={"C0": "Disease"}, type="Other")  # no dot follows: C04 is another


@given(st.lists(st.sampled_from(["A", "A01", "A01.2", "A01.2.3", "A012", "B"]), max_size=4))
def test_tree_numbers_are_prefixes(roots):
    tree = TreeNumbers({root: root for root in roots})
    for number in ("A01.2.3.4", "A012.1", "B02", "C"):
        parts = number.split(".")
        above = [".".join(parts[:n]) for n in range(len(parts), 0, -1)] + [number[0]]
        nearest = next((place for place in above if place in roots), None)
        assert tree.types_of(number) == ((nearest,) if nearest else ())


@pytest.mark.slow
def test_real_tree_numbers_against_a_plain_reading(shared_data):
    path = shared_data / "kb/mesh/mesh_terms_C_D_F03.tsv"
    branch = {"C": "Disease", "F03": "Disease", "D": "Chemical", "D08": "-", "D12.776": "-"}
    lexicon = read_lexicon(path, branch=branch, columns={"name": "term"})
    expected: dict[str, set[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            types = expected.setdefault(row["term"], set())
            for number in row["tree_numbers"].split(";"):
                if number.startswith(("C", "F03.")) or number == "F03":
                    types.add("Disease")
                elif number.startswith("D") and not f"{number}.".startswith(("D08.", "D12.776.")):
                    types.add("Chemical")
    found = {term.name: set(term.types) for term in lexicon}
    assert found == {name: types for name, types in expected.items() if types}
    assert len(found) > 50_000
