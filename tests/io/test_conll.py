"""CoNLL: notations, columns, document marks."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import FormatError
from weaklabel.io import read_gold, write
from weaklabel.io.reading import Reading
from weaklabel.text import Annotation, Annotations, Corpus


def read_text(folder: Path, text: str, name: str = "dev.conll") -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_gold(path)


def found(reading: Reading) -> list[tuple[str, str]]:
    gold = reading.gold
    return [
        (gold.corpus.document_text(r.document)[r.start : r.end], r.label) for r in gold.annotations
    ]


TWO = {
    "BIO": "renal B-D\nfailure I-D\nand O\npain B-D\nfever B-D\n. O\n",
    "IOB1": "renal I-D\nfailure I-D\nand O\npain I-D\nfever B-D\n. O\n",
    "BIOES": "renal B-D\nfailure E-D\nand O\npain S-D\nfever S-D\n. O\n",
    "BILOU": "renal B-D\nfailure L-D\nand O\npain U-D\nfever U-D\n. O\n",
}


@pytest.mark.parametrize("style", TWO)
@pytest.mark.parametrize("separator", ["\t", " ", "   "])
def test_notations_are_recognised_and_said(style, separator, tmp_path):
    reading = read_text(tmp_path, TWO[style].replace(" ", separator))
    assert found(reading) == [("renal failure", "D"), ("pain", "D"), ("fever", "D")]
    assert reading.gold.corpus.document_text(0) == "renal failure and pain fever ."
    assert f"{style.replace('BILOU', 'BIOES')} tags recognised" in reading.notes
    assert "no document marks: each sentence is a document" in reading.notes


def test_tags_without_a_type(tmp_path):
    reading = read_text(tmp_path, "renal\tB\nfailure\tI\n.\tO\n")
    assert found(reading) == [("renal failure", "Entity")]


def test_malformed_tags_are_repaired_and_counted(tmp_path):
    reading = read_text(tmp_path, "a\tB-D\nb\tI-D\nc\tI-X\n\nd\tI-D\n")
    assert found(reading) == [("a b", "D"), ("c", "X"), ("d", "D")]
    assert any(note.startswith("2 tags do not follow BIO") for note in reading.notes)


def test_the_first_and_the_last_of_many_columns_count(tmp_path):
    reading = read_text(tmp_path, "EU NNP I-NP I-ORG\nrejects VBZ I-VP O\n")
    assert found(reading) == [("EU", "ORG")]


def test_docstart_marks_documents_and_may_hold_their_id(tmp_path):
    reading = read_text(
        tmp_path,
        "-DOCSTART- -X- O O\n\na x O\n\nb x B-D\n\n-DOCSTART- (7 b (c)) x O\nc x O\n\n",
    )
    corpus = reading.gold.corpus
    assert corpus.document_ids.to_pylist() == ["1", "7 b (c)"]
    assert corpus.texts.to_pylist() == ["a\nb", "c"]
    assert len(corpus) == 3


@pytest.mark.parametrize("mark", ["###MEDLINE:95369245", "# newdoc id = MEDLINE:95369245"])
def test_other_document_marks(mark, tmp_path):
    corpus = read_text(tmp_path, f"{mark}\n\na\tO\n\n#\tO\n###\tO\n").gold.corpus
    assert corpus.document_ids.to_pylist() == ["MEDLINE:95369245"]
    assert corpus.texts.to_pylist() == ["a\n# ###"]


def test_marks_around_documents_are_taken_off(tmp_path):
    reading = read_text(
        tmp_path,
        "<ALL>\tO\na\tB-D\n\nb\tO\n</ALL>\tO\n\n<Disease>\tO\n<\tO\nc\tI-D\n</Disease>\tO\n",
    )
    assert reading.gold.corpus.texts.to_pylist() == ["a\nb", "< c"]
    assert found(reading) == [("a", "D"), ("c", "D")]
    assert "<ALL> … </ALL> taken for document marks" in reading.notes


def test_a_token_in_angle_brackets_is_no_mark(tmp_path):
    assert read_text(tmp_path, "<ALL>\tO\na\tO\n").gold.corpus.texts.to_pylist() == ["<ALL> a"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Disease", r'dev\.conll:2: expected "token<TAB>tag", got .Disease'),
        ("\tO", r'dev\.conll:2: expected "token<TAB>tag"'),
        ("pain\tDisease", r"dev\.conll:2: expected a tag .* got .Disease"),
        ("pain\tB-", r"dev\.conll:2: expected a tag .* got .B-"),
    ],
)
def test_bad_lines(line, message, tmp_path):
    path = tmp_path / "dev.conll"
    path.write_text(f"a\tO\n{line}\n")
    with pytest.raises(FormatError, match=message):
        read_gold(path, format="conll")


def test_what_tags_cannot_hold_is_counted_in_the_log(tmp_path, caplog):
    corpus = Corpus.from_texts(["Renal failure came. It went."], ids=["d"])
    rows = [(0, 13), (0, 5), (6, 12), (14, 22)]
    annotations = Annotations.of([Annotation(0, a, b, "D") for a, b in rows])
    with caplog.at_level(logging.WARNING):
        write(tmp_path / "out.conll", corpus, annotations)
    assert "of 4 spans 3 were left out" in caplog.text
    assert found(read_gold(tmp_path / "out.conll")) == [("Renal failure", "D")]


def test_a_span_inside_a_token_is_widened(tmp_path, caplog):
    corpus = Corpus.from_texts(["Antihypertensive drug"], ids=["d"])
    write(tmp_path / "out.conll", corpus, Annotations.of([Annotation(0, 4, 9, "D")]))
    assert "1 widened to whole tokens" in caplog.text
    assert found(read_gold(tmp_path / "out.conll")) == [("Antihypertensive", "D")]


TAGS = ["O", "B-A", "I-A", "B-B", "I-B"]


@given(st.lists(st.lists(st.sampled_from(TAGS), min_size=1, max_size=8), min_size=1, max_size=5))
def test_spans_are_those_seqeval_reads(tmp_path_factory, sentences):
    """IOB1 and BIO, well-formed or not: the same spans as the standard scorer's default reading."""
    from seqeval.metrics.sequence_labeling import get_entities

    path = tmp_path_factory.mktemp("conll") / "dev.conll"
    path.write_text("\n\n".join("\n".join(f"w\t{tag}" for tag in tags) for tags in sentences))
    gold = read_gold(path).gold
    spans = {(r.document, r.start // 2, (r.end + 1) // 2, r.label) for r in gold.annotations}
    expected = {
        (row, start, end + 1, label)
        for row, tags in enumerate(sentences)
        for label, start, end in get_entities(tags)
    }
    assert spans == expected


@pytest.mark.parametrize(
    ("name", "documents", "spans", "style"),
    [
        pytest.param("bc5cdr/dev.conll", 4_581, 9_593, "BIO", marks=pytest.mark.slow),
        ("ncbi-disease/dev.conll", 923, 787, "BIO"),
        ("formats/conll/aioner_AnEM_train.conll", 2_815, 1_879, "BIO"),
        ("formats/conll/anatem_devel_IOBES.tsv", 2_118, 2_139, "BIOES"),
        ("formats/conll/bc2gm_devel_IOB.tsv", 2_519, 3_061, "BIO"),
    ],
)
def test_real_files(name, documents, spans, style, shared_data):
    reading = read_gold(shared_data / name)
    assert reading.format == "conll"
    assert reading.gold.corpus.n_documents == documents
    assert len(reading.gold.annotations) == spans
    assert f"{style} tags recognised" in reading.notes


@pytest.mark.slow
def test_a_token_a_line_without_tags(shared_data):
    reading = read_gold(shared_data / "bc5cdr" / "raw_train.txt")
    assert (len(reading.gold.corpus), reading.gold.corpus.n_tokens) == (4_560, 118_170)
    assert "one column: tokens without tags" in reading.notes
