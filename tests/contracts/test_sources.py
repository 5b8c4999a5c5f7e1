"""Every source keeps the contract: same votes twice, in bounds, whatever the sentence.

The built-in sources, and one of every kind that a ``sources.toml`` may name (``made_sources.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.made_sources import ELSEWHERE, MADE
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import (
    BUILT_IN,
    SOURCES,
    SourceSet,
    SourceSettings,
    apply_sources,
    build_sources,
    is_described,
)
from weaklabel.sources.kinds import made, restored
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
    "long": "renal failure and " * 500,
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


# ---- one source of every kind ---------------------------------------------------------------
def test_every_kind_is_held_to_the_contract() -> None:
    assert {*MADE, *ELSEWHERE} == set(SOURCES), (
        "add the kind to MADE in tests/contracts/made_sources.py"
    )


@pytest.fixture(scope="module", params=MADE)
def own(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A source, and its kind."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with MADE[request.param](folder) as options:
            yield made(request.param, options, folder)


def contents(corpus: Corpus) -> list[Any]:
    """All of a corpus, copied."""
    texts = [corpus.document_text(d) for d in range(corpus.n_documents)]
    arrays = (corpus.sentence_splits, corpus.token_splits, corpus.token_start, corpus.token_end)
    return [texts, corpus.document_ids.to_pylist(), *(array.tolist() for array in arrays)]


def test_a_kind_says_the_same_twice_in_bounds_and_leaves_the_corpus_alone(
    own: Any, tmp_path: Path
) -> None:
    corpus = Corpus.from_texts(ODD.values(), ids=ODD)
    before = contents(corpus)
    first, second = apply_sources(corpus, [own]), apply_sources(corpus, [own])
    assert contents(corpus) == before
    for i, votes in enumerate((first, second)):
        votes.save(tmp_path / f"{i}.parquet")
    assert (tmp_path / "0.parquet").read_bytes() == (tmp_path / "1.parquet").read_bytes()
    assert first.sources == (own.name,)
    assert len(first) > 0
    assert (first.start < first.end).all()
    assert (first.end <= corpus.lengths[first.sentence]).all()
    assert set(first.accounts) <= {own.name}
    assert set(first.applicable) <= {own.name}
    assert (first.is_applicable(own.name)[first.sentence]).all()
    assert all(first.entry >= 0), "training hides entries together: each vote needs one"


@pytest.mark.parametrize("texts", [[], [""], ["", "x"], ["."], [" \n"]])
def test_a_kind_bears_a_corpus_of_nearly_nothing(own: Any, texts: list[str]) -> None:
    votes = apply_sources(Corpus.from_texts(texts), [own])
    assert votes.sources == (own.name,)
    assert votes.n_sentences == len(Corpus.from_texts(texts))


def test_the_votes_on_a_document_do_not_depend_on_its_neighbours(own: Any) -> None:
    corpus = Corpus.from_texts(ODD.values(), ids=ODD)
    together = apply_sources(corpus, [own])
    for row, (name, text) in enumerate(ODD.items()):
        alone = apply_sources(Corpus.from_texts([text], ids=[name]), [own])
        a, b = corpus.sentence_splits[row : row + 2]
        mine = [v._replace(sentence=v.sentence - int(a)) for v in together.rows()
                if a <= v.sentence < b]  # fmt: skip
        assert [v[:5] for v in alone.rows()] == [v[:5] for v in mine], name


def test_a_kind_that_describes_itself_comes_back(own: Any) -> None:
    if not is_described(own):
        pytest.skip("a function is not saved")
    about = own.describe()
    again = restored(own.kind, json.loads(json.dumps(about)))
    assert again.name == own.name
    assert again.describe() == about
