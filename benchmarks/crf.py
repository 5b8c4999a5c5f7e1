"""The CRF beside its peers: loss with gradient, and the best path; one thread.

Emissions, lengths and scores are drawn at random, the same for all; a sentence fills 60 % of the
longest one on average. Every engine's loss, gradients and paths are compared before anything is
timed; our checks of the input stay on. A cell's time is the least of several rounds, the engines
taking turns. A peer is left out of cells that would take it seconds, and the row says so.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import math
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from command import Result, run
from crf_cases import Case, allowed_tags, draw
from crf_limits import Limits, measure_limits, shares
from crf_memory import peak
from crf_peers import Engine, compiled_by_torch, flair, flair_files, ours, pytorch_crf, torch_struct
from timing import seconds
from torch import Tensor

from weaklabel.crf import LinearChainCRF

TAGS, BATCHES, STEPS = (5, 9, 17, 33), (32, 256), (32, 128, 512)
QUICK = ((5, 32, 128), (9, 256, 32), (9, 256, 128), (33, 32, 128))
GOALS = {"loss + gradient": (15.0, 6.0), "best path": (40.0, 12.0)}
"""Times faster than pytorch-crf: geometric mean, and the worst cell."""
PARTIAL, TWO = 2.2, 1.7
"""Goals of partly labelled text's cost, and of a second thread where one takes 5 ms or more."""
MEMORY = ((9, 256, 512), (33, 256, 512))
LONGEST = 2.5
"""Seconds that a peer's loss may take."""
TURNS = 6.0
"""Seconds for which one thread and two take turns."""
PEERS = ("torch.compile", "torch-struct", "flair")


def peers(case: Case, files: Any) -> list[Engine]:
    """Those besides pytorch-crf and our own reference that are there."""
    found = [compiled_by_torch(case)]
    with contextlib.suppress(ImportError):
        found.append(torch_struct(case))
    if files:
        found.append(flair(case, files))
    return [engine for engine in found if engine.lasts <= LONGEST]


# ---- agreement ----------------------------------------------------------------------------------
def answers(engine: Engine, case: Case, judge: LinearChainCRF) -> list[Tensor]:
    """Loss, gradients and the scores of the best paths."""
    loss = engine.loss_and_gradient().detach()
    with torch.no_grad():
        path = engine.paths(engine.best())
        scores = judge.score(case.emissions.double(), path, case.mask)  # any of equal paths will do
    return [x.clone().double() for x in (loss, *engine.gradients(), scores)]


def compare(case: Case, engines: Iterable[Engine]) -> None:
    """Raise if the engines do not agree with pytorch-crf working in float64.

    In float32 it sums scores of thousands, and is itself a thousandth off; peers are judged by
    that.
    """
    judge = LinearChainCRF(case.emissions.shape[2], backend="reference")
    with torch.no_grad():
        for own, value in zip(judge.parameters(), case.scores, strict=True):
            own.copy_(value)
    exact = case._replace(emissions=case.emissions.double())
    expected = answers(pytorch_crf(exact), exact, judge)
    for engine in engines:
        off = 1e-5 if engine.name in ("compiled", "reference") else 1e-2
        for mine, theirs in zip(answers(engine, case, judge), expected, strict=True):
            largest = theirs.abs().max().item()
            torch.testing.assert_close(mine, theirs, rtol=0, atol=off * (1 + largest))


# ---- one cell -----------------------------------------------------------------------------------
def cell(shape: tuple[int, int, int], rounds: int, limits: Limits, files: Any) -> list[Any]:
    """Both operations' rows for some tags, sentences and steps."""
    case = draw(*shape)
    mine = ours(case, "compiled")
    engines = [mine, ours(case, "reference"), pytorch_crf(case), *peers(case, files)]
    compare(case, engines)
    rows = []
    for operation in GOALS:
        took = {engine.name: math.inf for engine in engines}
        for turn, engine in itertools.product(range(rounds), engines):
            if turn and took[engine.name] > 1.0:
                continue  # once is enough
            repeats = 5 if engine is mine else 1
            with torch.set_grad_enabled(operation != "best path"):
                asked = engine.best if operation == "best path" else engine.loss_and_gradient
                took[engine.name] = min(took[engine.name], *seconds(asked, repeats))
        least, tokens = took["compiled"], int(case.mask.sum())
        row = dict(zip(("tags", "batch", "steps"), shape, strict=True)) | {
            "operation": operation,
            "tokens": tokens,
            "milliseconds": {name: round(1000 * s, 4) for name, s in took.items()},
            "times": {name: round(s / least, 2) for name, s in took.items() if s > least},
            "left_out": [x for x in PEERS if x not in took and (files or x != "flair")],
            "of_the_limits": shares(limits, operation, shape[0], tokens, least),
        }
        row["times_pytorch_crf"] = round(took["pytorch-crf"] / least, 2)
        if operation != "best path":
            row |= more(case, mine, least, rounds)
        tell(row)
        rows.append(row)
    return rows


def more(case: Case, engine: Engine, loss: float, rounds: int) -> dict[str, float]:
    """What partly labelled text costs beside labelled text, and what a second thread brings."""
    allowed, partly = allowed_tags(case), ours(case, "compiled")
    crf, emissions = LinearChainCRF(case.emissions.shape[2], backend="compiled"), partly.given[0]
    partly.given += crf.parameters()
    with torch.no_grad():
        for own, value in zip(crf.parameters(), case.scores, strict=True):
            own.copy_(value)
    partly.loss = lambda: crf(emissions, allowed, case.mask).sum()
    took = min(seconds(partly.loss_and_gradient, 5 * rounds))
    found = {"partial_costs": round(took / loss, 2)}
    if loss >= 5e-3 and len(os.sched_getaffinity(0)) > 1:
        found |= two_threads(engine.loss_and_gradient)
    return found


