"""Word vectors: what is left out, that they are repeatable, that neighbours are neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import DataError
from weaklabel.train.word_vectors import train_vectors, without_shared

DEV = "Tricuspid valve regurgitation and lithium carbonate toxicity in a newborn infant."


def test_a_sentence_with_a_shared_passage_is_left_out() -> None:
    text = [f"A first sentence here. {DEV.upper()} The last one is kept."]
    assert list(without_shared(text, [DEV])) == ["A first sentence here.", "The last one is kept."]


def test_nine_words_are_a_passage_and_eight_are_none() -> None:
    eight = "valve regurgitation and lithium carbonate toxicity in a"
    assert list(without_shared([f"{eight} mouse"], [DEV])) == [f"{eight} mouse"]
    assert list(without_shared([f"{eight}, NEWBORN"], [DEV])) == []


def test_a_passage_over_a_sentence_end_removes_both() -> None:
    text = ["We saw tricuspid valve regurgitation. And lithium carbonate toxicity in a newborn."]
    assert list(without_shared(text, [DEV])) == []


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30)


@given(text=WORDS, dev=WORDS)
def test_nothing_that_is_kept_shares_a_passage(text: list[str], dev: list[str]) -> None:
    known = {tuple(dev[i : i + 4]) for i in range(len(dev) - 3)}
    for kept in without_shared([" ".join(text)], [" ".join(dev)], shared_words=4):
        words = kept.split()
        assert not known & {tuple(words[i : i + 4]) for i in range(len(words) - 3)}


def _text() -> list[str]:
    rng = np.random.default_rng(0)
    drugs, organs = ["aspirin", "morphine", "heparin"], ["liver", "kidney", "heart"]
    return [
        line
        for _ in range(300)
        for line in (
            f"patients received oral {rng.choice(drugs)} daily 5 mg",
            f"the {rng.choice(organs)} was enlarged on Examination",
        )
    ]


def test_words_in_like_places_have_like_vectors_and_runs_repeat() -> None:
    pytest.importorskip("gensim")
    one, same = (
        train_vectors(_text(), width=12, epochs=60, seed=0, exclude=[DEV]) for _ in range(2)
    )
    assert one.words == same.words
    assert np.array_equal(one.codes, same.codes)
    assert {"0", "examination"} <= set(one.words)
    likeness = one.unit @ one.unit.T
    aspirin, heparin, liver = (one.rows[word] for word in ("aspirin", "heparin", "liver"))
    assert likeness[aspirin, heparin] > likeness[aspirin, liver]


def test_too_little_text_is_refused() -> None:
    pytest.importorskip("gensim")
    with pytest.raises(DataError, match="no word occurs 3 times"):
        train_vectors(["one two"], seed=0)
