"""Spans ↔ tags: round trips, strictness, repair, legal moves by brute force."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB2, IOBES, Entities

from weaklabel.errors import DataError, SpanError
from weaklabel.tags import Notation, TagScheme, TagStyle, canonical, notation
from weaklabel.text import Span

TYPES = ("Disease", "Multi-tissue_structure")
SCHEMES = {style: TagScheme(TYPES, style) for style in TagStyle}
EXACT = [TagStyle.BIO, TagStyle.BIOES]


@st.composite
def spans(draw: st.DrawFn) -> tuple[list[Span], int]:
    """Spans of one sentence that do not overlap; neighbours of one type too."""
    length = draw(st.integers(0, 12))
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    pairs = [pair for pair in itertools.pairwise(cuts) if draw(st.booleans())]
    return [Span(a, b, draw(st.sampled_from(TYPES))) for a, b in pairs], length


@pytest.mark.parametrize("style", EXACT)
@given(case=spans())
def test_decoding_undoes_encoding(style, case):
    found, length = case
    scheme = SCHEMES[style]
    tags = scheme.encode(found, length=length)
    assert scheme.decode(tags) == found
    assert scheme.repair([scheme.names[t] for t in tags]) == found


@given(case=spans())
def test_io_merges_neighbours_of_one_type_and_nothing_else(case):
    found, length = case
    merged: list[Span] = []
    for span in found:
        if merged and (merged[-1].end, merged[-1].label) == (span.start, span.label):
            span = Span(merged.pop().start, span.end, span.label)
        merged.append(span)
    scheme = SCHEMES[TagStyle.IO]
    assert scheme.decode(scheme.encode(found, length=length)) == merged


@pytest.mark.parametrize("style", TagStyle)
def test_legal_sequences_are_those_that_encoding_can_make(style):
    """Brute force: of all tag sequences, exactly the images of encode obey the three masks."""
    scheme = TagScheme(("A", "B"), style)
    for length in range(1, 4 if style is TagStyle.BIOES else 5):
        images = {
            tuple(scheme.encode(found, length=length).tolist()) for found in _all_spans(length)
        }
        legal = {
            tags
            for tags in itertools.product(range(len(scheme)), repeat=length)
            if scheme.may_start[tags[0]]
            and scheme.may_end[tags[-1]]
            and all(scheme.may_follow[a, b] for a, b in itertools.pairwise(tags))
        }
        assert legal == images


def _all_spans(length: int, start: int = 0) -> list[list[Span]]:
    if start == length:
        return [[]]
    found = _all_spans(length, start + 1)
    for end in range(start + 1, length + 1):
        rest = _all_spans(length, end)
        found += [[Span(start, end, kind), *more] for kind in ("A", "B") for more in rest]
    return found


@pytest.mark.parametrize(("style", "seqeval_scheme"), [("BIO", IOB2), ("BIOES", IOBES)])
@given(data=st.data())
def test_strict_decoding_is_seqevals(style, seqeval_scheme, data):
    scheme = SCHEMES[TagStyle(style)]
    names = data.draw(st.lists(st.sampled_from(scheme.names), max_size=10))
    expected = Entities([names], scheme=seqeval_scheme).entities[0]
    found = scheme.decode([scheme.names.index(name) for name in names])
    assert found == sorted(Span(e.start, e.end, e.tag) for e in expected)


@pytest.mark.parametrize("style", EXACT)
@given(data=st.data())
def test_repair_is_seqevals_lenient_reading(style, data):
    scheme = SCHEMES[style]
    names = data.draw(st.lists(st.sampled_from(scheme.names), max_size=10))
    expected = [Span(start, end + 1, label) for label, start, end in get_entities(names)]
    assert scheme.repair(names) == expected


@pytest.mark.parametrize("style", EXACT)
@given(data=st.data())
def test_strict_spans_are_among_the_repaired(style, data):
    scheme = SCHEMES[style]
    names = data.draw(st.lists(st.sampled_from(scheme.names), max_size=10))
    strict = scheme.decode([scheme.names.index(name) for name in names])
    assert set(strict) <= set(scheme.repair(names))


def test_malformed_tags_give_no_span():
    scheme = TagScheme(("D",), TagStyle.BIOES)
    for names in (["B-D"], ["I-D"], ["E-D"], ["B-D", "O"], ["B-D", "B-D"], ["S-D", "E-D"][1:]):
        assert scheme.decode([scheme.names.index(name) for name in names]) == []
    bio = TagScheme(("D", "X"), TagStyle.BIO)
    names = ["O", "I-D", "B-D", "I-X"]
    assert bio.decode([bio.names.index(name) for name in names]) == [Span(2, 3, "D")]


def test_impossible_encodings_are_refused():
    scheme = SCHEMES[TagStyle.BIO]
    with pytest.raises(SpanError, match="does not fit a sentence of 2 tokens"):
        scheme.encode([Span(1, 3, "Disease")], length=2)
    with pytest.raises(SpanError, match="overlaps another span"):
        scheme.encode([Span(0, 2, "Disease"), Span(1, 3, "Disease")], length=3)
    with pytest.raises(DataError, match="a type is listed twice: D, D"):
        TagScheme(("D", "D"))


def test_names_and_ids():
    scheme = TagScheme(("D", "C"))
    assert scheme.names == ("O", *(f"{p}-{t}" for t in "DC" for p in "BIES"))
    assert len(scheme) == 9
    assert scheme.encode([], length=0).tolist() == []
    assert [SCHEMES[s].span_tags(1, "Disease") for s in TagStyle] == [[1], [1], [4]]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *((f"{a}-D", f"{b}-D") for a, b in zip("BIESLUMW", "BIESESIS", strict=True)),
        ("O", "O"),
        ("B", "B-Entity"),
        ("B-Multi-tissue_structure", "B-Multi-tissue_structure"),
        *((bad, None) for bad in ("", "o", "B-", "-D", "X-D", "Disease", "BD", "O-D")),
    ],
)
def test_tags_of_other_styles(tag, expected):
    assert canonical(tag) == expected


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        ([], Notation("")),
        ([["O", "O"]], Notation("")),
        ([["B-D", "I-D"], ["O", "B-D"]], Notation("BIO")),
        ([["I-D", "I-D"], ["O"]], Notation("IOB1")),
        ([["I-D", "B-D", "I-X"]], Notation("IOB1")),
        ([["B-D", "I-X"]], Notation("BIO", 1)),
        ([["S-D", "B-D", "E-D"]], Notation("BIOES")),
        ([["S-D", "I-D", "O"]], Notation("BIOES", 2)),
    ],
)
def test_notations(sentences, expected):
    assert notation(sentences) == expected
