"""model_card(): the README.md of a model's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from weaklabel.ground.atomic import write_text
from weaklabel.report.run_files import RunFiles

_USE = """## Use

    weaklabel predict --model . --corpus FILE --out predictions.jsonl

    import weaklabel
    weaklabel.load(".").predict(["Selegiline caused orthostatic hypotension."])
"""

_MEANT = """## What it is meant for

Finding names in text for research: searching, counting, filling a database that people check,
labelling text to train other taggers on. It misses names and marks what is none, more so in text
unlike its corpus; look at the scores below, and score it on text of your own before relying on it.

It is not a medical device. It must not be used to diagnose, to treat, or to decide about a person.
"""


def write_card(run: str | Path) -> Path:
    """Write the card of a run's model, from the run's folder alone.

    Returns:
        The file written, ``model/README.md``, whole or absent.

    Raises:
        RunFolderError: if the folder is no run's, or one of its files is broken.
    """
    files = RunFiles.read(run)
    sources, priors = files.analysis.get("sources", []), files.analysis.get("priors", {})
    types = priors.get("types", [])
    config = files.settings
    card = model_card(files.manifest, files.scores, sources=sources, config=config, types=types)
    path = files.folder / "model" / "README.md"
    write_text(path, card)
    return path


def model_card(
    manifest: Mapping[str, Any],
    scores: Mapping[str, Any],
    *,
    sources: Sequence[Mapping[str, Any]] = (),
    config: Mapping[str, Any] | None = None,
    types: Sequence[str] = (),
) -> str:
    """What a tagger finds, what it was made of, how good it is, how to load it.

    Args:
        manifest: of the run (``manifest.json``).
        scores: of the run (``scores.json``); without a dev set the card says so.
        sources: rows of :meth:`Votes.summary` on the training corpus.
        config: of the run (``config.toml``, read); where the files are named.
        types: what it finds, if the scores do not say.

    Returns:
        Markdown, ending in a line break.
    """
    found = sorted({*types, *scores.get("dev", {}).get("strict", {}).get("types", {})})
    what = ", ".join(found) or "entities"
    parts = [
        f"# A weaklabel tagger: {what}\n",
        f"Finds {what} in text. Made by weaklabel {manifest.get('weaklabel', '')} from raw text "
        "and dictionaries; **no annotated sentence was trained on**.\n",
        _USE,
        _MEANT,
        "## How good it is\n\n" + _scored(scores, manifest),
        "## Made of\n\n" + _made_of(manifest, config or {}),
    ]
    if sources:
        parts.append("## Sources of its labels\n\n" + _sources(sources))
    parts.append("## To make it again\n\n" + _again(manifest))
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _scored(scores: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    if "dev" not in scores:
        return "Nobody knows: it was not scored, there was no annotated dev set."
    documents = manifest.get("dev_documents")
    where = f"{documents:,} annotated documents" if documents else "the annotated dev set"
    rows: list[tuple[str, ...]] = [
        ("type", "precision %", "recall %", "F1 %", "95 % interval", "gold spans")
    ]
    strict = scores["dev"]["strict"]
    for name, m in {"all": strict["micro"], **strict["types"]}.items():
        ratios = (f"{100 * m[k]:.1f}" for k in ("precision", "recall", "f1"))
        low, high = m.get("f1_low"), m.get("f1_high")
        interval = "" if low is None or high is None else f"{100 * low:.1f} – {100 * high:.1f}"
        rows.append((name, *ratios, interval, f"{m['gold']:,}"))
    return (
        f"Strict span scores on {where}, which also chose when training stopped; the interval "
        f"resamples documents:\n\n{_table(rows)}"
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in rows)
    rule = "|---|" + "---:|" * (len(rows[0]) - 1)
    return "\n".join([head, rule, *body])


def _made_of(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    inputs = config.get("inputs", {})
    documents, tokens = manifest.get("documents", 0), manifest.get("tokens", 0)
    corpus = inputs.get("corpus") or "raw text"
    lines = [f"- corpus: {corpus} ({documents:,} documents, {tokens:,} tokens)"]
    listed = ", ".join(inputs.get("dictionaries") or ()) or "given in Python"
    lines.append(f"- dictionaries: {listed} ({manifest.get('names', 0):,} names)")
    lines += [f"  - {name}: {text}" for name, text in sorted(manifest.get("licences", {}).items())]
    lines.append("- gold used for training: none; for early stopping and scores: " + (
        inputs.get("dev") or "none" if not manifest.get("dev_documents")
        else f"{inputs.get('dev') or 'a dev set'} ({manifest['dev_documents']:,} documents)"
    ))  # fmt: skip
    lines.append("")
    lines.append(
        "The folder holds the dictionaries' names: mind their licences before you pass it on. "
        "`model.safetensors`, `config.json` and `tags.json` are the network; nothing is a pickle."
    )
    return "\n".join(lines)


def _sources(sources: Sequence[Mapping[str, Any]]) -> str:
    rows: list[tuple[str, ...]] = [("source", "spans", "coverage %", "conflict %")]
    for r in sources:
        ratios = (f"{100 * r[name]:.1f}" for name in ("coverage", "conflict"))
        rows.append((str(r["source"]), f"{r['spans']:,}", *ratios))
    return _table(rows) + "\n\nCoverage is the share of the training corpus's tokens."


def _again(manifest: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{k} {v}" for k, v in manifest.get("packages", {}).items())
    facts = {
        "command": f"`{manifest['command']}`" if manifest.get("command") else "",
        "recipe": manifest.get("recipe"),
        "seed": manifest.get("seed"),
        "device": manifest.get("device"),
        "machine": manifest.get("machine"),
        "Python": manifest.get("python"),
        "packages": packages,
    }
    return "\n".join(f"- {k}: {v}" for k, v in facts.items() if v not in (None, ""))
