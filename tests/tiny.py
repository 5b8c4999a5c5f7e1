"""A tiny job as files and as an experiment: enough to run everything in a second."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from weaklabel import io, recipes
from weaklabel.pipeline import Experiment
from weaklabel.text import Annotation, Annotations, Corpus, Gold

NAMES = {
    "aspirin": ("Chemical", "T:1"),
    "morphine": ("Chemical", "T:2"),
    "valproic acid": ("Chemical", "T:3"),
    "gastritis": ("Disease", "T:4"),
    "renal failure": ("Disease", "T:5"),
    "Parkinson's disease": ("Disease", "T:6"),
    "zygomycosis": ("Disease", "T:7"),
}
FRAMES = (
    "We gave {0} to patients with {1}.",
    "Severe {1} after {0} was rare; {1} did not return.",
    "The dose of {0} was 5 mg/kg, and no {1} was seen.",
)
SETTINGS = {
    "tagger": {"encoder": {"hidden": 8, "char_embedding": 5, "char_width": 6}},
    "training": {"epochs": 2, "batch_tokens": 256},
    "evaluation": {"bootstrap_draws": 50, "report_sentences": 3},
}


def _flags(name: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [flag for k, v in value.items() for flag in _flags(f"{name}.{k}", v)]
    return ["--set", f"{name}={value}"]


FLAGS = [
    flag
    for table, values in SETTINGS.items()
    for name, value in values.items()
    for flag in _flags(f"{table}.{name}", value)
] + ["--vectors", "none"]


def documents(n: int) -> dict[str, str]:
    """Ids and texts in which the names occur."""
    drugs = [name for name, (kind, _) in NAMES.items() if kind == "Chemical"]
    diseases = [name for name, (kind, _) in NAMES.items() if kind == "Disease"][:3]
    return {
        str(100 + i): " ".join(
            frame.format(drugs[(i + j) % 3], diseases[(i * j) % 3])
            for j, frame in enumerate(FRAMES)
        )
        for i in range(n)
    }


def mentions(corpus: Corpus) -> Annotations:
    """Every name, wherever it stands."""
    rows = []
    for d in range(corpus.n_documents):
        text = corpus.document_text(d)
        for name, (kind, _) in NAMES.items():
            at = text.find(name)
            while at >= 0:
                rows.append(Annotation(d, at, at + len(name), kind))
                at = text.find(name, at + 1)
    return Annotations.of(rows)


def gold(n: int) -> Gold:
    texts = documents(n)
    corpus = Corpus.from_texts(texts.values(), ids=texts)
    return Gold(corpus, mentions(corpus))


def write_files(folder: Path) -> dict[str, Path]:
    """The tiny job's corpus, dictionary and dev set as files."""
    paths = {
        "corpus": folder / "corpus.pubtator",
        "dictionary": folder / "names.tsv",
        "dev": folder / "dev.pubtator",
    }
    io.write(paths["corpus"], gold(12).corpus, Annotations.of([]))
    dev = gold(20)
    part = dev.corpus.select([15, 16, 17, 18])
    io.write(paths["dev"], part, mentions(part))
    rows = [f"{kind}\t{name}\t{concept}\n" for name, (kind, concept) in NAMES.items()]
    paths["dictionary"].write_text("type\tname\tids\n" + "".join(rows), encoding="utf-8")
    return paths


def experiment(folder: Path, *, dev: bool = True, **changes: Any) -> Experiment:
    """The tiny job as an experiment."""
    paths = write_files(folder)
    made = recipes.default(
        io.read(paths["corpus"]),
        [io.read_lexicon(paths["dictionary"])],
        dev=io.read_gold(paths["dev"]).gold if dev else None,
        settings=SETTINGS | changes.pop("settings", {}),
        **changes,
    )
    return replace(made, vectors=None)


def run_flags(paths: dict[str, Path], out: Path) -> list[str]:
    """``weaklabel run`` on the tiny job."""
    return [
        "run", "--corpus", str(paths["corpus"]), "--dictionary", str(paths["dictionary"]),
        "--dev", str(paths["dev"]), "--out", str(out), "--device", "cpu", *FLAGS,
    ]  # fmt: skip


def weaklabel(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "weaklabel", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)
