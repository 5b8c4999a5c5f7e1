"""What a network must save beside its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Assets(NamedTuple):
    """Plain values and tensors, from which an encoder is made again.

    Attributes:
        values: JSON values: an alphabet, the configuration of a pretrained network.
        tensors: anything larger. A file, such as a tokeniser's, is a tensor of its bytes.
    """

    values: dict[str, Any]
    tensors: dict[str, Tensor]


def bytes_tensor(raw: bytes) -> Tensor:
    """Bytes as a tensor of unsigned 8-bit numbers.

    >>> tensor_bytes(bytes_tensor(b"ab"))
    b'ab'
    """
    if not raw:
        return torch.zeros(0, dtype=torch.uint8)
    return torch.frombuffer(bytearray(raw), dtype=torch.uint8)


def tensor_bytes(tensor: Tensor) -> bytes:
    """The inverse of :func:`bytes_tensor`."""
    return bytes(tensor.cpu().numpy().tobytes())


def words_tensor(words: Sequence[str]) -> Tensor:
    """Words, none of which holds a line end, as the bytes of one text."""
    return bytes_tensor("\n".join(words).encode("utf-8", "surrogatepass"))


def tensor_words(tensor: Tensor) -> tuple[str, ...]:
    """The inverse of :func:`words_tensor`."""
    raw = tensor_bytes(tensor).decode("utf-8", "surrogatepass")
    return tuple(raw.split("\n")) if raw else ()
