"""TSV and CSV dictionaries: headers, columns, what is wrong with a row; OBO's odd lines."""

from __future__ import annotations

import gc

import pytest

from weaklabel.errors import FormatError
from weaklabel.io import read_lexicon
from weaklabel.lexicon import Lexicon, Term


def read_text(folder, text: str, name: str = "d.tsv", type: str | None = None) -> Lexicon:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_lexicon(path, type=type)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "type\tname\tids\n",
        "Type\tName\tsources\n",
        "#type\tname\twhatever\n",
        "Class\tTerm\tx\n",
    ],
)
def test_with_a_header_or_without(header, tmp_path):
    lexicon = read_text(
        tmp_path,
        header + "Disease\tcold\tmesh:D1;doid:2\nDisease, Chemical\tlead\tD3|D4\nDisease\tflu\n",
    )
    assert lexicon.terms == (
        Term("cold", ("Disease",), ("mesh:D1", "doid:2"), "d.tsv"),
        Term("lead", ("Disease", "Chemical"), ("D3", "D4"), "d.tsv"),
        Term("flu", ("Disease",), (), "d.tsv"),
    )


def test_columns_by_their_header(tmp_path):
    lexicon = read_text(tmp_path, "id\tscope\tname\tlabel\nD1\tEXACT\tcold\tDisease\n")
    assert lexicon.terms == (Term("cold", ("Disease",), ("D1",), "d.tsv"),)
    lexicon = read_text(tmp_path, "name\ttype\txrefs\ncold\tDisease\tD1\n")
    assert lexicon.terms == (Term("cold", ("Disease",), ("D1",), "d.tsv"),)


def test_a_header_that_calls_the_type_something_else(tmp_path):
    assert read_text(tmp_path, "group\tname\nDisease\tcold\n").types == ("Disease",)
    lexicon = read_text(tmp_path, "Word\tname\nWord\tterm\n")
    assert [term.name for term in lexicon] == ["name", "term"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.tsv", "cold\tmesh:D1\nflu\tmesh:D2\n"),
        ("d.tsv", "name\tids\ncold\tmesh:D1\nflu\tmesh:D2\n"),
        ("d.tsv", "id\tlabel\nmesh:D1\tcold\nmesh:D2\tflu\n"),
        ("d.csv", "name,ids\ncold,mesh:D1\nflu,mesh:D2\n"),
    ],
)
def test_no_type_column(name, text, tmp_path):
    with pytest.raises(FormatError) as error:
        read_text(tmp_path, text, name)
    path = tmp_path / name
    assert str(error.value).startswith(f"{path}:1: expected type, name[, concept ids]; ")
    assert str(error.value).endswith(f"--dictionary TYPE={path}")
    lexicon = read_text(tmp_path, text, name, type="Disease")
    assert lexicon.terms == (
        Term("cold", ("Disease",), ("mesh:D1",), name),
        Term("flu", ("Disease",), ("mesh:D2",), name),
    )


def test_the_type_given_wins_over_the_column(tmp_path):
    assert read_text(tmp_path, "Modifier\tcold\nClass\tflu\n", type="Disease").types == ("Disease",)


def test_csv_quotes_and_semicolons(tmp_path):
    text = 'type,name,ids\nChemical,"1,2-DMH ""pure""",D1;D2\n\nChemical,"two\nlines",\n'
    assert [t.name for t in read_text(tmp_path, text, "d.csv")] == ['1,2-DMH "pure"', "two\nlines"]
    assert read_text(tmp_path, "Disease;cold\nDisease;flu\n", "d.csv").types == ("Disease",)


def test_tsv_takes_quotes_off_whole_cells_only(tmp_path):
    lexicon = read_text(tmp_path, 'C\t"cold ""A"""\nC\t5"-phosphate\nC\t"alpha" acid\n')
    assert [t.name for t in lexicon] == ['cold "A"', '5"-phosphate', '"alpha" acid']


def test_equal_names_are_one_term_with_all_types(tmp_path):
    lexicon = read_text(tmp_path, "Disease\tcold\tD1\nChemical\tcold\tC1\n")
    assert lexicon.terms == (Term("cold", ("Chemical", "Disease"), ("D1", "C1"), "d.tsv"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Disease\tcold\nDisease breast cancer\n",
            r'd\.tsv:2: expected "type<TAB>name", got one column: .Disease breast cancer.\n'
            r"    Columns are split at tabs, not spaces",
        ),
        ("Disease\tcold\n \tflu\n", r"d\.tsv:2: an empty type"),
        ("id\tname\ttype\nD1\tcold\n", r"d\.tsv:2: expected at least 3 columns, got 2 columns"),
    ],
)
def test_bad_rows(text, message, tmp_path):
    with pytest.raises(FormatError, match=message):
        read_text(tmp_path, text)


def test_bad_csv(tmp_path):
    with pytest.raises(FormatError, match=r"d\.csv:2: not CSV"):
        read_text(tmp_path, 'Disease,cold\nDisease,"cold" x\n', "d.csv")


def test_a_licence_in_the_file_is_kept(tmp_path):
    lexicon = read_text(tmp_path, "# made by hand\n# licence: CC0\nDisease\tcold\n")
    assert lexicon.licences == {"d.tsv": "CC0"}
    obo = "format-version: 1.2\nproperty_value: dc:license CC0 xsd:string\n[Term]\nid: 1\nname: a\n"
    assert read_text(tmp_path, obo, "d.obo", type="D").licences == {"d.obo": "CC0"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("name: a", r"d\.obo:2: a \[Term\] without id"),
        ("id: 1\nname a", r'd\.obo:4: expected "tag: value", got .name a'),
        ("id: 1\nsynonym: a EXACT", r"d\.obo:4: expected synonym: "),
    ],
)
def test_bad_obo(lines, message, tmp_path):
    with pytest.raises(FormatError, match=message):
        read_text(tmp_path, f"format-version: 1.2\n[Term]\n{lines}\n", "d.obo", type="D")


def test_tabs_decide_for_a_txt_file(tmp_path):
    assert read_text(tmp_path, "Disease\tcold\n", "d.txt").types == ("Disease",)
    assert len(read_text(tmp_path, "cold\nflu\n", "d.txt", type="Disease")) == 2


def test_reading_leaves_the_garbage_collector_as_it_was(tmp_path):
    assert gc.isenabled()
    read_text(tmp_path, "Disease\tcold\n")
    assert gc.isenabled()
    with pytest.raises(FormatError, match="--dictionary TYPE="):
        read_text(tmp_path, "Disease cold\n")
    assert gc.isenabled()
    gc.disable()
    try:
        read_text(tmp_path, "Disease\tcold\n")
        assert not gc.isenabled()
    finally:
        gc.enable()
