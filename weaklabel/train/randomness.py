"""What is random in an epoch, fixed by seed, epoch and rank."""

from __future__ import annotations

from types import TracebackType

import numpy as np
import torch


class Randomness:
    """numpy's and torch's randomness of one epoch; torch's global state is put back after it.

    numpy's generator, which plans the epoch, is the same for every process of a world; torch's,
    which dropout draws from, is its own.

    Args:
        seed: the run's.
        epoch: from 1.
        rank: which process this is, from 0.
        device: where the network is.
    """

    def __init__(self, seed: int, epoch: int, rank: int, device: torch.device) -> None:
        self._shared = np.random.SeedSequence([seed, epoch])
        own = self._shared if rank == 0 else np.random.SeedSequence([seed, epoch, rank])
        self._seed = int(own.generate_state(1, np.uint64)[0] >> np.uint64(1))
        self._fork = torch.random.fork_rng(devices=[device] if device.type == "cuda" else [])

    def __enter__(self) -> np.random.Generator:
        self._fork.__enter__()
        torch.manual_seed(self._seed)
        return np.random.default_rng(self._shared)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._fork.__exit__(kind, error, trace)
