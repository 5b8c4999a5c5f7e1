"""What every back end of the CRF is asked, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.crf.chains import (
    ALL,
    Case,
)
from weaklabel.crf import LinearChainCRF

BACKEND = pytest.mark.parametrize("backend", ALL)
MOVES = pytest.mark.parametrize("moved", [False, True], ids=["shared", "moves"])

Ask = Callable[[LinearChainCRF, Tensor, Tensor, dict[str, Any]], Tensor]
SUMS: dict[str, Ask] = {
    "log_partition": lambda crf, e, mask, options: crf.log_partition(e, mask, **options),
    "marginals": lambda crf, e, mask, options: crf.marginals(e, mask, **options),
    "pair_marginals": lambda crf, e, mask, options: crf.pair_marginals(e, mask, **options),
    "counts": lambda crf, e, mask, options: torch.cat(
        [x.flatten(1) for x in crf.expected_counts(e, mask, **options)], 1
    ),
    "entropy": lambda crf, e, mask, options: crf.entropy(e, mask, **options),
    "kl": lambda crf, e, mask, options: crf.kl_divergence(
        e, mask, e.flip(2).detach(), teacher=LinearChainCRF(crf.num_tags, backend=crf.backend)
    ),
    "belief": lambda crf, e, mask, options: crf.belief_cross_entropy(
        e, torch.ones_like(e) / e.shape[2], mask, **options
    ),
}
PATHS: dict[str, Ask] = {
    "decode": lambda crf, e, mask, options: crf.decode(e, mask, **options),
    "kbest": lambda crf, e, mask, options: crf.decode_kbest(e, mask, 4, **options).tags,
    "scores": lambda crf, e, mask, options: crf.decode_kbest(e, mask, 4, **options).scores,
    "margin": lambda crf, e, mask, options: crf.margin(e, mask, **options),
    "steps": lambda crf, e, mask, options: crf.path_steps(
        e, crf.decode(e, mask, **options), mask, **options
    ),
}
OPERATIONS = SUMS | PATHS


def options_of(case: Case, moves: Tensor | None) -> dict[str, Any]:
    return {"allowed": case.allowed, "moves": moves}
