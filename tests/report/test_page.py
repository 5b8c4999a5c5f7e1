from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from weaklabel.errors import RunFolderError
from weaklabel.report import write_report
from weaklabel.report.run_files import RunFiles
from weaklabel.report.write import report_html

QUESTIONS = [
    "How good is it, and how sure are we?",
    "Where does it fail?",
    "Which source should I mend next?",
    "What was changed in my labels, and why?",
    "Is the label distribution right?",
    "How did training go?",
    "Can I do this again?",
]
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Checks that tags nest, and collects ids, headings and the text of each tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts[tag][-1] += data


@pytest.fixture(scope="module")
def page(scored_run: Path) -> str:
    return write_report(scored_run).read_text(encoding="utf-8")


def test_it_answers_seven_questions_after_a_verdict(page):
    outline = Outline(page)
    assert [re.sub(r"^\d\s*", "", h.strip()) for h in outline.texts["h2"]] == QUESTIONS
    (verdict,) = outline.texts["h1"]
    assert verdict.startswith("The tagger finds")
    assert "above the dictionary alone" in verdict
    assert "above the votes it learnt from" in verdict
    answers = [a for t, a in outline.tags if t == "p" and a.get("class") == "answer"]
    assert len(answers) == 7


def test_it_stands_alone(page, scored_run):
    """No network, no other file; JavaScript is not needed to read it."""
    outline = Outline(page)
    assert (scored_run / "report.html").stat().st_size < 2_000_000
    links = [v for _, a in outline.tags for n, v in a.items() if n in ("src", "href", "xlink:href")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert not [t for t, a in outline.tags if t in ("link", "img", "iframe")]


def test_ids_are_unique_and_links_lead_somewhere(page):
    outline = Outline(page)
    assert len(outline.ids) == len(set(outline.ids))
    for _, attributes in outline.tags:
        for name in ("href", "xlink:href"):
            if target := attributes.get(name):
                assert target[1:] in outline.ids


def test_every_figure_has_a_title_axes_with_units_and_its_table(page):
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 9
    for figure in figures:
        texts = Outline(figure).texts
        assert texts["figcaption"][0].strip()
        assert texts["table"]
        labels = " ".join(texts["text"])
        assert re.search(r"%|nats|pairs", labels), labels


def test_the_source_to_mend_comes_first_with_what_it_would_buy(page, scored_run):
    analysis = json.loads((scored_run / "analysis.json").read_text())
    best = max(analysis["sources_on_dev"], key=lambda row: row["mending"])
    section = page[page.index('<section id="sources">') : page.index('<section id="changes">')]
    table = section[section.index("<table>") : section.index("</table>")]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.split("<tr>")[1:]]
    cells = dict(zip(rows[0], rows[1], strict=True))
    assert cells["source"] == best["source"]
    assert cells["mended, F1"] == f"+{100 * best['mending']:.1f}"
    without, low, high = (
        f"{-100 * best[name]:+.1f}".replace("-", "−")
        for name in ("marginal", "marginal_high", "marginal_low")
    )
    assert cells["without it, F1"] == f"{without}<br><small>{low} – {high}</small>"
    assert cells["recall %"].startswith(f"{100 * best['recall']:.1f}<br><small>")
    assert f"“{best['source']}”: {best['dev_wrong']:,} of its" in section
    told = next(dict(zip(rows[0], row, strict=True)) for row in rows if row[0] == "composition")
    assert (told["lost"], told["used"]) == ("9", "212 requests<br>104,000 tokens")
    assert (
        "7 not in the text; 2 refused by the endpoint. For example: &#34;&lt;b&gt;fever" in section
    )


def test_the_sentences_of_dispute_have_a_line_a_source(page, scored_run):
    analysis = json.loads((scored_run / "analysis.json").read_text())
    assert page.count('<p class="said apart">') == len(analysis["disagreements"]) == 5
    for row in analysis["disagreements"]:
        for source, spans in row["readings"]:
            a, b, label = spans[0]
            said = rf"{re.escape(row['text'][a:b])}</span><small [^>]*>{label}"
            chip = rf"<b>{source}</b> <span [^>]*>{said}"
            assert re.search(chip, page)


def test_everything_from_a_file_is_escaped(page):
    assert "<b>better</b>" not in page
    assert "&lt;b&gt;better&lt;/b&gt;" in page


