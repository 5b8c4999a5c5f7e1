"""analyse(): the table by hand, as a DataFrame, in a notebook, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

import weaklabel as wl
from weaklabel.errors import DataError
from weaklabel.text import Annotation, Annotations, Corpus, Gold, Sentence
from weaklabel.votes import Account, Vote, Votes

CORPUS = Corpus.from_texts(["Severe hepatitis and gout.", "No fever, no gout."], ids=["a", "b<i>"])
DEV = Gold(
    Corpus.from_texts(["Chronic gastritis.", "Gout and fever."]),
    Annotations.of(
        [Annotation(0, 0, 17, "D"), Annotation(1, 0, 4, "D"), Annotation(1, 9, 14, "D")]
    ),
)


@wl.source(types=["D"])
def itis(sentence: Sentence):
    return [found.span_as("D") for found in sentence.finditer(r"[a-z]+itis")]


@wl.source(types=["D"])
def named(sentence: Sentence):
    return [found.span_as("D") for found in sentence.finditer(r"(?i)severe \w+|gout|fever")]


SOURCES = [itis, named]


@pytest.fixture(scope="module")
def votes() -> Votes:
    return wl.apply_sources(CORPUS, SOURCES)


def test_without_a_dev_set(votes: Votes) -> None:
    found = wl.analyse(CORPUS, votes)
    assert [row["source"] for row in found.rows] == ["itis", "named"]
    assert (found["named"]["spans"], found["named"]["conflict"]) == (4, 0.25)
    assert found["itis"]["conflict"] == 1.0
    assert found.vote is None
    assert found.overlap == {"sources": ["itis", "named"], "matrix": [[1, 0], [1, 4]]}
    (dispute,) = found.disagreements
    assert dispute["readings"] == [["itis", [(7, 16, "D")]], ["named", [(0, 16, "D")]]]
    with pytest.raises(DataError, match="nothing was scored"):
        _ = found.f1
    with pytest.raises(KeyError, match="no source 'x'; there are: itis, named"):
        found["x"]


def test_with_a_dev_set(votes: Votes) -> None:
    found = wl.analyse(CORPUS, votes, dev=DEV, sources=SOURCES)
    # itis marks "gastritis" of "Chronic gastritis"; named both others.
    assert found.f1 == pytest.approx(4 / 6)
    assert [row["source"] for row in found.rows] == ["itis", "named"]
    first, second = found.rows
    assert (first["precision"], first["recall"], first["dev_wrong"]) == (0.0, 0.0, 1)
    assert first["marginal"] == pytest.approx(4 / 6 - 4 / 5)
    assert first["mending"] == pytest.approx(1 - 4 / 6)
    assert (second["marginal"], second["mending"]) == (pytest.approx(4 / 6), 0.0)
    assert found.vote is not None
    assert found.vote["seen"] == pytest.approx(2 / 3)
    assert found.advice.startswith("“itis”: 1 of its 1 span on the dev set is wrong")
    again = wl.analyse(CORPUS, votes, dev=DEV, dev_votes=wl.apply_sources(DEV.corpus, SOURCES))
    assert json.loads(json.dumps(again.to_dict())) == json.loads(json.dumps(found.to_dict()))


def test_how_the_vote_is_made_can_be_given(votes: Votes) -> None:
    found = wl.analyse(
        CORPUS, votes, dev=DEV, sources=SOURCES, resolve=lambda all_: all_.of_source("named")
    )
    assert found["itis"]["marginal"] == 0.0
    assert found.f1 == pytest.approx(4 / 5)


def test_a_dev_set_needs_votes_on_it(votes: Votes) -> None:
    with pytest.raises(DataError, match="pass sources="):
        wl.analyse(CORPUS, votes, dev=DEV)
    with pytest.raises(DataError, match="2 sentences do not fit a corpus of 1"):
        wl.analyse(Corpus.from_texts(["One."]), votes)


@dataclass(frozen=True)
class Asked:
    """A source that uses and loses things, and says what it costs."""

    name: str = "asked"
    cost: float = 0.25

    def label(self, corpus: Corpus) -> Votes:
        told = Account({"not in the text": 2, "refused": 1}, {"requests": 5}, ("“x” is not in it",))
        rows = [Vote(0, 0, 1, "D", self.name)]
        return Votes.of(rows, n_sentences=len(corpus), accounts={self.name: told})


def test_what_was_lost_used_and_declared() -> None:
    sources = [Asked(), itis]
    found = wl.analyse(CORPUS, wl.apply_sources(CORPUS, sources), sources=sources)
    row = found["asked"]
    assert (row["lost"], row["used"]) == ({"not in the text": 2, "refused": 1}, {"requests": 5})
    assert (row["notes"], row["cost"]) == (["“x” is not in it"], 0.25)
    assert (found["itis"]["lost"], found["itis"]["cost"]) == ({}, None)
    assert found.advice.startswith("“asked” lost 3, most for: not in the text")
    frame = found.to_pandas()
    assert frame.loc["asked", ["lost", "used_requests", "cost"]].tolist() == [3, 5, 0.25]
    assert frame.loc["itis", "lost"] == 0


def test_as_a_frame_and_in_a_notebook(votes: Votes) -> None:
    found = wl.analyse(CORPUS, votes, dev=DEV, sources=SOURCES)
    frame = found.to_pandas()
    assert list(frame.index) == ["itis", "named"]
    assert frame.loc["itis", ["worst", "worst_wrong", "worst_spans"]].tolist() == [
        "gastritis",
        1,
        1,
    ]
    assert frame.loc["named", "recall"] == pytest.approx(2 / 3)
    html = found._repr_html_()
    assert html.count("<tr>") == 3
    assert html.index("itis") < html.index("named")
    assert "“itis”: 1 of its 1 span" in html
    assert "<b>named</b> Severe hepatitis (D)" in html
    assert "−66.7<br><small>" in html


def test_names_and_texts_are_escaped() -> None:
    corpus = Corpus.from_texts(["Lead <b>."], ids=["<d>"])
    rows = [Vote(0, 0, 1, "<D>", "<me>"), Vote(0, 0, 3, "<D>", "you")]
    html = wl.analyse(corpus, Votes.of(rows, n_sentences=1))._repr_html_()
    for text in ("&lt;me&gt;", "Lead &lt;b&gt;.", "&lt;d&gt;", "(&lt;D&gt;)"):
        assert text in html
    assert "<me>" not in html


def test_nothing_at_all() -> None:
    empty = Corpus.from_texts([])
    found = wl.analyse(empty, Votes.of([], n_sentences=0))
    assert (found.rows, found.disagreements) == ((), ())
    assert "no source" in found.advice
    assert len(found.to_pandas()) == 0
    assert "<table>" in found._repr_html_()
