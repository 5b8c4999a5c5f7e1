"""Plain text, folders, and guessing formats."""

from __future__ import annotations

import pytest

from weaklabel.errors import FormatError
from weaklabel.io import FORMATS, guess_format, read, read_gold, write
from weaklabel.text import Annotations, Corpus


def test_a_file_is_a_document_and_keeps_its_line_ends(tmp_path):
    path = tmp_path / "abstract.txt"
    path.write_bytes("\ufeffPain fell.\r\n\r\nIt rose.\r\n".encode())
    corpus = read(path)
    assert corpus.document_ids.to_pylist() == ["abstract"]
    assert corpus.document_text(0) == "Pain fell.\r\n\r\nIt rose.\r\n"
    assert [s.text for s in corpus] == ["Pain fell.", "It rose."]


def test_a_folder_of_files(tmp_path):
    for name in ("b.txt", "a.txt", "sub/a.txt", ".hidden.txt", "notes.ann"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Text of {name}.")
    reading = read_gold(tmp_path)
    assert reading.format == "text"
    assert reading.gold.corpus.document_ids.to_pylist() == ["a", "b", "sub/a"]
    assert "1 files of the folder were not read" in reading.notes


def test_a_folder_of_another_format(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / f"{name}.jsonl", Corpus.from_texts([name], ids=[name]), Annotations.of([]))
    assert read(tmp_path).document_ids.to_pylist() == ["one", "two"]


def test_a_folder_without_any(tmp_path):
    (tmp_path / "paper.pdf").write_bytes(b"%PDF")
    with pytest.raises(FormatError, match=r"no file in this folder ends in one of .*\.txt"):
        read(tmp_path)


def test_lines(tmp_path):
    path = tmp_path / "sentences.txt"
    path.write_text("Pain fell. It rose.\n\nNaïve\u2028line.\n")
    corpus = read(path, format="lines")
    assert corpus.document_ids.to_pylist() == ["1", "3"]
    assert corpus.document_text(1) == "Naïve\u2028line."


GUESSED = {
    "pubtator": ("x.txt", "1|t|Title.\n1|a|Text.\n"),
    "conll": ("x.tsv", "Pain\tB-D\n.\tO\n"),
    "jsonl": ("x.data", '{"text": "1|t|"}\n'),
    "text": ("x.txt", "Pain fell.\nIt rose.\n"),
    "lines": ("x.txt", "Pain fell.\n" * 30),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_guessed_from_content(name, tmp_path):
    path = tmp_path / GUESSED[name][0]
    path.write_text(GUESSED[name][1])
    assert guess_format(path) == name
    assert read_gold(path).format == name


def test_the_format_given_wins(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("1|t|Title.\n")
    assert read_gold(path, format="text").gold.corpus.document_text(0) == "1|t|Title.\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.xyz", b"some text"),
        ("x.tsv", b"Disease\tpain\n"),
        ("x.txt", b"\0\1\2 binary"),
        ("x.txt", b"<?xml version='1.0'?><a/>"),
        ("x.ck", b"<s> O None\npain I Disease\n"),
        ("x.json", b'[{"text": "a"}]'),
    ],
)
def test_what_cannot_be_guessed_lists_the_formats(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}: cannot guess the format.")
    assert all(f"--format {known}" in str(error.value) for known in FORMATS)


def test_unknown_formats_are_refused(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("Text.")
    with pytest.raises(FormatError, match="unknown format 'brat'"):
        read(path, format="brat")
    corpus = read(path)
    for kind in ("brat", "text", None):
        with pytest.raises(FormatError, match=r"can be written: .*\.pubtator \(pubtator\)"):
            write(tmp_path / "out.docx", corpus, Annotations.of([]), format=kind)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.txt"]


def test_text_that_is_tokenised_already_is_said_so(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("Pain , it is said , fell . Then it rose . " * 10)
    assert any("already tokenised" in note for note in read_gold(path).notes)
    path.write_text("Pain, it is said, fell. Then it rose. " * 10)
    assert read_gold(path).notes == ()


def test_real_text(shared_data):
    reading = read_gold(shared_data / "formats" / "brat" / "ncbi-devel")
    assert (reading.format, reading.gold.corpus.n_documents) == ("text", 100)
    assert reading.gold.corpus.n_tokens == 23_969


@pytest.mark.slow
def test_real_sentences(shared_data):
    reading = read_gold(shared_data / "pubmed-text" / "cased.txt")
    assert (reading.format, reading.gold.corpus.n_documents) == ("lines", 105_239)
