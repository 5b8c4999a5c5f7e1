"""Sources that hold a model or much of a dictionary keep the contract of every source.

Same votes and same account twice; spans inside their sentences; sorted tables that survive the
disk; and what describes itself says the same when brought back.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.test_sources import LEXICON, ODD
from tests.made import saved_tagger
from tests.sources.test_transformers_pipeline import save_model
from weaklabel.sources import is_described
from weaklabel.sources.fuzzy import FuzzyRules, FuzzySource
from weaklabel.sources.kinds import SOURCES
from weaklabel.sources.phrases import PhraseSettings, PhraseSource, mine_phrases
from weaklabel.sources.tools.transformers_pipeline import TransformersOptions, TransformersSource
from weaklabel.text import Corpus
from weaklabel.votes import Votes
from weaklabel.wiring.sources import TaggerOptions, TaggerSource

CORPUS = Corpus.from_texts(ODD.values(), ids=ODD)


def transformers(folder: Path) -> TransformersSource:
    return TransformersSource(TransformersOptions(str(save_model(folder / "model")), overlap=8))


def fuzzy(folder: Path) -> FuzzySource:
    return FuzzySource(LEXICON, FuzzyRules(0.75, exact=True))


def phrases(folder: Path) -> PhraseSource:
    texts = ["Severe renal failure and mild cardiac failure, acute fever."] * 3
    settings = PhraseSettings(min_count=2, trees=10, threshold=0.0, single_threshold=0.0)
    return PhraseSource(mine_phrases(Corpus.from_texts(texts), LEXICON, settings))


def tagger(folder: Path) -> TaggerSource:
    return TaggerSource(TaggerOptions(str(saved_tagger(folder / "tagger"))))


MAKERS = (transformers, fuzzy, phrases, tagger)
Asked = tuple[Any, Votes]


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    source = request.param(tmp_path_factory.mktemp("source"))
    return source, source.label(CORPUS)


def test_it_says_something_in_bounds(asked: Asked) -> None:
    source, votes = asked
    assert len(votes) > 0
    assert votes.sources == (source.name,)
    assert votes.n_sentences == len(CORPUS)
    assert (votes.end <= CORPUS.lengths[votes.sentence]).all()
    assert ((votes.score >= 0) & (votes.score <= 1)).all()


def test_it_says_the_same_twice(asked: Asked) -> None:
    source, votes = asked
    again = source.label(CORPUS)
    assert again.rows() == votes.rows()
    assert again.accounts == votes.accounts
    assert (again.is_applicable(source.name) == votes.is_applicable(source.name)).all()


def test_it_is_silent_where_it_does_not_apply(asked: Asked) -> None:
    source, votes = asked
    assert votes.is_applicable(source.name)[votes.sentence].all()


def test_its_votes_survive_the_disk(asked: Asked, tmp_path: Path) -> None:
    _, votes = asked
    votes.save(tmp_path / "votes.parquet")
    loaded = Votes.load(tmp_path / "votes.parquet")
    assert loaded.rows() == votes.rows()
    assert loaded.accounts == votes.accounts


def test_described_and_brought_back_it_describes_itself_alike(asked: Asked) -> None:
    source, votes = asked
    assert is_described(source)
    about = json.loads(json.dumps(source.describe()))
    again = SOURCES.restore(source.kind, about)
    assert json.loads(json.dumps(again.describe())) == about
    assert again.label(CORPUS).rows() == votes.rows()


@pytest.mark.parametrize("texts", [[], [""], [" \n"]], ids=["no document", "empty", "white space"])
def test_a_corpus_of_nearly_nothing(asked: Asked, texts: list[str]) -> None:
    source, _ = asked
    votes = source.label(Corpus.from_texts(texts))
    assert len(votes) == 0
    assert votes.sources == (source.name,)
