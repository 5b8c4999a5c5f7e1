"""The weighted vote against a slow one, and what its options mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slow_vote import rows_of, slow_agreed, slow_allowed

from weaklabel.aggregate.patterns import cluster_splits, patterns
from weaklabel.aggregate.weighted import WeightedReader, WeightedVote
from weaklabel.errors import ConfigError
from weaklabel.ground.spans import APART, TOGETHER
from weaklabel.tags import TagScheme
from weaklabel.targets import Examples
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["acute renal failure of MS"])
SCHEME = TagScheme(("C", "D"))
LONG = Corpus.from_texts(["a b c d e f.", "g h.", "", "i j k l m n o p.", "a b c d e f."])


def read(votes: Votes, options: WeightedVote | None = None) -> Votes:
    reader = (options or WeightedVote()).fit(CORPUS, votes, SCHEME)
    return reader.read(CORPUS, votes).agreed


def labels(votes: Votes, options: WeightedVote | None = None) -> Examples:
    reader = (options or WeightedVote()).fit(CORPUS, votes, SCHEME)
    return reader.read(CORPUS, votes).labels


@st.composite
def tables(draw: st.DrawFn) -> Votes:
    rows = []
    typed = ["C", "D", "Elsewhere", OUTSIDE, UNKNOWN]
    may_say = {
        source: draw(st.sampled_from([typed, [*typed, TOGETHER, APART], [TOGETHER, APART]]))
        for source in "abc"
    }
    for sentence, length in enumerate(LONG.lengths.tolist()):
        for _ in range(draw(st.integers(0, 6)) if length else 0):
            start = draw(st.integers(0, length - 1))
            source = draw(st.sampled_from("abc"))
            rows.append(
                Vote(
                    sentence,
                    start,
                    draw(st.integers(start + 1, min(length, start + 3))),
                    draw(st.sampled_from(may_say[source])),
                    source,
                    draw(st.sampled_from([0.25, 1.0])),
                    draw(st.sampled_from(["", "x", "y"])),
                    tuple(draw(st.lists(st.sampled_from(["M:1", "M:2"]), max_size=2))),
                )
            )
    asked = st.lists(st.booleans(), min_size=len(LONG), max_size=len(LONG)).map(np.array)
    silent = draw(st.dictionaries(st.sampled_from("abc"), asked))
    return Votes.of(rows, n_sentences=len(LONG), sources=list("abc"), applicable=silent)


options = st.builds(
    WeightedVote,
    weights=st.dictionaries(st.sampled_from("abc"), st.sampled_from([0.5, 1.0, 2.0])),
    open_margin=st.sampled_from([0.0, 0.5, 0.8, 1.5]),
    min_strength=st.sampled_from([0.2, 0.5, 1.0]),
    decide_silence=st.booleans(),
)


@given(tables(), options)
def test_it_is_the_slow_vote(votes: Votes, wanted: WeightedVote) -> None:
    reading = wanted.fit(LONG, votes, SCHEME).read(LONG, votes)
    assert rows_of(reading.agreed) == rows_of(slow_agreed(wanted, votes))
    allowed = slow_allowed(wanted, LONG, votes, SCHEME)
    made = reading.labels
    assert made.known.tolist() == [bool(tags) for tags in allowed]
    everything = set(range(len(SCHEME)))
    assert [set(row.nonzero()[0].tolist()) for row in made.allowed_tags] == [
        tags or everything for tags in allowed
    ]


@given(tables())
def test_clusters_and_patterns_hold_every_vote_once(votes: Votes) -> None:
    splits = cluster_splits(votes)
    assert splits[-1] == len(votes)
    seen: list[int] = []
    for pattern in patterns(votes):
        for first in pattern.first.tolist():
            for place, cell in enumerate(pattern.cells):
                vote = votes.row(first + place)
                base = votes.row(first).start
                assert (cell.start + base, cell.end + base) == (vote.start, vote.end)
                assert (votes.labels[cell.label], votes.sources[cell.source]) == vote[3:5]
                assert (cell.score, cell.has_entry) == (vote.score, bool(vote.entry))
                seen.append(first + place)
    assert sorted(seen) == list(range(len(votes)))


def test_a_reader_is_described_and_restored() -> None:
    reader = WeightedVote(weights={"a": 2.0}, open_margin=0.5).fit(CORPUS, said(), SCHEME)
    assert WeightedReader.from_description(reader.describe()) == reader


def said(*rows: tuple[int, int, str, str]) -> Votes:
    made = [Vote(0, a, b, label, source, 1.0, f"{label}:x") for a, b, label, source in rows]
    return Votes.of(made, n_sentences=1)


def spans(votes: Votes) -> list[tuple[int, int, str]]:
    return [(v.start, v.end, v.label) for v in read(votes).rows()]


def test_the_longest_reading_wins() -> None:
    assert spans(said((1, 3, "D", "a"), (0, 3, "D", "b"))) == [(0, 3, "D")]


def test_of_equal_length_the_stronger_wins() -> None:
    votes = said((1, 3, "D", "a"), (1, 3, "C", "b"), (1, 3, "C", "c"))
    assert spans(votes) == [(1, 3, "C")]


def test_a_veto_beats_a_type_of_its_length_but_not_a_longer_span() -> None:
    assert spans(said((4, 5, "D", "a"), (4, 5, OUTSIDE, "b"))) == []
    assert spans(said((4, 5, "D", "a"), (4, 5, "D", "c"), (4, 5, OUTSIDE, "b"))) == []  # weaker
    assert spans(said((2, 5, "D", "a"), (4, 5, OUTSIDE, "b"))) == [(2, 5, "D")]


def test_weights_and_a_minimum_strength() -> None:
    votes = said((1, 3, "D", "a"), (1, 3, "C", "b"))
    heavy = WeightedVote(weights={"a": 3.0})
    assert [v.label for v in read(votes, heavy).rows()] == ["D"]
    deaf = WeightedVote(weights={"a": 0.1, "b": 0.1})
    assert len(read(votes, deaf)) == 0
    with pytest.raises(ConfigError, match="must not be negative"):
        WeightedVote(weights={"a": -1})


def test_equal_readings_of_two_types_stay_open() -> None:
    votes = said((4, 5, "D", "a"), (4, 5, "C", "b"))
    allowed = labels(votes).allowed_tags[4]
    assert {SCHEME.names[i] for i in allowed.nonzero()[0]} == {"S-C", "S-D"}
    assert labels(votes, WeightedVote(open_margin=1.5)).decided.all()


def test_a_winner_keeps_entry_and_the_concepts_of_all_who_agree() -> None:
    rows = [
        Vote(0, 4, 5, "D", "a", 1.0, "D:ms", ("M:1",)),
        Vote(0, 4, 5, "D", "b", 1.0, "D:ms", ("M:2", "M:1")),
    ]
    (winner,) = read(Votes.of(rows, n_sentences=1)).rows()
    assert winner.entry == "D:ms"
    assert set(winner.concepts) == {"M:1", "M:2"}


@pytest.mark.parametrize("label", [TOGETHER, APART])
def test_who_votes_on_boundaries_alone_decides_no_silence(label: str) -> None:
    alone = said((1, 3, label, "phrases"))
    assert not labels(alone).known.any()
    heard = labels(said((1, 3, label, "phrases"), (4, 5, "D", "phrases")))
    assert heard.known.all()


def test_a_source_that_found_nothing_decides_silence() -> None:
    rows = [Vote(0, 1, 3, TOGETHER, "phrases")]
    beside = Votes.of(rows, n_sentences=1, sources=["dictionary", "phrases"])
    assert labels(beside).decided.all()
