"""Labelling functions: what they are asked, what they may yield, and what happens if they fail."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import ConfigError, SpanError, WeaklabelError
from weaklabel.ground.spans import Document, Placed, Sentence, touched
from weaklabel.sources import FunctionSource, apply_sources, source
from weaklabel.sources.functions import ask as asking
from weaklabel.sources.functions.ask import documents
from weaklabel.text import Corpus, Span
from weaklabel.votes import Votes

TEXTS = {
    "a": "We gave 5 mg/kg daily. Nothing else was given.",
    "b": "Then 7mg/kg was given! Why not 8 mg/kg?",
    "c": "",
    "d": "No dose here.",
}
CORPUS = Corpus.from_texts(TEXTS.values(), ids=TEXTS)


def surfaces(votes: Votes, corpus: Corpus = CORPUS) -> list[str]:
    return [corpus[r.sentence].surface(Span(r.start, r.end, r.label)) for r in votes.rows()]


@source(types=["Dose"], cost="0.20 EUR")
def dose(sentence: Sentence) -> Any:
    for found in sentence.finditer(r"\d+\s?mg/kg"):
        yield found.span_as("Dose")


@source(types=["Dose"], per="document")
def dose_of_document(document: Document) -> Any:
    for found in document.finditer(r"\d+\s?mg/kg"):
        yield found.span_as("Dose")


# ---- what a function is asked and says ------------------------------------------------------
def test_sentences_and_documents_are_one_text() -> None:
    of_sentences, of_documents = (apply_sources(CORPUS, [s]) for s in (dose, dose_of_document))
    assert surfaces(of_sentences) == ["5 mg/kg", "7mg/kg", "8 mg/kg"]
    assert [r[:4] for r in of_sentences.rows()] == [r[:4] for r in of_documents.rows()]
    assert dose.cost == "0.20 EUR"


def test_every_document_is_seen_as_it_is() -> None:
    seen = list(documents(CORPUS))
    assert [d.id for d in seen] == list(TEXTS)
    assert [d.text for d in seen] == list(TEXTS.values())
    assert [s.index for d in seen for s in d.sentences] == list(range(len(CORPUS)))
    assert len(seen[2]) == 0
    assert [s for d in seen for s in d.sentences] == list(CORPUS)


def test_a_pair_of_a_sentence_and_a_span_is_a_span_of_a_document() -> None:
    @source(per="document")
    def both(document: Document) -> Any:
        for sentence in document.sentences:
            yield sentence, Span(0, 1, "First")
            yield sentence.index, Span(len(sentence) - 1, len(sentence), "Last")

    found = surfaces(apply_sources(CORPUS, [both]))
    assert found == ["We", ".", "Nothing", ".", "Then", "!", "Why", "?", "No", "."]


def test_silence_is_none_or_nothing() -> None:
    silent = FunctionSource(lambda sentence: None, "silent")
    assert list(silent(CORPUS[0])) == []
    votes = apply_sources(CORPUS, [silent])
    assert len(votes) == 0
    assert votes.accounts == {}
    assert votes.is_applicable("silent").all()


@pytest.mark.parametrize("per", ["sentence", "document"])
def test_where_it_does_not_apply_it_is_not_asked(per: Any) -> None:
    def only_b(unit: Any) -> bool:
        return (unit.id if per == "document" else unit.document_id) == "b"

    asked = []

    @source(per=per, applies=only_b)
    def noting(unit: Any) -> None:
        asked.append(unit)

    votes = apply_sources(CORPUS, [noting])
    assert len(asked) == (1 if per == "document" else 2)
    assert votes.is_applicable("noting").tolist() == [False, False, True, True, False]


def test_a_match_that_cuts_a_token_takes_it_whole_and_is_counted() -> None:
    @source
    def number(sentence: Sentence) -> Any:
        return [found.span_as("Number") for found in sentence.finditer(r"\d")]

    votes = apply_sources(CORPUS, [number])
    assert surfaces(votes) == ["5", "7mg", "8"]
    assert votes.accounts["number"].used == {"spans widened to whole tokens": 1}
    assert not votes.accounts["number"].lost


def test_a_match_over_the_end_of_a_sentence_is_left_out_and_counted() -> None:
    @source(per="document")
    def across(document: Document) -> Any:
        yield from (
            found.span_as("X") for found in document.finditer(r"daily. Nothing|Then|given!")
        )

    votes = apply_sources(CORPUS, [across])
    assert surfaces(votes) == ["Then", "given!"]
    assert votes.accounts["across"].lost == {"spans that leave their sentence": 1}
    assert "count tokens, not characters" in votes.accounts["across"].notes[0]


@given(st.text(alphabet="ab .\n-é𝛼", max_size=40), st.data())
def test_touched_is_what_a_look_at_every_token_says(text: str, data: Any) -> None:
    tokens = [offsets for s in Corpus.from_texts([text]) for offsets in s.offsets]
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    found = touched(tokens, first, last)
    expected = [i for i, (a, b) in enumerate(tokens) if a < last and first < b]
    assert list(range(found.start, found.end)) == (expected if first < last else [])
    inside = any(a < at < b for a, b in tokens for at in (first, last))
    assert found.cut == (inside and bool(expected) and first < last)


# ---- mistakes in using it -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: source("Dose"), "as @source(types=['Dose'])"),  # type: ignore[call-overload]
        (lambda: source(types="Dose"), "types must be a list, as ['Dose']"),
        (lambda: source(per="word")(lambda s: []), "per must be 'sentence' or 'document'"),  # type: ignore[call-overload]
        (lambda: source(limit_seconds=0)(lambda s: []), "limit_seconds must be more than 0"),
    ],
)
def test_a_decorator_that_cannot_be_meant(use: Any, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        use()
    assert message in str(raised.value)


def test_two_sources_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="two sources are called 'dose'"):
        apply_sources(CORPUS, [dose, dose])


# ---- misbehaviour ---------------------------------------------------------------------------
@source(types=["Dose"])
def fails_on_why(sentence: Sentence) -> Any:
    yield Span(0, 1, "Dose")
    if sentence.words[0] == "Why":
        raise ZeroDivisionError("ouch")


def test_a_failure_costs_its_sentence_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        votes = apply_sources(CORPUS, [fails_on_why, dose])
    assert votes.of_source("fails_on_why").sentence.tolist() == [0, 1, 2, 4]
    assert surfaces(votes.of_source("dose")) == ["5 mg/kg", "7mg/kg", "8 mg/kg"]
    told = votes.accounts["fails_on_why"]
    assert told.lost == {"sentences failed": 1}
    assert told.notes == (
        "source 'fails_on_why' failed on sentence 3 of document 'b': ZeroDivisionError: ouch",
    )
    assert votes.is_applicable("fails_on_why").tolist() == [True, True, True, False, True]
    assert len(caplog.records) == 1
    assert "lost: 1 sentences failed; first: source 'fails_on_why'" in caplog.text


def test_a_function_that_calls_exit_costs_its_sentence_alone() -> None:
    @source
    def leaves(sentence: Sentence) -> Any:
        if sentence.document_id == "b":
            raise SystemExit(3)
        return [Span(0, 1, "X")]

    votes = apply_sources(CORPUS, [leaves])
    assert votes.accounts["leaves"].lost == {asking.FAILED: 2}
    assert "document 'b': SystemExit: 3" in votes.accounts["leaves"].notes[0]


def test_strict_raises_and_names_source_and_sentence() -> None:
    message = r"source 'fails_on_why' failed on sentence 3 of document 'b': ZeroDivisionError: ouch"
    with pytest.raises(WeaklabelError, match=message):
        apply_sources(CORPUS, [fails_on_why], strict=True)
    with pytest.raises(WeaklabelError, match=message):
        list(fails_on_why(CORPUS[3]))


BAD = {
    "out of bounds": (Span(0, 99, "Dose"), "spans that leave their sentence", "for a sentence of"),
    "other type": (Span(0, 1, "Drug"), "spans of a type not announced", "it announced Dose"),
    "a tuple": ((0, 1, "Dose"), "values that are no span", "returned (0, 1, 'Dose')"),
    "a match": ("5 mg", "values that are no span", "it must yield spans"),
    "score": (Span(0, 1, "Dose", score=7.0), "values that are no span", "score=7.0"),
    "no number": (Span(0.0, 1.5, "Dose"), "values that are no span", "end=1.5"),  # type: ignore[arg-type]
    "no type": (Span(0, 1, ""), "values that are no span", "label=''"),
    "half a character": (Span(0, 1, "\ud800"), "values that are no span", "\\ud800"),
    "score of words": (Span(0, 1, "Dose", "high"), "values that are no span", "'high'"),  # type: ignore[arg-type]
    "one concept": (Span(0, 1, "Dose", concepts="D1"), "values that are no span", "'D1'"),  # type: ignore[arg-type]
    "numbers": (Span(0, 1, "Dose", concepts=(5,)), "values that are no span", "(5,)"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("given", "reason", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_a_vote_is_left_out_and_counted(
    given: Any, reason: str, message: str
) -> None:
    @source(types=["Dose"])
    def odd(sentence: Sentence) -> Any:
        return [Span(0, 1, "Dose"), given, Span(1, 2, "Dose")]

    votes = apply_sources(CORPUS, [odd])
    assert len(votes) == 2 * len(CORPUS)
    assert votes.accounts["odd"].lost == {reason: len(CORPUS)}
    assert len(votes.accounts["odd"].notes) == 3
    assert message in votes.accounts["odd"].notes[0]
    for ask in (lambda: apply_sources(CORPUS, [odd], strict=True), lambda: list(odd(CORPUS[0]))):
        with pytest.raises(SpanError) as raised:
            ask()
        assert message in str(raised.value)


@pytest.mark.parametrize(
    "given", [Span(0, 1, "X"), (0, 1), (99, Span(0, 1, "X")), ("a", Span(0, 1, "X")), (0, None)]
)
def test_a_span_of_a_document_must_say_where(given: Any) -> None:
    @source(per="document")
    def odd(document: Document) -> Any:
        yield given
        yield Placed(document.sentences[0].index, Span(0, 1, "X"))

    corpus = Corpus.from_texts(["One. Two."])
    votes = apply_sources(corpus, [odd])
    assert len(votes) == 1
    assert votes.accounts["odd"].lost == {"values that are no span": 1}
    assert "pairs of a sentence and a span of it" in votes.accounts["odd"].notes[0]


def test_a_source_that_fails_everywhere_ends_the_run() -> None:
    @source
    def typo(sentence: Sentence) -> Any:
        return sentence.wrods

    with pytest.raises(WeaklabelError) as raised:
        apply_sources(CORPUS, [typo])
    assert "source 'typo' failed on all 5 sentences" in str(raised.value)
    assert "'wrods'" in str(raised.value)


def test_a_source_that_fails_on_most_of_the_first_hundred_ends_the_run_at_once() -> None:
    asked = []

    @source
    def mostly(sentence: Sentence) -> Any:
        asked.append(sentence.index)
        assert sentence.index % 5 == 0

    with pytest.raises(WeaklabelError, match="on 51 of the first 64 sentences"):
        apply_sources(Corpus.from_texts(["One."] * 500), [mostly])
    assert len(asked) == 64


def test_a_source_that_fails_on_most_of_the_later_ones_does_not() -> None:
    @source
    def later(sentence: Sentence) -> Any:
        assert sentence.index < 60
        return [Span(0, 1, "X")]

    votes = apply_sources(Corpus.from_texts(["One."] * 150), [later])
    assert len(votes) == 60
    assert votes.accounts["later"].lost == {"sentences failed": 90}


def test_applies_may_fail_too() -> None:
    @source(applies=lambda sentence: 1 // (sentence.index - 3) < 9)
    def picky(sentence: Sentence) -> Any:
        return [Span(0, 1, "X")]

    votes = apply_sources(CORPUS, [picky])
    assert votes.accounts["picky"].lost == {"sentences failed": 1}
    assert len(votes) == 4


def test_a_generator_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_SPANS", 50)

    @source
    def endless(sentence: Sentence) -> Any:
        while sentence.index == 1:
            yield Span(0, 1, "X")

    votes = apply_sources(CORPUS, [endless])
    assert len(votes) == 0
    assert "it yields more than 50 spans" in votes.accounts["endless"].notes[0]


# ---- sources that are objects ---------------------------------------------------------------
class Broken:
    name = "broken"

    def label(self, corpus: Corpus) -> Votes:
        raise KeyError("weights")


class Outside:
    name = "outside"

    def label(self, corpus: Corpus) -> Votes:
        from weaklabel.votes import Vote

        rows = [Vote(0, 0, 1, "X", self.name), Vote(1, 3, 77, "X", self.name)]
        return Votes.of(rows, n_sentences=len(corpus), sources=[self.name])


def test_an_object_that_fails_is_named() -> None:
    with pytest.raises(WeaklabelError, match="source 'broken' failed: KeyError: 'weights'"):
        apply_sources(CORPUS, [Broken()])


def test_an_objects_votes_outside_a_sentence_are_left_out_and_counted() -> None:
    votes = apply_sources(CORPUS, [Outside()])
    assert len(votes) == 1
    assert votes.accounts["outside"].lost == {"spans that leave their sentence": 1}
    with pytest.raises(SpanError, match="tokens 3-77 for a sentence of 5 tokens"):
        apply_sources(CORPUS, [Outside()], strict=True)


def test_what_was_lost_is_kept_in_the_file_of_votes(tmp_path: Any) -> None:
    votes = apply_sources(CORPUS, [fails_on_why])
    votes.save(tmp_path / "votes.parquet")
    assert Votes.load(tmp_path / "votes.parquet").accounts == votes.accounts
