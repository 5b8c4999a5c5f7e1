"""The CRF's peers, all asked the same: a batch's loss with its gradients, and the best paths.

pytorch-crf and torch-struct are installed packages. Of flair only the two files of its CRF are
needed, and are loaded from a folder of their own, as the package itself asks for versions that do
not go with ours: ``pip install --no-deps --target FOLDER flair==0.15.1``.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from crf_cases import Case
from crf_stepwise import Stepwise
from torch import Tensor, nn

from weaklabel.crf import LinearChainCRF

FLAIR = "flair==0.15.1"
FAR = -10_000.0
"""What flair forbids with."""


@dataclass
class Engine:
    """Who is measured.

    Attributes:
        name: as the results say it.
        loss: sum of the negative log-likelihoods of the paths given.
        best: finds the best paths, in its own form.
        given: what the loss is differentiated in.
        gradients: those of emissions, start, transitions and end, as ours are laid out.
        paths: best paths as ``(B, T)``, anything at padding.
        lasts: about how many seconds a loss takes, where that is much: a rule of thumb.
    """

    name: str
    loss: Callable[[], Tensor]
    best: Callable[[], Any]
    given: list[Tensor]
    gradients: Callable[[], list[Tensor]]
    paths: Callable[[Any], Tensor] = lambda paths: paths
    lasts: float = 0.0

    def loss_and_gradient(self) -> Tensor:
        """What training asks for."""
        for leaf in self.given:
            leaf.grad = None
        loss = self.loss()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss


def _grads(leaves: list[Tensor]) -> list[Tensor]:
    return [leaf.grad for leaf in leaves if leaf.grad is not None]


def _leaves(case: Case) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    start, moves, end = (own.clone().requires_grad_() for own in case.scores)
    return case.emissions.detach().clone().requires_grad_(), (start, moves, end)


def _set(layer: nn.Module, names: tuple[str, str, str], case: Case) -> list[Tensor]:
    own = [getattr(layer, name) for name in names]
    with torch.no_grad():
        for parameter, value in zip(own, case.scores, strict=True):
            parameter.copy_(value)
    return own


def ours(case: Case, backend: str) -> Engine:
    """One of our back ends, checks of the input and all."""
    crf = LinearChainCRF(case.emissions.shape[2], backend=backend)
    emissions = case.emissions.detach().clone().requires_grad_()
    given = [emissions, *_set(crf, ("start", "transitions", "end"), case)]
    return Engine(
        backend,
        lambda: -crf.log_likelihood(emissions, case.tags, case.mask).sum(),
        lambda: crf.decode(emissions, case.mask),
        given,
        lambda: _grads(given),
    )


def pytorch_crf(case: Case) -> Engine:
    """pytorch-crf, in the emissions' precision."""
    from torchcrf import CRF

    crf = CRF(case.emissions.shape[2], batch_first=True).to(case.emissions.dtype)
    emissions = case.emissions.detach().clone().requires_grad_()
    own = _set(crf, ("start_transitions", "transitions", "end_transitions"), case)
    given = [emissions, *own]
    steps = case.mask.shape[1]
    return Engine(
        "pytorch-crf",
        lambda: -crf(emissions, case.tags, mask=case.mask, reduction="sum"),
        lambda: crf.decode(emissions, case.mask),
        given,
        lambda: _grads(given),
        lambda paths: torch.tensor([row + [0] * (steps - len(row)) for row in paths]),
    )


_stepwise = cache(Stepwise)  # compiled once, for all batches


def compiled_by_torch(case: Case) -> Engine:
    """Plain torch, through ``torch.compile``."""
    emissions, own = _leaves(case)
    given = [emissions, *own]
    return Engine(
        "torch.compile",
        lambda: _stepwise().loss(emissions, case.tags, case.mask, own),
        lambda: _stepwise().best(emissions, case.mask, own),
        given,
        lambda: _grads(given),
    )


