"""Every aggregator: one source is echoed, agreement is kept, silence means what it says.

An aggregator may leave more open than another: allowed sets may stay open, silence unknown.
"""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.aggregate import AGGREGATORS, WINNER
from weaklabel.aggregate.protocol import Reading
from weaklabel.ground.fingerprint import fingerprint
from weaklabel.ground.spans import APART, TOGETHER
from weaklabel.tags import TagScheme
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus
from weaklabel.votes import Vote, Votes

CORPUS = Corpus.from_texts(["a b c d e f g h.", "i j k l."])
SCHEME = TagScheme(("X", "Y"))

spans = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 3), st.sampled_from("XY")), max_size=6)


def votes_of(rows: list[tuple[str, int, int, str]], **more: object) -> Votes:
    made = [Vote(0, start, end, label, source) for source, start, end, label in rows]
    return Votes.of(made, n_sentences=len(CORPUS), types=["X", "Y"], sources=["s"], **more)  # type: ignore[arg-type]


def read(kind: str, votes: Votes) -> Reading:
    return AGGREGATORS.sample(kind).fit(CORPUS, votes, SCHEME).read(CORPUS, votes)


@pytest.mark.parametrize("kind", AGGREGATORS)
@given(spans)
def test_one_source_without_overlap_is_echoed(kind, drawn) -> None:
    rows, reach = [], 0
    for start, width, label in sorted(drawn):
        if start >= reach:
            reach = min(start + width, 9)
            rows.append(("s", start, reach, label))
    votes = votes_of(rows)
    said = [(v.sentence, v.start, v.end, v.label) for v in votes.rows()]
    agreed, examples = read(kind, votes)
    assert [(v.sentence, v.start, v.end, v.label) for v in agreed.rows()] == said
    tags = examples.hard_tags[:9].tolist()
    assert [(0, s.start, s.end, s.label) for s in SCHEME.decode(tags)] == said
    assert examples.token_splits.tolist() == CORPUS.token_splits.tolist()


@pytest.mark.parametrize("kind", AGGREGATORS)
@given(spans)
def test_winners_never_overlap_and_every_token_allows_a_tag(kind, drawn) -> None:
    rows = [(f"s{i % 3}", a, min(a + w, 9), label) for i, (a, w, label) in enumerate(drawn)]
    votes = votes_of(rows)
    taken = np.zeros(9, int)
    agreed, examples = read(kind, votes)
    for vote in agreed.rows():
        taken[vote.start : vote.end] += 1
        assert vote.source == WINNER
    assert taken.max() <= 1
    assert examples.allowed_tags.any(1).all()
    assert examples.scheme == SCHEME


@pytest.mark.parametrize("kind", AGGREGATORS)
def test_unknown_pays_no_loss_and_outside_is_a_statement(kind) -> None:
    examples = read(kind, votes_of([("s", 0, 2, UNKNOWN), ("s", 3, 4, OUTSIDE)])).labels
    assert examples.known[:2].tolist() == [False, False]
    assert examples.decided[3]
    assert examples.hard_tags[3] == 0


@pytest.mark.parametrize("kind", AGGREGATORS)
def test_silence_of_a_source_that_does_not_apply_says_nothing(kind) -> None:
    asked = np.array([True, False])
    examples = read(kind, votes_of([], applicable={"s": asked})).labels
    assert not examples.known[9:].any()
    assert not examples.maybe_named.any()


@pytest.mark.parametrize("kind", AGGREGATORS)
@given(spans, spans)
def test_evidence_about_boundaries_is_no_type(kind, drawn, bounds) -> None:
    """That tokens belong together or apart is no reading of its own; a reader may ignore it."""
    rows = [(f"s{i % 3}", a, min(a + w, 9), label) for i, (a, w, label) in enumerate(drawn)]
    more = [("b", a, min(a + w, 9), TOGETHER if x == "X" else APART) for a, w, x in bounds]
    agreed, examples = read(kind, votes_of(rows + more))
    assert all(vote.label in ("X", "Y") for vote in agreed.rows())
    assert examples.scheme == SCHEME
    assert not read(kind, votes_of(more)).labels.maybe_named.any()


@pytest.mark.parametrize("kind", AGGREGATORS)
@given(spans)
def test_winners_carry_entry_and_concepts(kind, drawn) -> None:
    """What hides a winner while training, and what it is called, come from those who voted."""
    rows = [
        Vote(0, a, min(a + w, 9), label, f"s{i % 2}", 1.0, f"{label}:{a}-{w}", (f"M:{a}",))
        for i, (a, w, label) in enumerate(drawn)
    ]
    votes = Votes.of(rows, n_sentences=len(CORPUS), types=["X", "Y"], sources=["s0", "s1"])
    of_entry = {row.entry: row.concepts for row in votes.rows()}
    for vote in read(kind, votes).agreed.rows():
        assert vote.entry in of_entry
        assert set(of_entry[vote.entry]) <= set(vote.concepts)


@pytest.mark.parametrize("kind", AGGREGATORS)
@given(spans, spans)
def test_a_reader_that_was_saved_reads_alike(kind, seen, drawn) -> None:
    def table(drawn: list[tuple[int, int, str]]) -> Votes:
        return votes_of([(f"s{i % 3}", a, min(a + w, 9), x) for i, (a, w, x) in enumerate(drawn)])

    reader = AGGREGATORS.sample(kind).fit(CORPUS, table(seen), SCHEME)
    assert reader.kind == kind
    about = json.loads(json.dumps(reader.describe()))
    again = AGGREGATORS.restore(kind, about)
    other = Corpus.from_texts([*(CORPUS.document_text(d) for d in range(2))], ids=["x", "y"])
    here, there = reader.read(other, table(drawn)), again.read(other, table(drawn))
    assert here.agreed.rows() == there.agreed.rows()
    assert (here.labels.beliefs == there.labels.beliefs).all()


@pytest.mark.parametrize("kind", AGGREGATORS)
def test_it_is_its_options(kind) -> None:
    made = AGGREGATORS.sample(kind)
    assert made.kind == kind
    assert dataclasses.is_dataclass(made)
    assert fingerprint(made) == fingerprint(AGGREGATORS.sample(kind))
