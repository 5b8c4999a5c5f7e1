from __future__ import annotations

import numpy as np
import pytest
from made_spans import annotations, draw, gold_of

import weaklabel
from weaklabel.errors import DataError
from weaklabel.evaluate import Scores, score, strict_counts, strict_f1
from weaklabel.text import Annotations


def by_hand(gold, predicted):
    correct = len(gold & predicted)
    precision = correct / len(predicted) if predicted else 0.0
    recall = correct / len(gold) if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if correct else 0.0
    return precision, recall, f1, len(gold), len(predicted), correct


def numbers(m):
    return m.precision, m.recall, m.f1, m.gold, m.predicted, m.correct


@pytest.mark.parametrize("seed", range(60))
def test_strict_scores_are_those_of_sets(seed):
    wanted, found = draw(seed)
    gold, predicted = gold_of(wanted, documents=4), annotations(found)
    scores = score(gold, predicted, bootstrap=0)
    assert numbers(scores.micro) == pytest.approx(by_hand(wanted, found))
    assert set(scores.types) == {row[3] for row in wanted | found}
    for name, measure in scores.types.items():
        own = ({r for r in side if r[3] == name} for side in (wanted, found))
        assert numbers(measure) == pytest.approx(by_hand(*own))
    assert strict_f1(gold, predicted) == scores.f1 == scores.micro.f1


def test_counts_are_by_document():
    gold = gold_of({(0, 0, 3, "A"), (2, 0, 3, "B")}, documents=3)
    types, counts = strict_counts(gold, annotations({(0, 0, 3, "A"), (0, 0, 4, "A")}))
    assert types == ("A", "B")
    assert counts.tolist() == [
        [[1, 2, 1], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [1, 0, 0]],
    ]


def test_duplicates_count_once_even_in_a_table_made_by_hand():
    once = annotations({(0, 0, 3, "A")})
    fields = ("document", "start", "end", "label", "score")
    twice = Annotations(
        *(np.repeat(getattr(once, name), 2) for name in fields[:4]),
        once.labels,
        once.concepts * 2,
        np.repeat(once.score, 2),
    )
    scores = score(gold_of({(0, 0, 3, "A")}, documents=1), twice)
    assert numbers(scores.micro) == (1.0, 1.0, 1.0, 1, 1, 1)


def test_a_type_that_nothing_predicts_scores_zero():
    scores = score(gold_of({(0, 0, 3, "Gene")}, documents=1), annotations(set()))
    assert scores.types["Gene"].f1 == 0.0
    assert (scores.f1, scores.micro.f1_low, scores.micro.f1_high) == (0.0, 0.0, 0.0)


def test_nothing_at_all_scores_zero_without_a_warning():
    for documents in (0, 3):
        scores = score(gold_of(set(), documents=documents), annotations(set()))
        assert scores.f1 == 0.0
        assert scores.types == {}


def test_a_prediction_outside_gold_is_refused():
    with pytest.raises(DataError, match=r"document row 5, but gold has 2 documents"):
        score(gold_of(set(), documents=2), annotations({(5, 0, 1, "A")}))


def test_scores_survive_a_file_and_show_themselves():
    wanted, found = draw(3)
    scores = score(gold_of(wanted, documents=4), annotations(found))
    values = scores.to_dict()
    assert list(values) == ["strict", "relaxed"]
    assert set(values["strict"]["micro"]) == {
        "precision", "recall", "f1", "f1_low", "f1_high", "gold", "predicted", "correct",
    }  # fmt: skip
    assert Scores.from_dict(values).to_dict() == values
    assert "<table" in scores._repr_html_()
    assert f"F1 {scores.f1:.1%}" in str(scores)


def test_the_public_name_is_the_module():
    assert weaklabel.evaluate.score is score
