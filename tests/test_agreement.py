"""Meetings of votes: the sorted search against a loop over all pairs, known numbers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.agreement import disputes, meetings, overlap_matrix, source_summary
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

LENGTHS = [6, 1, 9]
CORPUS = Corpus.from_texts([" ".join("w" * n) for n in LENGTHS])
SOURCES = ["a", "b", "c", "silent"]


def agree(one: Vote, other: Vote) -> bool:
    if one[1:3] != other[1:3]:
        return False
    labels = {one.label, other.label}
    return len(labels) == 1 or (UNKNOWN in labels and OUTSIDE not in labels)


def pairs_by_a_loop(votes: Votes) -> set[tuple[int, int, bool]]:
    """Every pair of rows, compared."""
    rows, found = votes.rows(), set()
    for i, one in enumerate(rows):
        for j in range(i + 1, len(rows)):
            other = rows[j]
            apart = one.end <= other.start or other.end <= one.start
            if one.sentence == other.sentence and one.source != other.source and not apart:
                found.add((i, j, agree(one, other)))
    return found


@st.composite
def tables(draw: st.DrawFn) -> Votes:
    rows = []
    for _ in range(draw(st.integers(0, 14))):
        sentence = draw(st.integers(0, len(LENGTHS) - 1))
        start = draw(st.integers(0, LENGTHS[sentence] - 1))
        end = draw(st.integers(start + 1, LENGTHS[sentence]))
        label = draw(st.sampled_from([OUTSIDE, UNKNOWN, "D"]))
        entry = draw(st.sampled_from(["", "x", "y"]))
        rows.append(
            Vote(sentence, start, end, label, draw(st.sampled_from(SOURCES[:3])), 1.0, entry)
        )
    return Votes.of(rows, n_sentences=len(LENGTHS), sources=SOURCES)


def listed(votes: Votes, block: int) -> list[tuple[int, int, bool]]:
    return [
        (min(i, j), max(i, j), agree)
        for part in meetings(votes, block=block)
        for i, j, agree in zip(*(column.tolist() for column in part), strict=True)
    ]


@given(tables(), st.integers(1, 9))
def test_meetings_are_those_of_a_loop_whatever_the_block(votes: Votes, block: int) -> None:
    found = listed(votes, block)
    assert len(found) == len(set(found))
    assert set(found) == pairs_by_a_loop(votes)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(votes: Votes, random) -> None:
    order = np.arange(len(votes)).tolist()
    random.shuffle(order)
    columns = ("sentence", "start", "end", "label", "source", "score", "entry")
    other = replace(votes, **{name: getattr(votes, name)[order] for name in columns})
    assert set(listed(other, 3)) == pairs_by_a_loop(other)
    assert overlap_matrix(other).tolist() == overlap_matrix(votes).tolist()
    assert source_summary(other, CORPUS) == source_summary(votes, CORPUS)


@given(tables())
def test_what_is_counted_of_them(votes: Votes) -> None:
    rows, pairs = votes.rows(), pairs_by_a_loop(votes)
    in_sentence = [
        sum(not agree and rows[i].sentence == s for i, _, agree in pairs)
        for s in range(len(LENGTHS))
    ]
    assert disputes(votes).tolist() == in_sentence
    matrix = overlap_matrix(votes)
    for a, one in enumerate(SOURCES):
        assert matrix[a, a] == sum(row.source == one for row in rows)
        for b in range(a + 1, len(SOURCES)):
            two = {one, SOURCES[b]}
            both = [agree for i, j, agree in pairs if {rows[i].source, rows[j].source} == two]
            assert (matrix[a, b], matrix[b, a]) == (sum(both), len(both) - sum(both))


def test_numbers_by_hand() -> None:
    votes = Votes.of(
        [
            Vote(0, 0, 2, "D", "a", entry="x"),
            Vote(0, 1, 2, "D", "a", entry="y"),  # inside its own: two tokens are covered, not three
            Vote(0, 0, 2, "D", "b"),
            Vote(2, 3, 4, "D", "b"),
        ],
        n_sentences=3,
        sources=["a", "b", "silent"],
    )
    a, b, silent = source_summary(votes, CORPUS)
    assert a == {
        "source": "a", "spans": 2, "entries": 2,
        "coverage": 2 / 16, "overlap": 1.0, "conflict": 0.5,
    }  # fmt: skip
    assert (b["coverage"], b["overlap"], b["conflict"]) == (3 / 16, 0.5, 0.5)
    assert set(silent.values()) == {"silent", 0}
    assert overlap_matrix(votes).tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 0]]
    assert disputes(votes).tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("labels", "agreed"),
    [("DD", True), ("DC", False), ("D?", True), ("??", True), ("O?", False), ("DO", False)],
)
def test_a_type_that_is_not_named_contradicts_none(labels: str, agreed: bool) -> None:
    rows = [Vote(0, 0, 1, label, source) for label, source in zip(labels, "ab", strict=True)]
    matrix = overlap_matrix(Votes.of(rows, n_sentences=1))
    assert (matrix[0, 1], matrix[1, 0]) == (agreed, not agreed)


@pytest.mark.slow
def test_a_million_votes_give_the_counts_of_their_parts() -> None:
    """One sentence's votes repeated: a quadratic search would not end."""
    rng = np.random.default_rng(0)
    rows = [
        Vote(0, int(a), int(a) + 1 + int(n), "D", SOURCES[k], 1.0)
        for a, n, k in zip(
            rng.integers(0, 40, 20), rng.integers(0, 4, 20), rng.integers(0, 3, 20), strict=True
        )
    ]
    one = Votes.of(rows, n_sentences=1, sources=SOURCES)
    times = 50_000
    many = Votes(
        np.repeat(np.arange(times, dtype=np.int32), len(one)),
        *(
            np.tile(getattr(one, name), times)
            for name in ("start", "end", "label", "source", "score", "entry")
        ),
        one.labels,
        one.sources,
        one.entries,
        one.entry_concepts,
        times,
    )
    assert len(many) > 900_000
    assert (overlap_matrix(many) == overlap_matrix(one) * times).all()
    assert (disputes(many) == disputes(one)[0]).all()
