"""The whole flow. READ THIS FILE FIRST.

:func:`run` strings the rooms together: corpus → votes → examples → tagger → scores → report.
Each step's value is kept in the run's folder under the hash of what it was given
(:mod:`weaklabel.keeping.folder`), so a run that stopped goes on where it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weaklabel.experiment import Config, Experiment, Inputs, Settings, check_seed
from weaklabel.ground.atomic import write_text
from weaklabel.ground.config import to_toml
from weaklabel.ground.spans import NO_TYPES
from weaklabel.judging.settings import EvaluationSettings
from weaklabel.judging.warnings import warnings_of
from weaklabel.keeping.code import code_fingerprint
from weaklabel.keeping.events import Event, Kind, Listener, silent
from weaklabel.keeping.folder import RunFolder, opened
from weaklabel.keeping.manifest import about_this_run, describe
from weaklabel.report import scores_html
from weaklabel.sources import AnySource
from weaklabel.stages import AGGREGATE, CLEAN, LABEL, REPORT, SCORE, TRAIN
from weaklabel.tagger import Tagger
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Annotations
from weaklabel.train.loop import pick_device
from weaklabel.votes import Votes
from weaklabel.wiring.cross_fit import CrossFit

__all__ = [
    "Config", "EvaluationSettings", "Event", "Experiment", "Inputs", "Kind", "Result", "Settings",
    "Tagger", "load", "run",
]  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What a run leaves.

    Attributes:
        tagger: the trained tagger.
        scores: as in ``scores.json``; only a note where there was no dev set.
        votes: what the sources said of the training corpus.
        examples: what was trained on.
        predictions: the tagger's spans on the dev set.
        warnings: what usually goes wrong, as far as it did.
        folder: the run's folder, ``None`` if none was asked for.

    >>> from dataclasses import replace
    >>> import weaklabel as wl
    >>> corpus = wl.Corpus.from_texts(["We gave aspirin."] * 3)
    >>> names = wl.Lexicon.of([wl.Term("aspirin", ("Chemical",))])
    >>> small = {"training": {"epochs": 1}, "tagger": {"encoder": {"hidden": 8}}}
    >>> experiment = wl.recipes.default(corpus, names, settings=small)
    >>> experiment = replace(experiment, vectors=None)  # no word vectors: a quick example
    >>> result = wl.run(experiment, seed=0, device="cpu")
    >>> [vote.start for vote in result.votes.of_source("dictionary").rows()]
    [2, 2, 2]
    >>> "dev" in result.scores  # there was no dev set
    False
    """

    tagger: Tagger
    scores: Mapping[str, Any]
    votes: Votes
    examples: Examples
    predictions: Annotations
    warnings: tuple[str, ...]
    folder: Path | None = None

    def __repr__(self) -> str:
        score = "not scored"
        if "dev" in self.scores:
            score = f"strict F1 {100 * self.scores['dev']['strict']['micro']['f1']:.1f}"
        place = f" in {self.folder}" if self.folder else ""
        return f"<Result{place}: {score}, {self.tagger!r}>"

    def _repr_html_(self) -> str:
        return str(scores_html(self.scores))


