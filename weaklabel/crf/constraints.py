"""Which tags may start, follow one another and end."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from weaklabel.errors import ConfigError, DataError

Bools = npt.NDArray[np.bool_]


class Constraints(Protocol):
    """What :class:`~weaklabel.tags.TagScheme` says of its tags, and whatever else says it."""

    @property
    def may_start(self) -> Bools:
        """``(K,)``: tags a sentence may begin with."""

    @property
    def may_follow(self) -> Bools:
        """``(K, K)``: ``[a, b]`` where tag ``b`` may come right after tag ``a``."""

    @property
    def may_end(self) -> Bools:
        """``(K,)``: tags a sentence may end with."""


class Legal(NamedTuple):
    """What is legal, bool."""

    start: Tensor  # (K,)
    moves: Tensor  # (K, K)
    end: Tensor  # (K,)


def legal(
    tags: int,
    constraints: Constraints | None,
    may_start: Bools | None,
    may_follow: Bools | None,
    may_end: Bools | None,
) -> Legal:
    """Everything that is not forbidden.

    Raises:
        ConfigError: if ``constraints`` is given beside one of the others.
        DataError: if a shape does not fit the number of tags.
    """
    given = {"may_start": may_start, "may_follow": may_follow, "may_end": may_end}
    if constraints is not None:
        for name, array in given.items():
            if array is not None:
                raise ConfigError(f"constraints and {name}: give one or the other")
        given = {name: getattr(constraints, name) for name in given}
    rules = []
    for (name, array), shape in zip(given.items(), ((tags,), (tags, tags), (tags,)), strict=True):
        if array is None:
            rules.append(torch.ones(shape, dtype=torch.bool))
            continue
        may = torch.tensor(np.asarray(array))
        if may.shape != shape or may.dtype is not torch.bool:
            raise DataError(
                f"{name}: expected bool of shape {shape}, got {may.dtype} of {tuple(may.shape)}"
            )
        rules.append(may)
    return Legal(*rules)
