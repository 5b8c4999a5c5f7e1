"""Every built-in source keeps the contract: same votes twice, in bounds, whatever the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import BUILT_IN, SourceSet, SourceSettings, apply_sources, build_sources
from weaklabel.text import Corpus

ODD = {
    "plain": "Aspirin caused severe hepatitis and cardiac failure in two patients.",
    "one token": "Hepatitis",
    "empty": "",
    "white space": " \n\n ",
    "brackets": "((((ARF) [MS ( ) acute renal failure (ARF",
    "only brackets": "()",
    "beyond the BMP": "𝛼-naloxone 😀 (α-NLX) relieved 𝓅ain.",
    "combining": "Ménière's disease and Sjögren syndrome",
    "right to left": "חום and fever",
    "ions": "Ca(2+), Na+, Mg2+ and K (potassium",
    "hyphens": "- -induced aspirin- -hepatitis -",
    "codes": "SM-5887 SM - SM 5 BN 52021",
    "long": "renal failure and " * 3000,
    "no space": "a" * 100_000,
}
LEXICON = Lexicon.of(
    [
        Term("Aspirin", ("Chemical",), ("T:1",)),
        Term("Naloxone", ("Chemical",), ("T:2",)),
        Term("MS", ("Disease",), ("T:3",)),
        Term("Ménière's disease", ("Disease",), ("T:4",)),
        Term("cold", ("Disease", "Chemical"), ("T:5",)),
        Term("sodium", ("Chemical",), ("T:6",)),
        Term("acute renal failure", ("Disease",), ("T:7",)),
        *(Term(f"{stem}itis", ("Disease",), (f"T:{stem}",)) for stem in
          "hepat gastr arthr nephr neur col cyst mening bronch dermat rhin sinus tonsill "
          "appendic pancreat vascul my oste peric kerat uve ot".split()),
        *(Term(f"{organ} {head}", ("Disease",)) for head in ("failure", "injury", "cancer")
          for organ in "renal cardiac hepatic lung breast ovarian skin brain liver heart colon "
          "bladder gastric spinal ocular nasal oral bone".split()),
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def sources() -> SourceSet:
    corpus = Corpus.from_texts(ODD.values(), ids=ODD)
    return build_sources(LEXICON, corpus, drop=frozenset({"cold"}))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_votes_are_the_same_twice_and_in_bounds(sources: SourceSet, text: str) -> None:
    corpus = Corpus.from_texts([text])
    first, second = apply_sources(corpus, sources), apply_sources(corpus, sources)
    assert first.rows() == second.rows()
    assert (first.end <= corpus.lengths[first.sentence]).all()
    assert set(first.sources) == {*BUILT_IN, "veto"}


@given(st.text(alphabet="aAbB cC()-,.;/α12+sS ", max_size=60))
def test_no_text_breaks_a_source(text: str) -> None:
    corpus = Corpus.from_texts([text])
    votes = apply_sources(corpus, _SMALL)
    assert (votes.end <= corpus.lengths[votes.sentence]).all()


_SMALL = build_sources(
    Lexicon.of([Term("a b", ("X",)), Term("AB", ("X", "Y")), Term("cb", ("Y",))]),
    Corpus.from_texts(["a b"]),
)


def test_a_saved_set_says_the_same(sources: SourceSet, tmp_path: Path) -> None:
    corpus = Corpus.from_texts(ODD.values(), ids=ODD)
    sources.save(tmp_path)
    loaded = SourceSet.load(tmp_path)
    assert loaded.names == sources.names
    assert apply_sources(corpus, loaded).rows() == apply_sources(corpus, sources).rows()


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_source_can_be_asked_alone(name: str) -> None:
    corpus = Corpus.from_texts([ODD["plain"]])
    alone = build_sources(LEXICON, corpus, SourceSettings(use=(name,)))
    assert set(apply_sources(corpus, alone).sources) == {name}
