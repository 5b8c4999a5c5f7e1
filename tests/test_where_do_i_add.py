"""The examples of docs/where-do-i-add.md, run as they stand."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from weaklabel import recipes
from weaklabel.aggregate.weighted import WeightedReader
from weaklabel.clean import Given
from weaklabel.lexicon import Lexicon, Term
from weaklabel.tags import TagScheme
from weaklabel.targets import from_tags
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

PAGE = Path(__file__).resolve().parent.parent / "docs/where-do-i-add.md"
HEAD = """
from __future__ import annotations
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
import numpy as np
from weaklabel.aggregate.weighted import WeightedReader, WeightedVote
from weaklabel.clean import Given
from weaklabel.experiment import Experiment
from weaklabel.recipes import default
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Corpus
from weaklabel.votes import Votes
"""
CORPUS = Corpus.from_texts(["a b c.", "d e.", "f g h."])
SCHEME = TagScheme(("X",))


@pytest.fixture(scope="module")
def shown() -> ModuleType:
    """What the sections on aggregators, cleaning steps and recipes define."""
    page = PAGE.read_text(encoding="utf-8")
    module = ModuleType("shown")
    blocks = [
        page.partition(f"## {title}\n")[2].partition("```python\n")[2].partition("```")[0]
        for title in ("An aggregator", "A cleaning step", "A recipe")
    ]
    assert all(blocks)
    sys.modules[module.__name__] = module  # where dataclasses look names up
    exec("\n\n".join([HEAD, *blocks]), module.__dict__)
    return module


def test_the_aggregator(shown: ModuleType) -> None:
    rows = [Vote(0, 0, 2, "X", "a"), Vote(0, 0, 2, "X", "b"), Vote(1, 0, 1, "X", "a")]
    votes = Votes.of(rows, n_sentences=len(CORPUS), sources=["a", "b", "c"])
    reader = shown.Trust(least=0.5).fit(CORPUS, votes, SCHEME)
    assert reader.options.weights == {"a": 0.5, "b": 1.0, "c": 0.5}
    assert WeightedReader.from_description(reader.describe()) == reader
    assert len(reader.read(CORPUS, votes).agreed) == 2


def test_the_cleaning_step(shown: ModuleType) -> None:
    examples = from_tags(CORPUS, np.zeros(CORPUS.n_tokens, np.int64), SCHEME, provenance="x")
    asked = []

    def fit_predict(examples: Any, train: Any, predict: Any, *, fold: int = 0) -> Any:
        asked.append((sorted(train.tolist()), sorted(predict.tolist()), fold))
        return np.full((int(CORPUS.lengths[predict].sum()), len(SCHEME)), 0.25, np.float32)

    votes = Votes.of([], n_sentences=len(CORPUS))
    given = Given(CORPUS, votes, votes, np.random.default_rng(0), fit_predict)
    assert shown.Trusting()(examples, given).weight.tolist() == [0.25] * 3
    assert [fold for *_, fold in asked] == [0, 1]
    assert all(sorted(train + predict) == [0, 1, 2] for train, predict, _ in asked)


def test_the_recipe(shown: ModuleType) -> None:
    names = Lexicon.of([Term("a", ("X",))])
    made = shown.trusting(CORPUS, names, settings={"training": {"epochs": 2}})
    assert (made.recipe, made.training.epochs) == ("trusting", 2)
    assert isinstance(made.aggregator, shown.Trust)
    assert replace(made, aggregator=recipes.default(CORPUS).aggregator).recipe == "trusting"