def run(
    experiment: Experiment,
    *,
    seed: int,
    folder: str | Path | None = None,
    resume: bool = False,
    device: str = "auto",
    progress: Listener = silent,
) -> Result:
    """Label the corpus, train a tagger on the labels, and score it on the dev set.

    Args:
        experiment: everything it needs, as values; recipes make one.
        seed: fixes every random choice.
        folder: where to keep everything; ``None`` keeps nothing.
        resume: go on with a run that stopped, or redo what depends on what changed.
        device: ``auto``, ``cpu`` or ``cuda``.
        progress: told what happens, as :class:`Event`.

    Raises:
        RunFolderError: if the folder is another run's, or not empty and ``resume`` is false.
        TrainingError: if training cannot go on.
        DataError: if there is nothing to learn from.
        ConfigError: if the seed is negative.

    >>> from dataclasses import replace
    >>> import weaklabel as wl
    >>> corpus = wl.Corpus.from_texts(["We gave aspirin."] * 3)
    >>> names = wl.Lexicon.of([wl.Term("aspirin", ("Chemical",))])
    >>> small = {"training": {"epochs": 1}, "tagger": {"encoder": {"hidden": 8}}}
    >>> experiment = wl.recipes.default(corpus, names, settings=small)
    >>> experiment = replace(experiment, vectors=None)  # no word vectors: a quick example
    >>> said = []
    >>> result = run(experiment, seed=0, device="cpu", progress=said.append)
    >>> [event.stage for event in said if event.kind == "done"]
    ['label', 'aggregate', 'clean', 'train', 'score']
    """
    e, where = experiment, str(pick_device(device))
    with _run_folder(e, seed, folder, resume, device, progress) as here:
        sources, votes = here(LABEL, **e.labelling(), code=code_fingerprint())
        warnings = _warn(here, e, votes, sources.changes)

        scheme = TagScheme(types_of(e, votes), e.tagger.tag_style)
        reader, agreed, labels = here(
            AGGREGATE, corpus=e.corpus, votes=votes, aggregator=e.aggregator, scheme=scheme
        )
        fit_predict = CrossFit(e.corpus, agreed, e.tagger, e.training, e.vectors, seed, where)
        examples = here(
            CLEAN, corpus=e.corpus, votes=votes, agreed=agreed, labels=labels,
            cleaning=e.cleaning, fit_predict=fit_predict, seed=seed,
        )  # fmt: skip
        tagger = here(
            TRAIN, corpus=e.corpus, agreed=agreed, examples=examples, sources=sources,
            own=e.functions(),
            reader=reader, tagger=e.tagger, training=e.training, trainer=e.trainer,
            vectors=e.vectors, dev=e.dev, seed=seed, device=where,
        )  # fmt: skip
        found = here(
            SCORE, trained=tagger, dev=e.dev, corpus=e.corpus, votes=votes,
            evaluation=e.evaluation, warnings=warnings, seed=seed,
        )  # fmt: skip
        if folder is not None:
            here(REPORT, judged=found, report_code=code_fingerprint(report=True))
    kept = None if folder is None else Path(folder)
    return Result(tagger, found.scores, votes, examples, found.predictions, warnings, kept)


def load(folder: str | Path, *, sources: Sequence[AnySource] = (), device: str = "auto") -> Tagger:
    """A trained tagger from its folder (``runs/NAME/model``).

    Args:
        folder: the model's folder.
        sources: the user's own sources it was trained with.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        FormatError: if the folder is no model, or one of the user's own sources is missing.

    >>> load("docs")
    Traceback (most recent call last):
        ...
    weaklabel.errors.FormatError: docs: is no model of weaklabel: it has no readable pipeline.json
    """
    return Tagger.from_pretrained(folder, sources=sources, device=str(pick_device(device)))


def types_of(experiment: Experiment, votes: Votes) -> tuple[str, ...]:
    """The types a run's tagger can learn."""
    given = getattr(experiment.aggregator, "types", ())
    return tuple(sorted({*votes.types, *given, *experiment.lexicon.types} - {*NO_TYPES}))


@contextmanager
def _run_folder(
    experiment: Experiment,
    seed: int,
    folder: str | Path | None,
    resume: bool,
    device: str,
    progress: Listener,
) -> Iterator[RunFolder]:
    """The run's folder, opened, with its configuration; a temporary one if none was asked for."""
    check_seed(seed)
    with tempfile.TemporaryDirectory(prefix="weaklabel-") as temporary:
        path = Path(temporary if folder is None else folder)
        chosen = str(pick_device(device))
        code = {"code": code_fingerprint(), "report_code": code_fingerprint(report=True)}
        given = {**experiment.values(), **code, "seed": seed, "device": chosen}
        about = about_this_run(experiment, seed=seed, device=chosen)
        with opened(
            path, given, words=experiment.words(), about=about, resume=resume, listen=progress
        ) as here:
            config = experiment.config(seed=seed, device=device)
            write_text(path / "config.toml", to_toml(config))
            write_text(path / "dropped.tsv", experiment.dropped())
            name = experiment.inputs.corpus if folder is None else str(folder)
            text = describe(experiment, name=name or "run", seed=seed, device=chosen)
            here.tell(Event(Kind.OPENED, text=text, facts={"seed": seed}))
            if here.changed:
                here.tell(Event(Kind.NOTE, text=here.changed))
            yield here


def _warn(here: RunFolder, e: Experiment, votes: Votes, changes: Sequence[Any]) -> tuple[str, ...]:
    """Say what usually goes wrong, as far as it did."""
    given = getattr(e.aggregator, "types", ())
    warnings = warnings_of(
        corpus=e.corpus, lexicon=e.lexicon, dev=e.dev, votes=votes, changes=changes, given=given,
        notes=e.notes,
    )  # fmt: skip
    for text in warnings:
        here.tell(Event(Kind.WARNING, "label", text))
    return warnings
