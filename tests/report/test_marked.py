from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from weaklabel.report.marks import Palette, marked, said

TEXT = "lead <poisoning> & gout"


@st.composite
def spans(draw):
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(TEXT) - 1))
        end = draw(st.integers(start + 1, len(TEXT)))
        found.append((start, end, draw(st.sampled_from(["Disease", "Chemical"]))))
    return found


def plain(html: str) -> str:
    without_labels = re.sub(r"<small.*?</small>", "", html)
    tagless = re.sub(r"<[^>]*>", "", without_labels)
    return tagless.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(gold=st.none() | spans(), found=spans())
def test_the_text_stays_whole_and_every_span_has_a_label(gold, found):
    html = marked(TEXT, gold, found, Palette(["Chemical", "Disease"]))
    assert plain(html) == TEXT
    assert html.count("<small") == len({*(gold or ()), *found})


def test_labels_say_who_said_it():
    palette = Palette(["Chemical", "Disease"])
    gold, found = (
        [(0, 4, "Chemical"), (19, 23, "Disease")],
        [(0, 4, "Chemical"), (5, 16, "Disease")],
    )
    labels = re.findall(r"<small[^>]*>(.*?)</small>", marked(TEXT, gold, found, palette))
    assert labels == ["Chemical ✓", "found Disease", "gold Disease"]
    assert re.findall(r"<small[^>]*>(.*?)</small>", marked(TEXT, None, found, palette)) == [
        "Chemical",
        "Disease",
    ]


def test_votes_are_listed_by_source():
    rows = said(TEXT, [(0, 4, "Chemical", "dictionary"), (19, 23, "Disease", "rule")], Palette([]))
    assert [source for source, _ in rows] == ["dictionary", "rule"]
    assert "gout" in rows[1][1]


def test_more_types_than_colours_come_round_again():
    palette = Palette(f"T{i}" for i in range(20))
    assert {palette(f"T{i}") for i in range(20)} == set(range(8))
    assert palette("new") == palette("new")