def two_threads(work: Callable[[], object]) -> dict[str, float]:
    """One thread's least time by two threads', taking turns."""
    least, begun = {1: math.inf, 2: math.inf}, time.perf_counter()
    while time.perf_counter() - begun < TURNS:
        for threads in least:
            torch.set_num_threads(threads)
            least[threads] = min(least[threads], *seconds(work, 2))
    torch.set_num_threads(1)
    return {"two_threads": round(least[1] / least[2], 2)}


def tell(row: dict[str, Any]) -> None:
    """One line."""
    times = "".join(f"  {name} {ratio:.1f} x" for name, ratio in row["times"].items())
    limits = "  ".join(f"{name} {share:.1%}" for name, share in row["of_the_limits"].items())
    print(
        f"{row['operation']:16} K {row['tags']:3}  {row['batch']:4} x {row['steps']:4}"
        f"  {row['tokens']:7,} tokens  {row['milliseconds']['compiled']:9.3f} ms{times}"
        f"  of the limits: {limits}"
        + "".join(f"  {name} too slow or not there" for name in row["left_out"])
        + (f"  partial loss {row['partial_costs']:.2f} x" if "partial_costs" in row else "")
        + (f"  two threads {row['two_threads']:.2f} x" if "two_threads" in row else ""),
        flush=True,
    )


# ---- all cells ----------------------------------------------------------------------------------
def mean(values: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


def memory(shapes: Iterable[tuple[int, int, int]]) -> list[dict[str, Any]]:
    """Peaks above the batch, in times of what the emissions take."""
    rows = []
    for shape in shapes:
        size = 4 * math.prod(shape)
        bytes_ = {name: peak(name, *shape) for name in ("compiled", "reference", "pytorch-crf")}
        times = {name: round(n / size, 2) for name, n in bytes_.items() if n is not None}
        rows.append({"shape": shape, "emissions": size, "peak": bytes_, "times": times})
        told = "".join(f"  {name} {ratio:.1f} x" for name, ratio in times.items())
        print(f"memory at its peak, K {shape[0]}  {shape[1]} x {shape[2]}: {size:,} bytes of"
              f" emissions; above the batch{told}", flush=True)  # fmt: skip
    return rows


def told(name: str, values: list[float], goal: str) -> dict[str, Any]:
    """Mean and extremes, printed beside the goal."""
    print(f"{name}: {mean(values):.2f} x ({min(values):.2f} to {max(values):.2f}; goal {goal})")
    found = {"mean": round(mean(values), 2), "least": min(values), "most": max(values)}
    return {**found, "goal": goal}


def summarise(rows: list[Any]) -> tuple[dict[str, Any], bool]:
    """Means and worst cells beside the goals, and whether all are met."""
    summary: dict[str, Any] = {}
    met = True
    for operation, (goal, least) in GOALS.items():
        mine = [row for row in rows if row["operation"] == operation]
        ratios = [row["times_pytorch_crf"] for row in mine]
        others = {
            name: round(mean(found), 1)
            for name in ("reference", *PEERS)
            if (found := [row["times"][name] for row in mine if name in row["times"]])
        }
        summary[operation] = {
            "geometric_mean": round(mean(ratios), 1), "worst": min(ratios), "goal": goal,
            "goal_worst": least, "cells": len(ratios), "others": others,
        }  # fmt: skip
        met &= mean(ratios) >= goal and min(ratios) >= least
        print(
            f"{operation:16} {mean(ratios):6.1f} x pytorch-crf (goal {goal:.0f}), "
            f"worst cell {min(ratios):.1f} x (goal {least:.0f})"
            + "".join(f"; {name} {ratio:.1f} x" for name, ratio in others.items())
        )
    partial = [row["partial_costs"] for row in rows if "partial_costs" in row]
    summary["partial_costs"] = told("partial loss", partial, f"at most {PARTIAL}")
    met &= mean(partial) <= PARTIAL
    if two := [row["two_threads"] for row in rows if "two_threads" in row]:
        summary["two_threads"] = told("two threads", two, f"at least {TWO}")
        met &= mean(two) >= TWO
    return summary, met


def measure(wanted: argparse.Namespace) -> Result:
    warnings.filterwarnings("ignore", message=".*uint8 condition.*")
    torch.set_num_threads(1)
    limits = measure_limits()
    print(
        f"limits: {limits.gigaflops:.0f} GFLOP/s, {limits.exp_ns:.2f} ns an exponential, "
        f"{limits.gigabytes:.1f} GB/s"
    )
    files = flair_files(_flair_folder()) if "flair" in wanted.peers else None
    cells = QUICK if wanted.quick else tuple(itertools.product(TAGS, BATCHES, STEPS))
    rows = [row for shape in cells for row in cell(shape, 3, limits, files)]
    summary, met = summarise(rows)
    summary["limits"] = limits._asdict()
    summary["memory"] = memory(MEMORY[:1] if wanted.quick else MEMORY)
    return Result(rows, met, summary)


def _flair_folder() -> Path:
    return Path(tempfile.gettempdir()) / "weaklabel-benchmarks-flair"


if __name__ == "__main__":
    packages = ["pytorch-crf", "torch-struct"]
    lists = {"peers": ()}  # "flair": fetched, and minutes more
    sys.exit(
        run(__doc__, measure, quick="four cells of 24", data="none", lists=lists, packages=packages)
    )
