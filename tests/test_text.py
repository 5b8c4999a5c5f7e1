"""Corpus, Sentence, Span, Annotations: views, parts, disk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import annotated, corpora

from weaklabel.errors import DataError, SpanError
from weaklabel.ground.segment import sentences, tokenize
from weaklabel.text import Annotation, Annotations, Corpus, CorpusBuilder, Span

SMALL = Corpus.from_texts(["Aspirin helps. It is old.", "", "No. 5\n\nOne"], ids=["a", "b", "c"])


def contents(corpus: Corpus) -> list[tuple[str, str, int, list[tuple[tuple[int, int], ...]]]]:
    """Everything a corpus says, document by document, in plain Python."""
    rows: list[list[tuple[tuple[int, int], ...]]] = [[] for _ in range(corpus.n_documents)]
    for sentence in corpus:
        rows[corpus.sentence_document[sentence.index]].append(sentence.offsets)
    ids, texts, titles = corpus.document_ids.to_pylist(), corpus.texts.to_pylist(), corpus.titles
    return list(zip(ids, texts, titles.tolist(), rows, strict=True))


# ---- spans and sentences --------------------------------------------------------------------
@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 1), (3, 3)])
def test_a_bad_span_cannot_exist(start, end):
    with pytest.raises(SpanError, match=rf"start={start}, end={end} \('D'\)"):
        Span(start, end, "D")


def test_spans_compare_by_place_and_type_only():
    assert Span(0, 1, "D", 0.5, ("x",)) == Span(0, 1, "D")
    assert sorted([Span(1, 2, "A"), Span(0, 2, "B"), Span(0, 2, "A")])[0] == Span(0, 2, "A")


def test_a_sentence_is_a_view_into_its_document():
    sentence = SMALL[1]
    assert (sentence.document_id, sentence.text, len(sentence)) == ("a", "It is old.", 4)
    assert (sentence.start, sentence.end) == (15, 25)
    assert sentence.surface(Span(1, 3, "D")) == "is old"
    with pytest.raises(SpanError, match="does not fit a sentence of 4 tokens"):
        sentence.surface(Span(3, 5, "D"))


def test_a_match_becomes_the_tokens_it_touches():
    sentence = Corpus.from_texts(["Gave 5 mg/kg."])[0]
    (found,) = sentence.finditer(r"g/k")
    assert found.span_as("Dose") == Span(2, 5, "Dose")
    (empty,) = sentence.finditer(r"^")
    with pytest.raises(SpanError, match="matched no token"):
        empty.span_as("Dose")


# ---- corpora --------------------------------------------------------------------------------
@given(corpora())
def test_tokens_and_sentences_are_those_of_the_rules(corpus):
    for _, text, title, rows in contents(corpus):
        parts = [(0, len(text))] if title < 0 else [(0, title), (title, len(text))]
        expected = [tokenize(text, *ends) for part in parts for ends in sentences(text, *part)]
        assert [list(row) for row in rows] == [row for row in expected if row]


@given(corpora(own_tokens=True))
def test_arrays_fit_each_other(corpus):
    assert corpus.n_documents == len(corpus.titles) == len(corpus.document_ids)
    assert corpus.sentence_splits[-1] == len(corpus) == len(corpus.sentence_document)
    assert corpus.token_splits[-1] == corpus.n_tokens == len(corpus.token_sentence)
    assert corpus.lengths.tolist() == [len(sentence) for sentence in corpus]
    assert corpus.lengths.all()
    words = [word for sentence in corpus for word in sentence.words]
    assert [corpus.interned.words[i] for i in corpus.interned.ids] == words
    glued = [
        i > 0 and sentence.offsets[i - 1][1] == start
        for sentence in corpus
        for i, (start, _) in enumerate(sentence.offsets)
    ]
    assert corpus.space_before.tolist() == [not flag for flag in glued]


@given(corpus=corpora(own_tokens=True))
def test_saving_and_loading(corpus, tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "corpus.arrow"
    corpus.save(path)
    again = Corpus.load(path)
    assert contents(again) == contents(corpus)
    assert again.fingerprint == corpus.fingerprint
    for name in ("titles", "sentence_splits", "token_splits", "token_start", "token_end"):
        assert getattr(again, name).dtype == getattr(corpus, name).dtype


def test_an_empty_corpus_is_saved_too(tmp_path):
    CorpusBuilder().build().save(tmp_path / "none.arrow")
    assert len(Corpus.load(tmp_path / "none.arrow")) == 0


@given(corpora(own_tokens=True), st.data())
def test_selecting_documents(corpus, data):
    rows = data.draw(st.permutations(range(corpus.n_documents)))
    rows = rows[: data.draw(st.integers(0, len(rows)))]
    whole = contents(corpus)
    assert contents(corpus.select(rows)) == [whole[row] for row in rows]
    mask = np.isin(np.arange(corpus.n_documents), rows)
    assert contents(corpus.select(mask)) == [whole[row] for row in sorted(rows)]


@given(corpora(own_tokens=True), st.data())
def test_parts_put_together_are_the_whole(corpus, data):
    at = data.draw(st.integers(0, corpus.n_documents))
    rows = np.arange(corpus.n_documents)
    parts = corpus.select(rows[:at]), corpus.select(rows[at:])
    assert contents(parts[0].concat(parts[1])) == contents(corpus)
    assert parts[0].concat(parts[1]).fingerprint == corpus.fingerprint


def test_a_saved_corpus_can_be_selected_from_and_joined(tmp_path):
    SMALL.save(tmp_path / "c.arrow")
    again = Corpus.load(tmp_path / "c.arrow")
    assert contents(again.select([2, 0])) == [contents(SMALL)[2], contents(SMALL)[0]]
    other = Corpus.from_texts(["New."], ids=["n"])
    assert contents(again.concat(other)) == contents(SMALL) + contents(other)


def test_ids_stay_unique():
    with pytest.raises(DataError, match="document 'a' occurs twice"):
        SMALL.concat(SMALL)


def test_different_corpora_have_different_fingerprints():
    texts = [["ab", "c"], ["a", "bc"], ["abc", ""], ["ab", "c "], ["ab", "c d"]]
    prints = {Corpus.from_texts(pair).fingerprint for pair in texts}
    prints |= {Corpus.from_texts(["ab", "c"], ids=["x", "y"]).fingerprint}
    assert len(prints) == len(texts) + 1


def test_indexing_like_any_sequence():
    assert SMALL[-1].text == "One"
    assert [s.index for s in SMALL[1:3]] == [1, 2]
    with pytest.raises(IndexError, match="sentence 9 of a corpus of 4"):
        SMALL[9]


@pytest.mark.parametrize("tokens", [[[(0, 9)]], [[(1, 1)]], [[(2, 3), (0, 1)]], [[(0, 2), (1, 3)]]])
def test_tokens_that_do_not_fit_are_refused(tokens):
    builder = CorpusBuilder()
    with pytest.raises(SpanError, match="document 'd': token"):
        builder.add("d", "text", tokens=tokens)
    assert len(builder) == 0
    assert "d" not in builder


# ---- annotations ----------------------------------------------------------------------------
@given(annotated())
def test_annotations_are_sorted_unique_and_found_by_document(case):
    corpus, annotations = case
    rows = list(annotations)
    assert [row[:4] for row in rows] == sorted({row[:4] for row in rows})
    assert annotations.keys() == {row[:4] for row in rows}
    by_document = [annotations.of_document(d) for d in range(corpus.n_documents)]
    assert [row for part in by_document for row in part] == rows
    assert list(Annotations.of(reversed(rows))) == rows
    assert annotations.labels == tuple(sorted({row.label for row in rows}))


def test_annotations_refuse_empty_spans():
    with pytest.raises(SpanError, match="0 <= start < end, got 4-4"):
        Annotations.of([Annotation(0, 4, 4, "D")])


def test_no_annotations_at_all():
    none = Annotations.of([])
    assert (len(none), none.labels, none.of_document(0), none.keys()) == (0, (), [], set())