def test_numbers_are_those_of_the_files(page, scored_run):
    scores = json.loads((scored_run / "scores.json").read_text())
    for key in ("dictionary_only", "votes", "dev"):
        micro = scores[key]["strict"]["micro"]
        row = f'{100 * micro["f1"]:.1f}</td><td class="n">{100 * micro["f1_low"]:.1f} – '
        assert row in page
    assert f"strict F1 {100 * scores['dev']['strict']['micro']['f1']:.1f}" in page
    assert "9 epochs in 31 s" in page
    assert "it stopped because the dev F1 did not rise for 3 epochs" in page
    assert "212 times, the neighbours are verbs" in page


def test_mistakes_come_with_gold_and_prediction_in_one_line(page):
    assert re.search(r'class="g c\d"', page)
    assert re.search(r'class="g c\d f b\d"', page)
    for label in ("Disease ✓", "gold Disease", "found Disease"):
        assert f">{label}</small>" in page


@pytest.mark.slow
def test_the_same_folder_gives_the_same_bytes(scored_run):
    files = RunFiles.read(scored_run)
    assert report_html(files) == report_html(files)


@pytest.mark.slow
def test_without_a_dev_set_it_says_what_it_cannot_know(unscored_run):
    page = write_report(unscored_run).read_text(encoding="utf-8")
    outline = Outline(page)
    assert outline.texts["h1"][0].startswith("Nothing was scored")
    assert [re.sub(r"^\d\s*", "", h.strip()) for h in outline.texts["h2"]] == QUESTIONS
    assert "agreement with the votes on documents held out" in page
    assert "Strict F1" not in outline.texts["h1"][0]
    assert len(outline.ids) == len(set(outline.ids))


@pytest.mark.slow
@pytest.mark.parametrize(
    "missing",
    ["analysis.json", "manifest.json", "log.jsonl", "config.toml", "changes.tsv", "scores.json"],
)
def test_any_file_may_be_missing(scored_run, page, tmp_path, missing):
    """Every question is still asked, with less to show."""
    folder = tmp_path / "run"
    shutil.copytree(scored_run, folder)
    (folder / missing).unlink()
    outline = Outline(write_report(folder).read_text(encoding="utf-8"))
    assert [re.sub(r"^\d\s*", "", h.strip()) for h in outline.texts["h2"]] == QUESTIONS
    assert len(outline.tags) < len(Outline(page).tags)
    unscored = outline.texts["h1"][0].startswith("Nothing was scored")
    assert unscored == (missing == "scores.json")


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="is no run's folder"):
        write_report(tmp_path)
    (tmp_path / "scores.json").write_text("{")
    with pytest.raises(RunFolderError, match=r"scores.json is broken"):
        write_report(tmp_path)


@pytest.mark.slow
def test_many_changes_are_cut_and_the_cut_is_told(scored_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(scored_run, folder)
    rows = [f"name {i}\tDisease\tdropped\tr\te\n" for i in range(20_000)]
    (folder / "changes.tsv").write_text("name\ttypes\taction\trule\tevidence\n" + "".join(rows))
    path = write_report(folder)
    assert "The first 300 of 20,000; all of them are in changes.tsv." in path.read_text()
    assert path.stat().st_size < 2_000_000


@pytest.mark.slow
def test_a_single_type_source_and_epoch_is_enough(scored_run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(scored_run, folder)
    scores = json.loads((folder / "scores.json").read_text())
    for system in scores.values():
        system["strict"]["types"] = {"Odd $type$ <x>": system["strict"]["micro"]}
    (folder / "scores.json").write_text(json.dumps({"dev": scores["dev"]}))
    analysis = json.loads((folder / "analysis.json").read_text())
    analysis["sources"] = analysis["sources"][:1]
    analysis["overlap"] = {"sources": ["dictionary"], "matrix": [[3]]}
    (folder / "analysis.json").write_text(json.dumps(analysis))
    log = {"event": "epoch", "epoch": 1, "loss": 0.5, "dev_f1": 0.0, "held_out_f1": None}
    (folder / "log.jsonl").write_text(json.dumps(log) + "\n")
    page = write_report(folder).read_text(encoding="utf-8")
    Outline(page)
    assert "Odd $type$ &lt;x&gt;" in page
