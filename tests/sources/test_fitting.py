"""Character spans on tokens: a stupid oracle goes character by character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from weaklabel.sources.fitting import (
    CROSSES,
    DIFFERS,
    NO_TOKEN,
    NOT_MAPPED,
    OUTSIDE_TEXT,
    TOO_UNSURE,
    WIDENED,
    Fitting,
    Place,
    fit,
)
from weaklabel.sources.losses import EXAMPLES
from weaklabel.text import Corpus
from weaklabel.votes import Account

CORPUS = Corpus.from_texts(["Aspirin helps. It is old.", "A β-blocker."], ids=["a", "b"])


def touched(corpus: Corpus, document: int, start: int, end: int) -> set[tuple[int, int]]:
    """(sentence, token) of every token that shares a character with the range."""
    a, b = corpus.sentence_splits[document : document + 2]
    return {
        (int(i), t)
        for i in range(a, b)
        for t, (first, last) in enumerate(corpus[i].offsets)
        if set(range(first, last)) & set(range(start, end))
    }


@given(strategies.corpora(own_tokens=True), st.data())
def test_a_place_is_all_tokens_touched(corpus: Corpus, data: st.DataObject) -> None:
    document = data.draw(st.integers(0, corpus.n_documents - 1))
    text = corpus.document_text(document)
    start = data.draw(st.integers(-1, len(text) + 1))
    end = data.draw(st.integers(-1, len(text) + 2))
    found = fit(corpus, document, start, end)
    if not 0 <= start < end <= len(text):
        assert found == OUTSIDE_TEXT
        return
    tokens = touched(corpus, document, start, end)
    sentences = {sentence for sentence, _ in tokens}
    if not tokens:
        assert found == NO_TOKEN
    elif len(sentences) > 1:
        assert found == CROSSES
    else:
        assert isinstance(found, Place)
        inside = {(found.sentence, t) for t in range(found.start, found.end)}
        assert inside == tokens
        offsets = corpus[found.sentence].offsets
        covered = set(range(offsets[found.start][0], offsets[found.end - 1][1]))
        assert found.exact == (covered <= set(range(start, end)))


def test_what_is_lost_is_counted_by_reason() -> None:
    fitting = Fitting(CORPUS, "tool", type_map={"DRUG": "Chemical"}, min_score=0.5)
    assert fitting.take(0, 0, 7, "DRUG", score=0.9, surface="Aspirin")
    assert fitting.take(1, 0, 5, "DRUG")  # "A β-b"
    assert not fitting.take(0, 0, 7, "DRUG", surface="Ibuprofen")
    assert not fitting.take(0, 8, 17, "DRUG")
    assert not fitting.take(0, 20, 99, "DRUG")
    assert not fitting.take(0, 7, 8, "DRUG")
    assert not fitting.take(0, 0, 7, "GENE")
    assert not fitting.take(0, 0, 7, "DRUG", score=0.4)
    votes = fitting.votes()
    assert [row[:4] for row in votes.rows()] == [(0, 0, 1, "Chemical"), (2, 0, 4, "Chemical")]
    account = votes.accounts["tool"]
    reasons = (DIFFERS, CROSSES, OUTSIDE_TEXT, NO_TOKEN, NOT_MAPPED, TOO_UNSURE)
    assert account.lost == dict.fromkeys(sorted(reasons), 1)
    assert account.used == {WIDENED: 1}
    assert any("'Ibuprofen'" in note for note in account.notes)


def test_of_equal_spans_the_surest_is_kept_and_examples_stay_few() -> None:
    fitting = Fitting(CORPUS, "tool")
    for score in (0.3, 0.8, 0.5):
        fitting.take(0, 0, 7, "Chemical", score=score)
    for _ in range(3 * EXAMPLES):
        fitting.take(0, 30, 40, "Chemical")
    votes = fitting.votes()
    assert [round(row.score, 4) for row in votes.rows()] == [0.8]
    assert len(votes.accounts["tool"].notes) == EXAMPLES


def test_nothing_lost_needs_no_account() -> None:
    assert Fitting(CORPUS, "tool").votes().accounts.get("tool", Account()) == Account()
