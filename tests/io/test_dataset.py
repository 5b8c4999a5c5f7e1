"""Hugging Face datasets: what is read, what comes back, what is said of the rest."""

from __future__ import annotations

import logging
from typing import Any

import datasets
import pytest
from datasets import ClassLabel, Dataset, Features, List, Value
from hypothesis import given, settings
from strategies import annotated, corpora, token_annotated

import weaklabel as wl
from weaklabel.errors import DataError, FormatError, SpanError
from weaklabel.io import read_gold, to_dataset
from weaklabel.tags import TagStyle
from weaklabel.text import Annotation, Annotations, Corpus

NAMES = ["O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease"]
CONLL = {
    "id": ["7", "8"],
    "tokens": [["Aspirin", "cures", "old", "fever"], ["So", "it", "does", "."]],
    "pos_tags": [[1, 2, 3, 1], [1, 2, 3, 4]],
    "ner_tags": [[1, 0, 3, 4], [0, 0, 0, 0]],
}


def named(columns: dict[str, Any]) -> Dataset:
    dataset = Dataset.from_dict(columns)
    return dataset.cast_column("ner_tags", List(ClassLabel(names=NAMES)))


def spans(reading: Any) -> list[tuple[str, str]]:
    corpus, found = reading.gold.corpus, []
    for row in reading.gold.annotations:
        text = corpus.document_text(row.document)
        found.append((row.label, text[row.start : row.end]))
    return found


# ---- there and back -------------------------------------------------------------------------
@pytest.mark.slow
@settings(max_examples=30)
@given(case=annotated(own_tokens=True))
def test_everything_comes_back(case: tuple[Corpus, Annotations]) -> None:
    corpus, annotations = case
    gold = read_gold(to_dataset(corpus, annotations)).gold
    assert gold.corpus.fingerprint == corpus.fingerprint
    assert gold.corpus.titles.tolist() == corpus.titles.tolist()
    assert list(gold.annotations) == list(annotations)


@pytest.mark.slow
@settings(max_examples=30)
@given(corpus=corpora())
def test_a_corpus_without_annotations_comes_back(corpus: Corpus) -> None:
    dataset = to_dataset(corpus)
    assert not {"ner_tags", "spans"} & set(dataset.column_names)
    assert wl.read(dataset).fingerprint == corpus.fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("style", ["BIO", TagStyle.BIOES])
@settings(max_examples=20)
@given(case=token_annotated())
def test_tags_alone_hold_what_tags_can_hold(style: str, case: tuple[Corpus, Annotations]) -> None:
    corpus, annotations = case
    dataset = to_dataset(corpus, annotations, style=style).remove_columns("spans")
    gold = read_gold(dataset).gold
    assert gold.corpus.fingerprint == corpus.fingerprint
    assert gold.annotations.keys() == annotations.keys()


def test_a_dataset_is_what_token_classifiers_are_trained_on() -> None:
    corpus = Corpus.from_texts(["Aspirin helps. Old fever."], ids=["d"])
    rows = [Annotation(0, 0, 7, "Chemical"), Annotation(0, 15, 24, "Disease")]
    dataset = to_dataset(corpus, Annotations.of(rows), style="BIOES")
    assert dataset["tokens"][:] == [["Aspirin", "helps", "."], ["Old", "fever", "."]]
    label = dataset.features["ner_tags"].feature
    assert isinstance(label, ClassLabel)
    assert [[label.int2str(tag) for tag in tags] for tags in dataset["ner_tags"]] == [
        ["S-Chemical", "O", "O"],
        ["B-Disease", "E-Disease", "O"],
    ]
    assert dataset["document_id"][:] == ["d", "d"]
    assert dataset["id"][:] == ["d:0", "d:1"]
    assert "".join(dataset["text"]) == corpus.document_text(0)


def test_what_tags_cannot_hold_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    corpus = Corpus.from_texts(["Aspirin helps. Old fever."])
    rows = [Annotation(0, 0, 7, "A"), Annotation(0, 3, 7, "A"), Annotation(0, 8, 18, "A")]
    with caplog.at_level(logging.WARNING):
        dataset = to_dataset(corpus, Annotations.of(rows))
    assert "to_dataset(): of 3 spans 2 were left out" in caplog.text
    assert list(read_gold(dataset).gold.annotations) == rows


def test_shuffled_rows_are_refused_with_a_way_out() -> None:
    corpus = Corpus.from_texts(["Aspirin helps. It is old. Fever."], ids=["d"])
    mixed = to_dataset(corpus, Annotations.of([Annotation(0, 0, 7, "A")])).select([2, 0])
    with pytest.raises(FormatError, match=r"dataset:0: .* rows are missing or out of order"):
        wl.read(mixed)
    reading = read_gold(mixed.remove_columns(["document_id", "text_start"]))
    assert [s.words for s in reading.gold.corpus] == [["Fever", "."], ["Aspirin", "helps", "."]]
    assert spans(reading) == [("A", "Aspirin")]


# ---- datasets of others ---------------------------------------------------------------------
def test_tokens_and_class_labels() -> None:
    reading = read_gold(named(CONLL))
    assert [s.words for s in reading.gold.corpus] == CONLL["tokens"]
    assert reading.gold.corpus.document_ids.to_pylist() == ["7", "8"]
    assert spans(reading) == [("Chemical", "Aspirin"), ("Disease", "old fever")]
    assert reading.format == "dataset"
    assert set(reading.notes) == {"BIO tags recognised", "columns left out: pos_tags"}


