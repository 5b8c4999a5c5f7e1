"""The CRF beside pytorch-crf and plain torch: loss with gradient, and the best path; one thread.

Emissions, lengths and scores are drawn at random, the same for all; a sentence fills 60 % of the
longest one on average. Every engine's loss, gradients and paths are compared before anything is
timed; our checks of the input stay on. A cell's time is the least of several rounds, the engines
taking turns.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from command import Result, run
from timing import seconds
from torch import Tensor

from weaklabel.nn.crf import LinearChainCRF

TAGS, BATCHES, STEPS = (5, 9, 17, 33), (32, 256), (32, 128, 512)
QUICK = ((5, 32, 128), (9, 256, 32), (9, 256, 128), (33, 32, 128))
GOALS = {"loss + gradient": (15.0, 6.0), "best path": (40.0, 12.0)}
"""Times faster than pytorch-crf: geometric mean, and the worst cell."""


class Case(NamedTuple):
    emissions: Tensor
    tags: Tensor
    mask: Tensor
    scores: tuple[Tensor, Tensor, Tensor]


def draw(tags: int, batch: int, steps: int) -> Case:
    generator = torch.Generator().manual_seed(tags * 1_000_003 + batch * 1009 + steps)
    emissions = torch.randn(batch, steps, tags, generator=generator) * 2
    lengths = torch.randint(int(0.2 * steps), steps + 1, (batch,), generator=generator)
    lengths[0] = steps
    mask = torch.arange(steps)[None] < lengths[:, None]
    shapes = ((tags,), (tags, tags), (tags,))
    start, moves, end = (torch.randn(shape, generator=generator) for shape in shapes)
    path = torch.randint(0, tags, (batch, steps), generator=generator)
    return Case(emissions.requires_grad_(), path, mask, (start, moves, end))


def allowed_tags(case: Case) -> Tensor:
    """Half of the tags of each token, the path's own among them."""
    generator = torch.Generator().manual_seed(1)
    some = torch.rand(case.emissions.shape, generator=generator) < 0.5
    return some.scatter_(2, case.tags[..., None], True)


class Engine(NamedTuple):
    name: str
    layer: torch.nn.Module
    own: tuple[Tensor, Tensor, Tensor]
    loss: Callable[[], Tensor]
    best: Callable[[], Any]


def ours(case: Case, backend: str) -> Engine:
    crf = LinearChainCRF(case.emissions.shape[2], backend=backend)
    own = crf.start, crf.transitions, crf.end

    def loss() -> Tensor:
        return -crf.log_likelihood(case.emissions, case.tags, case.mask).sum()

    return Engine(backend, crf, own, loss, lambda: crf.decode(case.emissions, case.mask))


def pytorch_crf(case: Case) -> Engine:
    from torchcrf import CRF

    crf = CRF(case.emissions.shape[2], batch_first=True)
    own = crf.start_transitions, crf.transitions, crf.end_transitions

    def loss() -> Tensor:
        return -crf(case.emissions, case.tags, mask=case.mask, reduction="sum")

    return Engine("pytorch-crf", crf, own, loss, lambda: crf.decode(case.emissions, case.mask))


def with_gradient(engine: Engine, case: Case) -> Callable[[], Tensor]:
    def work() -> Tensor:
        case.emissions.grad = None
        engine.layer.zero_grad()
        loss = engine.loss()
        loss.backward()
        return loss

    return work


def answers(engine: Engine, case: Case, judge: LinearChainCRF) -> list[Tensor]:
    """Loss, gradients and the scores of the best paths."""
    loss = with_gradient(engine, case)().detach()
    assert case.emissions.grad is not None
    grads = [case.emissions.grad, *(own.grad for own in engine.own)]
    with torch.no_grad():
        path = engine.best()
        if isinstance(path, list):
            steps = case.mask.shape[1]
            path = torch.tensor([row + [0] * (steps - len(row)) for row in path])
        scores = judge.score(case.emissions, path, case.mask)  # of equal paths any will do
    return [x.clone().double() for x in (loss, *grads, scores)]


def compare(case: Case, engines: list[Engine]) -> None:
    """Raise if the engines do not agree with pytorch-crf working in float64.

    In float32 it sums scores of thousands, and is itself a thousandth off: it is judged by that.
    """
    judge = with_scores(ours(case, "reference"), case).layer
    exact = case._replace(emissions=case.emissions.detach().double().requires_grad_())
    peer = pytorch_crf(exact)
    peer.layer.double()
    expected = answers(with_scores(peer, exact), exact, judge)
    for engine in engines:
        off = 1e-2 if engine.name == "pytorch-crf" else 1e-5
        for mine, theirs in zip(answers(engine, case, judge), expected, strict=True):
            largest = theirs.abs().max().item()
            torch.testing.assert_close(mine, theirs, rtol=0, atol=off * (1 + largest))


