"""The page of a tailoring: what it says of rules that help, harm, or do nothing here."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from weaklabel.report.blocks import points
from weaklabel.report.tailoring import tailoring_html

FACTS: dict[str, Any] = {
    "documents": 3,
    "tokens": 1200,
    "types": ["X"],
    "names_before": 100,
    "names_after": 96,
    "dropped": 5,
    "added": 1,
}
SCORED = {**FACTS, "dev_documents": 1, "f1_before": 0.5, "f1_after": 0.52}


def rule(name: str, action: str, names: int, heard: int, gain: float | None) -> dict[str, Any]:
    told = {"rule": name, "action": action, "about": f"About {name}.", "names": names}
    scores = {} if gain is None else {"gain": gain, "f1": 0.5}
    return {**told, "times": 2 * heard, "heard": heard, **scores, "shown": []}


def page(rules: list[dict[str, Any]], facts: dict[str, Any] = SCORED) -> str:
    return unescape(tailoring_html("mine", facts, rules))


def answers(html: str) -> list[str]:
    return re.findall(r'<p class="answer">(.*?)</p>', html, re.DOTALL)


RULES = [
    rule("everyday word", "dropped", 3, 1, 0.021),
    rule("stop-word", "dropped", 2, 0, -0.00001),
    rule("ending", "added", 1, 1, -0.004),
]


def test_it_says_plainly_how_many_names_stand_in_the_corpus() -> None:
    told = answers(page(RULES))
    assert told[1] == (
        "5 names, by 2 rules. 1 of them stand in this corpus; for the other 4 the change makes no "
        "difference here."
    )
    assert told[2] == "1 name, by 1 rule. All of them stand in this corpus."
    assert answers(page([]))[1] == "None."


def test_what_rounds_to_nothing_has_no_sign_and_no_bar() -> None:
    html = page(RULES)
    assert not re.search(r"[-+−]0\.0\b", html)
    (figure,) = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)
    assert "everyday word" in figure
    assert "ending" in figure
    assert "stop-word" not in figure


def test_a_rule_that_harms_is_shown_with_its_loss() -> None:
    assert re.search(r"<td[^>]*>−0\.4</td>", page(RULES))
    assert "No rule helps on this dev set" in page([RULES[2]])


def test_the_axis_fits_into_the_plot() -> None:
    """Letters of text are about half as wide as high; the label is drawn in the middle."""
    (svg,) = re.findall(r"<svg.*?</svg>", page(RULES), re.DOTALL)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])  # type: ignore[index]
    label = r'<text style="font-size: ([\d.]+)px[^>]*? x="([\d.]+)"[^>]*>(gain in .*?)<'
    ((size, x, text),) = re.findall(label, svg)
    assert float(x) + 0.5 * float(size) * len(text) / 2 < width


def test_without_annotated_documents_nothing_is_claimed() -> None:
    html = page([rule("stop-word", "dropped", 1, 1, None)], FACTS)
    assert answers(html)[0].startswith("Nobody knows without annotated documents")
    assert "<figure>" not in html
    assert "F1 so far" not in html


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.0"), (-0.0, "0.0"), (-0.0004, "0.0"), (-0.0006, "−0.1")]
)
def test_points(value: float, shown: str) -> None:
    assert points(value) == shown
