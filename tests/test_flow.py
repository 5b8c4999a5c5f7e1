"""The flow derives its own keys: what a stage looked at is what it depends on, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny
from weaklabel import io, recipes
from weaklabel.aggregate.protocol import Reading
from weaklabel.aggregate.weighted import WeightedReader, WeightedVote
from weaklabel.clean import Given
from weaklabel.keeping.arguments import spelled
from weaklabel.lexicon import Lexicon, Term
from weaklabel.pipeline import Event, Experiment, Kind, load, run
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Annotation, Annotations, Corpus, Gold
from weaklabel.votes import Votes

pytestmark = pytest.mark.slow


def trusting(examples: Examples, given: Given) -> Examples:
    """A cleaner that trains: a sentence weighs what a tagger of the others gives its labels."""
    rows = np.arange(len(examples))
    weight = np.ones(len(examples), np.float32)
    for fold in (0, 1):
        asked = rows[rows % 2 == fold]
        belief = given.fit_predict(examples, rows[rows % 2 != fold], asked, fold=fold)
        tokens = np.flatnonzero(np.isin(given.corpus.token_sentence, asked))
        own = belief[np.arange(len(tokens)), examples.hard_tags[tokens]]
        np.minimum.at(weight, given.corpus.token_sentence[tokens], own)
    return examples.because("trusting", weight=weight)


def drawing(examples: Examples, given: Given) -> Examples:
    keep = given.rng.uniform(0.5, 1, len(examples)).astype(np.float32)
    return examples.because("drawing", keep=keep)


def still(examples: Examples, given: Given) -> Examples:
    return examples.because("still")


Flow = Callable[..., list[str]]


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    """Runs the tiny job in one folder, resumed; the stages that were done, the others were kept."""

    def stages(experiment: Experiment, seed: int = 0) -> list[str]:
        said: list[Event] = []
        run(
            experiment, seed=seed, folder=tmp_path / "run", resume=True, device="cpu",
            progress=said.append,
        )  # fmt: skip
        return [e.stage for e in said if e.kind is Kind.DONE]

    return stages


FROM_CLEAN = ["clean", "train", "score", "report"]
FROM_TRAIN = FROM_CLEAN[1:]


def longer(folder: Path, **changes: Any) -> Experiment:
    settings = {"training": {"epochs": 1, "batch_tokens": 256}}
    return replace(tiny.experiment(folder, settings=settings), **changes)


def test_a_cleaner_that_trains_is_redone_when_training_changes(flow: Flow, tmp_path: Path) -> None:
    assert flow(replace(tiny.experiment(tmp_path), cleaning=(trusting,)))[2:] == FROM_CLEAN
    weights = Examples.load(tmp_path / "run/examples.parquet").weight
    assert len(set(weights.tolist())) > 2
    assert flow(longer(tmp_path, cleaning=(trusting,))) == FROM_CLEAN
    assert flow(longer(tmp_path, cleaning=(trusting,)), seed=1) == FROM_CLEAN


def test_a_cleaner_that_looks_at_nothing_else_is_kept(flow: Flow, tmp_path: Path) -> None:
    flow(replace(tiny.experiment(tmp_path), cleaning=(still,)))
    assert flow(longer(tmp_path, cleaning=(still,))) == FROM_TRAIN
    assert flow(longer(tmp_path, cleaning=(still,)), seed=1) == FROM_TRAIN


def test_a_cleaner_that_draws_depends_on_the_seed(flow: Flow, tmp_path: Path) -> None:
    flow(replace(tiny.experiment(tmp_path), cleaning=(drawing,)))
    assert flow(longer(tmp_path, cleaning=(drawing,))) == FROM_TRAIN
    assert flow(longer(tmp_path, cleaning=(drawing,)), seed=1) == FROM_CLEAN


def test_a_cleaner_that_is_a_function_is_told_by_its_source(flow: Flow, tmp_path: Path) -> None:
    def made(source: str) -> Any:
        """A function of a module that was edited, as a person's would be."""
        path = tmp_path / "mine.py"
        path.write_text(source)
        space: dict[str, Any] = {}
        exec(compile(source, str(path), "exec"), space)
        return space["clean"]

    one = "def clean(examples, given):\n    return examples.because('one')\n"
    two = one.replace("'one'", "'two'")
    flow(replace(tiny.experiment(tmp_path), cleaning=(made(one),)))
    assert flow(replace(tiny.experiment(tmp_path), cleaning=(made(one),))) == []
    assert flow(replace(tiny.experiment(tmp_path), cleaning=(made(two),))) == FROM_CLEAN


