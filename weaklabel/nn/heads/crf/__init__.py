"""The options of the CRF as a head. Importing this needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weaklabel.tags import TagScheme

if TYPE_CHECKING:
    from weaklabel.nn.heads.base import Head


@dataclass(frozen=True)
class CRF:
    """A linear-chain conditional random field: neighbouring tags depend on one another."""

    kind: ClassVar[str] = "crf"

    def make(self, width: int, scheme: TagScheme) -> Head:
        """See :class:`~weaklabel.nn.heads.HeadPlan`."""
        from weaklabel.nn.heads.crf.head import CRFHead

        return CRFHead(width, scheme)
