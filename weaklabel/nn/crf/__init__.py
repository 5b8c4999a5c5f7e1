"""Linear-chain conditional random field: sums over tag paths, marginals, best path."""

from __future__ import annotations

from weaklabel.nn.crf.module import LinearChainCRF

__all__ = ["LinearChainCRF"]
