"""What a user sets is heeded or refused, however it is said and in whatever order."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import weaklabel as wl
from tests import tiny
from weaklabel.aggregate.labels import Given
from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.cli import app
from weaklabel.cli.inputs import configured, experiment_of
from weaklabel.cli.manners import CallError
from weaklabel.errors import ConfigError, TrainingError
from weaklabel.ground.config import overridden, to_toml
from weaklabel.recipes import RECIPES
from weaklabel.stages import LABEL
from weaklabel.tagger import described
from weaklabel.text import Annotation, Annotations, Corpus
from weaklabel.train.loop import pick_device

CORPUS = Corpus.from_texts(["We gave aspirin."])
LABELS = Annotations.of([Annotation(0, 8, 15, "Chemical")])
NAMES = wl.Lexicon.of([wl.Term("aspirin", ("Chemical",))])


def made(settings: dict[str, Any] | None = None, **more: Any) -> wl.Experiment:
    return wl.recipes.default(CORPUS, NAMES, settings=settings, **more)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A text, labels of another text, and names."""
    (tmp_path / "text.txt").write_text("Aspirin helps.")
    line = {"text": "Morphine too.", "spans": [{"start": 0, "end": 8, "label": "Chemical"}]}
    (tmp_path / "labels.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "names.txt").write_text("aspirin\n")
    return tmp_path


class Other:
    """An aggregator, as far as a recipe looks at one."""

    kind = "other"


# ---- labels and the vote --------------------------------------------------------------------
@pytest.mark.parametrize(
    "settings",
    [
        {"aggregator": {"open_margin": 0.1}},
        {"aggregator": {"kind": "given", "vote": {"open_margin": 0.1}}},
    ],
)
def test_with_labels_the_votes_are_weighed_as_was_asked(settings: dict[str, Any]) -> None:
    aggregator = made(settings, labels=LABELS).aggregator
    assert isinstance(aggregator, Given)
    assert aggregator.vote.open_margin == 0.1
    assert aggregator.labels is LABELS


def test_with_labels_no_other_aggregator_can_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="given or weighted where labels are given, got other"):
        made({"aggregator": Other()}, labels=LABELS)


def test_a_text_and_labels_of_another_cannot_both_be_read(files: Path) -> None:
    inputs = {"corpus": str(files / "text.txt"), "labels": str(files / "labels.jsonl")}
    config = configured("", [], {}, inputs)
    with pytest.raises(CallError, match=r"--set inputs\.labels= or --set inputs\.corpus="):
        experiment_of(config, needs=["corpus"])
    left = configured("", [], {}, {"labels": inputs["labels"]})
    assert experiment_of(left, needs=["labels"]).corpus.texts.to_pylist() == ["Morphine too."]


def test_a_configuration_of_labels_does_not_hide_the_corpus_of_the_command(files: Path) -> None:
    file = files / "config.toml"
    file.write_text(to_toml({"inputs": {"labels": str(files / "labels.jsonl")}}))
    command = ["--config", str(file), "--corpus", str(files / "text.txt")]
    names = ["--dictionary", f"Chemical={files / 'names.txt'}"]
    for verb in ("label", "run"):
        out = str(files / "out.parquet")
        done = CliRunner().invoke(app, [verb, *command, *names, "--out", out])
        assert done.exit_code == 2, done.output
        assert "name one of the two" in " ".join(done.output.split())
        assert not Path(out).exists()
    left_out = ["--set", "inputs.labels=", "--out", out]
    done = CliRunner().invoke(app, ["label", *command, *names, *left_out])
    assert done.exit_code == 0, done.output


