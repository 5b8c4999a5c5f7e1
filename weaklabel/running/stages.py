"""How each stage's output lies in a run's folder: which files, how written, how read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from weaklabel import io
from weaklabel.atomic import write_text
from weaklabel.running.folder import Kept
from weaklabel.running.scoring import Judged
from weaklabel.running.tagger import SOURCES, Tagger
from weaklabel.sources import AnySource, Change, SourceSet
from weaklabel.targets import Examples
from weaklabel.text import Annotations, Gold
from weaklabel.votes import Votes

MODEL = "model"
"""The folder of the trained tagger in a run's folder."""

_MODEL_FILES = ("model.safetensors", "config.json", "tags.json", "pipeline.json")


def _save_labelled(value: tuple[SourceSet, Votes], folder: Path) -> None:
    sources, votes = value
    sources.save(folder / MODEL / SOURCES)
    votes.save(folder / "votes.parquet")
    write_text(folder / "changes.tsv", _changes_table(sources.changes))


def labelled(own: Sequence[AnySource]) -> Kept:
    """The frozen sources, and their votes on the corpus; the user's own functions are given."""

    def load(folder: Path) -> tuple[SourceSet, Votes]:
        extra = {source.name: source for source in own}
        sources = SourceSet.load(folder / MODEL / SOURCES, extra)
        changes = _read_changes(folder / "changes.tsv")
        return replace(sources, changes=changes), Votes.load(folder / "votes.parquet")

    outputs = (f"{MODEL}/{SOURCES}", "votes.parquet", "changes.tsv")
    return Kept("label", outputs, _save_labelled, load)


def _save_aggregated(value: tuple[Votes, Examples], folder: Path) -> None:
    agreed, examples = value
    agreed.save(folder / "agreed.parquet")
    examples.save(folder / "aggregated.parquet")


def _load_aggregated(folder: Path) -> tuple[Votes, Examples]:
    agreed = Votes.load(folder / "agreed.parquet")
    return agreed, Examples.load(folder / "aggregated.parquet")


AGGREGATED = Kept(
    "aggregate", ("agreed.parquet", "aggregated.parquet"), _save_aggregated, _load_aggregated
)
"""One reading of the votes, and the examples made of them."""

CLEANED = Kept(
    "clean",
    ("examples.parquet",),
    lambda examples, folder: examples.save(folder / "examples.parquet"),
    lambda folder: Examples.load(folder / "examples.parquet"),
)
"""The examples after all cleaning steps: what is trained on."""


def trained(own: Sequence[AnySource], device: str) -> Kept:
    """The tagger's folder; the user's own functions are not in it and must be given."""
    return Kept(
        "train",
        tuple(f"{MODEL}/{name}" for name in _MODEL_FILES),
        lambda tagger, folder: tagger.save_pretrained(folder / MODEL),
        lambda folder: Tagger.from_pretrained(folder / MODEL, sources=own, device=device),
    )


def scored(dev: Gold | None) -> Kept:
    """Scores, the model's card, what the report needs, the dev set predicted and as it is."""

    def save(value: tuple[Judged, str], folder: Path) -> None:
        found, card = value
        write_text(folder / MODEL / "README.md", card)
        if dev is not None:
            io.write(folder / "predictions.jsonl", dev.corpus, found.predictions)
            io.write(folder / "dev_gold.jsonl", dev.corpus, dev.annotations)
        _write_json(folder / "analysis.json", found.analysis)
        _write_json(folder / "scores.json", found.scores)

    def load(folder: Path) -> Judged:
        scores, analysis = (_read_json(folder / f"{n}.json") for n in ("scores", "analysis"))
        if dev is None:
            return Judged(scores, analysis, Annotations.of([]))
        return Judged(scores, analysis, io.read_gold(folder / "predictions.jsonl").gold.annotations)

    of_dev = () if dev is None else ("predictions.jsonl", "dev_gold.jsonl")
    return Kept(
        "score", ("scores.json", "analysis.json", f"{MODEL}/README.md", *of_dev), save, load
    )


def _write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _read_json(path: Path) -> dict[str, Any]:
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
