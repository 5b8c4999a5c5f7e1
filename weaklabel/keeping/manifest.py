"""What a run says about itself: versions, machine, command."""

from __future__ import annotations

import platform
import shlex
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from weaklabel import __version__
from weaklabel.experiment import Experiment
from weaklabel.keeping.code import code_fingerprint
from weaklabel.keeping.machine import describe_machine

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
    labels = getattr(experiment.aggregator, "labels", None)
    if labels is not None:
        parts.append(_counted(len(labels), "pseudo-label"))
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
