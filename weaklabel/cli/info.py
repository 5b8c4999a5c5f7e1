"""``weaklabel info``: what a run's folder, a model or a file holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from weaklabel.cli import options as o
from weaklabel.cli.inputs import existing, typed_path
from weaklabel.cli.manners import polite
from weaklabel.cli.show import score_table
from weaklabel.errors import FormatError

What = Annotated[str, typer.Argument(metavar="PATH", help="A run, a model, votes, text, names.")]


@polite
def info(path: What, traceback: o.Traceback = False) -> None:
    """Say what a folder or a file holds."""
    kind, place = typed_path(path)
    place = existing(place, "info")
    for line in _reader(place)(place) if kind is None else _dictionary(place, kind):
        typer.echo(line)


def _reader(path: Path) -> Callable[[Path], list[str]]:
    if (path / "manifest.json").exists():
        return _run
    if (path / "pipeline.json").exists():
        return _model
    if path.suffix == ".parquet":
        return _parquet
    return _text_or_names


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise FormatError(f"not valid JSON: {error}", path=path) from None
    return value


def _run(path: Path) -> list[str]:
    manifest = _read_json(path / "manifest.json")
    scores, analysis = _read_json(path / "scores.json"), _read_json(path / "analysis.json")
    lines = [
        f"{path}: a run of weaklabel {manifest['weaklabel']}, recipe {manifest['recipe']}, "
        f"seed {manifest['seed']}, {manifest['machine']}",
        f"command  {manifest['command']}",
    ]
    for stage, record in manifest["stages"].items():
        lines.append(f"{stage:<10} {record['text']}   {record['seconds']:.1f} s")
    if "report" not in manifest["stages"]:
        lines.append("not finished: go on with --resume")
    return lines + (score_table(scores, analysis) if scores else [])


def _model(path: Path) -> list[str]:
    tags, config = _read_json(path / "tags.json"), _read_json(path / "config.json")
    size = (path / "model.safetensors").stat().st_size / 1e6
    kinds = (config["plan"][part]["kind"] for part in ("encoder", "head"))
    return [
        f"{path}: a tagger for {', '.join(tags['types'])}",
        f"{' + '.join(kinds)}, tags {tags['style']}, {size:.1f} MB of weights",
    ]


def _parquet(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    from weaklabel.targets import Examples
    from weaklabel.votes import Votes

    metadata = pq.read_schema(path).metadata or {}
    if b"weaklabel.examples" in metadata:
        examples = Examples.load(path)
        known = 100 * float(examples.known.mean()) if len(examples.known) else 0.0
        return [
            f"{path}: examples, {len(examples):,} sentences, {len(examples.known):,} tokens",
            f"types {', '.join(examples.scheme.types)}; {known:.1f} % of tokens known",
            *(f"- {step}" for step in examples.provenance),
        ]
    votes = Votes.load(path)
    spans = Counter(votes.sources[code] for code in votes.source.tolist())
    types = ", ".join(votes.labels[2:])
    return [
        f"{path}: {len(votes):,} votes for {types} on {votes.n_sentences:,} sentences",
        *(f"{name:<20} {spans[name]:>9,}" for name in votes.sources),
    ]


def _text_or_names(path: Path) -> list[str]:
    try:
        return _corpus(path)
    except FormatError as error:
        try:
            return _dictionary(path, None)
        except FormatError:
            raise error from None


def _corpus(path: Path) -> list[str]:
    from weaklabel.io import guess_format, read_gold

    if not path.is_dir() and guess_format(path) in ("text", "lines"):
        try:  # a dictionary is plain text too: what is one is shown as one
            return _dictionary(path, None)
        except FormatError:
            pass
    read = read_gold(path)
    corpus, spans = read.gold.corpus, read.gold.annotations
    counts = Counter(spans.labels[code] for code in spans.label.tolist())
    return [
        f"{path}: {read.format}, {corpus.n_documents:,} documents, {len(corpus):,} sentences, "
        f"{corpus.n_tokens:,} tokens",
        *(f"{kind:<20} {n:>9,} spans" for kind, n in sorted(counts.items())),
        *(f"note: {note}" for note in read.notes),
        *(f"left out: {problem}" for problem in read.problems),
    ]


def _dictionary(path: Path, kind: str | None) -> list[str]:
    from weaklabel.io import read_lexicon

    lexicon = read_lexicon(path, type=kind)
    counts = Counter(kind for term in lexicon for kind in term.types)
    several = sum(len(term.types) > 1 for term in lexicon)
    ids = sum(bool(term.concepts) for term in lexicon)
    return [
        f"{path}: a dictionary of {len(lexicon):,} names, {several:,} with several types, "
        f"{ids:,} with concept ids",
        *(f"{name:<20} {n:>9,} names" for name, n in sorted(counts.items())),
    ]
