"""Every aggregator: one source is echoed, agreement is kept, silence means what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.aggregate import AGGREGATORS
from weaklabel.tags import TagScheme
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["a b c d e f g h.", "i j k l."])
SCHEME = TagScheme(("X", "Y"))

spans = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 3), st.sampled_from("XY")), max_size=6)


def votes_of(rows: list[tuple[str, int, int, str]], **more: object) -> Votes:
    made = [Vote(0, start, end, label, source) for source, start, end, label in rows]
    return Votes.of(made, n_sentences=len(CORPUS), types=["X", "Y"], sources=["s"], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", AGGREGATORS.values(), ids=AGGREGATORS)
@given(spans)
def test_one_source_without_overlap_is_echoed(make, drawn) -> None:
    rows, reach = [], 0
    for start, width, label in sorted(drawn):
        if start >= reach:
            reach = min(start + width, 9)
            rows.append(("s", start, reach, label))
    votes = votes_of(rows)
    said = [(v.sentence, v.start, v.end, v.label) for v in votes.rows()]
    resolved = make().resolve(CORPUS, votes)
    assert [(v.sentence, v.start, v.end, v.label) for v in resolved.rows()] == said
    examples = make()(CORPUS, votes, SCHEME)
    tags = examples.hard_tags[:9].tolist()
    assert [(0, s.start, s.end, s.label) for s in SCHEME.decode(tags)] == said
    assert examples.decided.all()


@pytest.mark.parametrize("make", AGGREGATORS.values(), ids=AGGREGATORS)
@given(spans)
def test_winners_never_overlap_and_every_token_allows_a_tag(make, drawn) -> None:
    rows = [(f"s{i % 3}", a, min(a + w, 9), label) for i, (a, w, label) in enumerate(drawn)]
    votes = votes_of(rows)
    taken = np.zeros(9, int)
    for vote in make().resolve(CORPUS, votes).rows():
        taken[vote.start : vote.end] += 1
    assert taken.max() <= 1
    assert make()(CORPUS, votes, SCHEME).allowed_tags.any(1).all()


@pytest.mark.parametrize("make", AGGREGATORS.values(), ids=AGGREGATORS)
def test_unknown_pays_no_loss_and_outside_is_a_statement(make) -> None:
    examples = make()(CORPUS, votes_of([("s", 0, 2, UNKNOWN), ("s", 3, 4, OUTSIDE)]), SCHEME)
    assert examples.known[:5].tolist() == [False, False, True, True, True]
    assert examples.decided[3]
    assert examples.hard_tags[3] == 0


@pytest.mark.parametrize("make", AGGREGATORS.values(), ids=AGGREGATORS)
def test_silence_of_a_source_that_does_not_apply_says_nothing(make) -> None:
    asked = np.array([True, False])
    examples = make()(CORPUS, votes_of([], applicable={"s": asked}), SCHEME)
    assert examples.known.tolist() == [True] * 9 + [False] * 5
