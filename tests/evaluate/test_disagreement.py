from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weaklabel.evaluate import disagreements
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(
    ["Heart failure came. Heart failure came. Lead paint and heart failure came.", "Gout came."],
    ids=["d1", "d2"],
)


def votes(*rows: Vote) -> Votes:
    return Votes.of(rows, n_sentences=len(CORPUS), sources=["a", "b", "c"])


def failure(sentence: int, start: int) -> list[Vote]:
    """Two sources that read "heart failure" unlike."""
    return [
        Vote(sentence, start, start + 2, "D", "a"),
        Vote(sentence, start + 1, start + 2, "D", "b"),
    ]


def test_each_source_reads_on_and_repeated_disputes_wait():
    table = votes(
        *failure(0, 0),
        *failure(1, 0),
        *failure(2, 3),
        Vote(2, 0, 1, "C", "a"),
        Vote(2, 0, 1, OUTSIDE, "c"),
        Vote(3, 0, 1, "D", "a"),
        Vote(3, 0, 1, "D", "b"),  # agreed: no dispute
    )
    first, second, third = disagreements(CORPUS, table, most=9)
    assert (first["sentence"], first["disputes"], first["document"]) == (2, 2, "d1")
    assert first["text"] == "Lead paint and heart failure came."
    assert first["readings"] == [
        ["a", [(0, 4, "C"), (15, 28, "D")]],
        ["b", [(21, 28, "D")]],
        ["c", [(0, 4, OUTSIDE)]],
    ]
    assert [row["sentence"] for row in (second, third)] == [0, 1]
    assert [row["sentence"] for row in disagreements(CORPUS, table, most=1)] == [2]
    assert disagreements(CORPUS, table, most=0) == []
    # Sentence 0 only repeats what 2 shows, the other dispute comes before it
    new = votes(*table.rows(), Vote(3, 0, 2, "D", "c"))
    assert [row["sentence"] for row in disagreements(CORPUS, new, most=2)] == [2, 3]


def test_where_all_agree_there_is_none():
    assert disagreements(CORPUS, votes(Vote(0, 0, 2, "D", "a"), Vote(0, 0, 2, "D", "b"))) == []
    assert disagreements(CORPUS, votes()) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.sampled_from("abc"))))
def test_only_disputed_sentences_once_each(rows):
    table = votes(*(Vote(s, at, 2, "D", source) for s, at, source in rows))
    found = disagreements(CORPUS, table, most=9)
    assert len({row["sentence"] for row in found}) == len(found)
    unlike = {
        one[0] for one in rows for other in rows
        if one[0] == other[0] and one[1] != other[1] and one[2] != other[2]
    }  # fmt: skip
    assert {row["sentence"] for row in found} == unlike
    for row in found:
        assert len(row["readings"]) > 1
        assert all(row["text"][a:b] for _, spans in row["readings"] for a, b, _ in spans)
