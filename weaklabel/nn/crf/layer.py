"""What a CRF layer holds: its scores, its rules, and who does its work."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from weaklabel.errors import DataError
from weaklabel.nn.crf import plain
from weaklabel.nn.crf.backends import Backend, backend_for, named
from weaklabel.nn.crf.constraints import Bools, Constraints, legal
from weaklabel.nn.crf.plain.chain import Chain
from weaklabel.nn.crf.problem import Problem


class ChainScores(nn.Module):
    """Scores of starts, moves and ends, and which are legal.

    What can be asked of them, and what the arguments mean, says
    :class:`~weaklabel.nn.crf.LinearChainCRF`.
    """

    legal_start: Tensor
    legal_moves: Tensor
    legal_end: Tensor

    def __init__(
        self,
        num_tags: int,
        constraints: Constraints | None = None,
        *,
        may_start: Bools | None = None,
        may_follow: Bools | None = None,
        may_end: Bools | None = None,
        backend: str | None = None,
    ) -> None:
        super().__init__()
        if num_tags < 1:
            raise DataError(f"num_tags: expected at least 1, got {num_tags}")
        if backend is not None:
            named(backend, "backend")
        self.backend = backend
        self.num_tags = num_tags
        self.start = nn.Parameter(torch.zeros(num_tags))
        self.transitions = nn.Parameter(torch.zeros(num_tags, num_tags))
        self.end = nn.Parameter(torch.zeros(num_tags))
        rules = legal(num_tags, constraints, may_start, may_follow, may_end)
        for name, may in rules._asdict().items():
            self.register_buffer(f"legal_{name}", may, persistent=False)

    def extra_repr(self) -> str:
        """What is printed of the layer."""
        return f"{self.num_tags}" + (f", backend={self.backend!r}" if self.backend else "")

    def _do(self, emissions: Tensor) -> Backend:
        chosen = backend_for(emissions.device, self.backend)
        if torch.compiler.is_compiling():
            from weaklabel.nn.crf.traced import traced  # what torch is told at once is slow to load

            return traced(chosen)
        return chosen

    def _problem(
        self,
        emissions: Tensor,
        mask: Tensor,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Problem:
        own = self.start, self.transitions, self.end
        rules = self.legal_start, self.legal_moves, self.legal_end
        problem = Problem(emissions, mask, *own, *rules, allowed, moves)
        problem.check()
        return problem

    def _chain(
        self,
        emissions: Tensor,
        mask: Tensor,
        allowed: Tensor | None = None,
        moves: Tensor | None = None,
    ) -> Chain:
        return plain.chain(self._problem(emissions, mask, allowed, moves))
