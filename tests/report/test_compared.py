from __future__ import annotations

import shutil

from test_page import Outline

from weaklabel import io
from weaklabel.evaluate import compare
from weaklabel.report import write_report


def test_two_runs_are_tested_against_each_other(scored_run, other_run):
    path = write_report(scored_run, other_run)
    assert path == other_run / "compared-with-first.html"
    page = path.read_text(encoding="utf-8")
    outline = Outline(page)
    assert outline.texts["h1"][0].startswith("first is better than second by")
    assert "more than chance" in outline.texts["h1"][0]
    gold, a, b = (
        io.read_gold(folder / name).gold
        for folder, name in (
            (other_run, "dev_gold.jsonl"),
            (scored_run, "predictions.jsonl"),
            (other_run, "predictions.jsonl"),
        )
    )
    d = compare(gold, a.annotations, b.annotations).micro
    assert f"{100 * d.difference:+.1f}".replace("-", "−") in page
    assert f"p = {d.p_value:.3f}" in page.replace("\u00a0", " ")
    assert "Missed now, found by first" in page
    assert "<td>1</td>" in page  # the seeds differ


def test_a_run_against_itself_is_no_difference(scored_run, tmp_path):
    twin = tmp_path / "twin"
    shutil.copytree(scored_run, twin)
    page = write_report(scored_run, twin).read_text(encoding="utf-8")
    assert Outline(page).texts["h1"][0].startswith("No difference beyond chance")
    assert "0 settings differ." in page


def test_without_gold_it_says_what_it_cannot_know(scored_run, other_run, unscored_run, tmp_path):
    folders = []
    for run in (scored_run, other_run):
        shutil.copytree(run, tmp_path / run.name)
        (tmp_path / run.name / "dev_gold.jsonl").unlink()
        folders.append(tmp_path / run.name)
    page = write_report(*folders).read_text(encoding="utf-8")
    assert "more than chance cannot be told" in Outline(page).texts["h1"][0]
    page = write_report(scored_run, unscored_run).read_text(encoding="utf-8")
    assert "unscored had no annotated dev set" in Outline(page).texts["h1"][0]
