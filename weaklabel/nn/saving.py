"""A tagger's folder: safetensors and plain JSON, versioned, complete in itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from weaklabel.atomic import replacing, write_text
from weaklabel.config import checked, to_mapping
from weaklabel.errors import FormatError
from weaklabel.nn.channels import VoteChannels
from weaklabel.nn.settings import TaggerSettings
from weaklabel.nn.words import Vocabulary
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.vectors import WordVectors

if TYPE_CHECKING:
    from weaklabel.nn.tagger import Tagger

VERSION = 1
"""Raised whenever an older weaklabel could not read the folder."""


def save(tagger: Tagger, folder: Path, about: dict[str, Any]) -> None:
    """See :meth:`weaklabel.nn.tagger.Tagger.save_pretrained`."""
    words = tagger.vocabulary
    tensors = {
        f"weights.{k}": v.detach().cpu().contiguous() for k, v in tagger.state_dict().items()
    }
    tensors |= {
        "vectors.codes": torch.from_numpy(np.ascontiguousarray(words.vectors.codes)),
        "vectors.scale": torch.from_numpy(np.ascontiguousarray(words.vectors.scale)),
        "vectors.words": _text(words.vectors.words),
        "vocabulary.trained": _text(words.trained),
    }
    config = {
        "format": "weaklabel.tagger",
        "version": VERSION,
        "settings": to_mapping(tagger.settings),
        "channels": {"sources": tagger.channels.sources, "types": tagger.channels.types},
        "alphabet": words.alphabet,
        "about": about,
    }
    tags = {
        "types": tagger.scheme.types,
        "style": tagger.scheme.style,
        "tags": tagger.scheme.names,
        "prior": tagger.prior,
    }
    with replacing(folder / "model.safetensors") as part:
        save_file(tensors, part, metadata={"format": "pt"})
    write_text(folder / "config.json", _json(config))
    write_text(folder / "tags.json", _json(tags))


def load(folder: Path) -> Tagger:
    """See :meth:`weaklabel.nn.tagger.Tagger.from_pretrained`."""
    from weaklabel.nn.tagger import Tagger

    config, tags = _read(folder / "config.json"), _read(folder / "tags.json")
    if config.get("format") != "weaklabel.tagger" or config.get("version", 0) > VERSION:
        raise FormatError(
            f"expected a tagger of version {VERSION} or earlier, got "
            f"{config.get('format')!r} version {config.get('version')!r}",
            path=folder / "config.json",
        )
    path = folder / "model.safetensors"
    try:
        tensors = load_file(path)
        vectors = WordVectors(
            _lines(tensors.pop("vectors.words")),
            tensors.pop("vectors.codes").numpy(),
            tensors.pop("vectors.scale").numpy(),
        )
        vocabulary = Vocabulary(
            vectors, _lines(tensors.pop("vocabulary.trained")), config["alphabet"]
        )
        tagger = Tagger(
            TagScheme(tuple(tags["types"]), TagStyle(tags["style"])),
            vocabulary,
            VoteChannels(tuple(config["channels"]["sources"]), tuple(config["channels"]["types"])),
            checked(TaggerSettings, config["settings"], where=str(folder / "config.json")),
        )
        tagger.load_state_dict({k.removeprefix("weights."): v for k, v in tensors.items()})
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise FormatError(f"the model cannot be read: {error}", path=path) from None
    tagger.prior = tags["prior"]
    tagger.eval()
    return tagger


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


def _text(words: tuple[str, ...]) -> Tensor:
    raw = bytearray("\n".join(words).encode("utf-8", "surrogatepass"))
    return torch.frombuffer(raw, dtype=torch.uint8) if raw else torch.zeros(0, dtype=torch.uint8)


def _lines(text: Tensor) -> tuple[str, ...]:
    raw = text.numpy().tobytes().decode("utf-8", "surrogatepass")
    return tuple(raw.split("\n")) if raw else ()
