"""The stages of a run: each step, and how what it returns lies in the run's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from weaklabel import io
from weaklabel.ground.atomic import write_text
from weaklabel.judging.values import Judged
from weaklabel.keeping.stage import Stage, always
from weaklabel.report import write_card, write_report
from weaklabel.sources import Change, Plan, SourceSet
from weaklabel.steps.aggregate import Aggregated, aggregate
from weaklabel.steps.clean import clean
from weaklabel.steps.fit import fit
from weaklabel.steps.judge import judge
from weaklabel.steps.label import Labelled, label
from weaklabel.tagger import SOURCES, Tagger, described, restored
from weaklabel.targets import Examples
from weaklabel.text import Annotations
from weaklabel.votes import Votes

MODEL = "model"
"""The folder of the trained tagger in a run's folder."""
READER = "reader.json"
_MODEL_FILES = ("model.safetensors", "config.json", "tags.json", "pipeline.json")


# ---- label ----------------------------------------------------------------------------------
def _save_labelled(made: Labelled, folder: Path) -> None:
    made.sources.save(folder / MODEL / SOURCES)
    made.votes.save(folder / "votes.parquet")
    write_text(folder / "changes.tsv", _changes_table(made.sources.changes))


def _load_labelled(folder: Path, given: Mapping[str, Any]) -> Labelled:
    """The frozen sources and their votes; the user's own functions come from the arguments."""
    ready = [each for each in (*given["sources"], *given["own"]) if not isinstance(each, Plan)]
    extra = {source.name: source for source in ready}
    sources = SourceSet.load(folder / MODEL / SOURCES, extra)
    changes = _read_changes(folder / "changes.tsv")
    return Labelled(replace(sources, changes=changes), Votes.load(folder / "votes.parquet"))


def _labelled_in_words(made: Labelled, given: Mapping[str, Any]) -> str:
    documents, votes = given["corpus"].n_documents, made.votes
    return f"{documents:,} documents   {len(votes.sources)} sources   {len(votes):,} spans"


LABEL = Stage(
    "label",
    "labelling",
    label,
    always(f"{MODEL}/{SOURCES}", "votes.parquet", "changes.tsv"),
    _save_labelled,
    _load_labelled,
    _labelled_in_words,
)


# ---- aggregate ------------------------------------------------------------------------------
def _save_aggregated(made: Aggregated, folder: Path) -> None:
    write_json(folder / READER, described(made.reader))
    made.agreed.save(folder / "agreed.parquet")
    made.labels.save(folder / "aggregated.parquet")


def _load_aggregated(folder: Path, given: Mapping[str, Any]) -> Aggregated:
    reader = restored(read_json(folder / READER), folder / READER)
    labels = Examples.load(folder / "aggregated.parquet")
    return Aggregated(reader, Votes.load(folder / "agreed.parquet"), labels)


def _aggregated_in_words(made: Aggregated, given: Mapping[str, Any]) -> str:
    labels = made.labels
    open_ = int((labels.known & ~labels.decided).sum())
    unknown = int((~labels.known).sum())
    return f"{len(made.agreed):,} spans agreed   {open_:,} tokens in conflict   {unknown:,} unknown"


AGGREGATE = Stage(
    "aggregate",
    "aggregation",
    aggregate,
    always(READER, "agreed.parquet", "aggregated.parquet"),
    _save_aggregated,
    _load_aggregated,
    _aggregated_in_words,
)


# ---- clean ----------------------------------------------------------------------------------
def _cleaned_in_words(examples: Examples, given: Mapping[str, Any]) -> str:
    lighter, rarer = int((examples.weight < 1).sum()), int((examples.keep < 1).sum())
    return f"{lighter:,} sentences weigh less   {rarer:,} are sampled less often"


CLEAN = Stage(
    "clean",
    "cleaning",
    clean,
    always("examples.parquet"),
    lambda examples, folder: examples.save(folder / "examples.parquet"),
    lambda folder, given: Examples.load(folder / "examples.parquet"),
    _cleaned_in_words,
)


# ---- train ----------------------------------------------------------------------------------
def _load_tagger(folder: Path, given: Mapping[str, Any]) -> Tagger:
    """The tagger's folder; the user's own functions are not in it."""
    return Tagger.from_pretrained(folder / MODEL, sources=given["own"], device=given["device"])


TRAIN = Stage(
    "train",
    "training",
    fit,
    always(*(f"{MODEL}/{name}" for name in _MODEL_FILES)),
    lambda tagger, folder: tagger.save_pretrained(folder / MODEL),
    _load_tagger,
    lambda tagger, given: repr(tagger),
)


# ---- score ----------------------------------------------------------------------------------
def _save_judged(made: Judged, folder: Path) -> None:
    if made.dev is not None:
        io.write(folder / "predictions.jsonl", made.dev.corpus, made.predictions)
        io.write(folder / "dev_gold.jsonl", made.dev.corpus, made.dev.annotations)
    write_json(folder / "analysis.json", made.analysis)
    write_json(folder / "scores.json", made.scores)


def _load_judged(folder: Path, given: Mapping[str, Any]) -> Judged:
    scores, analysis = (read_json(folder / f"{name}.json") for name in ("scores", "analysis"))
    if given["dev"] is None:
        return Judged(scores, analysis, Annotations.of([]))
    predicted = io.read_gold(folder / "predictions.jsonl").gold.annotations
    return Judged(scores, analysis, predicted, given["dev"])


def _judged_outputs(given: Mapping[str, Any]) -> Sequence[str]:
    of_dev = () if given["dev"] is None else ("predictions.jsonl", "dev_gold.jsonl")
    return ("scores.json", "analysis.json", *of_dev)


def _judged_in_words(made: Judged, given: Mapping[str, Any]) -> str:
    if made.dev is None:
        return "nothing: there is no dev set"
    documents = made.dev.corpus.n_documents
    return f"on {documents:,} annotated documents, strict span F1 [95 % interval]"


SCORE = Stage(
    "score", "scoring", judge, _judged_outputs, _save_judged, _load_judged, _judged_in_words
)


# ---- report ---------------------------------------------------------------------------------
def _save_report(nothing: None, folder: Path) -> None:
    write_report(folder)
    write_card(folder)


REPORT: Stage[None] = Stage(
    "report",
    "the report",
    lambda here, **given: None,  # it is made of what the other stages left in the folder
    always("report.html", f"{MODEL}/README.md"),
    _save_report,
    lambda folder, given: None,
    lambda nothing, given: "report.html",
)


# ---- files ----------------------------------------------------------------------------------
def write_json(path: Path, value: Any) -> None:
    """Write plain values, indented; whole or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read what :func:`write_json` wrote."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def _changes_table(changes: Sequence[Change]) -> str:
    rows = [("name", "types", "action", "rule", "evidence")]
    rows += [(c.name, ",".join(c.types), c.action, c.rule, str(c.evidence)) for c in changes]
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)


def _read_changes(path: Path) -> tuple[Change, ...]:
    _, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return tuple(Change(name, tuple(types.split(",")), *rest) for name, types, *rest in rows)
