from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from weaklabel.errors import DataError
from weaklabel.evaluate import mended, score_sources, score_vote, strict_f1
from weaklabel.evaluate.bootstrap import wilson
from weaklabel.evaluate.repair import wrong_votes
from weaklabel.on_tokens import to_annotations, token_ranges
from weaklabel.text import OUTSIDE, UNKNOWN, Annotation, Annotations, Corpus, Gold
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["Fever after lead. Gout. Fever after lead."])
GOLD = Gold(
    CORPUS,
    Annotations.of(
        [Annotation(0, 0, 5, "D"), Annotation(0, 18, 22, "D"), Annotation(0, 24, 29, "D")]
    ),
)
VOTES = Votes.of(
    [
        Vote(0, 0, 1, "D", "good", entry="fever"),
        Vote(2, 0, 1, "D", "good", entry="fever"),
        Vote(0, 2, 3, "D", "bad", entry="D:lead"),
        Vote(2, 2, 3, "D", "bad", entry="D:lead"),
        Vote(1, 0, 1, OUTSIDE, "bad"),
    ],
    n_sentences=3,
    sources=["good", "bad", "silent"],
)  # fmt: skip


def everything(votes: Votes) -> Votes:
    """The simplest reading of votes: all of them."""
    return votes


def test_votes_become_character_spans():
    rows = [(a.start, a.end, a.label) for a in to_annotations(CORPUS, VOTES)]
    assert rows == [(0, 5, "D"), (12, 16, "D"), (24, 29, "D"), (36, 40, "D")]
    with pytest.raises(DataError, match="3 sentences do not fit a corpus of 1"):
        to_annotations(Corpus.from_texts(["One."]), VOTES)


def test_each_source_is_scored_alone_and_left_out_in_turn():
    good, bad, silent = score_sources(GOLD, VOTES, resolve=everything)
    assert (good["precision"], good["recall"], good["worst"]) == (1.0, 2 / 3, None)
    assert (bad["precision"], bad["worst"]) == (0.0, ["lead", 2, 2])
    assert (bad["dev_spans"], bad["dev_wrong"]) == (2, 2)
    # 2 of 3 found among 4 said: F1 4/7; without "bad" 4/5, without "good" 0
    assert good["marginal"] == pytest.approx(4 / 7)
    assert bad["marginal"] == pytest.approx(4 / 7 - 4 / 5)
    # its wrong spans touch no gold, and go
    assert bad["mending"] == pytest.approx(4 / 5 - 4 / 7)
    assert (good["mending"], silent["mending"], silent["marginal"]) == (0.0, 0.0, 0.0)
    assert (silent["precision"], silent["recall"]) == (None, 0.0)
    alone = score_sources(GOLD, VOTES)[0]
    assert [alone[k] for k in ("marginal", "marginal_low", "marginal_high", "mending")] == [
        None
    ] * 4


def test_the_vote_as_a_whole():
    vote = score_vote(GOLD, VOTES, everything)
    assert (vote["documents"], vote["spans"]) == (1, 3)
    assert (vote["precision"], vote["recall"], vote["seen"]) == (0.5, 2 / 3, 2 / 3)
    assert vote["f1_low"] == vote["f1"] == vote["f1_high"] == 4 / 7  # one document: no other draw


@pytest.mark.parametrize("together", [1, 10])
def test_intervals_are_the_wider_of_a_plain_bootstrap_and_of_wilsons(together: int):
    """Mistakes that come ``together`` in documents widen the first, few spans the second."""
    texts = ["Fever and gout. " * together for _ in range(100)]
    corpus = Corpus.from_texts(texts)
    places = [(16 * i + a, 16 * i + b) for i in range(together) for a, b in ((0, 5), (10, 14))]
    truth = Gold(
        corpus, Annotations.of(Annotation(d, *place, "D") for d in range(100) for place in places)
    )
    rows = []
    for d, i in itertools.product(range(100), range(together)):
        rows += [Vote(d * together + i, 0, 1, "D", "s")] * (d % 2 == 0)
        rows += [Vote(d * together + i, 1, 2, "D", "s")] * (d % 5 == 0)
    (row,) = score_sources(truth, Votes.of(rows, n_sentences=len(corpus)), bootstrap=4000, seed=3)
    correct = together * np.array([int(d % 2 == 0) for d in range(100)])
    said = correct + together * np.array([int(d % 5 == 0) for d in range(100)])
    drawn = np.random.default_rng(11).integers(0, 100, (4000, 100))
    for name, of in (("precision", said), ("recall", np.full(100, 2 * together))):
        percentiles = np.percentile(correct[drawn].sum(1) / of[drawn].sum(1), [2.5, 97.5])
        test = binomtest(int(correct.sum()), int(of.sum())).proportion_ci(method="wilson")
        low, high = min(percentiles[0], test.low), max(percentiles[1], test.high)
        assert [row[f"{name}_low"], row[f"{name}_high"]] == pytest.approx([low, high], abs=0.02)
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]