def test_another_aggregator_redoes_aggregation(flow: Flow, tmp_path: Path) -> None:
    flow(tiny.experiment(tmp_path))
    other = replace(tiny.experiment(tmp_path), aggregator=WeightedVote(open_margin=0.5))
    assert flow(other) == ["aggregate", *FROM_CLEAN]


class Halved:
    """An aggregator of the user's that is no component: half of the votes do not count."""

    kind = "halved"

    def __init__(self, keep: int) -> None:
        self.keep = keep

    def fit(self, corpus: Corpus, votes: Votes, scheme: TagScheme) -> WeightedReader:
        return WeightedVote().fit(corpus, votes.where(votes.sentence % 2 == self.keep), scheme)


def test_whatever_the_aggregator_the_dictionary_alone_is_its_own_votes(
    flow: Flow, tmp_path: Path
) -> None:
    scores = []
    for aggregator in (WeightedVote(), WeightedVote(min_strength=99.0)):
        flow(replace(tiny.experiment(tmp_path), aggregator=aggregator))
        scores.append(json.loads((tmp_path / "run/scores.json").read_text()))
    first, deaf = scores
    assert deaf["votes"]["strict"]["micro"]["f1"] == 0
    assert deaf["dictionary_only"] == first["dictionary_only"]
    assert first["dictionary_only"]["strict"]["micro"]["f1"] > 0.5


def test_an_object_without_options_is_told_by_its_state() -> None:
    one, other = (spelled({"aggregator": Halved(keep)}) for keep in (0, 1))
    assert one["aggregator"].value != other["aggregator"].value


def test_twenty_types(tmp_path: Path) -> None:
    """81 tags in BIOES: run, scored, saved, loaded; 64 bits do not hold them."""
    types = [f"Type{i:02}" for i in range(20)]
    words = [first + rest for first in "bdfgklmnpr" for rest in ("anolate", "uritol")]
    names = dict(zip(words, types, strict=True))
    few = list(names)[:3]
    texts = [f"We saw {a} and {b} in mice." for a in names for b in few if a != b]
    corpus = Corpus.from_texts(texts)
    lexicon = Lexicon.of(Term(name, (type_,)) for name, type_ in names.items())
    rows = [
        (d, texts[d].find(name), texts[d].find(name) + len(name), type_)
        for d in range(0, len(texts), 4)
        for name, type_ in names.items()
        if name in texts[d]
    ]
    part = Corpus.from_texts([texts[d] for d in range(0, len(texts), 4)])
    spans = [Annotation(d // 4, start, end, type_) for d, start, end, type_ in rows]
    dev = Gold(part, Annotations.of(spans))
    experiment = replace(
        recipes.default(corpus, lexicon, dev=dev, settings=tiny.SETTINGS), vectors=None
    )
    result = run(experiment, seed=0, folder=tmp_path / "run", device="cpu")
    assert len(result.tagger.network.scheme) == 81
    assert {type_ for *_, type_ in rows} <= set(result.scores["dev"]["strict"]["types"])
    assert result.scores["votes"]["strict"]["micro"]["f1"] == 1
    again = load(tmp_path / "run/model", device="cpu").predict(part)
    assert again.keys() == result.predictions.keys()
    assert Examples.load(tmp_path / "run/examples.parquet").hard_tags.max() > 64


def test_the_flow_is_shown_in_at_most_forty_lines() -> None:
    import ast
    import inspect

    from weaklabel import pipeline

    tree = ast.parse(inspect.getsource(pipeline.run))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    first, last = function.body[1], function.body[-1]  # after the docstring
    assert (last.end_lineno or 0) - first.lineno + 1 <= 40


def test_a_reading_names_its_parts() -> None:
    assert Reading._fields == ("agreed", "labels")
    assert io.FORMATS["jsonl"].name == "jsonl"
