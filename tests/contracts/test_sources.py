"""Every source keeps the contract: same votes twice, in bounds, whatever the sentence.

One of every kind that grows of a dictionary, and one of every kind that a ``sources.toml`` may name
(``made_sources.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.made_sources import ELSEWHERE, MADE
from weaklabel.components import description
from weaklabel.ground.config import options_in, to_mapping
from weaklabel.ground.docstrings import attributes
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import (
    BUILT_IN,
    SOURCES,
    Plan,
    SourceSet,
    apply_sources,
    build_sources,
    default_plans,
    grow_sources,
    is_described,
    source,
)
from weaklabel.sources.dictionary.source import NameIndex
from weaklabel.text import Corpus, Sentence, Span

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


CORPUS = Corpus.from_texts(ODD.values(), ids=ODD)
GROWN = [kind for kind in SOURCES if SOURCES.is_grown(kind)]
CHANGED: dict[str, dict[str, Any]] = {
    "dictionary": {"mode": "all"},
    "pattern": {"min_names": 5},
    "spelling": {"precision": 0.5},
    "adjective": {},
    "composition": {"min_before": 2},
    "abbreviation": {"learn": False},
    "consistency": {"min_length": 9},
    "veto": {"names": ("cold",)},
}
"""Options of each kind that are not its defaults; add yours."""
CHANGED |= {kind: {} for kind in GROWN if kind not in SOURCES.built_in}  # another package's
ASKED: dict[str, Any] = dict(MADE)
"""Kind → what makes its options in a folder; another package's are made of their defaults."""
ASKED |= {
    kind: lambda folder: nullcontext({})
    for kind in SOURCES
    if kind not in (*SOURCES.built_in, *GROWN)
}


@pytest.fixture(scope="module")
def sources() -> SourceSet:
    return build_sources(LEXICON, CORPUS, drop=frozenset({"cold"}))


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
    sources.save(tmp_path)
    loaded = SourceSet.load(tmp_path)
    assert loaded.names == sources.names
    votes, again = apply_sources(CORPUS, sources), apply_sources(CORPUS, loaded)
    assert again.rows() == votes.rows()
    for name in sources.names:
        assert (again.is_applicable(name) == votes.is_applicable(name)).all()


# ---- every kind that grows ------------------------------------------------------------------
def test_every_kind_that_grows_is_held_to_the_contract() -> None:
    assert set(CHANGED) == set(GROWN), "say in CHANGED which options of the kind are no defaults"
    assert [plan.kind for plan in default_plans()] == list(BUILT_IN)


@pytest.mark.parametrize("kind", GROWN)
def test_a_plan_is_its_options_written_out_and_read_again(kind: str) -> None:
    plan = SOURCES.make(kind, CHANGED[kind])
    assert isinstance(plan, Plan)
    written = to_mapping(plan)
    assert written.pop("kind") == kind
    assert SOURCES.make(kind, json.loads(json.dumps(written))) == plan
    assert written.keys() == {field.name for field in options_in(plan)}
    about = attributes(type(plan))
    for name in written:
        assert about.get(name), f"{kind}.{name} is not told of in the docstring"
    if CHANGED[kind]:
        assert fingerprint(plan) != fingerprint(SOURCES.make(kind, {}))


@pytest.fixture(scope="module", params=GROWN)
def grown(request: pytest.FixtureRequest) -> tuple[Any, SourceSet]:
    """A source of each kind, after the dictionary, and the set it is in."""
    kind = request.param
    plans = [SOURCES.make("dictionary", {}), SOURCES.make(kind, CHANGED[kind])]
    made = grow_sources(plans if kind != "dictionary" else plans[1:], LEXICON, CORPUS)
    return made.of_kind(kind), made


def test_what_grew_says_all_it_knows(grown: tuple[Any, SourceSet]) -> None:
    source, made = grown
    assert source.name == source.kind
    about = json.loads(json.dumps(source.describe()))
    again = SOURCES.restored(source.kind, about, NameIndex(made.lexicon))
    assert again.describe() == source.describe()
    assert fingerprint(again) == fingerprint(source)
    others = [each for each in made if each is not source]
    votes = apply_sources(CORPUS, [*others, source])
    restored = apply_sources(CORPUS, [*others, again])
    assert restored.rows() == votes.rows()
    mask = votes.is_applicable(source.name)
    assert (restored.is_applicable(source.name) == mask).all()


