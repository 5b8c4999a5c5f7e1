"""The command line's options → a configuration → an experiment, its files read."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from weaklabel.cli.manners import CallError

if TYPE_CHECKING:
    from weaklabel.experiment import Config, Experiment, Inputs
    from weaklabel.io import Reading
    from weaklabel.lexicon import Lexicon
    from weaklabel.sources import AnySource
    from weaklabel.vectors import WordVectors


class Configured(NamedTuple):
    """A configuration, and what in it differs from the recipe's own settings."""

    config: Config
    changes: dict[str, Any]


def configured(
    file: str, settings: Sequence[str], options: Mapping[str, Any], inputs: Mapping[str, Any]
) -> Configured:
    """Lay ``--set`` and the options over a configuration file.

    Args:
        file: a TOML file, or empty.
        settings: ``KEY=VALUE``.
        options: ``recipe``, ``seed``, ``device``; empty ones do not count.
        inputs: fields of :class:`Inputs`; empty ones do not count.

    Raises:
        ConfigError: for an unknown setting, with the nearest name.
    """
    from weaklabel.experiment import Config
    from weaklabel.ground.config import checked, merged, overridden, read_toml, to_mapping

    values = read_toml(file) if file else {}
    recipe = options.get("recipe") or overridden(values, settings).get("recipe") or "default"
    base = to_mapping(Config()) | recipe_options(str(recipe))
    checked(Config, merged(base, values), where=file)
    values = overridden(values, settings)
    values |= {name: given for name, given in options.items() if given not in (None, "")}
    given = {name: value for name, value in inputs.items() if value}
    if given and isinstance(values.setdefault("inputs", {}), dict):
        values["inputs"] = merged(values["inputs"], given)
    config = checked(Config, merged(base, values), where="--set" if settings else file)
    heads = ("recipe", "seed", "device", "inputs")
    return Configured(config, {k: v for k, v in values.items() if k not in heads})


def recipe_options(recipe: str) -> dict[str, Any]:
    """Every option of a recipe, with the values it has there, as plain values.

    Raises:
        ConfigError: if there is no such recipe, with the nearest name.
    """
    from weaklabel.recipes import RECIPES
    from weaklabel.text import Corpus

    made: Experiment = RECIPES.load(recipe)(Corpus.from_texts([]))
    return made.options()


def type_map(options: Sequence[str]) -> dict[str, str]:
    """``FROM[,FROM…]=TO`` options as a mapping.

    >>> type_map(["DISO,Finding=Disease"])
    {'DISO': 'Disease', 'Finding': 'Disease'}
    """
    return pairs(options, "--map-types", "FROM[,FROM…]=TO")


def pairs(options: Sequence[str], name: str, form: str) -> dict[str, str]:
    """The options called ``name``, of a form such as ``FROM[,FROM…]=TO``, as a mapping."""
    found: dict[str, str] = {}
    for names, to in (pair(option, name, form) for option in options):
        found |= {part.strip(): to for part in names.split(",") if part.strip()}
    return found


def pair(option: str, name: str, form: str) -> tuple[str, str]:
    """An option called ``name``, of a form such as ``FILE=TEXT``."""
    left, equals, right = option.partition("=")
    if not equals or not left.strip(", ") or not right.strip():
        raise CallError(f"{name} wants {form}, got {option!r}")
    return left.strip(), right.strip()


def typed_path(option: str) -> tuple[str | None, Path]:
    """``PATH`` or ``TYPE=PATH``; a path that exists as it stands is one.

    >>> typed_path("Disease=names.txt")
    ('Disease', PosixPath('names.txt'))
    """
    head, equals, tail = option.partition("=")
    if not equals or "/" in head or Path(option).exists():
        return None, Path(option)
    return head, Path(tail)


def typed_files(options: Sequence[str], name: str) -> list[tuple[Path, str | None]]:
    """The files of the options called ``name``, each with the type of its names, if one is given.

    Raises:
        CallError: if one is not there.
    """
    typed = [typed_path(option) for option in options]
    return [(existing(path, name), kind) for kind, path in typed]


def existing(path: str | Path, option: str) -> Path:
    """A path that is there.

    Raises:
        CallError: if it is not; with the nearest name beside it.
    """
    path = Path(path)
    if path.exists():
        return path
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=1)
    hint = f" Did you mean {path.parent / near[0]}?" if near else ""
    raise CallError(f"{option} {path}: no such file or folder.{hint}")


def check_ending(out: Path, more: str = "") -> None:
    """Whether spans can be written to a file of this name: asked before the work, not after it.

    Args:
        out: what ``--out`` names.
        more: what else the verb can write, to end the message with.

    Raises:
        CallError: if they cannot.
    """
    from weaklabel.errors import FormatError
    from weaklabel.io import writer_for

    try:
        writer_for(out)
    except FormatError as error:
        raise CallError(f"--out {error}{more}") from error


