from __future__ import annotations

from weaklabel.evaluate import SPLITS, split_of, split_scores
from weaklabel.evaluate.splits import defined_short_forms
from weaklabel.lexicon import Lexicon, Term
from weaklabel.text import Annotation, Annotations, Corpus, Gold

LEXICON = Lexicon.of(
    [
        Term("fever", ("Disease",)),
        Term("cold", ("Disease", "Chemical")),
        Term("MS", ("Disease",)),
    ]
)
TEXT = "Fevers and cold in MS and restless legs (rls) or RLS, ague."


def spans(*found: tuple[str, str]) -> Annotations:
    return Annotations.of(
        Annotation(0, TEXT.index(name), TEXT.index(name) + len(name), kind) for name, kind in found
    )


def test_categories_exclude_one_another_in_order():
    assert split_of("fever", LEXICON) == "in dictionary"
    assert split_of("cold", LEXICON) == "ambiguous"
    assert split_of("MS", LEXICON) == "abbreviation"
    assert split_of("ague", LEXICON) == "not in dictionary"
    assert split_of("fever", LEXICON, frozenset({"fever"})) == "abbreviation"


def test_scores_by_category():
    gold = Gold(
        Corpus.from_texts([TEXT]),
        spans(*((name, "Disease") for name in ("Fevers", "cold", "MS", "rls", "ague"))),
    )
    rows = split_scores(
        gold, spans(("Fevers", "Disease"), ("cold", "Chemical"), ("rls", "Disease")), LEXICON
    )
    assert tuple(rows) == SPLITS
    assert {name: (r["gold"], r["predicted"], r["correct"]) for name, r in rows.items()} == {
        "in dictionary": (1, 1, 1),
        "not in dictionary": (1, 0, 0),
        "ambiguous": (1, 1, 0),
        "abbreviation": (2, 1, 1),
    }
    row = rows["abbreviation"]
    assert (row["found"], row["recall"], row["precision"], row["f1"]) == (1, 0.5, 1.0, 2 / 3)


def test_definitions_are_recognised():
    text = (
        "Acute renal failure (arf), Still's disease (Sd; rare) and pain (in rats) of mice (n = 8)."
    )
    assert defined_short_forms(text) == {"arf", "Sd"}


def test_odd_brackets_define_nothing():
    for text in ("", "(", "(AB)", "()", ") AB (", "x (-)", "a [1]", "((ab))"):
        assert defined_short_forms(text) == frozenset()
