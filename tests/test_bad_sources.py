"""Odd names, patterns that are none or explode, sources that fail: the table says what was lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests import tiny
from tests.sources.llm_server import Reply, serving
from weaklabel.cli import app
from weaklabel.io import read_lexicon
from weaklabel.sources.dictionary.source import DictionarySource, NameIndex
from weaklabel.sources.functions.labelling_function import LEAVES
from weaklabel.sources.tools.llm.client import NOT_ASKED, REFUSED, TIMED_OUT
from weaklabel.sources.tools.llm.source import BROKEN, INVENTED
from weaklabel.text import Corpus, Span
from weaklabel.votes import Votes

LONG = " ".join(f"w{i}" for i in range(500))
ODD = {
    "empty": "",
    "one character": "q",
    "digits": "4711",
    "500 tokens": LONG,
    "control": "be\x07ll\x1b[31m fever",
    "right to left": "חום גבוה",
    "marks of direction": "\u202efever\u202c dengue",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    return {**tiny.write_files(tmp_path), "folder": tmp_path}


def label(files: dict[str, Path], *more: str | Path) -> Result:
    return CliRunner().invoke(app, [
        "label", "--corpus", str(files["corpus"]), "--vectors", "none", "--json",
        "--out", str(files["folder"] / "votes.parquet"), *map(str, more),
    ])  # fmt: skip


def with_sources(files: dict[str, Path], listed: str) -> dict[str, dict[str, Any]]:
    """The rows of the table by source, of a corpus labelled with a list of sources."""
    path = files["folder"] / "sources.toml"
    path.write_text(listed, encoding="utf-8")
    return rows_of(label(files, "--sources", path))


def rows_of(done: Result) -> dict[str, dict[str, Any]]:
    assert done.exit_code == 0, done.output
    return {row["source"]: row for row in json.loads(done.stdout)["sources"]}


def of_texts(files: dict[str, Path], texts: list[str]) -> Corpus:
    """A corpus of one document a text, in place of the tiny one."""
    files["corpus"] = files["folder"] / "corpus.jsonl"
    rows = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(texts)]
    files["corpus"].write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Corpus.from_texts(texts)


# ---- dictionaries ---------------------------------------------------------------------------
def test_odd_names_label_what_they_name(files: dict[str, Path]) -> None:
    corpus = of_texts(files, [f"Before {name} after." for name in ODD.values()])
    rows = [f"Disease\t{name}\tT:{n}" for n, name in enumerate(ODD.values())]
    rows += [f"Chemical\t{name}\tC:{n}" for n, name in enumerate(ODD.values())]
    files["dictionary"].write_text("type\tname\tids\n" + "\n".join(rows) + "\n", encoding="utf-8")
    keep = files["folder"] / "keep.txt"  # no rule may drop them: that they are odd is the point
    keep.write_text("\n".join(name for name in ODD.values() if name), encoding="utf-8")
    rows_of(label(files, "--dictionary", files["dictionary"], "--keep", keep))
    found: dict[tuple[str, str], set[str]] = {}
    for vote in Votes.load(files["folder"] / "votes.parquet").of_source("dictionary").rows():
        surface = corpus[vote.sentence].surface(Span(vote.start, vote.end, vote.label))
        found.setdefault((corpus[vote.sentence].document_id, surface), set()).add(vote.label)
    both = {"Chemical", "Disease"}
    wanted = {(str(n), name): both for n, name in enumerate(ODD.values()) if name}
    assert found == wanted


@pytest.mark.parametrize("content", ["", "type\tname\n", "Disease\t\n"])
def test_a_dictionary_of_no_names_is_refused_by_name(files: dict[str, Path], content: str) -> None:
    files["dictionary"].write_text(content, encoding="utf-8")
    done = label(files, "--dictionary", files["dictionary"])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"weaklabel: {files['dictionary']}: ")
    assert "no name in it" in done.stderr


@pytest.mark.slow
def test_three_million_rows(tmp_path: Path) -> None:
    """Read, compiled and matched: every name that stands in the text is found, with its id."""
    path, n = tmp_path / "names.tsv", 3_000_000
    with path.open("w", encoding="utf-8") as file:
        file.write("type\tname\tids\n")
        file.writelines(f"{'XY'[i % 2]}\tname {i:x} of {i % 997}\tT:{i}\n" for i in range(n))
    index = NameIndex(read_lexicon(path))
    assert len(index.lexicon) == n
    planted = [0, 1, 12_345, 1_999_999, n - 1]
    corpus = Corpus.from_texts(
        [f"The name {i:x} of {i % 997} it is." for i in [*planted, n, n + 1]]
    )
    found = DictionarySource(index).label(corpus).rows()
    assert [(v.sentence, v.start, v.end, v.label, v.concepts) for v in found] == [
        (s, 1, 5, "XY"[i % 2], (f"T:{i}",)) for s, i in enumerate(planted)
    ]


# ---- patterns and functions -----------------------------------------------------------------
def test_an_invalid_pattern_is_named_with_line_and_position(files: dict[str, Path]) -> None:
    (files["folder"] / "doses.tsv").write_text("Dose\t\\d+\nDose\t(mg|g\n")
    path = files["folder"] / "sources.toml"
    path.write_text('[[source]]\nkind = "regex"\npath = "doses.tsv"\n')
    done = label(files, "--sources", path)
    assert done.exit_code == 1
    assert "doses.tsv:2: is no regular expression: missing )" in done.stderr
    assert "at character 1: ▸(mg|g" in done.stderr
    assert not (files["folder"] / "votes.parquet").exists()


RULES = """
from weaklabel import Span


