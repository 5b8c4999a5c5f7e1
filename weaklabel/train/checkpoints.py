"""Checkpoints: one file an epoch, whole or absent, read without pickle."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import torch

from weaklabel.errors import TrainingError
from weaklabel.ground.atomic import replacing

NAME = "last.pt"
"""The checkpoint's file in its folder; each epoch replaces it."""


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Replace the folder's checkpoint.

    Raises:
        TrainingError: if it cannot be written; the one before stays as it was.
    """
    path = folder / NAME
    buffer = io.BytesIO()  # torch's own writer does not say when a disk is full
    torch.save(state, buffer)
    try:
        with replacing(path) as part:
            part.write_bytes(buffer.getbuffer())
    except OSError as error:
        raise TrainingError(
            f"the checkpoint {path} cannot be written: {error.strerror or error}. "
            "The one before it is untouched: make room and go on with --resume."
        ) from error


def load_checkpoint(folder: Path, device: torch.device) -> dict[str, Any] | None:
    """The folder's checkpoint, ``None`` if there is none yet.

    Raises:
        TrainingError: if it is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"the checkpoint {path} is damaged: {error}. Remove it to train from the start."
        ) from error
    if not isinstance(state, dict):
        raise TrainingError(f"the checkpoint {path} is not one of weaklabel's")
    return state
