from __future__ import annotations

import pytest
from made_spans import annotations, draw, gold_of

from weaklabel.evaluate import calibration_curve, count_mistakes, error_analysis, score
from weaklabel.evaluate.mistakes import KINDS, mistakes
from weaklabel.text import Annotation, Annotations, Corpus, Gold

TEXT = "Severe colds came. Lead poisoning and gout and ague."


def at(name: str, label: str, document: int = 0, score: float | None = None) -> Annotation:
    start = TEXT.index(name)
    return Annotation(document, start, start + len(name), label, (), score)


CORPUS = Corpus.from_texts([TEXT] * 8, ids=[f"d{i}" for i in range(8)])
GOLD = Gold(
    CORPUS,
    Annotations.of(
        at(name, "Disease", d)
        for d in range(8)
        for name in ("Severe colds", "Lead poisoning", "gout")
    ),
)
PREDICTED = Annotations.of(
    [at("colds", "Disease", d, 0.9) for d in range(8)]
    + [at("Lead", "Chemical", d, 0.8) for d in range(3)]
    + [at("gout", "Chemical", 0, 0.4), at("ague", "Disease", 0, 0.2)]
    + [at("gout", "Disease", 1, 0.95)]
)


def test_every_mistake_has_one_kind():
    assert count_mistakes(GOLD, PREDICTED) == {
        "missed": 5 + 6, "invented": 1, "boundary": 8, "type": 4,
    }  # fmt: skip


def test_entries_name_the_text_and_show_five_documents():
    result = error_analysis(GOLD, PREDICTED)
    assert tuple(result) == KINDS
    boundary = result["boundary"][0]
    assert (boundary["name"], boundary["type"]) == ("Severe colds → colds", "Disease")
    assert boundary["count"] == 8
    assert [e["document"] for e in boundary["examples"]] == ["d0", "d1", "d2", "d3", "d4"]
    example = boundary["examples"][0]
    assert example["text"] == "Severe colds came."
    assert example["gold"] == [(0, 12, "Disease")]
    assert example["predicted"] == [(7, 12, "Disease")]
    missed = {(e["name"], e["count"]) for e in result["missed"]}
    assert missed == {("gout", 6), ("Lead poisoning", 5)}
    confused = {(e["name"], e["type"], e["count"]) for e in result["type"]}
    assert ("gout", "Disease → Chemical", 1) in confused
    assert ("Lead poisoning → Lead", "Disease → Chemical", 3) in confused


@pytest.mark.parametrize("seed", range(40))
def test_mistakes_account_for_every_wrong_span(seed):
    wanted, found = draw(seed)
    gold, predicted = gold_of(wanted, documents=4), annotations(found)
    rows = mistakes(gold, predicted)
    golds = [(m.document, *m.gold) for m in rows if m.gold]
    predictions = [(m.document, *m.predicted) for m in rows if m.predicted]
    assert sorted(golds) == sorted(wanted - found)
    assert sorted(predictions) == sorted(found - wanted)
    assert score(gold, predicted).micro.correct == len(wanted) - len(golds)


def test_calibration_bins_hold_every_scored_span():
    rows = calibration_curve(GOLD, PREDICTED, bins=5)
    assert sum(row["spans"] for row in rows) == len(PREDICTED)
    top = rows[-1]
    assert (top["low"], top["high"], top["spans"]) == (0.8, 1.0, 12)
    assert top["precision"] == pytest.approx(1 / 12)
    assert calibration_curve(GOLD, Annotations.of([])) == []
