"""A network's folder: safetensors and plain JSON, versioned, complete in itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from weaklabel.errors import ConfigError, FormatError
from weaklabel.ground.atomic import replacing, write_text
from weaklabel.ground.config import checked, to_mapping
from weaklabel.nn.assets import Assets
from weaklabel.nn.channels import VoteChannels
from weaklabel.nn.plan import TaggerPlan
from weaklabel.tags import TagScheme, TagStyle

FORMAT = "weaklabel.tagger"
VERSION = 2
"""Raised whenever another weaklabel could not read the folder."""
WEIGHTS = "model.safetensors"
CONFIG = "config.json"
TAGS = "tags.json"


class Saved(NamedTuple):
    """All that a folder holds.

    Attributes:
        plan: what the network is made of.
        scheme: its tags.
        channels: the votes it listens to.
        assets: what its encoder saves beside its weights.
        weights: by name.
        prior: tag name → share of the training labels, ``None`` before training.
        about: plain values, such as versions and scores.
    """

    plan: TaggerPlan
    scheme: TagScheme
    channels: VoteChannels
    assets: Assets
    weights: Mapping[str, Tensor]
    prior: dict[str, float] | None
    about: dict[str, Any]


def write(saved: Saved, folder: Path) -> None:
    """Write a network's folder, each file whole or absent."""
    tensors = _prefixed("weights", saved.weights) | _prefixed("encoder", saved.assets.tensors)
    config = {
        "format": FORMAT,
        "version": VERSION,
        "plan": to_mapping(saved.plan),
        "channels": {"sources": saved.channels.sources, "types": saved.channels.types},
        "encoder": saved.assets.values,
        "about": saved.about,
    }
    tags = {
        "types": saved.scheme.types,
        "style": saved.scheme.style,
        "tags": saved.scheme.names,
        "prior": saved.prior,
    }
    with replacing(folder / WEIGHTS) as part:
        save_file(tensors, part, metadata={"format": "pt"})
    write_text(folder / CONFIG, _json(config))
    write_text(folder / TAGS, _json(tags))


def read(folder: Path) -> Saved:
    """Read what :func:`write` wrote.

    Raises:
        FormatError: if a file is missing or damaged, the folder is of another version, or a
            package that brought a part of the network is not installed.
    """
    config, tags = _read(folder / CONFIG), _read(folder / TAGS)
    _refuse_other_formats(config, folder / CONFIG)
    try:
        plan = checked(TaggerPlan, config["plan"])
    except ConfigError as error:
        hint = "Is the package that brings it installed?"
        raise FormatError(f"{error} {hint}", path=folder / CONFIG) from None
    try:
        tensors = load_file(folder / WEIGHTS)
        return Saved(
            plan,
            TagScheme(tuple(tags["types"]), TagStyle(tags["style"])),
            VoteChannels(tuple(config["channels"]["sources"]), tuple(config["channels"]["types"])),
            Assets(config["encoder"], _under("encoder", tensors.items())),
            _under("weights", tensors.items()),
            tags["prior"],
            config["about"],
        )
    except (OSError, KeyError, SafetensorError) as error:
        raise unreadable(folder, error) from None


def unreadable(folder: Path, error: Exception) -> FormatError:
    """What is raised where the parts of a folder do not make a network."""
    return FormatError(f"the model cannot be read: {error}", path=folder / WEIGHTS)


def _refuse_other_formats(config: Mapping[str, Any], path: Path) -> None:
    if config.get("format") != FORMAT:
        raise FormatError(f"expected a {FORMAT}, got {config.get('format')!r}", path=path)
    version = config.get("version")
    if version == VERSION:
        return
    earlier = isinstance(version, int) and version < VERSION
    hint = "train it again" if earlier else "a later weaklabel wrote it"
    raise FormatError(
        f"a model of version {version} cannot be read, only version {VERSION}: {hint}", path=path
    )


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{k}": v.detach().cpu().contiguous() for k, v in tensors.items()}


def _under(prefix: str, tensors: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {k.removeprefix(start): v for k, v in tensors if k.startswith(start)}


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(f"the model cannot be read: {error}", path=path) from None
    if not isinstance(values, dict):
        raise FormatError("expected a JSON object", path=path)
    return values
