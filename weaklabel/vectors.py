"""Word vectors: a table of words, one small row of numbers each. Numpy only; no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from weaklabel.errors import FormatError
from weaklabel.ground.types import Floats, Longs

BUNDLED = "words-128d"
"""The vectors that travel with weaklabel; their card is in ``models/``."""


def vector_word(token: str) -> str:
    """The form in which a token is looked up: lower case, digits only → "0".

    >>> vector_word("Aspirin"), vector_word("12")
    ('aspirin', '0')
    """
    return "0" if token.isdigit() else token.lower()


@dataclass(frozen=True, eq=False)
class WordVectors:
    """``V`` words with ``H`` numbers each, stored as int8 with one scale a row.

    Attributes:
        words: ``V`` distinct words.
        codes: ``(V, H)`` int8.
        scale: ``(V,)`` float32; ``codes * scale[:, None]`` is the vector.

    >>> vectors = WordVectors.of(["cold", "flu", "iron"], np.array([[2, 1], [2, 0.9], [-1, 2]]))
    >>> vectors
    <WordVectors: 3 words, 2 numbers each>
    >>> rows, cosines = vectors.nearest(np.array([0]), 1)
    >>> vectors.words[rows[0, 0]]
    'flu'
    """

    words: tuple[str, ...] = field(repr=False)
    codes: npt.NDArray[np.int8] = field(repr=False)
    scale: Floats = field(repr=False)

    @classmethod
    def of(cls, words: list[str], matrix: npt.NDArray[np.floating]) -> WordVectors:
        """Quantise ``(V, H)`` floats to int8, each row by its largest number."""
        largest = np.abs(matrix).max(1) if len(matrix) else np.zeros(0)
        scale = np.maximum(largest, 1e-12).astype(np.float32) / np.float32(127)
        codes = np.rint(matrix / scale[:, None]).astype(np.int8)
        return cls(tuple(words), codes, scale)

    def __repr__(self) -> str:
        return f"<WordVectors: {len(self):,} words, {self.width} numbers each>"

    def __len__(self) -> int:
        return len(self.words)

    @property
    def width(self) -> int:
        """``H``."""
        return int(self.codes.shape[1])

    @cached_property
    def rows(self) -> dict[str, int]:
        """Word → row."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def matrix(self) -> Floats:
        """``(V, H)`` float32."""
        return self.codes.astype(np.float32) * self.scale[:, None]

    @cached_property
    def unit(self) -> Floats:
        """``(V, H)``: rows of length 1, for cosines."""
        norm = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        unit: Floats = self.matrix / np.maximum(norm, 1e-12)
        return unit

    def nearest(self, rows: npt.NDArray[np.integer], k: int) -> tuple[Longs, Floats]:
        """The ``k`` nearest other words of each row: their rows and cosines, both ``(n, k)``."""
        found = np.empty((len(rows), k), np.int64)
        cosines = np.empty((len(rows), k), np.float32)
        for at in range(0, len(rows), 512):
            block = rows[at : at + 512]
            likeness = self.unit[block] @ self.unit.T
            likeness[np.arange(len(block)), block] = -2
            best = np.argpartition(-likeness, k, axis=1)[:, :k]
            order = np.argsort(-np.take_along_axis(likeness, best, 1), axis=1, kind="stable")
            found[at : at + 512] = np.take_along_axis(best, order, 1)
            cosines[at : at + 512] = np.take_along_axis(likeness, found[at : at + 512], 1)
        return found, cosines

    def save(self, path: str | Path, *, about: dict[str, str] | None = None) -> None:
        """Write a safetensors file; whole or absent."""
        from safetensors.numpy import save_file

        from weaklabel.ground.atomic import replacing

        text = np.frombuffer("\n".join(self.words).encode(), np.uint8)
        tensors: dict[str, npt.NDArray[Any]] = {
            "codes": self.codes,
            "scale": self.scale,
            "words": text,
        }
        with replacing(path) as part:
            save_file(tensors, part, metadata=about or {})

    @classmethod
    def load(cls, path: str | Path) -> WordVectors:
        """Read a ``.safetensors`` file of ours, or word2vec's text form (``.vec``, ``.txt``).

        Raises:
            FormatError: if a line has another number of columns than the first.
        """
        path = Path(path)
        if path.suffix != ".safetensors":
            return _read_text(path)
        from safetensors.numpy import load_file

        tensors = load_file(path)
        words = tuple(tensors["words"].tobytes().decode().split("\n"))
        return cls(words, tensors["codes"], tensors["scale"])

    @classmethod
    def bundled(cls) -> WordVectors:
        """The vectors that travel with weaklabel."""
        from weaklabel.ground.shipped import shipped

        with resources.as_file(shipped("models", f"{BUNDLED}.safetensors")) as path:
            return cls.load(path)


def _read_text(path: Path) -> WordVectors:
    words: dict[str, list[float]] = {}
    width = 0
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            word, *numbers = line.rstrip().split(" ")
            if number == 1 and len(numbers) == 1:
                continue  # word2vec's header: how many, how wide
            width = width or len(numbers)
            try:
                row = [float(x) for x in numbers]
            except ValueError:
                row = []
            if len(row) != width or not width:
                raise FormatError(
                    f"expected a word and {width} numbers, got {line.strip()[:60]!r}",
                    path=path,
                    line=number,
                )
            words.setdefault(word, row)
    return WordVectors.of(list(words), np.array(list(words.values()), np.float32))
