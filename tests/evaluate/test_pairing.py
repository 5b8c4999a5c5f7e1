from __future__ import annotations

import pytest

from weaklabel.errors import DataError
from weaklabel.evaluate import align, score
from weaklabel.text import Annotation, Annotations, Corpus, Gold

CORPUS = Corpus.from_texts(["Fever.", "Aspirin.", "Ague."], ids=["a", "b", "c"])
GOLD = Gold(CORPUS, Annotations.of([Annotation(0, 0, 5, "D"), Annotation(1, 0, 7, "C")]))


def test_documents_are_paired_by_id_not_by_place():
    other = Corpus.from_texts(["Aspirin.", "Fever."], ids=["b", "a"])
    predicted = Annotations.of([Annotation(0, 0, 7, "C", ("x",), 0.5), Annotation(1, 0, 5, "D")])
    moved = align(GOLD, other, predicted)
    assert score(GOLD, moved).f1 == 1.0
    assert moved[1] == Annotation(1, 0, 7, "C", ("x",), 0.5)


def test_a_missing_document_has_no_prediction():
    other = Corpus.from_texts(["Aspirin."], ids=["b"])
    moved = align(GOLD, other, Annotations.of([Annotation(0, 0, 7, "C")]))
    assert (score(GOLD, moved).precision, score(GOLD, moved).recall) == (1.0, 0.5)


def test_a_document_without_gold_is_named():
    other = Corpus.from_texts(["No.", "New."], ids=["a", "zz"])
    with pytest.raises(DataError, match="'zz' is in the predictions but not in gold"):
        align(GOLD, other, Annotations.of([]))


def test_another_text_is_told(caplog):
    other = Corpus.from_texts(["A fever."], ids=["a"])
    align(GOLD, other, Annotations.of([Annotation(0, 2, 7, "D")]))
    assert "document a: the predicted span 2–7 is 'fever', gold has 'ver.' there" in caplog.text
