"""Batches cut in parts for threads; what a part finds wrong becomes an error.

What is worked out for a sentence does not depend on the others nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from weaklabel.crf import problem as errors
from weaklabel.crf.compiled.arrays import Array
from weaklabel.crf.compiled.loops import faults
from weaklabel.crf.problem import Problem
from weaklabel.kernels.batches import parts_of

SINGLE_THREAD = 2_000_000
"""Work (``B * T * K * (K + 20)``) below which a second thread costs more than it saves."""
SMALLEST = 64
"""A part is at least this fraction of a batch: to hand one out costs some microseconds."""


def in_parts(
    shape: tuple[int, ...], work: Callable[[int, int], Array | None], times: float = 1.0
) -> list[Any]:
    """Do all sentences, in parts and on several threads if that pays; what came of each part.

    ``times``: how much more than a sum over paths it takes.
    """
    batch, steps, k = shape
    threads = torch.get_num_threads()
    if threads == 1 or batch * steps * k * (k + 20) * times < SINGLE_THREAD:
        return [work(0, batch)]
    cuts = _cuts(batch, threads)
    return parts_of(lambda part: work(cuts[part], cuts[part + 1]), len(cuts) - 1, threads)


def _cuts(batch: int, threads: int) -> list[int]:
    """Where parts begin and end: large ones first, small ones last, so that all end together.

    Sentences are of all lengths, and who is done first takes the next part (guided
    self-scheduling; Polychronopoulos and Kuck, 1987).

    >>> _cuts(256, 2)[:5]
    [0, 64, 112, 148, 175]
    """
    cuts = [0]
    while (left := batch - cuts[-1]) > 0:
        size = max(left // (2 * threads), batch // SMALLEST, 1)
        cuts.append(cuts[-1] + min(size, left))
    return cuts


def on_all(
    problem: Problem,
    tags: Tensor | None,
    work: Callable[[int, int, Array], None],
    times: float = 1.0,
) -> None:
    """Do all sentences as :func:`in_parts` and raise what is wrong with the first that is."""

    def do(begin: int, stop: int) -> Array:
        wrong = np.zeros(3, np.int64)
        work(begin, stop, wrong)
        return wrong

    for wrong in in_parts(tuple(problem.emissions.shape), do, times):
        what, row, step = wrong.tolist()
        if what != faults.FINE:
            raise _error(problem, tags, what, row, step)


def _error(problem: Problem, tags: Tensor | None, what: int, row: int, step: int) -> Exception:
    if what == faults.NO_TAG:
        assert tags is not None
        return errors.no_tag(row, step, int(tags[row, step]), problem.emissions.shape[2])
    if what in (faults.EMPTY, faults.NO_PATH):
        return {faults.EMPTY: errors.empty, faults.NO_PATH: errors.no_path}[what](row)
    return {
        faults.HOLE: errors.hole,
        faults.STUCK: errors.stuck,
        faults.NOT_A_NUMBER: errors.no_number,
        faults.NO_MOVE: errors.no_move,
    }[what](row, step)
