"""Ours against seqeval, mode="strict" (its module v1), without repair: all kinds of tags."""

from __future__ import annotations

import os
import random
import warnings
from pathlib import Path

import pytest
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import IOB2, IOBES

from weaklabel.errors import DataError
from weaklabel.evaluate import score_tags

SCHEMES = {"IOB2": (IOB2, "OBI"), "IOBES": (IOBES, "OBIES")}
DATA = Path(os.environ.get("WEAKLABEL_DATA", Path(__file__).parents[3] / "shared" / "data"))


def check(gold, predicted, scheme):
    reference = SCHEMES[scheme][0]
    ours = score_tags(gold, predicted, scheme)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"scheme": reference, "zero_division": 0}
        micro = precision_recall_fscore_support(gold, predicted, average="micro", **options)
        by_type = precision_recall_fscore_support(gold, predicted, average=None, **options)
    m = ours.micro
    assert (m.precision, m.recall, m.f1) == pytest.approx(micro[:3], abs=1e-12, rel=0)
    rows = [(t.precision, t.recall, t.f1, t.gold) for t in ours.types.values()]
    for row, theirs in zip(rows, zip(*by_type, strict=True), strict=True):
        assert row == pytest.approx(theirs, abs=1e-12, rel=0)


def random_tags(rng, prefixes, length):
    """Anything goes: most of it is malformed."""
    names = ["A", "B-b", "Long_Name"]
    return [
        "O"
        if (p := rng.choice(prefixes)) == "O"
        else rng.choice([f"{p}-{rng.choice(names)}", p])
        if rng.random() < 0.1
        else f"{p}-{rng.choice(names)}"
        for _ in range(length)
    ]


def well_formed(rng, closing, length):
    tags: list[str] = []
    while len(tags) < length:
        kind, size = rng.choice(["A", "C"]), rng.randint(1, 4)
        if rng.random() < 0.5:
            tags += ["O"] * size
        elif not closing:
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (size - 1)
        elif size == 1:
            tags += [f"S-{kind}"]
        else:
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (size - 2) + [f"E-{kind}"]
    return tags[:length]


def perturbed(rng, tags, known, rate=0.1):
    return [[rng.choice(known) if rng.random() < rate else tag for tag in row] for row in tags]


@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_random_sequences_score_as_seqeval_says(scheme, count):
    rng = random.Random(count)
    prefixes = SCHEMES[scheme][1]
    for i in range(count):
        lengths = [rng.randint(1, 12) for _ in range(rng.randint(1, 4))]
        if i % 2:
            gold = [random_tags(rng, prefixes, n) for n in lengths]
        else:
            gold = [well_formed(rng, scheme == "IOBES", n) for n in lengths]
        flat = [tag for row in gold for tag in row] + ["O"]
        known = [t for t in flat if t[1:] not in ("", "-")]
        check(gold, perturbed(rng, gold, known or ["O"], rate=0.3), scheme)


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["bc5cdr", "ncbi-disease"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_dev_sets_score_as_seqeval_says(corpus, scheme):
    path = DATA / corpus / "dev.conll"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    gold = [[line.split()[-1] for line in b.splitlines() if line.strip()] for b in blocks]
    gold = [row for row in gold if row]
    if scheme == "IOBES":
        gold = [closed(row) for row in gold]
    known = sorted({tag for row in gold for tag in row})
    check(gold, gold, scheme)
    for seed in range(2):
        check(gold, perturbed(random.Random(seed), gold, known), scheme)


def closed(row):
    """BIO tags as BIOES."""
    after = [*row[1:], "O"]
    close = {"B": "S", "I": "E"}
    return [
        tag if tag == "O" or then.startswith("I") else close[tag[0]] + tag[1:]
        for tag, then in zip(row, after, strict=True)
    ]


def test_one_side_without_closing_tags_has_no_spans_in_iobes():
    check([["S-A", "O"]], [["B-A", "I-A"]], "IOBES")
    check([["B-A", "E-A"]], [["B-A", "I-A"]], "IOBES")


def test_empty_input_scores_zero():
    for empty in ([], [[]]):
        assert score_tags(empty, empty).f1 == 0.0
    check([["O"], ["B-A"]], [["O"], ["O"]], "IOB2")


@pytest.mark.parametrize(
    ("gold", "predicted", "scheme", "message"),
    [
        ([["E-A"]], [["O"]], "IOB2", "unknown tag 'E-A'"),
        ([[""]], [["O"]], "IOB2", "unknown tag ''"),
        ([["O"]], [["O", "O"]], "IOB2", "sentence 0 has 1 gold tags but 2 predicted ones"),
        ([["O"]], [], "IOB2", "1 gold sentences but 0 predicted ones"),
        ([["O"]], [["O"]], "BILOU", "unknown tag scheme 'BILOU'"),
    ],
)
def test_what_cannot_be_scored_is_refused(gold, predicted, scheme, message):
    with pytest.raises(DataError, match=message):
        score_tags(gold, predicted, scheme)