def with_scores(engine: Engine, case: Case) -> Engine:
    with torch.no_grad():
        for own, value in zip(engine.own, case.scores, strict=True):
            own.copy_(value)
    return engine


def cell(tags: int, batch: int, steps: int, rounds: int) -> list[dict[str, Any]]:
    case = draw(tags, batch, steps)
    engines = [ours(case, "compiled"), ours(case, "reference"), pytorch_crf(case)]
    engines = [with_scores(engine, case) for engine in engines]
    compare(case, engines)
    rows = []
    for operation in GOALS:
        took = {engine.name: math.inf for engine in engines}
        for _ in range(rounds):
            for engine in engines:
                with torch.set_grad_enabled(operation != "best path"):
                    work = engine.best if operation == "best path" else None
                    work = work or with_gradient(engine, case)
                    repeats = 5 if engine.name == "compiled" else 1
                    took[engine.name] = min(took[engine.name], *seconds(work, repeats))
        ours_, peer = took["compiled"], took["pytorch-crf"]
        rows.append(
            {
                "operation": operation,
                "tags": tags,
                "batch": batch,
                "steps": steps,
                "tokens": int(case.mask.sum()),
                "milliseconds": {name: round(1000 * s, 4) for name, s in took.items()},
                "times_pytorch_crf": round(peer / ours_, 2),
                "times_reference": round(took["reference"] / ours_, 2),
            }
        )
        row = rows[-1]
        if operation != "best path":
            row |= more(case, engines[0], ours_, rounds)
        print(
            f"{operation:16} K {tags:3}  {batch:4} x {steps:4}  {row['tokens']:7,} tokens  "
            f"{1000 * ours_:9.3f} ms  reference {row['times_reference']:6.1f} x  "
            f"pytorch-crf {row['times_pytorch_crf']:6.1f} x"
            + (f"  partial loss {row['partial_costs']:.2f} x" if "partial_costs" in row else "")
            + (f"  two threads {row['two_threads']:.2f} x" if "two_threads" in row else ""),
            flush=True,
        )
    return rows


def more(case: Case, engine: Engine, loss: float, rounds: int) -> dict[str, float]:
    """What partly labelled text costs beside labelled text, and what a second thread brings."""
    allowed, crf = allowed_tags(case), engine.layer
    partly = engine._replace(loss=lambda: crf(case.emissions, allowed, case.mask).sum())
    whole = engine._replace(loss=lambda: -crf.log_likelihood(*case[:3]).sum())
    found = {"partial_costs": min(seconds(with_gradient(partly, case), 5 * rounds)) / loss}
    if loss >= 5e-3 and len(os.sched_getaffinity(0)) > 1:
        torch.set_num_threads(2)
        found["two_threads"] = loss / min(seconds(with_gradient(whole, case), 5 * rounds))
        torch.set_num_threads(1)
    return {name: round(value, 2) for name, value in found.items()}


def measure(wanted: argparse.Namespace) -> Result:
    torch.set_num_threads(1)
    cells = QUICK if wanted.quick else tuple(itertools.product(TAGS, BATCHES, STEPS))
    rows = [row for shape in cells for row in cell(*shape, rounds=3)]
    summary, met = {}, True
    for operation, (goal, least) in GOALS.items():
        ratios = [row["times_pytorch_crf"] for row in rows if row["operation"] == operation]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        summary[operation] = {"geometric_mean": round(mean, 1), "worst": min(ratios)}
        summary[operation] |= {"goal": goal, "goal_worst": least, "cells": len(ratios)}
        met &= mean >= goal and min(ratios) >= least
        print(
            f"{operation:16} {mean:6.1f} x pytorch-crf (goal {goal:.0f}), "
            f"worst cell {min(ratios):.1f} x (goal {least:.0f})"
        )
    for name, bound in (("partial_costs", "at most 2.2"), ("two_threads", "at least 1.7")):
        if values := [row[name] for row in rows if name in row]:
            mean = math.exp(sum(map(math.log, values)) / len(values))
            summary[name] = {"mean": round(mean, 2), "least": min(values), "most": max(values)}
            print(f"{name}: {mean:.2f} x ({min(values):.2f} to {max(values):.2f}; goal {bound})")
    return Result(rows, met, summary)


if __name__ == "__main__":
    sys.exit(run(__doc__, measure, quick="four cells of 24", data="none", packages=["pytorch-crf"]))
