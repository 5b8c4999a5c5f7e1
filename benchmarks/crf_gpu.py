"""The CRF on a GPU beside pytorch-crf and torch.compile: loss with gradient, and the best path.

As benchmarks/crf.py draws them; an engine's loss, gradients and the scores of its paths are
compared with our reference in float64 before it is timed, and our checks of the input stay on. A
time is that of the wall clock between two waits for the GPU, the least of several. An engine that
runs out of the GPU's memory, or cannot be captured as a graph, is left out of the cell; the row
says so.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from command import Result, run
from crf_cases import Case, draw
from crf_peers import Engine, compiled_by_torch, ours, pytorch_crf
from torch import Tensor

from weaklabel.crf import LinearChainCRF

TAGS, BATCHES, STEPS = (5, 9, 17, 33, 128), (32, 256, 1024), (32, 128, 512)
QUICK = ((5, 32, 128), (17, 256, 128), (33, 1024, 32), (128, 256, 128))
GOALS = {"pytorch-crf": 50.0, "torch.compile": 10.0, "torch.compile, graph": 10.0}
"""Times faster than each, geometric means, in both operations."""
OPERATIONS = ("loss + gradient", "best path")
OURS = "triton"
OFF = {OURS: 1e-5}
"""How far a loss, relative to the largest number, may be off; peers sum in float32."""


class Replayed(Engine):
    """An engine whose loss brings its gradient along."""

    def loss_and_gradient(self) -> Tensor:
        return self.loss()


def graphed(case: Case) -> Engine:
    """``torch.compile`` and a graph of the GPU's around all of it: no launch costs time.

    Only a shape that does not change allows it.
    """
    asked = compiled_by_torch(case)
    loss = _captured(asked.loss_and_gradient)
    with torch.no_grad():
        best = _captured(asked.best)
    return Replayed("torch.compile, graph", loss, best, asked.given, asked.gradients)


def _captured(work: Callable[[], Tensor]) -> Callable[[], Tensor]:
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        found = work()

    def replay() -> Tensor:
        graph.replay()
        return found

    return replay


def on_gpu(make: Callable[[Case], Engine]) -> Callable[[Case], Engine]:
    """An engine whose layer's own scores are made on the GPU."""

    def made(case: Case) -> Engine:
        with torch.device("cuda"):
            return make(case)

    return made


GRAPH = "torch.compile, graph"
ENGINES: dict[str, Callable[[Case], Engine]] = {
    OURS: on_gpu(lambda case: ours(case, OURS)),
    "pytorch-crf": on_gpu(pytorch_crf),
    "torch.compile": compiled_by_torch,
    GRAPH: graphed,
}


# ---- agreement ----------------------------------------------------------------------------------
def expected_of(case: Case) -> tuple[LinearChainCRF, list[Tensor]]:
    """A judge, and loss, gradients and scores of the best paths by it."""
    exact = case._replace(emissions=case.emissions.double())
    with torch.device("cuda"):
        judge = LinearChainCRF(case.emissions.shape[2], backend="reference")
        mine = ours(exact, "reference")
    with torch.no_grad():
        for own, value in zip(judge.parameters(), case.scores, strict=True):
            own.copy_(value)
    return judge, answers(mine, exact, judge)


def answers(engine: Engine, case: Case, judge: LinearChainCRF) -> list[Tensor]:
    loss = engine.loss_and_gradient().detach()
    with torch.no_grad():
        path = engine.paths(engine.best()).to(case.mask.device)
        scores = judge.score(case.emissions.double(), path, case.mask)  # any of equal paths will do
    return [x.clone().double() for x in (loss, *engine.gradients(), scores)]


def compare(engine: Engine, case: Case, judge: LinearChainCRF, expected: list[Tensor]) -> None:
    """Raise if an engine does not agree."""
    off = OFF.get(engine.name, 1e-2)
    for mine, theirs in zip(answers(engine, case, judge), expected, strict=True):
        largest = theirs.abs().max().item()
        torch.testing.assert_close(mine, theirs, rtol=0, atol=off * (1 + largest))


# ---- time ---------------------------------------------------------------------------------------
def least_seconds(work: Callable[[], object]) -> float:
    """The least of runs that fill a second, at least one and at most 50."""
    least, spent, runs = math.inf, 0.0, 0
    while runs < 1 or (spent < 1.0 and runs < 50):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        work()
        torch.cuda.synchronize()
        took = time.perf_counter() - begun
        least, spent, runs = min(least, took), spent + took, runs + 1
    return least


def cell(shape: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Both operations' rows for some tags, sentences and steps."""
    drawn = draw(*shape)
    start, moves, end = (x.cuda() for x in drawn.scores)
    case = Case(*(x.cuda() for x in drawn[:3]), (start, moves, end))
    judge, expected = expected_of(case)
    took: dict[str, dict[str, float]] = {operation: {} for operation in OPERATIONS}
    left_out: dict[str, str] = {}
    for name, make in ENGINES.items():
        engine = None
        try:
            engine = make(case)
            compare(engine, case, judge, expected)
            loss = least_seconds(engine.loss_and_gradient)
            with torch.no_grad():
                best = least_seconds(engine.best)
            took["loss + gradient"][name], took["best path"][name] = loss, best
        except RuntimeError as error:
            short = isinstance(error, torch.cuda.OutOfMemoryError)
            if name == OURS or not (short or name == GRAPH):
                raise
            left_out[name] = "memory" if short else str(error).partition("\n")[0]
        del engine
        torch.cuda.empty_cache()
    rows = []
    for operation, times in took.items():
        row = dict(zip(("tags", "batch", "steps"), shape, strict=True)) | {
            "operation": operation,
            "tokens": int(case.mask.sum()),
            "milliseconds": {name: round(1000 * s, 4) for name, s in times.items()},
            "times": {name: round(times[name] / times[OURS], 4) for name in GOALS if name in times},
            "left_out": left_out,
        }
        print(
            f"{operation:16} K {shape[0]:3}  {shape[1]:4} x {shape[2]:4}  "
            f"{1000 * times[OURS]:9.3f} ms  "
            + "  ".join(f"{name} {ratio:.1f} x" for name, ratio in row["times"].items()),
            flush=True,
        )
        rows.append(row)
    return rows


def measure(wanted: argparse.Namespace) -> Result:
    if not torch.cuda.is_available():
        print("no GPU here: nothing was measured", file=sys.stderr)
        raise SystemExit(2)
    cells = QUICK if wanted.quick else tuple(itertools.product(TAGS, BATCHES, STEPS))
    rows = []
    for shape in cells:
        rows += cell(shape)
    summary: dict[str, Any] = {"gpu": torch.cuda.get_device_name()}
    met = True
    for operation, (peer, goal) in itertools.product(OPERATIONS, GOALS.items()):
        ratios = [row["times"][peer] for row in rows
                  if row["operation"] == operation and peer in row["times"]]  # fmt: skip
        if not ratios:
            continue
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        found = {"geometric_mean": round(mean, 1), "worst": min(ratios), "goal": goal}
        summary[f"{operation}, {peer}"] = found | {"cells": len(ratios)}
        met &= mean >= goal
        print(f"{operation:16} {mean:6.1f} x {peer} (goal {goal:.0f}), worst {min(ratios):.1f} x")
    return Result(rows, met, summary)


if __name__ == "__main__":
    packages = ["pytorch-crf", "triton"]
    sys.exit(run(__doc__, measure, quick="four cells of 45", data="none", packages=packages))