# ---- what lies over what --------------------------------------------------------------------
def test_types_are_renamed_as_file_and_command_say(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[inputs.type_map]\nA = "B"\nC = "E"\n')
    found = configured(str(file), [], {}, {"type_map": {"C": "D"}}).config.inputs.type_map
    assert found == {"A": "B", "C": "D"}


def test_inputs_that_are_no_table_are_refused() -> None:
    with pytest.raises(ConfigError, match="inputs must be a table, got 5"):
        configured("", ["inputs=5"], {}, {"corpus": "text.txt"})


@pytest.mark.parametrize(
    "settings",
    [
        ["aggregator.kind=given", "aggregator.vote.open_margin=0.1"],
        ["aggregator.vote.open_margin=0.1", "aggregator.kind=given"],
    ],
)
def test_another_kind_over_a_written_out_configuration(
    tmp_path: Path, settings: Sequence[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(to_toml(made().config(seed=0, device="cpu")))
    config = configured(str(file), settings, {}, {}).config
    assert config.aggregator == Given(vote=WeightedVote(open_margin=0.1))


def test_the_same_kind_said_again_keeps_its_options() -> None:
    given = {"aggregator": {"kind": "weighted", "open_margin": 0.1}}
    assert overridden(given, ["aggregator.kind=weighted"]) == given


def test_a_recipe_that_builds_on_another_is_what_the_configuration_names(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mine(*args: Any, **named: Any) -> wl.Experiment:
        return wl.recipes.default(*args, **named)

    known = type(RECIPES).load
    monkeypatch.setattr(
        type(RECIPES),
        "load",
        lambda table, kind, **more: mine if kind == "mine" else known(table, kind, **more),
    )
    config = configured("", [], {"recipe": "mine"}, {"corpus": str(files / "text.txt")})
    experiment = experiment_of(config, needs=["corpus"])
    assert experiment.config(seed=0, device="cpu")["recipe"] == "mine"


# ---- in Python ------------------------------------------------------------------------------
def test_an_experiment_can_be_changed() -> None:
    before = made({"aggregator": {"kind": "given", "vote": {"min_strength": 0.3}}}, labels=LABELS)
    changes = {"aggregator": {"vote": {"open_margin": 0.1}}, "training": {"epochs": 3}}
    after = before.with_changes(changes)
    assert isinstance(after.aggregator, Given)
    assert after.aggregator.vote == WeightedVote(min_strength=0.3, open_margin=0.1)
    assert after.aggregator.labels is LABELS
    assert (after.training.epochs, after.corpus) == (3, CORPUS)
    with pytest.raises(ConfigError, match=r"unknown option training\.epoch"):
        before.with_changes({"training": {"epoch": 3}})


def test_options_may_be_numbers_of_numpy() -> None:
    vote = WeightedVote(open_margin=np.float64(0.7), weights={"dictionary": np.int64(2)})
    config = replace(made(), aggregator=vote).config(seed=0, device="cpu")
    read = tomllib.loads(to_toml(config))["aggregator"]
    assert (read["open_margin"], read["weights"]) == (0.7, {"dictionary": 2})
    reader = vote.fit(CORPUS, wl.Votes.of([], n_sentences=1), wl.TagScheme(("Chemical",)))
    assert json.loads(json.dumps(described(reader)))


# ---- refused before the work, not after it --------------------------------------------------
def test_seeds_are_not_negative() -> None:
    with pytest.raises(ConfigError, match="seed must be at least 0, got -1"):
        configured("", [], {"seed": -1}, {})
    with pytest.raises(ConfigError, match="seed must be at least 0, got -1"):
        wl.run(made(), seed=-1, device="cpu")


def test_devices_are_those_of_torch() -> None:
    with pytest.raises(TrainingError, match="--device gpu: no device of torch"):
        pick_device("gpu")


@pytest.mark.parametrize("name", ["bootstrap_draws", "report_sentences", "error_groups"])
def test_numbers_of_the_report_are_not_negative(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"evaluation\.{name} must be at least 0, got -3"):
        made({"evaluation": {name: -3}})


# ---- ready functions among the listed sources -----------------------------------------------
@wl.source(types=["Dose"])
def dose(sentence: wl.Sentence) -> Any:
    for found in sentence.finditer(r"\d+ mg/kg"):
        yield found.span_as("Dose")


@pytest.mark.slow
def test_a_ready_function_may_stand_among_the_listed_sources(tmp_path: Path) -> None:
    made = tiny.experiment(tmp_path)
    mixed = replace(made, sources=(*made.sources, dose))
    first = wl.run(mixed, seed=0, folder=tmp_path / "run", device="cpu")
    assert "dose" in first.votes.sources
    labelled = LABEL.load(tmp_path / "run", mixed.labelling())
    assert len(labelled.votes) == len(first.votes)
    again = wl.run(mixed, seed=0, folder=tmp_path / "run", device="cpu", resume=True)
    assert again.scores == first.scores
