"""A sentence or a document twice as long costs the sources about twice as much."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from weaklabel.ground.normal import normal_key
from weaklabel.lexicon import Lexicon, Term
from weaklabel.sources import build_sources
from weaklabel.sources.apply import apply_sources
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.text import Corpus

NAMES = {
    "fever": "Disease",
    "diabetes": "Disease",
    "diabetes mellitus": "Disease",
    "renal failure": "Disease",
    "aspirin": "Chemical",
}
LEXICON = Lexicon.of([Term(name, (kind,)) for name, kind in NAMES.items()])


def steps(work: Callable[[], object]) -> int:
    """Steps of Python's own code that some work takes: the same on any machine, at any load."""
    taken = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal taken
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        taken += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return taken


def label(text: str) -> None:
    corpus = Corpus.from_texts([text])
    apply_sources(corpus, build_sources(LEXICON, corpus).sources)


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        "fever and diabetes ",
        "((((( fever (DM) ",
        "diabetes mellitus (DM) fever (F) ",
        "chronic renal failure, Na+ and SM-5887 ",
        "The patient had fever (FV) after aspirin. ",
        "Diabetes mellitus (DM{}) was seen. ",
    ],
)
def test_the_sources_take_their_time_by_length(piece: str) -> None:
    def cost(n: int) -> int:
        return steps(lambda: label("".join(piece.format(i) for i in range(n))))

    label(piece)  # what is done once only
    a, b, c = map(cost, (50, 100, 200))
    assert c - b < 2.5 * (b - a)


def test_a_dictionary_of_many_types_is_no_square_of_them() -> None:
    def cost(n: int) -> int:
        lexicon = Lexicon.of([Term(f"fever {i}", (f"T{i}",)) for i in range(n)])
        source, corpus = DictionarySource(NameIndex(lexicon)), Corpus.from_texts(["A fever 1."])
        return steps(lambda: source.label(corpus))

    cost(1)  # what is done once only
    a, b, c = map(cost, (50, 100, 200))
    assert c - b < 2.5 * (b - a)


def test_inverted_names_of_one_form_are_all_found() -> None:
    names = ["diabetes, type 2", "Diabetes, Type 2", "type 2 diabetes", "Diabetes, type 2"]
    index = NameIndex(Lexicon.of([Term(name, ("Disease",)) for name in names]))
    assert index.rows[normal_key("type 2 diabetes")] == (2, 0, 1, 3)
    assert index.rows[normal_key("diabetes, type 2")] == (0, 1, 3)


def test_sentences_of_a_document_share_its_text() -> None:
    corpus = Corpus.from_texts(["It is so. It is not.", "It was."])
    first, second, other = (corpus[i] for i in range(3))
    assert first.document_text is second.document_text
    assert other.document_text == "It was."
    assert (corpus[0].document_id, corpus[2].document_id) == ("0", "1")
