"""Strict scores of tag sequences: weaklabel against seqeval, in one run on the same tags.

    python benchmarks/scoring.py [--quick] [--json FILE] [--check]

A million tokens (``--quick``: a hundred thousand) of generated tags, a tenth of them perturbed.
Goal: identical scores to 1e-12, at ten times seqeval's speed or more; ``--check`` fails below.
"""

from __future__ import annotations

import argparse
import random
import sys
import warnings
from statistics import median
from typing import Any

from command import Result, run
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2, IOBES
from timing import timed

from weaklabel.evaluate import score_tags

GOAL, EXACT = 10.0, 1e-12
SCHEMES = {"IOB2": IOB2, "IOBES": IOBES}


def sentence(rng: random.Random, closing: bool, length: int) -> list[str]:
    """Well-formed tags: about a fifth of the tokens lie in spans of one to four tokens."""
    tags: list[str] = []
    while len(tags) < length:
        tags += ["O"] * rng.randint(1, 12)
        kind, size = rng.choice(("Chemical", "Disease", "Gene")), rng.randint(1, 4)
        if closing and size == 1:
            tags.append(f"S-{kind}")
        else:
            last = "E" if closing else "I"
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (size - 2) + [f"{last}-{kind}"] * (size > 1)
    return tags[:length]


def corpus(tokens: int, scheme: str) -> tuple[list[list[str]], list[list[str]]]:
    """Gold tags, and the same with a tenth of them replaced by any other."""
    rng, gold, made = random.Random(0), [], 0
    while made < tokens:
        gold.append(sentence(rng, scheme == "IOBES", rng.randint(5, 45)))
        made += len(gold[-1])
    known = sorted({tag for row in gold[:1000] for tag in row})
    return gold, [[rng.choice(known) if rng.random() < 0.1 else t for t in row] for row in gold]


def measured(scheme: str, tokens: int, rounds: int) -> dict[str, Any]:
    """One scheme: both tools on the same tags, times and the greatest difference of a score."""
    gold, predicted = corpus(tokens, scheme)
    options = {"average": "micro", "scheme": SCHEMES[scheme], "zero_division": 0}
    ours, took = timed(lambda: score_tags(gold, predicted, scheme), rounds)
    our_time = median(took)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, (their_time,) = timed(
            lambda: precision_recall_fscore_support(gold, predicted, **options), 1
        )
    pairs = zip((ours.precision, ours.recall, ours.f1), theirs[:3], strict=True)
    return {
        "scheme": scheme,
        "tokens": sum(map(len, gold)),
        "weaklabel_seconds": round(our_time, 4),
        "seqeval_seconds": round(their_time, 4),
        "ratio": round(their_time / our_time, 1),
        "greatest_difference": max(abs(float(a) - float(b)) for a, b in pairs),
        "f1": ours.f1,
    }


def measure(wanted: argparse.Namespace) -> Result:
    tokens, rounds = (100_000, 3) if wanted.quick else (1_000_000, 5)
    rows = [measured(scheme, tokens, rounds) for scheme in SCHEMES]
    for row in rows:
        print(
            f"{row['scheme']:6} {row['tokens']:>9,} tokens   weaklabel {row['weaklabel_seconds']} s"
            f"   seqeval {row['seqeval_seconds']} s   {row['ratio']} ×"
            f"   greatest difference {row['greatest_difference']:.1e}"
        )
    met = all(r["ratio"] >= GOAL and r["greatest_difference"] <= EXACT for r in rows)
    return Result(rows, met, {"goal": GOAL})


if __name__ == "__main__":
    quick = "a hundred thousand tokens"
    sys.exit(run(__doc__, measure, quick=quick, data="none", packages=["seqeval"]))