def raises(sentence):
    if sentence.document_id == "1":
        raise ValueError("ouch")
    yield Span(0, 1, "X")


def too_long(sentence):
    yield Span(0, 1 if sentence.document_id != "2" else 99, "X")


def hangs(sentence):
    while sentence.document_id == "3":
        pass
    yield Span(0, 1, "X")


def sound(sentence):
    yield Span(0, 1, "X")
"""


@pytest.mark.slow
def test_what_raises_leaves_its_sentence_explodes_or_hangs_is_counted(
    files: dict[str, Path],
) -> None:
    of_texts(files, [*["One aaa"] * 4, "a" * 40 + "b"])
    (files["folder"] / "rules.py").write_text(RULES)
    (files["folder"] / "explodes.tsv").write_text("Y\t(a+)+$\nX\t\\bOne\n")
    functions = ("raises", "too_long", "hangs", "sound")
    listed = '[[source]]\nkind = "regex"\npath = "explodes.tsv"\nlimit_seconds = 0.3\n'
    for name in functions:
        listed += (
            f'[[source]]\nkind = "function"\nmodule = "rules.py:{name}"\nlimit_seconds = 0.3\n'
        )
    rows = with_sources(files, listed)
    assert {name: rows[name]["lost"] for name in ("explodes", *functions)} == {
        "explodes": {"documents on which a pattern ran out of time": 1},
        "raises": {"sentences failed": 1},
        "too_long": {LEAVES: 1},
        "hangs": {"sentences out of time": 1},
        "sound": {},
    }
    assert {name: rows[name]["spans"] for name in ("explodes", *functions)} == {
        "explodes": 8, "raises": 4, "too_long": 4, "hangs": 4, "sound": 5,
    }  # fmt: skip
    assert "document '1': ValueError: ouch" in rows["raises"]["notes"][0]
    assert "for a sentence of 2 tokens (document '2')" in rows["too_long"]["notes"][0]
    assert "0.3 s were over at sentence 3 of document '3'" in rows["hangs"]["notes"][0]


# ---- a language model -----------------------------------------------------------------------
TEXTS = ["Sound fever.", "Slow fever.", "Broken fever.", "Invented fever.", "Refused fever."]
FEVER = '{"spans": [{"text": "fever", "type": "Disease"}]}'


@pytest.mark.slow
def test_what_a_model_owes_is_counted_and_asked_again(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    of_texts(files, TEXTS)
    replies = {
        "Slow": Reply(FEVER, wait=1.0),
        "Broken": Reply('{"spans": [{"text":'),
        "Invented": Reply('{"spans": [{"text": "plague", "type": "Disease"}]}'),
        "Refused": Reply(status=400),
    }
    mended = False

    def say(text: str, before: int) -> Reply:
        return Reply(FEVER) if mended else replies.get(text.split()[0], Reply(FEVER))

    with serving(say) as model:
        listed = (
            f'[[source]]\nkind = "llm"\nendpoint = "{model.endpoint}"\nmodel = "tiny"\n'
            'types = { Disease = "a disease" }\nretries = 0\ntimeout_seconds = 0.5\n'
        )
        first = with_sources(files, listed)["llm"]
        asked, mended = len(model.asked), True
        second = with_sources(files, listed.replace("0.5", "20.0"))["llm"]
        again = sorted(model.asked[asked:])
    assert first["lost"] == {BROKEN: 1, INVENTED: 1, TIMED_OUT: 1, "no answer: HTTP 400": 1}
    assert first["spans"] == 1
    assert again == sorted([TEXTS[1], TEXTS[2], TEXTS[4]])
    assert second["lost"] == {INVENTED: 1}
    assert second["spans"] == 4
    third = with_sources(files, listed)["llm"]  # the server is gone: nothing is asked
    assert third == second


def test_an_endpoint_that_is_not_there_costs_its_votes_alone(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(lambda text, before: Reply(FEVER)) as model:
        endpoint = model.endpoint
    listed = (
        f'[[source]]\nkind = "llm"\nendpoint = "{endpoint}"\nmodel = "tiny"\nretries = 0\n'
        'types = { Disease = "a disease" }\ngive_up_after = 2\nconcurrency = 1\n'
        '[[source]]\nkind = "regex"\npath = "doses.tsv"\n'
    )
    (files["folder"] / "doses.tsv").write_text("Dose\t\\d+ mg\n")
    rows = with_sources(files, listed)
    assert set(rows["llm"]["lost"]) == {REFUSED, NOT_ASKED}
    assert rows["llm"]["spans"] == 0
    assert rows["doses"]["spans"] == 12
