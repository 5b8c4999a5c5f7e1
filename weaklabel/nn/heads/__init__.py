"""Heads: rows of numbers in, tags out. Importing this needs no torch.

A head is a plan, which is its options (a frozen dataclass, :class:`HeadPlan`), and the module that
the plan makes (:class:`weaklabel.nn.heads.base.Head`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from weaklabel.components import table

if TYPE_CHECKING:
    from weaklabel.nn.heads.base import Head
    from weaklabel.tags import TagScheme


class HeadPlan(Protocol):
    """A head's options, which make one. A frozen dataclass, in a file that needs no torch."""

    kind: ClassVar[str]

    def make(self, width: int, scheme: TagScheme) -> Head:
        """A new head, its first weights drawn from torch's random state.

        Args:
            width: ``H``, numbers a token that the encoder gives.
            scheme: ``K`` tags.
        """
        ...


HEADS = table(
    "head",
    {"crf": "weaklabel.nn.heads.crf:CRF", "softmax": "weaklabel.nn.heads.softmax:Softmax"},
)
