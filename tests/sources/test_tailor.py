from __future__ import annotations

from pathlib import Path

import numpy as np

from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import apply_sources, build_sources
from weaklabel.sources.tailoring.likeness import likeness, logistic
from weaklabel.sources.tailoring.usage import usage, verb_table
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.vectors import WordVectors

SICK = ("fever", "colitis", "mania", "gout")
CORPUS = Corpus.from_texts(
    ["This may lead to cancer. The disease and lead."]
    + [f"Severe {name} rose in men with {name}. Acute {name} was fatal." for name in SICK] * 10
    + ["This may lead to it. That will lead to more. This is a disease that they had."] * 5
)


def lexicon(*names: str) -> Lexicon:
    return Lexicon.of(Term(name, ("X",)) for name in names)


def rules(found: Lexicon, **more: frozenset[str]) -> dict[str, str]:
    return {c.name: f"{c.action}: {c.rule}" for c in build_sources(found, CORPUS, **more).changes}


def test_every_refusal_has_a_rule() -> None:
    assert rules(lexicon("cancer", *SICK, "the", "Disease", "Lead", "7", "q", "a-2", "E-2020")) == {
        "the": "dropped: stop-word",
        "Disease": "dropped: generic noun",
        "Lead": "dropped: everyday word",
        "7": "dropped: no letter",
        "q": "dropped: one character",
        "a-2": "dropped: letters and digits only",
    }


def test_keep_and_drop_override_every_rule() -> None:
    kept = rules(
        lexicon("Lead", "cancer", *SICK), keep=frozenset({"lead"}), drop=frozenset({"cancers"})
    )
    assert kept == {"Lead": "kept: user", "cancer": "dropped: user"}


def test_a_dropped_name_is_outside_whatever_others_say() -> None:
    sources = build_sources(lexicon("cancer", "lead poisoning"), CORPUS, drop=frozenset({"cancer"}))
    votes = apply_sources(CORPUS, sources)
    assert {v.label for v in votes.rows()} == {OUTSIDE}


def test_a_keep_file_brings_back_the_verb() -> None:
    sources = build_sources(lexicon("Lead"), CORPUS, keep=frozenset({"Lead"}))
    assert len(apply_sources(CORPUS, sources).of_source("dictionary")) == 12


def test_likeness_tells_names_from_other_words_and_is_a_ratio() -> None:
    rng = np.random.default_rng(0)
    letters = "bcdfghjklm"
    words = [f"w{a}{b}{c}{d}" for a in "abcd" for b in letters for c in letters for d in letters]
    direction = rng.normal(size=16)
    is_name = np.arange(4000) % 5 == 0
    matrix = rng.normal(size=(4000, 16)) + np.where(is_name, 1.0, -1.0)[:, None] * direction
    vectors = WordVectors.of(words, matrix)
    names = {w: frozenset({"X"}) for w, named in zip(words, is_name, strict=True) if named}
    scores = likeness(vectors, names, "X")
    named = np.array([scores[w][0] for w in words])
    assert np.median(named[is_name]) > 20
    assert np.median(named[~is_name]) < 0.05
    assert likeness(vectors, dict(list(names.items())[:299]), "X") == {}


def test_logistic_agrees_with_gradient_zero() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(200, 4)), (rng.random(200) < 0.3).astype(float)
    w = logistic(x, y, ridge=2.0, rounds=50)
    gradient = x.T @ (y - 1 / (1 + np.exp(-(x @ w)))) - 2.0 * w
    assert np.abs(gradient).max() < 1e-3


def test_verbs_are_counted_where_a_verb_must_stand() -> None:
    lines = ["It may lead on.", "They lead."] * 20 + ["Lead and mania."] * 10
    found = usage(lines)
    assert found["lead"].is_verb
    assert not found["mania"].is_verb
    assert "lead\t50\t0.800" in verb_table(found)


def test_changes_are_the_same_twice(tmp_path: Path) -> None:
    names = lexicon("Lead", "Better", "cancer", "the")
    first, second = build_sources(names, CORPUS), build_sources(names, CORPUS)
    assert first.changes == second.changes
