"""Lexicon: names merged, looked up by their normal form, saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import DataError
from weaklabel.ground.normal import normal_key
from weaklabel.lexicon import Lexicon, Term

COLD = Term("Cold", ("Disease",), ("mesh:D1",), "a.tsv")
LEXICON = Lexicon.of([COLD, Term("cold", ("Chemical",), ("C1", "C2")), Term("β-blockers", ("C",))])

terms = st.builds(
    Term,
    st.sampled_from(["Cold", "cold", "colds", "α-toxin", "alpha toxin", "-", "MS", "x y"]),
    st.sets(st.sampled_from(["A", "B", "C"]), min_size=1).map(lambda s: tuple(sorted(s))),
    st.lists(st.sampled_from(["id:1", "id:2", "id:3"]), unique=True, max_size=2).map(tuple),
    st.sampled_from(["", "a.tsv", "b.obo"]),
)


@given(st.lists(terms, max_size=12))
def test_each_name_is_one_term_with_all_that_was_said_of_it(given_terms):
    lexicon = Lexicon.of(given_terms)
    assert [t.name for t in lexicon] == list(dict.fromkeys(t.name for t in given_terms))
    for term in lexicon:
        same = [t for t in given_terms if t.name == term.name]
        assert set(term.types) == {kind for t in same for kind in t.types}
        assert list(term.concepts) == list(dict.fromkeys(c for t in same for c in t.concepts))
    assert lexicon.types == tuple(sorted({kind for t in given_terms for kind in t.types}))


@given(st.lists(terms, max_size=12), st.sampled_from(["COLD", "Alpha-Toxins", "ms", "none", "-"]))
def test_looking_up_is_by_normal_form(given_terms, name):
    lexicon = Lexicon.of(given_terms)
    key = normal_key(name)
    same = [t for t in lexicon if key and normal_key(t.name) == key]
    assert lexicon.types_of(name) == tuple(sorted({kind for t in same for kind in t.types}))
    assert set(lexicon.concepts_of(name)) == {c for t in same for c in t.concepts}
    only_a = {c for t in same if "A" in t.types for c in t.concepts}
    assert set(lexicon.concepts_of(name, "A")) == only_a


@given(given_terms=st.lists(terms, max_size=12))
def test_saving_and_loading(given_terms, tmp_path_factory):
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.parquet"
    lexicon = Lexicon.of(given_terms, licences={"a.tsv": "CC0", "b.obo": "CC BY 4.0"})
    lexicon.save(path)
    again = Lexicon.load(path)
    assert again.terms == lexicon.terms
    assert again.licences == lexicon.licences
    assert again.fingerprint == lexicon.fingerprint


@given(st.lists(terms, max_size=6), st.lists(terms, max_size=6))
def test_joining_is_reading_one_after_the_other(a, b):
    joined = Lexicon.of(a) | Lexicon.of(b)
    assert {t.name: set(t.types) for t in joined} == {
        t.name: set(t.types) for t in Lexicon.of([*a, *b])
    }


def test_examples():
    assert LEXICON.types_of("Colds") == ("Chemical", "Disease")
    assert LEXICON.concepts_of("cold", "Chemical") == ("C1", "C2")
    assert LEXICON.types_of("beta blocker") == ("C",)
    assert LEXICON.types_of("flu") == ()
    assert len(LEXICON) == 3
    with pytest.raises(DataError, match="a dictionary name is empty"):
        Lexicon.of([Term(" ", ("D",))])


def test_every_field_is_in_the_fingerprint():
    variants = [
        COLD,
        Term("Colds", ("Disease",), ("mesh:D1",), "a.tsv"),
        Term("Cold", ("Chemical",), ("mesh:D1",), "a.tsv"),
        Term("Cold", ("Disease",), ("mesh:D2",), "a.tsv"),
        Term("Cold", ("Disease",), ("mesh:D1",), "b.tsv"),
        Term("Cold", ("Disease", "mesh:D1"), (), "a.tsv"),
    ]
    assert len({Lexicon.of([term]).fingerprint for term in variants}) == len(variants)


def test_one_name_in_very_many_rows():
    rows = [Term("cold", ("Disease",), (f"X:{n}",), "a") for n in range(20_000)]
    (term,) = Lexicon.of([*rows, Term("cold", ("Chemical",), ("X:7",), "b;a")])  # linear, or never
    assert term.types == ("Chemical", "Disease")
    assert term.concepts == tuple(f"X:{n}" for n in range(20_000))
    assert term.source == "a;b"
