from __future__ import annotations

from weaklabel.report import scores_html, sentence_html
from weaklabel.text import Corpus, Span
from weaklabel.votes import Vote, Votes

SENTENCE = Corpus.from_texts(["Lead <b> poisoning hurts."], ids=["d&1"])[0]


def test_a_sentence_shows_its_spans_escaped_and_labelled():
    html = sentence_html(SENTENCE, [Span(0, 1, "Chemical"), Span(0, 5, "Disease")])
    assert "Lead &lt;b&gt; poisoning</span>" in html
    assert ">Disease</small>" in html
    assert "Chemical" not in html
    assert "d&amp;1" in html


def test_nouns_show_themselves():
    assert SENTENCE._repr_html_() == "<p>Lead &lt;b&gt; poisoning hurts. <small>d&amp;1</small></p>"
    votes = Votes.of(
        [Vote(0, 0, 1, "Chemical", "<me>"), Vote(0, 0, 5, "Disease", "<me>")],
        n_sentences=1,
        sources=["<me>", "silent"],
    )
    html = votes._repr_html_()
    assert '&lt;me&gt;</th><td style="text-align:right">2</td>' in html
    assert html.count("<tr>") == 3


def test_scores_are_a_table_or_a_note():
    micro = {"precision": 0.5, "recall": 0.25, "f1": 0.333, "f1_low": 0.3, "f1_high": 0.4}
    html = scores_html({"dev": {"strict": {"micro": micro}}})
    assert "trained tagger" in html
    assert "30.0 – 40.0" in html
    assert scores_html({"note": "nothing <b>"}) == "<p>nothing &lt;b&gt;</p>"
