from __future__ import annotations

import itertools

import pytest

from weaklabel.aggregate import VoteSettings, WeightedVote
from weaklabel.aggregate.weighted import Reading, chosen
from weaklabel.errors import ConfigError
from weaklabel.tags import TagScheme
from weaklabel.text import OUTSIDE, Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["acute renal failure of MS"])
SCHEME = TagScheme(("C", "D"))


def said(*rows: tuple[int, int, str, str]) -> Votes:
    made = [Vote(0, a, b, label, source, 1.0, f"{label}:x") for a, b, label, source in rows]
    return Votes.of(made, n_sentences=1)


def spans(votes: Votes) -> list[tuple[int, int, str]]:
    return [(v.start, v.end, v.label) for v in WeightedVote().resolve(CORPUS, votes).rows()]


def test_the_longest_reading_wins() -> None:
    assert spans(said((1, 3, "D", "a"), (0, 3, "D", "b"))) == [(0, 3, "D")]


def test_of_equal_length_the_stronger_wins() -> None:
    votes = said((1, 3, "D", "a"), (1, 3, "C", "b"), (1, 3, "C", "c"))
    assert spans(votes) == [(1, 3, "C")]


def test_a_veto_beats_a_type_of_its_length_but_not_a_longer_span() -> None:
    assert spans(said((4, 5, "D", "a"), (4, 5, OUTSIDE, "b"))) == []
    assert spans(said((2, 5, "D", "a"), (4, 5, OUTSIDE, "b"))) == [(2, 5, "D")]


def test_weights_and_a_minimum_strength() -> None:
    votes = said((1, 3, "D", "a"), (1, 3, "C", "b"))
    heavy = WeightedVote(VoteSettings(weights={"a": 3.0}))
    assert [v.label for v in heavy.resolve(CORPUS, votes).rows()] == ["D"]
    deaf = WeightedVote(VoteSettings(weights={"a": 0.1, "b": 0.1}))
    assert len(deaf.resolve(CORPUS, votes)) == 0
    with pytest.raises(ConfigError, match="must not be negative"):
        VoteSettings(weights={"a": -1})


def test_equal_readings_of_two_types_stay_open() -> None:
    examples = WeightedVote()(CORPUS, said((4, 5, "D", "a"), (4, 5, "C", "b")), SCHEME)
    allowed = examples.allowed_tags[4]
    assert {SCHEME.names[i] for i in allowed.nonzero()[0]} == {"S-C", "S-D"}
    closed = WeightedVote(VoteSettings(open_margin=1.5))
    assert closed(CORPUS, said((4, 5, "D", "a"), (4, 5, "C", "b")), SCHEME).decided.all()


def test_a_winner_keeps_entry_and_the_concepts_of_all_who_agree() -> None:
    rows = [
        Vote(0, 4, 5, "D", "a", 1.0, "D:ms", ("M:1",)),
        Vote(0, 4, 5, "D", "b", 1.0, "D:ms", ("M:2", "M:1")),
    ]
    (winner,) = WeightedVote().resolve(CORPUS, Votes.of(rows, n_sentences=1)).rows()
    assert winner.entry == "D:ms"
    assert set(winner.concepts) == {"M:1", "M:2"}


def test_chosen_is_the_greedy_choice_by_rank_of_any_order() -> None:
    readings = [Reading(0, 2, "D", 1, "", ()), Reading(1, 4, "D", 1, "", ()),
                Reading(4, 5, "C", 1, "", ()), Reading(3, 5, "C", 9, "", ())]  # fmt: skip
    for order in itertools.permutations(readings):
        ranked = sorted(order, key=lambda r: (r.start - r.end, -r.strength, r.start))
        assert [(r.start, r.end) for r in chosen(ranked)] == [(1, 4), (4, 5)]
