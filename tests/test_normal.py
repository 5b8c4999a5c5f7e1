"""The normal form: what must meet meets, what must not does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from weaklabel.ground.normal import is_acronym, is_possessive, is_skipped, normal_key, normal_token


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Breast Cancer", "breast cancers"),
        ("anaemia", "Anemia"),
        ("tumours", "tumor"),
        ("beta-blocker", "β blockers"),
        ("Still's disease", "Still disease"),
        ("Still’s disease", "Still's diseases"),
        ("metastasis", "metastases"),
        ("neuropathies", "neuropathy"),
        ("Sjögren syndrome", "Sjogren syndrome"),
        ("ﬁbrosis", "fibrosis"),
        ("non-small-cell", "non small cell"),
        ("non–small", "non-small"),
        ("reflexes", "reflex"),
        ("oedema", "edema"),
        ("ischaemic", "ischemic"),
        ("naïve", "naive"),
    ],
)
def test_these_are_one_name(one, other):
    assert normal_key(one) == normal_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MS", "M"),
        ("AIDS", "AID"),
        ("virus", "viru"),
        ("alpha", "beta"),
        ("type 1", "type 2"),
        ("loss", "los"),
        ("vitamin B1", "vitamin B12"),
        ("lithium", "lithium carbonate"),
    ],
)
def test_these_are_two(one, other):
    assert normal_key(one) != normal_key(other)


@given(texts)
def test_a_key_holds_neither_space_nor_hyphen(name):
    for token in normal_key(name):
        assert token
        assert not is_skipped(token)
        assert not any(c.isspace() for c in token)


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8))
def test_letter_case_of_a_word_does_not_matter(word):
    assert normal_token(word) == normal_token(word.capitalize())


def test_possessives():
    assert is_possessive(["Still", "'", "s"], 2)
    assert not is_possessive(["s"], 0)
    assert normal_key("Parkinson's") == normal_key("Parkinson")
    assert normal_key("'s") == ()
    assert normal_key("-") == ()
    assert normal_key("") == ()


@pytest.mark.parametrize("name", ["MS", "AIDS", "PGE2", "mRNA", "5-HT", "C", "Ca", "L-DOPA"])
def test_acronyms(name):
    assert is_acronym(name)


@pytest.mark.parametrize("name", ["Lead", "aspirin", "Breast Cancer", "HIV virus", "UNUSUALLY"])
def test_no_acronyms(name):
    assert not is_acronym(name)
