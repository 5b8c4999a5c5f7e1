from __future__ import annotations

from typing import Any

import pytest

from weaklabel.evaluate import advice, by_mending

VOTE = {"f1": 0.8, "seen": 0.9}


def row(name: str, **facts: Any) -> dict[str, Any]:
    return {"source": name, "spans": 10, "conflict": 0.0, "lost": {}, **facts}


def on_dev(name: str, **facts: Any) -> dict[str, Any]:
    told = {"dev_spans": 10, "dev_wrong": 0, "mending": 0.0, "marginal": 0.1, "worst": None}
    return row(name, **{**told, **facts})


def test_the_gain_comes_first_then_mistakes_then_what_others_contradict():
    rows = [
        on_dev("c", conflict=0.5),
        on_dev("b", dev_wrong=3),
        on_dev("a", mending=0.02, dev_wrong=1),
        on_dev("d"),
    ]
    assert [r["source"] for r in by_mending(rows)] == ["a", "b", "c", "d"]
    unscored = [row("x"), row("y", lost={"refused": 2}), row("z", conflict=0.3)]
    assert [r["source"] for r in by_mending(unscored)] == ["z", "y", "x"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no source"),
        (
            [on_dev("a", dev_wrong=4, mending=0.021, worst=["lead", 3, 5])],
            "“a”: 4 of its 10 spans on the dev set are wrong, and without these mistakes the vote "
            "would gain 2.1 F1; start with “lead”, wrong 3 of 5 times.",
        ),
        ([on_dev("a", dev_wrong=1, mending=0.2)], "1 of its 10 spans on the dev set is wrong"),
        ([on_dev("a", dev_wrong=1, mending=0.0)], "No source's mistakes cost the vote anything."),
        ([on_dev("a"), on_dev("b", marginal=-0.01)], "The vote is better without “b”."),
        ([on_dev("a")], "No source marks 10 % of the spans: a new one could."),
        ([row("a", conflict=0.4)], "“a”: others contradict 40.0 % of its 10 spans. Only a hint"),
        (
            [row("a", lost={"refused": 30, "cut": 1})],
            "“a” lost 31, most for: refused. See to that before anything else.",
        ),
        ([row("a")], "No source stands out; a dev set would say"),
    ],
)
def test_advice(rows, words):
    assert words in advice(rows, VOTE)


def test_advice_is_silent_of_what_is_not_so():
    assert "better without" not in advice([on_dev("a")], VOTE)
    told = advice([on_dev("a", dev_wrong=4, mending=0.3)], VOTE)
    assert "No source marks" not in told  # mending buys more than a new source could
    assert "gain" not in advice([on_dev("a", dev_wrong=4, mending=None)], None)