def torch_struct(case: Case) -> Engine:
    """torch-struct: products of matrices by halves, whose sums in between take ``K`` cubed."""
    from torch_struct import LinearChain
    from torch_struct import LinearChainCRF as Peer

    emissions, own = _leaves(case)
    batch, steps, tags = case.emissions.shape
    lengths = case.mask.sum(1)
    rows, last = torch.arange(batch), lengths - 2

    def chain() -> Any:
        start, moves, end = own
        edges = moves.t() + emissions[:, 1:, :, None]  # [to, from]
        edges = torch.cat(
            [edges[:, :1] + (start + emissions[:, 0])[:, None, None], edges[:, 1:]], 1
        )
        closing = torch.zeros(batch, steps - 1, tags).index_put((rows, last), end)
        return Peer(edges + closing[..., None], lengths)

    parts = LinearChain.to_parts(case.tags, tags, lengths).to(emissions.dtype)
    return Engine(
        "torch-struct",
        lambda: -chain().log_prob(parts).sum(),
        lambda: chain().argmax,
        given := [emissions, *own],
        lambda: _grads(given),
        lambda found: LinearChain.from_parts(found)[0],
        lasts=2e-8 * batch * steps * tags**3,
    )


# ---- flair --------------------------------------------------------------------------------------
def flair_files(folder: Path) -> tuple[ModuleType, ModuleType]:
    """flair's CRF, and its loss and search; fetched if the folder does not have them."""
    inside = folder / "flair" / "models" / "sequence_tagger_utils"
    if not inside.is_dir():
        ask = ["pip", "install", "--quiet", "--no-deps", "--target", str(folder), FLAIR]
        subprocess.run([sys.executable, "-m", *ask], check=True)
    around, data = ModuleType("flair"), ModuleType("flair.data")
    around.__dict__["device"] = torch.device("cpu")
    data.__dict__.update(Dictionary=object, Label=object, Sentence=object)
    sys.modules |= {"flair": around, "flair.data": data}  # all that the two files ask of the rest
    found = []
    for name in ("crf", "viterbi"):
        spec = importlib.util.spec_from_file_location(f"flair_{name}", inside / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(module)
    return found[0], found[1]


class _Tags:
    """flair's dictionary of tags: ours by number, then its marks of start and end."""

    def __init__(self, tags: int) -> None:
        self.items = [str(tag) for tag in range(tags)] + ["<START>", "<STOP>"]
        self.places = {item: place for place, item in enumerate(self.items)}

    def __len__(self) -> int:
        return len(self.items)

    def get_idx_for_item(self, item: str) -> int:
        return self.places[item]

    def get_item_for_index(self, place: Any) -> str:
        return self.items[int(place)]


def flair(case: Case, files: tuple[ModuleType, ModuleType]) -> Engine:
    """flair's CRF; its batch is sorted and two tags wider before anything is timed."""
    batch, steps, k = case.emissions.shape
    names = _Tags(k)
    crf = files[0].CRF(names, k + 2, False)
    loss, search = files[1].ViterbiLoss(names), files[1].ViterbiDecoder(names)
    start, moves, end = case.scores
    with torch.no_grad():
        crf.transitions.fill_(FAR)  # [to, from]
        crf.transitions[:k, :k] = moves.t()
        crf.transitions[:k, k], crf.transitions[k + 1, :k] = start, end
    lengths, order = case.mask.sum(1).sort(descending=True, stable=True)
    emissions = torch.zeros(batch, steps, k + 2)
    emissions[..., :k] = case.emissions.detach()[order]
    emissions.requires_grad_()
    targets = torch.cat(
        [case.tags[row, :n] for row, n in zip(order, lengths.tolist(), strict=True)]
    )

    def features() -> tuple[Tensor, Tensor, Tensor]:
        return crf(emissions), lengths, crf.transitions

    def gradients() -> list[Tensor]:
        assert emissions.grad is not None
        assert crf.transitions.grad is not None
        back = torch.empty_like(emissions.grad)
        back[order] = emissions.grad
        grad = crf.transitions.grad
        return [back[..., :k], grad[:k, k], grad[:k, :k].t(), grad[k + 1, :k]]

    def paths(found: Any) -> Tensor:
        made = torch.zeros(batch, steps, dtype=torch.int64)
        for row, path in zip(order.tolist(), found[0], strict=True):
            made[row, : len(path)] = torch.tensor([int(tag) for tag, _ in path])
        return made

    return Engine(
        "flair",
        lambda: loss(features(), targets),
        lambda: search.decode(features(), False, []),
        [emissions, crf.transitions],
        gradients,
        paths,
        lasts=2.6e-9 * batch * steps**2 * (k + 2) ** 2,  # a step's gradient is as large as all
    )
