"""The whole flow. READ THIS FILE FIRST.

:func:`run` strings the rooms together: corpus → votes → examples → tagger → scores → report.
Each step's output is kept in the run's folder under a key made of all it depends on
(:mod:`weaklabel.running.folder`), so a run that stopped goes on where it was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from weaklabel.aggregate import WeightedVote
from weaklabel.atomic import write_text
from weaklabel.config import to_toml
from weaklabel.evaluate import strict_f1
from weaklabel.nn.network import Network
from weaklabel.report import model_card, scores_html, write_report
from weaklabel.running.advice import changes_summary, types_of, warnings_of
from weaklabel.running.events import Event, Kind, Listener, silent
from weaklabel.running.experiment import Config, EvaluationSettings, Experiment, Inputs, Settings
from weaklabel.running.folder import Kept, RunFolder, opened
from weaklabel.running.labelling import LABELS, label
from weaklabel.running.manifest import about_this_run, describe
from weaklabel.running.scoring import Judged, judged, source_table
from weaklabel.running.stages import AGGREGATED, CLEANED, labelled, scored, trained
from weaklabel.running.tagger import Tagger
from weaklabel.sources import AnySource, SourceSet
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import Annotations
from weaklabel.train.loop import EpochRecord, pick_device, train
from weaklabel.votes import Votes

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
    """

    tagger: Tagger
    scores: dict[str, Any]
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
    """
    with _run_folder(experiment, seed, folder, resume, device, progress) as here:
        dev, settings = experiment.dev, experiment.settings
        vote = WeightedVote(settings.aggregation)

        sources, votes = here.keep(labelled(experiment.sources), lambda: _label(experiment))
        warnings = _warn(here, experiment, votes, sources)

        scheme = TagScheme(types_of(experiment, votes), settings.tagger.tag_style)
        agreed, examples = here.keep(
            AGGREGATED, lambda: _aggregate(experiment, vote, votes, scheme)
        )
        examples = here.keep(CLEANED, lambda: _clean(experiment, examples))
        tagger = here.keep(
            trained(experiment.sources, str(pick_device(device))),
            lambda: _train(here, experiment, sources, agreed, examples, seed, device),
        )
        found = here.keep(
            scored(dev),
            lambda: _score(here, experiment, tagger, votes, sources, warnings, seed),
        )
        here.keep(REPORTED, lambda: (None, "report.html"))

    kept = None if folder is None else Path(folder)
    return Result(tagger, found.scores, votes, examples, found.predictions, tuple(warnings), kept)


def load(folder: str | Path, *, sources: Sequence[AnySource] = (), device: str = "auto") -> Tagger:
    """A trained tagger from its folder (``runs/NAME/model``).

    Args:
        folder: the model's folder.
        sources: the user's own sources it was trained with.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        FormatError: if the folder is no model, or one of the user's own sources is missing.
    """
    return Tagger.from_pretrained(folder, sources=sources, device=str(pick_device(device)))


# ---- the steps ------------------------------------------------------------------------------
def _label(experiment: Experiment) -> tuple[tuple[SourceSet, Votes], str]:
    """Ask every source about the corpus."""
    sources, votes = label(experiment)
    documents = experiment.corpus.n_documents
    text = f"{documents:,} documents   {len(votes.sources)} sources   {len(votes):,} spans"
    return (sources, votes), text


def _aggregate(
    experiment: Experiment, vote: WeightedVote, votes: Votes, scheme: TagScheme
) -> tuple[tuple[Votes, Examples], str]:
    """One reading of the votes for the tagger to see, and the examples it is to learn from."""
    corpus = experiment.corpus
    ours = votes.of_source(*(name for name in votes.sources if name != LABELS))
    agreed = vote.resolve(corpus, ours)
    learned = votes if experiment.labels is None else votes.of_source(LABELS)
    examples = vote(corpus, learned, scheme)
    open_ = int((examples.known & ~examples.decided).sum())
    unknown = int((~examples.known).sum())
    shown = len(agreed) if experiment.labels is None else len(learned)
    return (agreed, examples), (
        f"{shown:,} spans agreed   {open_:,} tokens in conflict   {unknown:,} unknown"
    )


def _clean(experiment: Experiment, examples: Examples) -> tuple[Examples, str]:
    """Better weighted examples: same sentences, same order."""
    for step in experiment.cleaning:
        examples = step(examples)
    lighter = int((examples.weight < 1).sum())
    rarer = int((examples.keep < 1).sum())
    return examples, f"{lighter:,} sentences weigh less   {rarer:,} are drawn less often"


def _train(
    here: RunFolder,
    experiment: Experiment,
    sources: SourceSet,
    agreed: Votes,
    examples: Examples,
    seed: int,
    device: str,
) -> tuple[Tagger, str]:
    """Train a new network on the examples; the dev set only says when to stop."""
    corpus, dev, settings = experiment.corpus, experiment.dev, experiment.settings
    network = Network.build(
        examples.scheme, corpus, agreed, settings.tagger, experiment.vectors, seed=seed
    )
    tagger = Tagger(network, sources, settings.aggregation)
    read = None if dev is None else tagger.read(dev.corpus)

    def dev_score(network: Network) -> float:
        assert dev is not None
        assert read is not None
        return strict_f1(dev, network.predict(dev.corpus, read.agreed))

    def on_epoch(record: EpochRecord) -> None:
        here.tell(Event(Kind.EPOCH, "train", _epoch(record), record.seconds, asdict(record)))

    done = train(
        network,
        corpus,
        examples,
        agreed,
        plan=settings.training,
        seed=seed,
        device=device,
        dev_score=None if dev is None else dev_score,
        checkpoints=here.checkpoints(),
        resume=True,
        on_epoch=on_epoch,
    )
    here.replace_epochs([asdict(record) for record in done.history])
    here.manifest["training"] = {
        "best_epoch": done.best_epoch,
        "stopped_because": done.stopped_because,
    }
    size = sum(weight.numel() for weight in network.parameters())
    best = _epoch(done.history[done.best_epoch - 1])
    kinds = settings.tagger.encoder.kind, settings.tagger.head.kind
    text = "-".join(_NAMES.get(kind, kind) for kind in kinds) + ", "
    text += f"{size / 1000:,.0f}k parameters   {best}"
    return tagger, text


_NAMES = {"bilstm": "BiLSTM", "crf": "CRF"}


def _epoch(record: EpochRecord) -> str:
    score = ""
    if record.dev_f1 is not None:
        score = f"dev F1 {100 * record.dev_f1:.1f}  "
    elif record.held_out_f1 is not None:
        score = f"held-out votes F1 {100 * record.held_out_f1:.1f}  "
    speed = f"{record.tokens_per_second:,.0f} tokens/s"
    return f"epoch {record.epoch}  loss {record.loss:.3f}  {score}{speed}"


def _score(
    here: RunFolder,
    experiment: Experiment,
    tagger: Tagger,
    votes: Votes,
    sources: SourceSet,
    warnings: list[str],
    seed: int,
) -> tuple[tuple[Judged, str], str]:
    """Strict scores of dictionary, votes and tagger, and what the report needs beside them."""
    result = judged(
        tagger, experiment.dev, experiment.corpus, experiment.settings.evaluation, seed=seed
    )
    result.analysis.update(
        source_table(votes, experiment.corpus, sources),
        changes=changes_summary(sources.changes),
        warnings=warnings,
        relaxed=result.scores.get("dev", {}).get("relaxed", {}),
    )
    card = model_card(
        here.manifest,
        result.scores,
        sources=result.analysis["sources"],
        config=experiment.config(seed=seed, device=str(here.manifest["device"])),
        types=tagger.network.scheme.types,
    )
    if experiment.dev is None:
        return (result, card), "nothing: there is no dev set"
    documents = experiment.dev.corpus.n_documents
    return (result, card), f"on {documents:,} annotated documents, strict span F1 [95 % interval]"


def _save_report(nothing: None, folder: Path) -> None:
    write_report(folder)


REPORTED = Kept("report", ("report.html",), _save_report, lambda folder: None)
"""The report; it reads only what the other stages wrote."""


# ---- around the steps -----------------------------------------------------------------------
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
    with tempfile.TemporaryDirectory(prefix="weaklabel-") as temporary:
        path = Path(temporary if folder is None else folder)
        chosen = str(pick_device(device))
        ingredients = experiment.ingredients(seed=seed, device=chosen)
        about = about_this_run(experiment, seed=seed, device=chosen)
        with opened(path, ingredients, about=about, resume=resume, listen=progress) as here:
            config = experiment.config(seed=seed, device=device)
            write_text(path / "config.toml", to_toml(config))
            write_text(path / "dropped.tsv", experiment.dropped())
            name = experiment.inputs.corpus if folder is None else str(folder)
            text = describe(experiment, name=name or "run", seed=seed, device=chosen)
            here.tell(Event(Kind.OPENED, text=text, facts={"seed": seed}))
            if here.changed:
                here.tell(Event(Kind.NOTE, text=here.changed))
            yield here


def _warn(here: RunFolder, experiment: Experiment, votes: Votes, sources: SourceSet) -> list[str]:
    warnings = warnings_of(experiment, votes, sources.changes)
    for text in warnings:
        here.tell(Event(Kind.WARNING, "label", text))
    return warnings