@given(st.integers(0, 60), st.integers(1, 60))
def test_wilsons_interval_is_scipys(correct: int, more: int):
    total = correct + more - 1 or 1
    test = binomtest(min(correct, total), total).proportion_ci(method="wilson")
    assert wilson(min(correct, total), total) == pytest.approx((test.low, test.high))


def test_two_right_of_two_is_not_certain():
    row = score_sources(GOLD, VOTES)[0]
    assert (row["precision"], row["precision_high"]) == (1.0, 1.0)
    assert row["precision_low"] == pytest.approx(0.34, abs=0.01)


TEXT = "Acute renal failure with fever. Gout after lead."
TRUTH = Gold(
    Corpus.from_texts([TEXT]),
    Annotations.of(Annotation(0, *place, "D") for place in ((0, 19), (25, 30), (32, 36))),
)


def test_mending_puts_boundaries_and_types_right_and_drops_inventions():
    votes = Votes.of(
        [
            Vote(0, 1, 3, "D", "me", 0.5, "renal failure", ("x",)),  # too short
            Vote(0, 4, 5, "C", "me"),  # another type
            Vote(1, 2, 3, "D", "me"),  # invented
            Vote(1, 0, 1, OUTSIDE, "me"),  # denies a gold span
            Vote(1, 1, 2, OUTSIDE, "me"),  # denies nothing
            Vote(1, 0, 2, UNKNOWN, "me"),  # says no type: never wrong
            Vote(1, 2, 3, "D", "other"),  # not asked about
        ],
        n_sentences=2,
    )
    assert [votes.row(i)[:4] for i in np.flatnonzero(wrong_votes(TRUTH, votes, "me"))] == [
        (0, 1, 3, "D"), (0, 4, 5, "C"), (1, 0, 1, OUTSIDE), (1, 2, 3, "D"),
    ]  # fmt: skip
    assert [row[:5] for row in mended(TRUTH, votes, "me").rows()] == [
        (0, 0, 3, "D", "me"),
        (0, 4, 5, "D", "me"),
        (1, 0, 2, UNKNOWN, "me"),
        (1, 1, 2, OUTSIDE, "me"),
        (1, 2, 3, "D", "other"),
    ]


@st.composite
def said(draw: st.DrawFn) -> Votes:
    lengths = TRUTH.corpus.lengths.tolist()
    rows = []
    for _ in range(draw(st.integers(0, 8))):
        sentence = draw(st.integers(0, 1))
        start = draw(st.integers(0, lengths[sentence] - 1))
        end = draw(st.integers(start + 1, lengths[sentence]))
        label = draw(st.sampled_from(["D", "C", OUTSIDE, UNKNOWN]))
        entry = draw(st.sampled_from(["", "x", "y"]))
        score = draw(st.sampled_from([0.5, 1.0]))
        concepts = (f"id:{entry}",) if entry else ()
        source = draw(st.sampled_from("ab"))
        rows.append(Vote(sentence, start, end, label, source, score, entry, concepts))
    return Votes.of(rows, n_sentences=2, sources=["a", "b"])


@given(said())
def test_annotations_are_those_of_a_loop(votes: Votes):
    expected = {}
    for row in votes.rows():
        sentence = TRUTH.corpus[row.sentence]
        place = sentence.offsets[row.start][0], sentence.offsets[row.end - 1][1]
        if row.label not in (OUTSIDE, UNKNOWN):
            expected.setdefault((0, *place, row.label), (row.concepts, row.score))
    found = to_annotations(TRUTH.corpus, votes)
    assert {row[:4]: row[4:] for row in found} == expected


@given(said())
def test_a_mended_source_makes_no_mistake_and_the_others_stay(votes: Votes):
    after = mended(TRUTH, votes, "a")
    assert not wrong_votes(TRUTH, after, "a").any()
    assert to_annotations(TRUTH.corpus, after.of_source("a")).keys() <= TRUTH.annotations.keys()
    assert after.of_source("b").rows() == votes.of_source("b").rows()
    right = to_annotations(TRUTH.corpus, votes.of_source("a")).keys() & TRUTH.annotations.keys()
    assert right <= to_annotations(TRUTH.corpus, after.of_source("a")).keys()
    alone = votes.of_source("a")
    assert strict_f1(TRUTH, to_annotations(TRUTH.corpus, mended(TRUTH, alone, "a"))) >= strict_f1(
        TRUTH, to_annotations(TRUTH.corpus, alone)
    )


def test_tokens_an_annotation_touches():
    corpus = Corpus.from_texts(["", "Acute gout.", "Fever  again"])
    rows = [(1, 0, 10), (1, 7, 8), (2, 5, 7), (2, 3, 8), (2, 7, 99)]
    found = token_ranges(corpus, Annotations.of(Annotation(*row, "D") for row in rows))
    places = list(zip(*(side.tolist() for side in found), strict=True))
    by_row = dict(zip(sorted(rows), places, strict=True))
    assert by_row[1, 0, 10] == (0, 2)
    assert by_row[1, 7, 8] == (1, 2)
    assert by_row[2, 3, 8] == (3, 5)
    assert by_row[2, 7, 99] == (4, 5)
    first, after = by_row[2, 5, 7]  # white space alone
    assert first == after
