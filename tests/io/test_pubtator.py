"""PubTator: what is kept, what is left out, and what other tools read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from weaklabel.errors import FormatError
from weaklabel.io import read_gold, write
from weaklabel.io.reading import Reading
from weaklabel.text import Annotation, Annotations, Corpus

SAMPLE = """\
26094|t|Drugs and depression.
26094|a|Hypertensive patients with renal and/or hepatic dysfunction.
26094\t10\t20\tdepression\tDisease\tD003866\t
26094\t49\t81\trenal and/or hepatic dysfunction\tDisease\tD007674|D008107\trenal dysfunction|hepatic
26094\t0\t5\tDRUGS\tChemical\t-1
26094\tCID\tD008750\tD003866
26094\tPositive_Correlation\tD008750\tD003866\tNovel

A-7|t|Title alone.
A-7|a|
A-7\t0\t5\tTitle\tX
"""


def read_text(folder: Path, text: str, name: str = "dev.pubtator") -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_gold(path)


def test_composites_are_one_span_relations_are_counted(tmp_path):
    reading = read_text(tmp_path, SAMPLE)
    gold = reading.gold
    assert gold.corpus.document_ids.to_pylist() == ["26094", "A-7"]
    assert gold.corpus.titles.tolist() == [21, 12]
    assert gold.corpus.document_text(0)[21:34] == " Hypertensive"
    assert [tuple(row)[:5] for row in gold.annotations] == [
        (0, 0, 5, "Chemical", ()),
        (0, 10, 20, "Disease", ("D003866",)),
        (0, 49, 81, "Disease", ("D007674", "D008107")),
        (1, 0, 5, "X", ()),
    ]
    assert reading.notes == (
        "2 relation lines were ignored",
        "1 composite mentions were read as one span each",
    )


def test_a_sentence_ends_with_the_title(tmp_path):
    corpus = read_text(tmp_path, "1|t|Pain in rats\n1|a|We gave aspirin.\n").gold.corpus
    assert [s.text for s in corpus] == ["Pain in rats", "We gave aspirin."]


def test_offsets_that_do_not_match_are_reported_one_by_one(tmp_path):
    reading = read_text(
        tmp_path,
        "8808605|t|Severe enzyme deficiency.\n8808605|a|\n"
        "8808605\t7\t23\tenzyme deficiency\tDisease\tD1\n"
        "8808605\t7\t24\tenzyme deficiency\tDisease\tD1\n"
        "8808605\t7\t24\tenzyme  deficienc\tDisease\tD1\n",
    )
    assert len(reading.gold.annotations) == 1
    path = tmp_path / "dev.pubtator"
    assert [str(p) for p in reading.problems] == [
        f'{path}:3 (document 8808605): the text at 7-23 is "enzyme deficienc", '
        'the annotation says "enzyme deficiency"',
        f'{path}:5 (document 8808605): the text at 7-24 is "enzyme deficiency", '
        'the annotation says "enzyme  deficienc"',
    ]
    assert "2 of 3 annotations do not fit their text; they were left out" in reading.notes


def test_case_and_normalisation_of_a_mention_may_differ(tmp_path):
    reading = read_text(
        tmp_path, "1|t|IL‑2 \u212b ﬁbrosis\n1|a|\n1\t5\t6\tÅ\tX\n1\t7\t14\tFIBROSIS\tD\n"
    )
    assert len(reading.gold.annotations) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("no tab at all", r'dev\.pubtator:3: expected "ID\|t\|title".*got .no tab at all'),
        ("1\t0\t5\tTitle", r"dev\.pubtator:3: expected "),
        ("1\t0\tfive\tTitle\tX", r"dev\.pubtator:3: expected "),
        ("2\t0\t5\tTitle\tX", r"dev\.pubtator:3: an annotation of document '2', whose text is not"),
    ],
)
def test_a_line_that_is_none_of_the_formats(line, message, tmp_path):
    with pytest.raises(FormatError, match=message):
        read_text(tmp_path, f"1|t|Title.\n1|a|Text.\n{line}\n")


def test_the_same_document_twice_is_read_once(tmp_path):
    block = "1|t|Title.\n1|a|Text.\n1\t0\t5\tTitle\tX\n\n"
    reading = read_text(tmp_path, block + "2|t|Other.\n2|a|\n\n" + block)
    assert reading.gold.corpus.n_documents == 2
    assert reading.notes == ("1 document occurred twice and was read once",)


@pytest.mark.parametrize(
    ("second", "what"),
    [("1|t|Title.\n1|a|Text!\n", "text"), ("1|t|Title.\n1|a|Text.\n", "annotations")],
)
def test_two_documents_of_one_id_are_refused_with_both_lines(second, what, tmp_path):
    first = "1|t|Title.\n1|a|Text.\n1\t0\t5\tTitle\tX\n\n"
    with pytest.raises(FormatError) as error:
        read_text(tmp_path, first + second)
    path = tmp_path / "dev.pubtator"
    assert str(error.value).startswith(
        f"{path}:5: document '1' occurs twice, with other {what} than at {path}:1"
    )


def test_offsets_are_code_points(tmp_path):
    reading = read_text(
        tmp_path, "1|t|😀𝛼 aspirin\n1|a|fell\n1\t3\t10\taspirin\tC\n1\t11\t15\tfell\tX\n"
    )
    assert reading.problems == ()
    assert len(reading.gold.annotations) == 2


def test_documents_without_blank_lines_between_and_abstract_without_title(tmp_path):
    corpus = read_text(tmp_path, "1|t|A b.\n1|a|C.\n2|a|Only this.\n3|t|D.\n").gold.corpus
    assert corpus.texts.to_pylist() == ["A b. C.", "Only this.", "D."]
    assert corpus.titles.tolist() == [4, -1, 2]


def test_other_readers_agree(shared_data, tmp_path):
    """A scorer written apart from this project reads what is written."""
    script = shared_data.parent / "tools" / "score.py"
    if not script.is_file():
        pytest.skip(f"no {script}")
    corpus = Corpus.from_texts(
        ["Aspirin\thelps\r\nall. 😀 It is|t|old.", "\nNothing", ""], ids=["a|b", "t\tx", ""]
    )
    rows = [
        Annotation(0, 0, 7, "Chemical", ("D1", "a\tb"), 0.5),
        Annotation(0, 6, 16, "Odd type", (), 0.5),
        Annotation(0, 21, 22, "Chemical"),
        Annotation(1, 0, 8, "Chemical"),
    ]
    path, out = tmp_path / "predicted.pubtator", tmp_path / "scores.json"
    write(path, corpus, Annotations.of(rows))
    command = [sys.executable, str(script), str(path), str(path), "--json", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    micro = json.loads(out.read_text())["strict"]["micro"]
    assert (micro["gold"], micro["correct"]) == (4, 4)


@pytest.mark.parametrize(
    ("name", "documents", "spans", "problems"),
    [
        ("bc5cdr/dev.pubtator", 500, 9_591, 0),
        ("bc5cdr/train_docs.pubtator", 500, 0, 0),
        ("ncbi-disease/dev.pubtator", 100, 787, 0),
        ("ncbi-disease/train_docs.pubtator", 592, 0, 0),
        ("formats/pubtator/CDR_sample.PubTator.txt", 50, 925, 0),
        ("formats/pubtator/BioRED_Test.PubTator", 87, 3_103, 0),
        ("formats/pubtator/GNormPlus_Test.PubTator", 262, 4_846, 3),
        ("formats/pubtator/tmVar3_Test.PubTator", 158, 4_625, 0),
        ("formats/pubtator/fulltext_unannotated.pubtator", 4, 0, 0),
    ],
)
def test_real_files(name, documents, spans, problems, shared_data):
    reading = read_gold(shared_data / name)
    assert reading.format == "pubtator"
    assert reading.gold.corpus.n_documents == documents
    assert len(reading.gold.annotations) == spans
    assert len(reading.problems) == problems


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bc5cdr/dev.pubtator", "formats/pubtator/tmVar3_Test.PubTator"])
def test_real_files_come_back_whole(name, shared_data, tmp_path):
    gold = read_gold(shared_data / name).gold
    write(tmp_path / "again.pubtator", gold.corpus, gold.annotations)
    again = read_gold(tmp_path / "again.pubtator").gold
    assert again.corpus.fingerprint == gold.corpus.fingerprint
    assert list(again.annotations) == list(gold.annotations)
