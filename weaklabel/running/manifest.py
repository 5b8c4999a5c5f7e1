"""What a run says about itself: versions, machine, command; and the card of its model."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from weaklabel import __version__
from weaklabel.running.experiment import Experiment, code_fingerprint
from weaklabel.running.machine import describe_machine

_PACKAGES = ("numpy", "numba", "pyarrow", "safetensors", "torch")


def about_this_run(experiment: Experiment, *, seed: int, device: str) -> dict[str, Any]:
    """The head of ``manifest.json``: what ran, on what, how it was called."""
    return {
        "weaklabel": __version__,
        "code": code_fingerprint(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "recipe": experiment.recipe,
        "seed": seed,
        "device": device,
        "machine": describe_machine(device),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "licences": dict(experiment.lexicon.licences),
        "documents": experiment.corpus.n_documents,
        "sentences": len(experiment.corpus),
        "tokens": experiment.corpus.n_tokens,
        "names": len(experiment.lexicon),
        "dev_documents": 0 if experiment.dev is None else experiment.dev.corpus.n_documents,
    }


def describe(experiment: Experiment, *, name: str, seed: int, device: str) -> str:
    """A run's first line: with what it works."""
    corpus, lexicon, dev = experiment.corpus, experiment.lexicon, experiment.dev
    parts = [_counted(corpus.n_documents, "document")]
    if experiment.labels is not None:
        parts.append(_counted(len(experiment.labels), "pseudo-label"))
    if len(lexicon):
        parts.append(f"{_counted(len(lexicon), 'name')} ({', '.join(lexicon.types)})")
    if dev is None:
        parts.append("no annotated documents")
    else:
        parts.append(_counted(dev.corpus.n_documents, "annotated document"))
    version = __version__.rpartition(".")[0]
    where = describe_machine(device)
    return f"weaklabel {version} · {name}: {', '.join(parts)} · seed {seed} · {where}"


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def model_card(experiment: Experiment, scores: Mapping[str, Any], *, seed: int) -> str:
    """The model's ``README.md``: what it finds, what it was made of, how good it is."""
    types = ", ".join(
        experiment.lexicon.types or (experiment.labels and experiment.labels.labels) or ()
    )
    sources = ", ".join(experiment.inputs.dictionaries) or "given in Python"
    licences = "".join(f"- {k}: {v}\n" for k, v in sorted(experiment.lexicon.licences.items()))
    return f"""# A weaklabel tagger: {types}

Finds {types} in text. Trained by weaklabel {__version__} (recipe `{experiment.recipe}`,
seed {seed}) on {experiment.corpus.n_documents:,} documents without an annotated training sentence.

## Use

    weaklabel predict --model . --corpus FILE --out predictions.jsonl

    import weaklabel
    weaklabel.load(".").predict(["Some text."])

## How good it is

{_scored(scores)}

## Made of

- dictionaries: {sources} ({len(experiment.lexicon):,} names)
{licences}- `model.safetensors`, `config.json`, `tags.json`: the network
- `pipeline.json`, `sources/`: the frozen lexicon and every decision about it

Check the licences of the dictionaries before you pass the model on: it holds their names.
"""


def _scored(scores: Mapping[str, Any]) -> str:
    if "dev" not in scores:
        return "It was not scored: there was no annotated dev set."
    rows = ["| type | precision | recall | F1 | gold spans |", "|---|---|---|---|---|"]
    strict = scores["dev"]["strict"]
    for name, row in {"all": strict["micro"], **strict["types"]}.items():
        numbers = " | ".join(f"{100 * row[k]:.1f}" for k in ("precision", "recall", "f1"))
        rows.append(f"| {name} | {numbers} | {row['gold']:,} |")
    return "Strict span scores on the dev set that chose when to stop:\n\n" + "\n".join(rows)
