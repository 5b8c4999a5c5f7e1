"""How the GPU's kernels are launched: sizes, memory as they read it, what they found wrong."""

from __future__ import annotations

import contextlib
import importlib
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from weaklabel.crf import problem as errors
from weaklabel.crf.problem import Problem
from weaklabel.errors import MissingDependency

WIDEST = 128
"""Tags whose moves fit a program's registers."""
FEWEST = 16
"""Tags that a tile has room for, at least."""
REACH = 2**31
"""Cells of a sentence, counted in 32 bits."""


def kernels(name: str) -> ModuleType:
    """A module of kernels.

    Raises:
        MissingDependency: if Triton is not installed.
    """
    try:
        importlib.import_module("triton")
    except ModuleNotFoundError as error:
        if error.name != "triton":  # it is there, and lacks something itself
            raise
        raise MissingDependency(
            "The CRF's back end for GPUs needs 'triton', which is not installed; "
            "run: pip install 'weaklabel[gpu]'"
        ) from None
    return importlib.import_module(f"weaklabel.crf.fused.triton_{name}")


def padded(tags: int) -> int:
    """Tags as a tile has room for them: a power of two."""
    return max(FEWEST, 1 << (tags - 1).bit_length())


def warps(width: int, double: bool) -> int:
    """As many as leave a thread no more than 64 float32 of a tile to hold, or 32 float64."""
    return min(16, max(1, width * width * (2 if double else 1) // (32 * 64)))


def chunk(width: int) -> int:
    """Tokens looked at together: some 16 cells a thread, though no fewer than a product takes."""
    return max(16, 512 // width)


def as_bytes(flags: Tensor) -> Tensor:
    """Bools as kernels read them."""
    return flags.contiguous().view(torch.uint8)


def device_of(x: Tensor) -> contextlib.AbstractContextManager[Any]:
    """Launch on the device that holds the numbers."""
    return torch.cuda.device(x.device) if x.is_cuda else contextlib.nullcontext()


def out_of_reach(problem: Problem, *, each: bool = False) -> bool:
    """Whether a batch is none for the kernels; ``each``: moves are wanted token by token."""
    _, steps, tags = problem.emissions.shape
    cells = steps * padded(tags) * (tags if each or problem.moves is not None else 1)
    return tags > WIDEST or cells >= REACH or problem.emissions.numel() == 0


def faint_lines(problem: Problem, codes: Tensor, tags: Tensor | None, need_path: bool) -> list[int]:
    """Raise what is wrong with the first sentence that is; else which to sum elsewhere.

    The lines count the passes one after the other.
    """
    found = codes.cpu()
    if not bool(found[:, 0].any()):
        return []
    batch, pieces = len(problem.mask), kernels("pieces")
    for line in found[:, 0].nonzero()[:, 0].tolist():
        what, step, _ = found[line].tolist()
        row = line % batch
        if what == pieces.HOLE:
            raise errors.hole(row, step)
        if what == pieces.EMPTY:
            raise errors.empty(row)
        if what == pieces.NOT_A_NUMBER:
            raise errors.no_number(row, step)
        if what == pieces.STUCK:
            raise errors.stuck(row, step)
        if what == pieces.NO_TAG:
            assert tags is not None
            raise errors.no_tag(row, step, int(tags[row, step]), problem.emissions.shape[2])
        if what == pieces.BAD_SCORES:
            raise errors.bad_scores()
        if what == pieces.NO_MOVE:
            raise errors.no_move(row, step)
        if what == pieces.NO_PATH and need_path:
            raise errors.no_path(row)
    lines: list[int] = (found[:, 0] == pieces.FAINT.value).nonzero()[:, 0].tolist()
    return lines
