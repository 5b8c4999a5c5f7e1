from __future__ import annotations

import pytest

from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.sources.grown.abbreviation import AbbreviationSource, learn_abbreviations
from weaklabel.sources.grown.definitions import definitions, match_long_form
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Votes

LEXICON = Lexicon.of(
    [
        Term("renal failure", ("Disease",), ("T:1",)),
        Term("myotonic dystrophy", ("Disease",), ("T:2",)),
        Term("von Hippel-Lindau disease", ("Disease",), ("T:3",)),
        Term("dexamethasone", ("Chemical",), ("T:4",)),
        Term("potassium", ("Chemical",), ("T:5",)),
        Term("MS", ("Disease",), ("T:6",)),
    ]
)
INDEX = NameIndex(LEXICON)


def spoken(*texts: str, known: dict[str, tuple[str, tuple[str, ...]]] | None = None) -> Votes:
    corpus = Corpus.from_texts(texts)
    votes = DictionarySource(INDEX).label(corpus)
    return AbbreviationSource(INDEX, known or {}, {"K": "potassium"}).follow(corpus, votes)


def surfaces(*texts: str) -> list[tuple[str, str]]:
    corpus = Corpus.from_texts(texts)
    sentences = list(corpus)
    return [
        (" ".join(sentences[v.sentence].words[v.start : v.end]), v.label)
        for v in spoken(*texts).rows()
    ]


@pytest.mark.parametrize(
    ("short", "long", "start"),
    [
        ("HD", "caused by Huntington disease", 10),
        ("ARF", "of acute renal failure", 3),
        ("A-T", "the ataxia telangiectasia", 4),
        ("5-HT", "of 5-hydroxytryptamine", 3),
        ("XYZ", "acute renal failure", None),
        ("ARF", "ARF", None),
    ],
)
def test_schwartz_and_hearst(short: str, long: str, start: int | None) -> None:
    assert match_long_form(short, long) == start


def test_the_long_form_grows_to_all_the_short_form_stands_for() -> None:
    found = surfaces("Acute renal failure (ARF) is bad. ARF kills. Two ARFs.")
    assert ("Acute renal failure", "Disease") in found
    assert found.count(("ARF", "Disease")) == 2
    assert ("ARFs", "Disease") in found


def test_a_document_that_defines_it_otherwise_is_believed() -> None:
    found = surfaces("By mass spectrometry (MS) we saw it. MS is exact.")
    assert set(found) == {("MS", OUTSIDE)}


def test_initials_in_another_order_a_clipped_word_and_an_element() -> None:
    found = surfaces("Myotonic dystrophy (DM), dexamethasone (dex) and potassium (K). dex, K, DM.")
    for short, kind in (("DM", "Disease"), ("dex", "Chemical"), ("K", "Chemical")):
        assert found.count((short, kind)) == 2


def test_a_name_that_goes_on_after_its_short_form() -> None:
    found = surfaces("The von Hippel-Lindau (VHL) disease gene. VHL is rare.")
    assert ("von Hippel - Lindau ( VHL ) disease", "Disease") in found
    assert ("VHL", "Disease") in found


def test_a_definition_holds_in_its_document_only() -> None:
    votes = spoken("Renal failure (RF).", "RF was high.")
    assert set(votes.sentence.tolist()) == {0}


def test_what_several_documents_define_alike_is_learnt() -> None:
    texts = ["Renal failure (RF).", "Renal failure (RF) again.", "Rheumatoid factors (RX).",
             "Ratio of xylose (RX)."]  # fmt: skip
    corpus = Corpus.from_texts(texts)
    votes = DictionarySource(INDEX).label(corpus)
    known = learn_abbreviations(corpus, votes, AbbreviationSource(INDEX))
    assert known == {"RF": ("Disease", ("T:1",))}
    told = spoken("RF was seen.", known=known).rows()
    assert [(v.label, v.concepts) for v in told] == [("Disease", ("T:1",))]


@pytest.mark.parametrize("text", ["(", ")", "()", "a (", "(ARF", "ARF (", "( ) ( )", "((()))"])
def test_broken_brackets_define_nothing(text: str) -> None:
    assert [d for s in Corpus.from_texts([text]) for d in definitions(s)] == []
