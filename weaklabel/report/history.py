"""Sections 6 and 7: how training went, and how to do it all again."""

from __future__ import annotations

from typing import Any

from weaklabel.report.blocks import (
    Code,
    Figure,
    Figures,
    Section,
    Table,
    Text,
    count,
    percent,
    spaced,
)
from weaklabel.report.figures import learning_curve
from weaklabel.report.run_files import RunFiles


# ---- 6 --------------------------------------------------------------------------------------
def how_training_went(run: RunFiles) -> Section:
    """Loss and score by epoch, speed, where it stopped and why."""
    question = "How did training go?"
    epochs = run.epochs
    if not epochs:
        return Section("training", question, "Unknown: the log has no epoch.")
    field, _ = _watched(epochs)
    training = run.manifest.get("training", {})
    figure = curve(run, "training")
    speed = sum(e.get("tokens_per_second", 0) for e in epochs) / len(epochs)
    seconds = sum(e.get("seconds", 0) for e in epochs)
    why = training.get("stopped_because")
    answer = f"{figure.title}. " if figure else ""
    answer += f"{len(epochs)} epochs in {_duration(seconds)}, {speed:,.0f} tokens a second"
    answer += f"; it stopped because {_because(why)}." if why else "."
    blocks: list[Any] = [Figures([figure])] if figure else []
    if field == "held_out_f1":
        blocks.append(
            Text(
                "The F1 here is agreement with the votes on documents held out from training. It "
                "says when learning stops to pay, not how good the votes are.",
                warning=True,
            )
        )
    return Section("training", question, answer, blocks)


def curve(run: RunFiles, key: str) -> Figure | None:
    """Loss and score by epoch; ``key`` keeps the ids of two such figures apart."""
    epochs = run.epochs
    if not epochs:
        return None
    field, name = _watched(epochs)
    scores = [e.get(field) or 0.0 for e in epochs]
    best = run.manifest.get("training", {}).get("best_epoch")
    best = best or epochs[scores.index(max(scores))]["epoch"]
    top = next((e for e in epochs if e["epoch"] == best), epochs[-1])
    title = f"{name} F1 is best after epoch {best}: {percent(top.get(field))}"
    svg = learning_curve(key, title, epochs, field, name, best)
    return Figure(title, svg, _epochs(epochs, field, name))


def _watched(epochs: list[dict[str, Any]]) -> tuple[str, str]:
    if any(e.get("dev_f1") is not None for e in epochs):
        return "dev_f1", "Dev"
    return "held_out_f1", "Held-out votes"


def _because(why: str) -> str:
    return why.strip().rstrip(".")


def _epochs(epochs: list[dict[str, Any]], field: str, name: str) -> Table:
    headers = [
        "epoch",
        "loss (nats a token)",
        f"{name} F1 %",
        "learning rate",
        "tokens/s",
        "seconds",
    ]
    rows = [
        [
            str(e["epoch"]),
            f"{e['loss']:.4f}",
            percent(e.get(field)),
            f"{e.get('learning_rate', 0):.2g}",
            f"{e.get('tokens_per_second', 0):,.0f}",
            f"{e.get('seconds', 0):.1f}",
        ]
        for e in epochs
    ]
    return Table("Epoch by epoch", headers, rows)


def _duration(seconds: float) -> str:
    """Seconds in words a person reads: ``31 s``, ``2 min 5 s``."""
    whole = round(seconds)
    if whole < 10:
        return f"{seconds:.1f} s"
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


# ---- 7 --------------------------------------------------------------------------------------
_FACTS = {
    "weaklabel": "weaklabel",
    "recipe": "recipe",
    "seed": "seed",
    "device": "device",
    "machine": "machine",
    "python": "Python",
    "platform": "platform",
    "documents": "documents of the corpus",
    "sentences": "sentences",
    "tokens": "tokens",
    "names": "names in the dictionaries",
    "dev_documents": "annotated documents",
    "code": "hash of weaklabel's code",
}


def can_i_repeat_it(run: RunFiles) -> Section:
    """Command, versions, hashes, seed, times, memory, licences, configuration."""
    manifest = run.manifest
    command = f"weaklabel run --config {run.name}/config.toml --out {run.name}-again"
    seconds, memory = manifest.get("seconds"), manifest.get("peak_memory_mb")
    answer = (
        f"Yes: the same seed ({manifest.get('seed', '?')}) gives the same bytes on the same machine"
    )
    answer += f"; it took {_duration(seconds)}" if seconds else ""
    answer += f" and {memory:,.0f} MB at the most" if memory else ""
    if not manifest:
        answer = "Only in part: the run's folder has no manifest."
    blocks: list[Any] = [Code("To repeat it", command)]
    if manifest.get("command"):
        blocks.append(Code("How it was called", manifest["command"]))
    facts = [[words, _fact(manifest[key])] for key, words in _FACTS.items() if key in manifest]
    packages = manifest.get("packages", {})
    facts += [[name, version] for name, version in packages.items()]
    blocks += [_table("Versions and sizes", ["", "value"], facts)] if facts else []
    stages = manifest.get("stages", {})
    rows = [
        [name, f"{s.get('seconds', 0):.1f}", spaced(s.get("text", ""))]
        for name, s in stages.items()
    ]
    blocks += [Table("Stages", ["stage", "seconds", "what it did"], rows, left=9)] if rows else []
    licences = [[name, text] for name, text in sorted(manifest.get("licences", {}).items())]
    blocks += (
        [_table("Licences of the dictionaries", ["dictionary", "licence"], licences)]
        if licences
        else []
    )
    made_of = [
        [name, stage, about, value]
        for stage, record in stages.items()
        for name, (value, about) in record.get("arguments", {}).items()
    ]
    if made_of:
        headers = ["what", "stage", "value or file", "hash"]
        blocks.append(Table("Everything it depends on", headers, made_of, left=9, folded=True))
    if run.config:
        blocks.append(Code("config.toml, every default written out", run.config, folded=True))
    return Section("repeat", "Can I do this again?", answer.rstrip(".") + ".", blocks)


def _table(title: str, headers: list[str], rows: list[list[str]]) -> Table:
    return Table(title, headers, rows, left=9, folded=len(rows) > 6)


def _fact(value: Any) -> str:
    return count(value) if isinstance(value, int) else str(value)
