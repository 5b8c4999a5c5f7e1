"""Labels made elsewhere are taken as they are, however the sources' votes are weighed."""

from __future__ import annotations

import pytest

from weaklabel.aggregate.labels import Given
from weaklabel.aggregate.weighted import WeightedVote
from weaklabel.tags import TagScheme, TagStyle
from weaklabel.targets import Examples
from weaklabel.text import UNKNOWN, Annotation, Annotations, Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["acute renal failure"])
SCHEME = TagScheme(("C", "D"), TagStyle.BIO)
VOTES = Votes.of([Vote(0, 2, 3, "C", "dictionary")], n_sentences=1)


def read(vote: WeightedVote, *rows: Annotation) -> Examples:
    """The labels that are trained on."""
    reader = Given(Annotations.of(rows), vote).fit(CORPUS, VOTES, SCHEME)
    return reader.read(CORPUS, VOTES).labels


@pytest.mark.parametrize("score", [None, 0.0, 0.4, 1.0])
def test_a_label_counts_whatever_its_score(score: float | None) -> None:
    made = read(WeightedVote(), Annotation(0, 0, 11, "D", (), score))
    assert [SCHEME.names[tag] for tag in made.hard_tags] == ["B-D", "I-D", "O"]
    assert made.decided.all()


@pytest.mark.parametrize(
    "vote",
    [
        WeightedVote(min_strength=2.0),
        WeightedVote(weights={"labels": 0.0}),
        WeightedVote(decide_silence=False),
    ],
)
def test_how_votes_are_weighed_says_nothing_about_labels(vote: WeightedVote) -> None:
    made = read(vote, Annotation(0, 0, 11, "D"))
    assert [SCHEME.names[tag] for tag in made.hard_tags] == ["B-D", "I-D", "O"]
    assert made.decided.all()


def test_two_types_of_the_same_tokens_may_both_be_right() -> None:
    made = read(
        WeightedVote(open_margin=1.5),
        Annotation(0, 0, 5, "C", (), 0.1),
        Annotation(0, 0, 5, "D", (), 0.9),
    )
    assert {SCHEME.names[tag] for tag in made.allowed_tags[0].nonzero()[0]} == {"B-C", "B-D"}


def test_tokens_that_are_marked_unknown_stay_so() -> None:
    made = read(WeightedVote(), Annotation(0, 0, 5, "D"), Annotation(0, 6, 11, UNKNOWN))
    assert made.known.tolist() == [True, False, True]


def test_the_tagger_still_sees_the_vote_as_it_is_weighed() -> None:
    for least, seen in ((0.5, 1), (2.0, 0)):
        vote = WeightedVote(min_strength=least)
        reader = Given(Annotations.of([Annotation(0, 0, 5, "D")]), vote).fit(CORPUS, VOTES, SCHEME)
        assert len(reader.read(CORPUS, VOTES).agreed) == seen