def experiment_of(made: Configured, *, needs: Sequence[str]) -> Experiment:
    """Read all files and make the recipe's experiment.

    Args:
        made: the configuration.
        needs: inputs that must be given: ``"corpus"``, ``"labels"``; ``"names"`` stands for a
            dictionary or sources of the user's own.

    Raises:
        ConfigError: if one is missing, a file is not there, or the recipe is unknown.
        FormatError: if a file cannot be read.
    """
    from weaklabel.recipes import RECIPES

    inputs = made.config.inputs
    for name in needs:
        if name == "names" and not inputs.dictionaries and not inputs.sources:
            raise CallError(
                "--dictionary is missing (or inputs.dictionaries in a configuration). Without one, "
                "--sources must list sources of your own"
            )
        if name != "names" and not getattr(inputs, name):
            raise CallError(f"--{name} is missing (or inputs.{name} in a configuration)")
    if inputs.labels and inputs.corpus:
        raise CallError(
            f"the corpus is {inputs.corpus}, and labels of another text are given with "
            f"{inputs.labels}, which holds its text: name one of the two; of a configuration, "
            "--set inputs.labels= or --set inputs.corpus= leaves it out"
        )
    inputs = _absolute(inputs)
    lexicons = read_dictionaries(inputs)
    dev = _read(inputs.dev, "--dev", "", inputs) if inputs.dev else None
    text = _read(
        inputs.labels or inputs.corpus,
        "--labels" if inputs.labels else "--corpus",
        inputs.format,
        inputs,
    )
    experiment: Experiment = RECIPES.load(made.config.recipe)(
        text.gold.corpus,
        lexicons,
        dev=None if dev is None else dev.gold,
        labels=text.gold.annotations if inputs.labels else None,
        keep=names_in(inputs.keep, "--keep"),
        drop=names_in(inputs.drop, "--drop"),
        sources=_sources(inputs.sources),
        vectors=word_vectors(inputs.vectors),
        settings=made.changes,
    )
    readings = [text] if dev is None else [text, dev]
    if inputs.vectors == "none":
        experiment = dataclasses.replace(experiment, vectors=None)
    return dataclasses.replace(
        experiment,
        recipe=made.config.recipe,  # a recipe that builds on another has that one's name in it
        inputs=inputs,
        problems=tuple(p for reading in readings for p in reading.problems),
        notes=tuple(note for reading in readings for note in _notes(reading)),
    )


def read_dictionaries(inputs: Inputs) -> list[Lexicon]:
    """The dictionaries of a run.

    Raises:
        FormatError: if one cannot be read, or names no type and none is given.
    """
    from weaklabel.io import read_lexicon

    files = typed_files(inputs.dictionaries, "--dictionary")
    return [read_lexicon(path, type=kind, type_map=inputs.type_map) for path, kind in files]


def _absolute(inputs: Inputs) -> Inputs:
    """Inputs that mean the same from any working folder."""

    def full(path: str) -> str:
        return str(Path(path).absolute()) if path else ""

    def dictionary(option: str) -> str:
        kind, path = typed_path(option)
        return full(str(path)) if kind is None else f"{kind}={full(str(path))}"

    named = inputs.vectors in ("bundled", "none")
    return dataclasses.replace(
        inputs,
        corpus=full(inputs.corpus),
        dictionaries=tuple(dictionary(option) for option in inputs.dictionaries),
        dev=full(inputs.dev),
        labels=full(inputs.labels),
        keep=full(inputs.keep),
        drop=full(inputs.drop),
        sources=full(inputs.sources),
        vectors=inputs.vectors if named else full(inputs.vectors),
    )


def _read(path: str, option: str, format: str, inputs: Inputs) -> Reading:
    from weaklabel.io import read_gold

    return read_gold(existing(path, option), format=format or None, type_map=inputs.type_map)


def _notes(reading: Reading) -> list[str]:
    listed = "; they were left out"
    return [
        note.replace(listed, f"{listed} and are listed in dropped.tsv") for note in reading.notes
    ]


def names_in(path: str, option: str) -> frozenset[str]:
    """The names a file lists, one a line; none without a file."""
    if not path:
        return frozenset()
    try:
        lines = existing(path, option).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise CallError(f"{option} {path}: not UTF-8 at byte {error.start}") from None
    return frozenset(line.strip() for line in lines if line.strip())


def _sources(path: str) -> tuple[AnySource, ...]:
    from weaklabel.sources import read_sources

    return read_sources(existing(path, "--sources")) if path else ()


def word_vectors(name: str) -> WordVectors | None:
    """The vectors of a file; None for those that need none: "bundled", "none", or nothing said."""
    from weaklabel.vectors import WordVectors

    if name in ("bundled", "none", ""):
        return None
    return WordVectors.load(existing(name, "--vectors"))
