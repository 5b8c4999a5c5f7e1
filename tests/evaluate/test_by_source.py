from __future__ import annotations

import pytest

from weaklabel.errors import DataError
from weaklabel.evaluate import score_sources, to_annotations
from weaklabel.text import OUTSIDE, Annotation, Annotations, Corpus, Gold
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
        Vote(0, 2, 3, "D", "bad", entry="lead"),
        Vote(2, 2, 3, "D", "bad", entry="lead"),
        Vote(1, 0, 1, OUTSIDE, "bad"),
    ],
    n_sentences=3,
    sources=["good", "bad", "silent"],
)  # fmt: skip


def test_votes_become_character_spans():
    rows = [(a.start, a.end, a.label) for a in to_annotations(CORPUS, VOTES)]
    assert rows == [(0, 5, "D"), (12, 16, "D"), (24, 29, "D"), (36, 40, "D")]
    with pytest.raises(DataError, match="3 sentences do not fit a corpus of 1"):
        to_annotations(Corpus.from_texts(["One."]), VOTES)


def test_each_source_is_scored_alone_and_left_out_in_turn():
    good, bad, silent = score_sources(GOLD, VOTES, resolve=lambda votes: votes)
    assert (good["precision"], good["recall"], good["worst"]) == (1.0, 2 / 3, None)
    assert good["precision_low"] <= 1.0 <= good["precision_high"]
    assert (bad["precision"], bad["worst"]) == (0.0, ["lead", 2, 2])
    assert good["cost"] > 0 > bad["cost"]
    assert (silent["cost"], silent["precision"]) == (0.0, None)
    assert score_sources(GOLD, VOTES)[0]["cost"] is None
