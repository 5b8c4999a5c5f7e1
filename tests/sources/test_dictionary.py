"""The matcher against a brute-force search, and what counts as the same name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex, counting_tokens
from weaklabel.text import Corpus

words = st.lists(st.sampled_from(["ab", "cd", "ef", "-", "AB"]), min_size=1, max_size=9)
names = st.lists(st.lists(st.sampled_from(["ab", "cd", "ef"]), min_size=1, max_size=3), max_size=6)


def brute_force(keys: set[tuple[str, ...]], text: list[str]) -> list[tuple[int, int]]:
    """From left to right, the longest name at each place; nothing twice."""
    places, forms = counting_tokens(text)
    found, i = [], 0
    while i < len(forms):
        ends = [j for j in range(i + 1, len(forms) + 1) if tuple(forms[i:j]) in keys]
        if ends:
            found.append((places[i], places[max(ends) - 1] + 1))
        i = max(ends, default=i + 1)
    return found


@settings(max_examples=150)
@given(words, names)
def test_matching_equals_brute_force(text: list[str], listed: list[list[str]]) -> None:
    lexicon = Lexicon.of(Term(" ".join(name), ("X",)) for name in listed)
    matches = [(m.start, m.end) for m in NameIndex(lexicon).matches(text)]
    assert matches == brute_force(set(lexicon.by_key), text)


def labelled(text: str, *listed: str) -> list[str]:
    lexicon = Lexicon.of(Term(name, ("X",), (f"id:{name}",)) for name in listed)
    corpus = Corpus.from_texts([text])
    votes = DictionarySource(NameIndex(lexicon)).label(corpus)
    sentences = list(corpus)
    return [" ".join(sentences[v.sentence].words[v.start : v.end]) for v in votes.rows()]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Breast Cancer", "two breast cancers.", ["breast cancers"]),
        ("beta blocker", "β-blockers help", ["β - blockers"]),
        ("anaemia", "Severe anemia", ["anemia"]),
        ("Still Disease", "Still's disease", ["Still ' s disease"]),
        ("diabetes, type 2", "type 2 diabetes", ["type 2 diabetes"]),
        ("metastasis", "many metastases", ["metastases"]),
        ("Sjögren syndrome", "Sjogren syndrome", ["Sjogren syndrome"]),
        ("MS", "MS or ms, MSs", ["MS", "MSs"]),
        ("AIDS", "it aids them against AIDS", ["AIDS"]),
        ("PGE2", "pge2 and PGE2", ["PGE2"]),
    ],
)
def test_names_meet_their_written_forms(name: str, text: str, found: list[str]) -> None:
    assert labelled(text, name) == found


def test_an_ambiguous_name_votes_for_each_type_with_its_own_concepts() -> None:
    lexicon = Lexicon.of([Term("cold", ("D",), ("m:1",)), Term("Cold", ("C",), ("m:2",))])
    votes = DictionarySource(NameIndex(lexicon)).label(Corpus.from_texts(["a cold"]))
    assert [(v.label, v.concepts) for v in votes.rows()] == [("C", ("m:2",)), ("D", ("m:1",))]
    assert votes.sources == ("dictionary",)


def test_offsets_cut_the_text_to_the_name() -> None:
    text = "Given α-methyl-dopa, i.v."
    corpus = Corpus.from_texts([text])
    lexicon = Lexicon.of([Term("alpha-Methyldopa", ("C",)), Term("alpha methyl dopa", ("C",))])
    (vote,) = DictionarySource(NameIndex(lexicon)).label(corpus).rows()
    start = corpus.token_start[vote.start]
    end = corpus.token_end[vote.end - 1]
    assert text[start:end] == "α-methyl-dopa"
