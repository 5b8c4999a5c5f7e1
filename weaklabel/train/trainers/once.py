"""Fit once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weaklabel.targets import Examples
from weaklabel.train.trainers import Fit, Relabel

if TYPE_CHECKING:
    from weaklabel.nn.network import Network


@dataclass(frozen=True)
class Once:
    """One network, fitted on the examples as they are."""

    kind: ClassVar[str] = "once"

    def __call__(self, examples: Examples, *, fit: Fit, relabel: Relabel) -> Network:
        """See :class:`~weaklabel.train.trainers.Trainer`."""
        return fit(examples)
