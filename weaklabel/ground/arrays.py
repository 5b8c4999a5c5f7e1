"""Named arrays in one file, opened without reading them: the safetensors format, mapped."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from weaklabel.errors import FormatError
from weaklabel.ground.atomic import replacing

Array = npt.NDArray[Any]
_TYPES = {
    "U8": np.uint8, "U16": np.uint16, "I32": np.int32, "I64": np.int64, "U64": np.uint64,
    "F32": np.float32,
}  # fmt: skip
_NAMES = {np.dtype(kind): name for name, kind in _TYPES.items()}


def save_arrays(path: str | Path, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> None:
    """Write arrays and what is to be known about them; whole or absent."""
    header: dict[str, Any] = {"__metadata__": {"about": json.dumps(about, sort_keys=True)}}
    at = 0
    for name, array in arrays.items():
        dtype, shape = _NAMES[array.dtype], list(array.shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    with replacing(path) as part, Path(part).open("wb") as file:
        file.write(struct.pack("<Q", len(raw)) + raw)
        for array in arrays.values():
            file.write(np.ascontiguousarray(array).data)


def load_arrays(path: str | Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Map what :func:`save_arrays` wrote: nothing is read before it is used.

    Raises:
        FormatError: if the file is not there, is not of this format, or was cut.
    """
    path = Path(path)
    try:
        mapped = np.memmap(path, np.uint8, mode="r")
        (size,) = struct.unpack("<Q", mapped[:8].tobytes())
        header = json.loads(mapped[8 : 8 + size].tobytes())
        about = json.loads(header.pop("__metadata__")["about"])
        arrays = {name: _view(mapped[8 + size :], entry) for name, entry in header.items()}
    except FileNotFoundError:
        raise FormatError("no such file", path=path) from None
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise FormatError(f"not a file of arrays, or cut: {error}", path=path) from None
    return arrays, about


def _view(data: Array, entry: Mapping[str, Any]) -> Array:
    first, last = entry["data_offsets"]
    piece = np.asarray(data[first:last]).view(_TYPES[entry["dtype"]])
    return piece.reshape(entry["shape"])
