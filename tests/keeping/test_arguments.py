"""What a stage is given, spelled out; and what differs, in the user's words."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.clean.downsample import Downsample
from weaklabel.errors import RunFolderError
from weaklabel.keeping.arguments import spelled
from weaklabel.keeping.differences import changes, changes_in_words
from weaklabel.train.settings import TrainingSettings


@dataclass(frozen=True)
class Mine:
    kind: ClassVar[str] = "mine"
    rate: float = 0.5

    def __call__(self, examples: Any, given: Any) -> Any:
        return examples


def halved(examples: Any, given: Any) -> Any:
    return examples


def other(examples: Any, given: Any) -> Any:
    return examples.because("other")


def record(doing: str, unused: tuple[str, ...] = (), **arguments: Any) -> dict[str, Any]:
    told = {name: list(each) for name, each in spelled(arguments).items() if name not in unused}
    return {"doing": doing, "arguments": told, "unused": list(unused)}


def test_options_and_components_are_spelled_out() -> None:
    found = spelled({"cleaning": (Downsample(), Mine()), "training": TrainingSettings(epochs=3)})
    assert found["training.epochs"].about == "3"
    assert found["cleaning.downsample.keep_empty"].about == "0.8"
    assert found["cleaning.mine.rate"].about == "0.5"
    assert found["cleaning.order"].about == "['downsample', 'mine']"
    assert "cleaning.mine.code" in found  # another package's code is part of what a stage is given
    assert "cleaning.downsample.code" not in found  # ours has one fingerprint for all of it


def test_a_function_is_told_by_its_source() -> None:
    one, two = (spelled({"cleaning": (f,)}) for f in (halved, other))
    assert set(one) == {"cleaning.order", "cleaning.halved"}
    assert one["cleaning.halved"].value != two["cleaning.other"].value


def test_what_a_stage_made_is_told_by_its_key() -> None:
    made = object()
    found = spelled({"votes": made}, known=lambda v: "label:abc.0" if v is made else None)
    assert found["votes"] == ("label:abc.0", "made by label")
    assert found["votes"].is_made


def test_differences_are_said_in_the_order_of_the_stages() -> None:
    earlier = {
        "stages": {
            "aggregate": record("aggregation", aggregator=WeightedVote()),
            "train": record("training", training=TrainingSettings(), seed=0),
        }
    }
    same = {"aggregator": WeightedVote(), "training": TrainingSettings(), "seed": 0}
    assert changes(earlier, spelled(same)) == []
    assert changes_in_words(earlier, spelled(same)) == ""
    now = {**same, "training": replace(TrainingSettings(), epochs=3), "seed": 1}
    assert changes_in_words(earlier, spelled(now)) == (
        "the run was made with training.epochs = 30, not 3 and with seed = 0, not 1: training and "
        "what follows is redone"
    )
    now["aggregator"] = WeightedVote(open_margin=2.0)
    assert next(change.doing for change in changes(earlier, spelled(now))) == "aggregation"


def test_another_kind_is_said_once_without_its_options() -> None:
    earlier = {"stages": {"clean": record("cleaning", step=Downsample())}}
    told = [change.text for change in changes(earlier, spelled({"step": Mine()}))]
    assert told == ["with step.kind = 'downsample', not 'mine'"]


def test_what_a_stage_did_not_look_at_is_no_difference() -> None:
    given = {"seed": 0, "cleaning": (Downsample(),)}
    earlier = {"stages": {"clean": record("cleaning", unused=("seed",), **given)}}
    assert changes(earlier, spelled({**given, "seed": 1})) == []


def test_an_added_step_and_a_removed_one_are_said() -> None:
    earlier = {"stages": {"clean": record("cleaning", cleaning=(Downsample(),))}}
    told = changes_in_words(earlier, spelled({"cleaning": (Downsample(), halved)}))
    assert "cleaning.order = ['downsample'], not ['downsample', 'halved']" in told
    assert "without cleaning.halved" in told


def told(was: Any, now: Any) -> str:
    """What is said of one argument ``x`` that changed."""
    earlier = {"stages": {"label": record("labelling", x=was)}}
    return changes_in_words(earlier, spelled({"x": now})).partition(": labelling")[0]


class Silent:
    """A source that is no function."""

    def __init__(self, name: str) -> None:
        self.name = name

    def label(self, corpus: Any) -> Any:
        return corpus


def named(*names: str) -> tuple[Any, ...]:
    return tuple(Silent(f"{name}_of_a_long_name") for name in names)


LONG = {f"a_source_of_a_long_name_{i}": 1.0 for i in range(3)}


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (WeightedVote(weights=LONG), WeightedVote(), "from another x.weights (now {})"),
        (WeightedVote(), WeightedVote(weights=LONG), "from another x.weights (it was {})"),
        ((Downsample(),), (), "with x.order = ['downsample'], not []"),
        ((), (Downsample(),), "with x.order = [], not ['downsample']"),
        (named(*"abcde"), named(*"abce"), "with d_of_a_long_name among x and with"),
        (named(*"abce"), named(*"abcde"), "without d_of_a_long_name among x and without"),
        (named(*"abcde"), named(*"edcba"), "with x in another order"),
        ((), (Silent("quiet"),), "with x.order = [], not ['quiet'] and without x.quiet"),
    ],
)  # fmt: skip
def test_changes_read_well(was: Any, now: Any, said: str) -> None:
    text = told(was, now)
    assert text.startswith(f"the run was made {said}"), text
    assert "()" not in text


def test_a_manifest_that_is_none_is_refused(tmp_path: Any) -> None:
    from weaklabel.keeping.differences import earlier_run

    (tmp_path / "manifest.json").write_text('{"stages": {"label": {}}}')
    with pytest.raises(RunFolderError, match="is no manifest of a run"):
        earlier_run(tmp_path, {}, resume=True)


READER = "class Reader:\n    rate = {}\n"
AGGREGATOR = """
from dataclasses import dataclass
from {package}.reader import Reader

@dataclass(frozen=True)
class Theirs:
    kind = "theirs"
    learnt = Reader
    def fit(self, *given):
        return Reader()

class Stateful(Theirs):
    fingerprint = "same"

def theirs(examples, given):
    return examples
"""


def package_of(folder: Any, name: str, rate: int) -> Any:
    """Another's package, with a helper module in it."""
    place = folder / f"{name}{rate}" / name
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("")
    (place / "reader.py").write_text(READER.format(rate))
    (place / "aggregator.py").write_text(AGGREGATOR.format(package=name))
    for each in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[each]
    sys.path.insert(0, str(place.parent))
    try:
        importlib.invalidate_caches()
        return importlib.import_module(f"{name}.aggregator")
    finally:
        sys.path.remove(str(place.parent))


def test_all_of_another_package_counts(tmp_path: Any) -> None:
    def values(rate: int, folder: str) -> dict[str, dict[str, str]]:
        module = package_of(tmp_path / folder, "their_package", rate)
        given = {"options": module.Theirs(), "state": module.Stateful(), "code": module.theirs}
        return {
            name: {k: each.value for k, each in spelled({"x": value}).items()}
            for name, value in given.items()
        }

    one, again, two = values(1, "a"), values(1, "b"), values(2, "c")
    assert one == again
    for name, first in one.items():
        assert first.keys() == two[name].keys()
        assert first != two[name], name
