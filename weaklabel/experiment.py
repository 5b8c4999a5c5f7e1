"""Experiment: everything a run needs, as values; and Settings, every option it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from weaklabel.aggregate import AGGREGATORS, Aggregator
from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.clean import CLEANERS, Cleaner
from weaklabel.clean.downsample import Downsample
from weaklabel.components import one_of, several_of
from weaklabel.errors import ConfigError
from weaklabel.ground.config import checked, merged, to_mapping, with_values_of
from weaklabel.io import Problem
from weaklabel.judging.settings import EvaluationSettings
from weaklabel.lexicon import Lexicon
from weaklabel.nn.plan import TaggerPlan
from weaklabel.sources import (
    AnySource,
    Plan,
    TailorSettings,
    plans_field,
    sources_fingerprint,
)
from weaklabel.text import Corpus, Gold
from weaklabel.train.settings import TrainingSettings
from weaklabel.train.trainers import TRAINERS, Trainer
from weaklabel.train.trainers.once import Once
from weaklabel.vectors import WordVectors


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every option of a run, one table a room. Units are in the names.

    Attributes:
        sources: which sources label the text, in the order they are asked.
        tailoring: what is known beforehand, and when a name of the dictionary is dropped.
        aggregator: makes one reading of what the sources say.
        cleaning: steps that weigh or relabel the examples, in order.
        tagger: what the tagger is made of.
        training: how long and how fast it is trained.
        trainer: how often it is fitted, and on what.
        evaluation: how scores are computed and shown.

    >>> Settings().with_changes({"training": {"epochs": 5}}).training.epochs
    5
    """

    sources: tuple[Plan | AnySource, ...] = plans_field()
    tailoring: TailorSettings = field(default_factory=TailorSettings)
    aggregator: Aggregator = one_of(AGGREGATORS, WeightedVote)
    cleaning: tuple[Cleaner, ...] = several_of(CLEANERS, Downsample)
    tagger: TaggerPlan = field(default_factory=TaggerPlan)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    trainer: Trainer = one_of(TRAINERS, Once)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)

    def with_changes(self, changes: Mapping[str, Any], *, where: str = "") -> Self:
        """These settings with some replaced.

        Args:
            changes: nested, such as ``{"training": {"epochs": 5}}``.
            where: the file they come from, for messages.

        Raises:
            ConfigError: for an unknown setting, with the nearest name.

        >>> Settings().with_changes({"evaluation": {"bootstrap": 5}})
        Traceback (most recent call last):
            ...
        weaklabel.errors.ConfigError: unknown option evaluation.bootstrap. \
Did you mean evaluation.bootstrap_draws?
        """
        before = {name: value for name, value in self.options().items() if name in changes}
        made = checked(Settings, merged(before, changes), where=where)
        changed = {
            name: with_values_of(getattr(made, name), getattr(self, name)) for name in before
        }
        return replace(self, **changed)

    def options(self) -> dict[str, Any]:
        """Every option, as plain values, as a configuration holds them."""
        return {each.name: to_mapping(getattr(self, each.name)) for each in fields(Settings)}


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the values of an experiment were read from; empty where they were made in Python.

    Attributes:
        corpus: file or folder of raw text.
        dictionaries: files, each as ``PATH`` or ``TYPE=PATH``.
        dev: annotated file for early stopping and scores.
        labels: file of pseudo-labels made elsewhere.
        keep, drop: the user's own names, one a line.
        sources: a ``sources.toml`` that lists the user's own sources.
        vectors: ``"bundled"``, ``"none"``, or a file.
        format: the corpus's format, empty to guess.
        type_map: types renamed on reading.
    """

    corpus: str = ""
    dictionaries: tuple[str, ...] = ()
    dev: str = ""
    labels: str = ""
    keep: str = ""
    drop: str = ""
    sources: str = ""
    vectors: str = "bundled"
    format: str = ""
    type_map: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """What a configuration file may hold: the settings, and how a run is called.

    Attributes:
        recipe: one of ``weaklabel.recipes.RECIPES``.
        seed: fixes every random choice.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        inputs: files.
    """

    recipe: str = "default"
    seed: int = 0
    device: str = "auto"
    inputs: Inputs = field(default_factory=Inputs)

    def __post_init__(self) -> None:
        check_seed(self.seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment(Settings):
    """Everything a run needs, as values. Test data cannot be passed.

    Every option is a field of its own: ``dataclasses.replace(experiment, aggregator=…)`` makes
    another experiment of one.

    Attributes:
        corpus: raw text; what it trains on.
        lexicon: names → types; empty where labels are given.
        dev: a person's spans, for early stopping and scores; never for an entry or a label.
        own: the user's own labelling sources, asked beside the built-in ones.
        keep, drop: names that stay or go whatever a rule says.
        vectors: word vectors, or ``None`` to start from nothing.
        recipe: the name of the recipe that made it.
        inputs: where the values were read from.
        problems: annotations left out on reading.
        notes: what was noticed on reading.

    >>> import weaklabel as wl
    >>> corpus = wl.Corpus.from_texts(["We gave aspirin."])
    >>> names = wl.Lexicon.of([wl.Term("aspirin", ("Chemical",))])
    >>> experiment = wl.recipes.default(corpus, names)
    >>> experiment.aggregator.open_margin
    0.8
    >>> from dataclasses import replace
    >>> replace(experiment, aggregator=WeightedVote(open_margin=2.0)).aggregator.open_margin
    2.0
    """

    corpus: Corpus
    lexicon: Lexicon
    dev: Gold | None = None
    own: tuple[AnySource, ...] = ()
    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    vectors: WordVectors | None = None
    recipe: str = "default"
    inputs: Inputs = field(default_factory=Inputs)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, **values: Any) -> Experiment:
        """The experiment that does what some settings say with some values."""
        options = {each.name: getattr(settings, each.name) for each in fields(Settings)}
        return cls(**options, **values)

    def config(self, *, seed: int, device: str) -> dict[str, Any]:
        """The configuration that repeats this run, every default written out."""
        head = {"recipe": self.recipe, "seed": seed, "device": device}
        return {**head, "inputs": to_mapping(self.inputs), **self.options()}

    def dropped(self) -> str:
        """The annotations left out on reading, as the text of ``dropped.tsv``."""
        rows = [("path", "line", "document", "message")]
        rows += [(p.path, str(p.line), p.document, p.message) for p in self.problems]
        return "".join("\t".join(" ".join(c.split()) for c in row) + "\n" for row in rows)

    def values(self) -> dict[str, Any]:
        """What a run of it is given, by the names under which its stages are."""
        told = ("recipe", "inputs", "problems", "notes")
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        listed = sources_fingerprint(self.inputs.sources) if self.inputs.sources else ""
        return {**{k: v for k, v in found.items() if k not in told}, "listed": listed}

    def functions(self) -> tuple[AnySource, ...]:
        """The sources that were given ready made: a folder may not hold them."""
        return (*(each for each in self.sources if not isinstance(each, Plan)), *self.own)

    def labelling(self) -> dict[str, Any]:
        """What labelling is given."""
        names = (
            "corpus", "lexicon", "sources", "tailoring", "own", "keep", "drop", "vectors", "listed",
        )  # fmt: skip
        values = self.values()
        return {name: values[name] for name in names}

    def words(self) -> dict[str, str]:
        """Words for values that say little of themselves: files, and when they changed."""
        files = self.inputs
        found = {
            "corpus": _dated(files.corpus),
            "lexicon": ", ".join(_dated(_bare(path)) for path in files.dictionaries),
            "dev": "none" if self.dev is None else _dated(files.dev),
            "keep": _dated(files.keep) or f"{len(self.keep)} names",
            "drop": _dated(files.drop) or f"{len(self.drop)} names",
            "vectors": files.vectors,
            "listed": f"{files.sources} or a file it names" if files.sources else "none",
            "aggregator": _dated(files.labels),
        }
        return found | {f"own.{each.name}": "its code or options" for each in self.own}


def check_seed(seed: int) -> None:
    """Refuse what no generator of random numbers starts from.

    Raises:
        ConfigError: if it is negative.
    """
    if seed < 0:
        raise ConfigError(f"seed must be at least 0, got {seed}")


def _dated(path: str) -> str:
    """A file's name and the day it changed."""
    if not path or not Path(path).exists():
        return path
    changed = datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    return f"{Path(path).name} changed on {changed:%Y-%m-%d}"


def _bare(dictionary: str) -> str:
    """The path of ``TYPE=PATH``."""
    head, equals, tail = dictionary.partition("=")
    return tail if equals and not Path(dictionary).exists() and "/" not in head else dictionary
