"""What every corpus format owes: round trips, exact offsets, errors that carry file:line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import annotated, corpora, token_annotated

from weaklabel.errors import DataError, FormatError, SpanError
from weaklabel.io import FORMATS, Reading, read_gold, write
from weaklabel.text import Annotation, Annotations, Corpus

WRITABLE = [name for name, kind in FORMATS.items() if kind.write is not None]
OFFSETS = ["pubtator", "jsonl"]
NONE = Annotations.of([])
FEW = settings(max_examples=20)  # each writes and reads files


def round_trip(
    folder: Path, name: str, corpus: Corpus, annotations: Annotations, *, guess: bool = True
) -> Reading:
    path = folder / f"corpus{FORMATS[name].suffixes[0]}"
    write(path, corpus, annotations)
    assert [p.name for p in folder.iterdir()] == [path.name]
    return read_gold(path, format=None if guess else name)


def ids_of(corpus: Corpus) -> list[str]:
    return [str(name) for name in corpus.document_ids.to_pylist()]


def one_line(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ").replace("\r", " ")


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory):
    return lambda: tmp_path_factory.mktemp("io")


@pytest.mark.parametrize("name", OFFSETS)
@given(case=annotated())
@FEW
def test_spans_come_back_at_the_same_characters(name, case, folder_of):
    corpus, annotations = case
    reading = round_trip(folder_of(), name, corpus, annotations)
    assert reading.format == name
    assert reading.problems == ()
    assert ids_of(reading.gold.corpus) == ids_of(corpus)
    assert reading.gold.annotations.keys() == annotations.keys()
    for row in range(corpus.n_documents):
        before, after = corpus.document_text(row), reading.gold.corpus.document_text(row)
        assert after == (before if name == "jsonl" else one_line(before))


@given(case=annotated())
@FEW
def test_jsonl_keeps_everything(case, folder_of):
    corpus, annotations = case
    gold = round_trip(folder_of(), "jsonl", corpus, annotations).gold
    assert gold.corpus.fingerprint == corpus.fingerprint
    assert gold.corpus.titles.tolist() == corpus.titles.tolist()
    assert list(gold.annotations) == list(annotations)


@given(corpus=corpora(own_tokens=True))
@FEW
def test_jsonl_keeps_tokens_that_are_not_ours(corpus, folder_of):
    gold = round_trip(folder_of(), "jsonl", corpus, NONE).gold
    assert gold.corpus.fingerprint == corpus.fingerprint


@pytest.mark.slow
@given(case=annotated())
@FEW
def test_pubtator_keeps_concept_ids(case, folder_of):
    corpus, annotations = case
    gold = round_trip(folder_of(), "pubtator", corpus, annotations).gold
    assert gold.annotations.concepts == annotations.concepts


@given(case=token_annotated())
@FEW
def test_conll_keeps_tokens_sentences_and_types(case, folder_of):
    corpus, annotations = case
    if "-DOCSTART-" in {token for s in corpus for token in s.words}:
        return
    gold = round_trip(folder_of(), "conll", corpus, annotations).gold
    assert ids_of(gold.corpus) == ids_of(corpus)
    assert [s.words for s in gold.corpus] == [s.words for s in corpus]
    assert spans_in_tokens(gold.corpus, gold.annotations) == spans_in_tokens(corpus, annotations)


def spans_in_tokens(corpus: Corpus, annotations: Annotations) -> set[tuple[int, int, int, str]]:
    """Spans as (document, first token, end token, type), whatever the text between tokens."""
    splits = corpus.token_splits[corpus.sentence_splits]
    found = set()
    for document, start, end, label in sorted(annotations.keys()):
        a, b = splits[document], splits[document + 1]
        first = np.searchsorted(corpus.token_start[a:b], start)
        last = np.searchsorted(corpus.token_end[a:b], end)
        assert corpus.token_start[a + first] == start
        assert corpus.token_end[a + last] == end
        found.add((document, int(first), int(last) + 1, label))
    return found


@pytest.mark.parametrize("name", WRITABLE)
@given(case=annotated())
@FEW
def test_writing_what_was_read_changes_nothing_more(name, case, folder_of):
    """The first writing may have to give something up; the second one has nothing left to."""
    corpus, annotations = case
    if name == "conll" and "-DOCSTART-" in {token for s in corpus for token in s.words}:
        return
    folder = folder_of()
    first = round_trip(folder, name, corpus, annotations).gold
    bytes_before = next(folder.iterdir()).read_bytes()
    again = round_trip(folder, name, first.corpus, first.annotations).gold
    assert again.corpus.fingerprint == first.corpus.fingerprint
    assert list(again.annotations) == list(first.annotations)
    assert next(folder.iterdir()).read_bytes() == bytes_before


@pytest.mark.parametrize("name", WRITABLE)
def test_line_ends_and_byte_order_mark_do_not_matter(name, tmp_path):
    corpus = Corpus.from_texts(["Aspirin helps 😀. Why?", "No entity here."], ids=["d1", "d2"])
    annotations = Annotations.of([Annotation(0, 0, 7, "Chemical")])
    expected = round_trip(tmp_path, name, corpus, annotations).gold
    path = next(tmp_path.iterdir())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    found = read_gold(path).gold
    assert found.corpus.fingerprint == expected.corpus.fingerprint
    assert list(found.annotations) == list(expected.annotations)


@pytest.mark.parametrize("name", WRITABLE)
def test_a_span_beyond_its_text_is_refused_and_the_file_stays(name, tmp_path):
    corpus = Corpus.from_texts(["Short text.", "Another one."])
    path = tmp_path / f"out{FORMATS[name].suffixes[0]}"
    path.write_text("what was there")
    with pytest.raises(SpanError, match="leaves a text of 12 characters"):
        write(path, corpus, Annotations.of([Annotation(1, 3, 99, "D")]))
    with pytest.raises(DataError, match="document row 7; the corpus has 2"):
        write(path, corpus, Annotations.of([Annotation(7, 0, 1, "D")]))
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", FORMATS)
def test_broken_utf8_names_file_line_and_byte(name, tmp_path):
    path = tmp_path / "corpus.any"
    path.write_bytes(b"one line\nna\xefve\n")
    with pytest.raises(FormatError, match=r"corpus\.any:2: byte 0xef \(byte 3 of the line, 11 of"):
        read_gold(path, format=name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_corpus_is_refused(name, content, tmp_path):
    path = tmp_path / "corpus.any"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"corpus\.any.*the corpus is empty"):
        read_gold(path, format=name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_file_is_said_so(name, tmp_path):
    with pytest.raises(FormatError, match="no such file or folder"):
        read_gold(tmp_path / "absent", format=name)


LONG_LINE = "word " * 20_000
LONG_SENTENCE = Corpus.from_texts(["word " * 10_000 + "ends."], ids=["long"])


@pytest.mark.parametrize("name", WRITABLE)
def test_a_very_long_sentence_just_works(name, tmp_path):
    annotations = Annotations.of([Annotation(0, 49_995, 49_999, "D")])
    gold = round_trip(tmp_path, name, LONG_SENTENCE, annotations).gold
    assert gold.corpus.n_tokens == 10_002
    assert len(gold.corpus) == 1
    assert spans_in_tokens(gold.corpus, gold.annotations) == {(0, 9_999, 10_000, "D")}


@pytest.mark.parametrize("name", ["text", "lines"])
def test_a_very_long_line_just_works(name, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text(LONG_LINE)
    corpus = read_gold(path, format=name).gold.corpus
    assert corpus.document_text(0) == LONG_LINE
    assert corpus.n_tokens == 20_000


@pytest.mark.parametrize("name", OFFSETS)
def test_problems_are_reported_one_by_one_and_the_rest_is_kept(name, tmp_path):
    path = tmp_path / f"dev{FORMATS[name].suffixes[0]}"
    path.write_text(
        "7|t|Aspirin helps.\n7|a|\n7\t0\t7\tAspirin\tChemical\n7\t8\t99\thelps\tX\n7\t9\t9\t\tX\n"
        if name == "pubtator"
        else '{"id": 7, "text": "Aspirin helps.", "spans": [[0, 7, "Chemical"], [8, 99, "X"], '
        '[9, 9, "X"]]}\n'
    )
    reading = read_gold(path)
    assert reading.gold.annotations.keys() == {(0, 0, 7, "Chemical")}
    assert [p.document for p in reading.problems] == ["7", "7"]
    assert all(str(p).startswith(f"{path}:{p.line} (document 7): ") for p in reading.problems)
    assert "2 of 3 annotations do not fit their text; they were left out" in reading.notes


def test_types_are_renamed_on_reading(tmp_path):
    path = tmp_path / "dev.jsonl"
    path.write_text('{"text": "a b c", "spans": [[0, 1, "A"], [2, 3, "B"], [4, 5, "C"]]}\n')
    reading = read_gold(path, type_map={"A": "X", "B": "X", "Z": "Y"})
    assert reading.gold.annotations.labels == ("C", "X")
    assert "type map: no annotation has the type Z" in reading.notes


def test_reading_is_light():
    heavy = ["torch", "pandas", "spacy", "transformers", "datasets", "numba"]
    code = f"import sys, weaklabel.io; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
