"""seqeval as a scorer: its numbers are ours wherever tags can hold the spans."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel.errors import ConfigError, DataError
from weaklabel.evaluate import Scores, score, score_tags, seqeval_scores, seqeval_tag_scores
from weaklabel.tags import TagStyle
from weaklabel.text import Annotation, Annotations, Corpus, Gold

TEXTS = ["Aspirin cures old fever. Not always, though.", "So.", "", "Severe gout of the knee"]
CORPUS = Corpus.from_texts(TEXTS)
STYLES = st.sampled_from([TagStyle.BIO, TagStyle.BIOES])


@st.composite
def on_tokens(draw: st.DrawFn) -> Annotations:
    """Spans of whole tokens of one sentence that do not overlap."""
    rows = []
    for sentence in CORPUS:
        at = 0
        while at < len(sentence):
            length = draw(st.integers(1, 3))
            if draw(st.booleans()) and at + length <= len(sentence):
                start, end = sentence.offsets[at][0], sentence.offsets[at + length - 1][1]
                document = CORPUS.document_rows[sentence.document_id]
                kind = draw(st.sampled_from(["Drug", "A-b"]))
                rows.append(Annotation(document, start, end, kind))
            at += length
    return Annotations.of(rows)


def numbers(scores: Scores) -> dict[str, list[float]]:
    rows = {"": scores.micro, **scores.types}
    return {
        name: [m.precision, m.recall, m.f1, m.gold, m.predicted, m.correct]
        for name, m in rows.items()
    }


def same(one: Scores, other: Scores) -> None:
    a, b = numbers(one), numbers(other)
    assert list(a) == list(b)
    for name in a:
        assert a[name] == pytest.approx(b[name], abs=1e-12, rel=0)


@settings(max_examples=40)
@given(on_tokens(), on_tokens(), STYLES)
def test_on_tokens_seqeval_and_we_agree(
    truth: Annotations, found: Annotations, style: TagStyle
) -> None:
    gold = Gold(CORPUS, truth)
    same(seqeval_scores(gold, found, style=style), score(gold, found, bootstrap=0))


TAGS = st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), max_size=6)


@given(st.lists(TAGS, max_size=4), st.randoms())
def test_tags_score_as_ours_do(gold: list[list[str]], random: object) -> None:
    found = [sorted(row, key=lambda _: random.random()) for row in gold]  # type: ignore[attr-defined]
    same(seqeval_tag_scores(gold, found), score_tags(gold, found))


def test_what_tags_cannot_hold_is_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    rows = [
        Annotation(0, 0, 7, "Drug"),
        Annotation(0, 1, 7, "Drug"),  # cuts a token
        Annotation(0, 14, 23, "Drug"),
        Annotation(0, 18, 23, "Drug"),  # lies in the one before
        Annotation(0, 18, 28, "Drug"),  # across sentences
    ]
    gold = Gold(CORPUS, Annotations.of(rows))
    with caplog.at_level(logging.WARNING):
        found = score(gold, Annotations.of(rows[:1]), scorer="seqeval")
    assert (found.micro.gold, found.micro.predicted, found.micro.correct) == (2, 1, 1)
    assert found.micro.f1_low is None
    assert not found.relaxed
    assert "seqeval does not see 3 of 5 gold spans" in caplog.text
    assert "predicted" not in caplog.text


def test_nothing_scores_nothing() -> None:
    empty = Annotations.of([])
    assert seqeval_scores(Gold(CORPUS, empty), empty).f1 == 0.0


def test_mistakes_of_the_caller() -> None:
    empty = Annotations.of([])
    gold = Gold(CORPUS, empty)
    with pytest.raises(ConfigError, match="unknown scorer 'segeval'; known: weaklabel, seqeval"):
        score(gold, empty, scorer="segeval")
    with pytest.raises(DataError, match="unknown tag scheme"):
        seqeval_scores(gold, empty, style=TagStyle.IO)
    with pytest.raises(DataError, match="sentence 0 has 1 gold tags but 0 predicted ones"):
        seqeval_tag_scores([["O"]], [[]])
    with pytest.raises(DataError, match="gold has 4 documents"):
        seqeval_scores(gold, Annotations.of([Annotation(9, 0, 1, "A")]))