def test_what_grew_applies_wherever_it_speaks(grown: tuple[Any, SourceSet]) -> None:
    source, made = grown
    votes = apply_sources(CORPUS, made).of_source(source.name)
    assert votes.is_applicable(source.name)[votes.sentence].all()
    if source.kind == "dictionary":  # so that with it nothing is unknown
        assert votes.is_applicable(source.name).all()
        nothing = build_sources(Lexicon.of([]), CORPUS, [SOURCES.make("dictionary", {})])
        assert not apply_sources(CORPUS, nothing).is_applicable("dictionary").any()
    else:
        silent = apply_sources(Corpus.from_texts(["We left."]), made)
        assert not silent.is_applicable(source.name).any()


@pytest.mark.parametrize("texts", [[], [""], ["", "x"], ["."], [" \n"]])
def test_what_grew_bears_a_corpus_of_nearly_nothing(
    grown: tuple[Any, SourceSet], texts: list[str]
) -> None:
    corpus = Corpus.from_texts(texts)
    votes = apply_sources(corpus, grown[1])
    assert votes.n_sentences == len(corpus)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_source_can_be_asked_alone(name: str) -> None:
    alone = build_sources(LEXICON, CORPUS, [SOURCES.make(name, {})])
    assert set(apply_sources(CORPUS, alone).sources) == {name}


def test_grown_and_ready_sources_are_asked_as_given_and_own_ones_after_the_dictionary() -> None:
    @source
    def ready(sentence: Sentence) -> list[Span]:
        return []

    @source
    def mine(sentence: Sentence) -> list[Span]:
        return []

    plans = [SOURCES.make(kind, {}) for kind in ("pattern", "dictionary", "consistency")]
    made = grow_sources([ready, *plans], LEXICON, CORPUS, own=[mine], drop=frozenset({"cold"}))
    assert made.names == ("ready", "pattern", "dictionary", "mine", "consistency", "veto")
    assert grow_sources([ready], LEXICON, CORPUS, own=[mine]).names == ("mine", "ready")


SPROUT = """
from dataclasses import dataclass
from typing import ClassVar

from weaklabel.votes import Vote, Votes


@dataclass(frozen=True)
class Sprouted:
    kind: ClassVar[str] = "sprout"
    words: frozenset
    name: str = "sprout"

    def label(self, corpus):
        rows = [
            Vote(s.index, i, i + 1, "Sprout", self.name, 1.0, word)
            for s in corpus for i, word in enumerate(s.words) if word in self.words
        ]
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name])

    def describe(self):
        return {"words": sorted(self.words)}

    @classmethod
    def from_description(cls, about, index):
        return cls(frozenset(about["words"]))


@dataclass(frozen=True)
class Sprout:
    kind: ClassVar[str] = "sprout"
    learnt: ClassVar[type] = Sprouted
    longest: int = 5

    def grow(self, soil):
        words = [w for w in soil.evidence.counts if len(w) <= self.longest and w.isalpha()]
        return Sprouted(frozenset(words)) if words else None
"""


def test_a_package_brings_a_source_that_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "sprout-1.0.dist-info"
    about.mkdir()
    (tmp_path / "sprouting.py").write_text(SPROUT)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sprout\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[weaklabel.sources]\nsprout = sprouting:Sprout\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    plans = [*default_plans(), SOURCES.make("sprout", {"longest": 4})]
    corpus = Corpus.from_texts(["two rats died of hepatitis"])
    made = grow_sources(plans, LEXICON, corpus)
    votes = apply_sources(corpus, made)
    assert len(votes.of_source("sprout")) == 4
    made.save(tmp_path / "model")
    assert apply_sources(corpus, SourceSet.load(tmp_path / "model")).rows() == votes.rows()
    silent = grow_sources(plans, LEXICON, Corpus.from_texts(["Hepatitis."]))
    assert silent.names == BUILT_IN  # nothing of its kind grows there


# ---- one source of every kind ---------------------------------------------------------------
def test_every_kind_is_held_to_the_contract() -> None:
    assert {*MADE, *ELSEWHERE} == set(SOURCES.built_in) - set(GROWN), (
        "add the kind to MADE in tests/contracts/made_sources.py"
    )


@pytest.fixture(scope="module", params=ASKED)
def own(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A source, and its kind."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with ASKED[request.param](folder) as options:
            yield SOURCES.make(request.param, options, folder)


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
    about = description(own)
    again = SOURCES.restore(own.kind, json.loads(json.dumps(about)))
    assert again.name == own.name
    assert description(again) == about