@pytest.mark.parametrize("rows", ["stream", "numpy"])
def test_streams_and_formatted_datasets(rows: str) -> None:
    dataset = named(CONLL)
    given = dataset.to_iterable_dataset() if rows == "stream" else dataset.with_format("numpy")
    assert spans(read_gold(given)) == [("Chemical", "Aspirin"), ("Disease", "old fever")]


def test_a_stream_that_does_not_know_its_columns() -> None:
    made = datasets.IterableDataset.from_generator(lambda: iter([{"text": "A."}, {"text": "B."}]))
    assert [s.text for s in wl.read(made)] == ["A.", "B."]


def test_tags_as_strings_of_another_style_and_rows_of_one_document() -> None:
    columns = {
        "doc_id": ["a", "a", "b"],
        "tokens": [["Old", "fever"], ["Aspirin", " "], ["x"]],
        "tags": [["B-D", "L-D"], ["U-C", "O"], ["O"]],
    }
    reading = read_gold(Dataset.from_dict(columns), type_map={"D": "Disease"})
    assert reading.gold.corpus.document_text(0) == "Old fever\nAspirin"
    assert spans(reading) == [("Disease", "Old fever"), ("C", "Aspirin")]
    assert len(reading.gold.corpus) == 3


@pytest.mark.parametrize("key", ["spans", "entities"])
def test_text_with_spans(key: str) -> None:
    label = ClassLabel(names=["Chemical"])
    span = List({"start": Value("int64"), "end": Value("int64"), "label": label})
    features = Features({"text": Value("string"), key: span})
    rows = [[{"start": 0, "end": 7, "label": 0}, {"start": 5, "end": 99, "label": 0}], []]
    columns = {"text": ["Aspirin helps. It is old.", "Why?"], key: rows}
    reading = read_gold(Dataset.from_dict(columns, features=features))
    assert spans(reading) == [("Chemical", "Aspirin")]
    assert len(reading.gold.corpus) == 3
    (problem,) = reading.problems
    assert str(problem).startswith("dataset:0 (document 0): the span 5-99 leaves a text")


def test_spans_as_an_object_of_lists() -> None:
    columns = {"text": ["Aspirin."], "spans": [{"start": [0], "end": [7], "type": ["Chemical"]}]}
    assert spans(read_gold(Dataset.from_dict(columns))) == [("Chemical", "Aspirin")]


def test_text_with_tokens_keeps_the_text() -> None:
    columns = {"text": ["Old  fever. Why?"], "tokens": [["Old", "fever", ".", "Why", "?"]]}
    corpus = wl.read(Dataset.from_dict(columns | {"tags": [["B-D", "I-D", "O", "O", "O"]]}))
    assert corpus.document_text(0) == "Old  fever. Why?"
    assert [s.words for s in corpus] == [["Old", "fever", "."], ["Why", "?"]]


def test_rows_whose_tags_are_hidden() -> None:
    columns = CONLL | {"ner_tags": [[1, 0, 3, 4], [-1, -1, -1, -1]]}
    reading = read_gold(named(columns))
    assert "1 of 2 rows have no tags" in reading.notes


# ---- mistakes -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"words": [["a"]]}, r'needs a column "text" or "tokens"; its columns are words'),
        ({"text": [None, "a"]}, r'dataset:0: "text" must be a string, got None'),
        ({"tokens": ["a b"]}, r'"tokens" must be a list of strings, got a b'),
        ({"tokens": [["a"]], "tags": [[3]]}, r'"tags" holds the number 3, which has no name'),
        ({"tokens": [["a"]], "tags": [["X"]]}, r"expected a tag such as \"O\" .*, got 'X'"),
        ({"tokens": [["a", "b"]], "tags": [["O"]]}, r'"tags" must hold a tag for each of 2'),
        ({"text": ["ab"], "tokens": [["c"]]}, r"dataset:0: token 'c' is not in the text"),
        ({"text": ["ab"], "spans": [[{"start": 0}]]}, r'a span of "spans" needs whole numbers'),
        ({"text": ["a", "b"], "id": ["x", "x"]}, r"dataset:1: document 'x' occurs twice"),
        ({"text": [" "]}, r"dataset: holds no document with text"),
    ],
)
def test_a_mistake_says_where_it_is(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        wl.read(Dataset.from_dict(columns))


def test_several_splits_are_not_one_corpus() -> None:
    splits = datasets.DatasetDict({"train": named(CONLL), "test": named(CONLL)})
    with pytest.raises(FormatError, match=r"splits train, test; give one .*\['train'\]"):
        wl.read(splits)


def test_what_is_no_corpus() -> None:
    with pytest.raises(FormatError, match="cannot read a corpus from list"):
        wl.read(["a text"])  # type: ignore[arg-type]


def test_mistakes_in_writing() -> None:
    corpus = Corpus.from_texts(["Short."])
    with pytest.raises(DataError, match="unknown tag style 'BILOU'; known: IO, BIO, BIOES"):
        to_dataset(corpus, style="BILOU")
    with pytest.raises(DataError, match="document row 1; the corpus has 1"):
        to_dataset(corpus, Annotations.of([Annotation(1, 0, 1, "A")]))
    with pytest.raises(SpanError, match="leaves a text of 6 characters"):
        to_dataset(corpus, Annotations.of([Annotation(0, 0, 9, "A")]))
