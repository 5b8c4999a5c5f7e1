"""Experiment: everything a run needs, as values; and Settings, every option it has."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from weaklabel.aggregate import VoteSettings
from weaklabel.clean import CleaningSettings
from weaklabel.config import checked, merged, to_mapping
from weaklabel.io import Problem
from weaklabel.lexicon import Lexicon
from weaklabel.nn.settings import TaggerSettings
from weaklabel.running.folder import Ingredient
from weaklabel.sources import (
    AnySource,
    Plan,
    TailorSettings,
    is_described,
    plans_field,
    sources_fingerprint,
)
from weaklabel.targets import Examples
from weaklabel.text import Annotations, Corpus, Gold
from weaklabel.train.settings import TrainingSettings
from weaklabel.vectors import WordVectors


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """How scores are computed and what the report shows of them.

    Attributes:
        bootstrap_draws: draws of documents behind each 95 % interval; 0 for none.
        error_groups: commonest misses and false alarms listed, of each kind.
        examples_per_error: sentences shown for each of them.
        report_sentences: coloured example sentences in the report.
    """

    bootstrap_draws: int = 1000
    error_groups: int = 12
    examples_per_error: int = 5
    report_sentences: int = 20


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every option of a run, one table a room. Units are in the names."""

    sources: tuple[Plan, ...] = plans_field()
    tailoring: TailorSettings = field(default_factory=TailorSettings)
    aggregation: VoteSettings = field(default_factory=VoteSettings)
    cleaning: CleaningSettings = field(default_factory=CleaningSettings)
    tagger: TaggerSettings = field(default_factory=TaggerSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)

    def with_changes(self, changes: Mapping[str, Any], *, where: str = "") -> Settings:
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
        return checked(Settings, merged(to_mapping(self), changes), where=where)


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


CleaningStep = Callable[[Examples], Examples]
"""Same sentences, same order; only weights, keep rates or tags change."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment:
    """Everything a run needs, as values. Test data cannot be passed.

    Attributes:
        corpus: raw text; what it trains on.
        lexicon: names → types; empty if labels are given.
        dev: a person's spans, for early stopping and scores; never for an entry or a label.
        sources: the user's own labelling sources, asked beside the built-in ones.
        labels: pseudo-labels of ``corpus`` made elsewhere; they are trained on as they are.
        keep, drop: names that stay or go whatever a rule says.
        vectors: word vectors, or ``None`` to start from nothing.
        cleaning: steps that weigh or relabel the examples, in order.
        settings: every option.
        recipe: the name of the recipe that made it.
        inputs: where the values were read from.
        problems: annotations left out on reading.
        notes: what was noticed on reading.
    """

    corpus: Corpus
    lexicon: Lexicon
    dev: Gold | None = None
    sources: tuple[AnySource, ...] = ()
    labels: Annotations | None = None
    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    vectors: WordVectors | None = None
    cleaning: tuple[CleaningStep, ...] = ()
    settings: Settings = field(default_factory=Settings)
    recipe: str = "default"
    inputs: Inputs = field(default_factory=Inputs)
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def config(self, *, seed: int, device: str) -> dict[str, Any]:
        """The configuration that repeats this run, every default written out."""
        head = {"recipe": self.recipe, "seed": seed, "device": device}
        return {**head, "inputs": to_mapping(self.inputs), **to_mapping(self.settings)}

    def dropped(self) -> str:
        """The annotations left out on reading, as the text of ``dropped.tsv``."""
        rows = [("path", "line", "document", "message")]
        rows += [(p.path, str(p.line), p.document, p.message) for p in self.problems]
        return "".join("\t".join(" ".join(c.split()) for c in row) + "\n" for row in rows)

    def ingredients(self, *, seed: int, device: str) -> tuple[Ingredient, ...]:
        """What a run of it depends on, each with the first stage it enters."""
        return (
            *self._data(),
            *self._options(),
            Ingredient(
                "cleaning steps", "clean", repr(self.cleaning), f"{len(self.cleaning)} steps"
            ),
            Ingredient("seed", "train", str(seed), str(seed)),
            Ingredient("device", "train", device, device),
            Ingredient("version of weaklabel", "label", code_fingerprint(), "its code"),
            Ingredient(
                "version of the report", "report", code_fingerprint(report=True), "its code"
            ),
        )

    def _data(self) -> Iterator[Ingredient]:
        files = self.inputs
        yield Ingredient("corpus", "label", self.corpus.fingerprint, _dated(files.corpus))
        dictionaries = ", ".join(_dated(_bare(path)) for path in files.dictionaries)
        yield Ingredient("dictionary", "label", self.lexicon.fingerprint, dictionaries)
        for name, names in (("keep", self.keep), ("drop", self.drop)):
            about = _dated(getattr(files, name)) or f"{len(names)} names"
            yield Ingredient(f"{name} list", "label", _hash("\n".join(sorted(names))), about)
        yield Ingredient("word vectors", "label", _vectors_hash(self.vectors), files.vectors)
        listed = sources_fingerprint(files.sources) if files.sources else ""
        about = f"{files.sources} or a file it names" if files.sources else "none"
        yield Ingredient("list of sources", "label", listed, about)
        for source in self.sources:
            about = "what it knows" if is_described(source) else "its code"
            yield Ingredient(f"source {source.name!r}", "label", _source_hash(source), about)
        if self.labels is not None:
            about = _dated(files.labels)
            yield Ingredient("pseudo-labels", "label", _annotations_hash(self.labels), about)
        dev = "" if self.dev is None else _annotations_hash(self.dev.annotations)
        text = "" if self.dev is None else self.dev.corpus.fingerprint
        about = "none" if self.dev is None else _dated(files.dev)
        yield Ingredient("dev set", "train", dev + text, about)

    def _options(self) -> Iterator[Ingredient]:
        enters = {
            "tailoring": "label",
            "aggregation": "aggregate",
            "cleaning": "clean",
            "tagger": "train",
            "training": "train",
            "evaluation": "score",
        }
        rooms = to_mapping(self.settings)
        plans = rooms.pop("sources")
        yield Ingredient("sources", "label", repr(plans), ", ".join(p["kind"] for p in plans))
        for room, options in rooms.items():
            for name, value in options.items():
                yield Ingredient(f"{room}.{name}", enters[room], repr(value), repr(value))


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


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _annotations_hash(annotations: Annotations) -> str:
    rows = "\n".join("\t".join(map(str, key)) for key in sorted(annotations.keys()))
    return _hash(rows + "\n" + repr(annotations.concepts))


def _vectors_hash(vectors: WordVectors | None) -> str:
    if vectors is None:
        return ""
    digest = hashlib.blake2b("\n".join(vectors.words).encode(), digest_size=16)
    digest.update(vectors.codes.tobytes() + vectors.scale.tobytes())
    return digest.hexdigest()


def _source_hash(source: AnySource) -> str:
    if is_described(source):
        described: Any = source
        return _hash(json.dumps(described.describe(), sort_keys=True))
    function = getattr(source, "function", type(source))
    try:
        return _hash(inspect.getsource(function))
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return _hash(repr((code.co_code, code.co_names)) if code else repr(function))


@cache
def code_fingerprint(*, report: bool = False) -> str:
    """A hash of weaklabel's own code: that of the report, or all that scores depend on."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        wanted = ("report/",) if report else ("",)
        others = () if report else ("cli/", "report/", "demo/", "_shipped/")
        code = file.suffix in (".py", ".j2", ".css", ".js", ".html")
        if code and name.startswith(wanted) and not name.startswith(others):
            digest.update(name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
