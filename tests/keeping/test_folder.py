"""A run's folder keeps what was made of the same arguments, and says why it does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.errors import RunFolderError
from weaklabel.keeping.events import Event, Kind
from weaklabel.keeping.folder import RunFolder, opened
from weaklabel.keeping.stage import Stage, always
from weaklabel.nn.plan import TaggerPlan
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.train.settings import TrainingSettings


def stage(name: str, doing: str, make: Callable[..., str]) -> Stage[str]:
    def save(value: str, folder: Path) -> None:
        (folder / name).write_text(value)

    def load(folder: Path, given: Mapping[str, Any]) -> str:
        return (folder / name).read_text()

    return Stage(name, doing, make, always(name), save, load, lambda value, given: value)


class Lazy:
    """A source that fills a cache in itself as it labels."""

    def __init__(self) -> None:
        self.cache: dict[str, int] = {}

    def __call__(self) -> None:
        self.cache["asked"] = 1


def label(here: RunFolder, *, own: tuple[Lazy, ...]) -> str:
    for source in own:
        source()
    return "labelled"


def train(here: RunFolder, *, training: TrainingSettings, seed: int) -> str:
    (here.checkpoints() / "epoch1").write_text("weights")
    if training.epochs == 1:
        raise KeyboardInterrupt
    return "trained"


LABEL, TRAIN = stage("label", "labelling", label), stage("train", "training", train)


class Told(list[Event]):
    def of(self, kind: Kind) -> list[str]:
        return [event.text or event.stage for event in self if event.kind is kind]


@contextmanager
def a_run(path: Path, said: Told, given: Mapping[str, Any], resume: bool = True) -> Iterator[Any]:
    with opened(path, given, words={}, about={}, resume=resume, listen=said.append) as here:
        yield here


def stages_of(path: Path, epochs: int, seed: int = 0) -> tuple[str, Told]:
    given = {"own": (Lazy(),), "training": TrainingSettings(epochs=epochs), "seed": seed}
    said = Told()
    with a_run(path, said, given) as here:
        here(LABEL, own=given["own"])
        here(TRAIN, training=given["training"], seed=seed)
    return here.changed, said


def test_a_source_that_fills_a_cache_is_kept(tmp_path: Path) -> None:
    stages_of(tmp_path, 2)
    changed, said = stages_of(tmp_path, 2)
    assert changed == ""
    assert len(said.of(Kind.KEPT)) == 2


def test_what_a_stopped_stage_was_given_is_said_and_its_checkpoints_are_told(
    tmp_path: Path,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        stages_of(tmp_path, 1, seed=5)
    given = {"training": TrainingSettings(epochs=3), "seed": 0}
    with (
        pytest.raises(RunFolderError, match=r"training\.epochs = 1, not 3"),
        a_run(tmp_path, Told(), given, resume=False),
    ):
        pass
    changed, said = stages_of(tmp_path, 3)
    assert changed == (
        "the run was made with training.epochs = 1, not 3 and with seed = 5, not 0: training and "
        "what follows is redone"
    )
    (warning,) = said.of(Kind.WARNING)
    assert "1 checkpoints of a training with other options" in warning


def test_a_stopped_stage_that_is_given_the_same_keeps_its_checkpoints(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            stages_of(tmp_path, 1)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1
    assert "checkpoints of" not in (tmp_path / "log.jsonl").read_text()


def test_a_finished_stage_is_at_work_no_more(tmp_path: Path) -> None:
    stages_of(tmp_path, 2)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert "at_work" not in manifest
    assert set(manifest["stages"]) == {"label", "train"}


def aggregate(here: RunFolder, *, aggregator: WeightedVote, scheme: TagScheme) -> str:
    return "read"


def styled(path: Path, style: TagStyle) -> str:
    given = {"aggregator": WeightedVote(), "tagger": TaggerPlan(tag_style=style)}
    with a_run(path, Told(), given) as here:
        here(
            stage("aggregate", "aggregation", aggregate),
            aggregator=given["aggregator"],
            scheme=TagScheme(("Disease",), style),
        )
    return str(here.changed)


def test_another_tag_style_is_said(tmp_path: Path) -> None:
    one, two, *_ = TagStyle
    assert styled(tmp_path, one) == ""
    assert styled(tmp_path, one) == ""
    assert styled(tmp_path, two) == (
        f"the run was made with tagger.tag_style = {one.value}, not {two.value}: aggregation and "
        "what follows is redone"
    )
