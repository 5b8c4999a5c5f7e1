"""The softmax head's options. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weaklabel.tags import TagScheme

if TYPE_CHECKING:
    from weaklabel.nn.heads.base import Head


@dataclass(frozen=True)
class Softmax:
    """Each token's tag by itself; decoding finds the best path that is legal."""

    kind: ClassVar[str] = "softmax"

    def make(self, width: int, scheme: TagScheme) -> Head:
        """See :class:`~weaklabel.nn.heads.HeadPlan`."""
        from weaklabel.nn.heads.softmax.head import SoftmaxHead

        return SoftmaxHead(width, scheme)
