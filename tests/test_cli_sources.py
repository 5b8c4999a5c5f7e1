"""``--sources`` on the command line: what a sources.toml lists speaks, what it loses is said."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import tiny
from tests.sources.llm_server import Reply, serving
from weaklabel.cli import app
from weaklabel.sources import BUILT_IN
from weaklabel.votes import Votes

RULES = """
def unit(sentence):
    for found in sentence.finditer(r"mg/kg"):
        yield found.span_as("Unit")


def picky(sentence):
    if sentence.words[0] == "Severe":
        raise ValueError("ouch")
    return []
"""
FILES = {
    "doses.tsv": "Dose\t\\d+ mg\n",
    "drugs.jsonl": '{"label": "Chemical", "pattern": [{"LOWER": "aspirin"}]}\n',
    "rules.py": RULES,
    "spans.jsonl": "".join(
        json.dumps({"text": text, "spans": [[text.index("patients"), text.index("patients") + 8,
                                             "Person"]]}) + "\n"
        for text in tiny.documents(12).values()
    ),
}  # fmt: skip
LISTED = """
[[source]]
kind = "regex"
path = "doses.tsv"

[[source]]
kind = "spacy-patterns"
path = "drugs.jsonl"

[[source]]
kind = "function"
module = "rules.py:unit"

[[source]]
kind = "exported"
path = "spans.jsonl"
"""
MINE = ["doses", "drugs", "unit", "exported"]
PICKY = '\n[[source]]\nkind = "function"\nmodule = "rules.py:picky"\n'


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = tiny.write_files(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {**paths, "sources": listed(tmp_path, LISTED), "folder": tmp_path}


@pytest.fixture
def logged() -> Iterator[None]:
    """The log goes to stderr, as it does where the command line is called from a shell."""
    assert logging.lastResort is not None
    logging.getLogger("weaklabel").addHandler(logging.lastResort)
    yield
    logging.getLogger("weaklabel").removeHandler(logging.lastResort)


def listed(folder: Path, text: str) -> Path:
    path = folder / "sources.toml"
    path.write_text(text, encoding="utf-8")
    return path


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def label(files: dict[str, Path], *more: str | Path, names: bool = True) -> Result:
    dictionary = ["--dictionary", files["dictionary"]] if names else []
    return call(
        "label", "--corpus", files["corpus"], *dictionary, "--sources", files["sources"],
        "--vectors", "none", "--out", files["folder"] / "votes.parquet", *more,
    )  # fmt: skip


def rows_of(done: Result) -> dict[str, dict[str, object]]:
    assert done.exit_code == 0, done.output
    return {row["source"]: row for row in json.loads(done.stdout)["sources"]}


# ---- label ----------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_table_names_every_source(files: dict[str, Path]) -> None:
    done = label(files, "--quiet")
    assert done.exit_code == 0, done.output
    named = [line.split()[0] for line in done.stdout.splitlines()[2:] if line[0] != " "]
    assert sorted(named) == sorted([*MINE, *BUILT_IN])
    rows = rows_of(label(files, "--json"))
    assert [rows[name]["spans"] for name in MINE] == [12] * 4
    assert all(not rows[name]["lost"] for name in MINE)


def test_sources_alone_need_no_dictionary(files: dict[str, Path]) -> None:
    rows = rows_of(label(files, "--json", names=False))
    assert {name for name, row in rows.items() if row["spans"]} == set(MINE)
    votes = Votes.load(files["folder"] / "votes.parquet")
    assert {"Chemical", "Dose", "Person", "Unit"} <= set(votes.labels)


@pytest.mark.parametrize("verb", ["label", "run"])
def test_neither_dictionary_nor_sources_is_a_mistake(files: dict[str, Path], verb: str) -> None:
    done = call(verb, "--corpus", files["corpus"], "--out", files["folder"] / "out.parquet")
    assert done.exit_code == 2
    assert "--dictionary is missing" in done.stderr
    assert "--sources must list sources of your own" in done.stderr
    assert not (files["folder"] / "out.parquet").exists()


@pytest.mark.parametrize("verb", ["label", "run", "predict"])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"regex"', '"regexp"', "sources.toml:2: no source of kind 'regexp'. Did you mean 'regex'"),
        ('path = "drugs.jsonl"', "pth = 1", "sources.toml:6: unknown option pth. Did you mean"),
        ("rules.py:unit", "rules.py:unti", "sources.toml:10: rules.py has no source or function"),
        ("doses.tsv", "dose.tsv", "dose.tsv: no such file"),
        ("spans.jsonl", "span.jsonl", "span.jsonl: no such file"),
        ("[[source]]", "[[sources]]", "sources.toml: expected tables [[source]] alone"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    files: dict[str, Path], verb: str, old: str, new: str, said: str
) -> None:
    listed(files["folder"], LISTED.replace(old, new))
    if verb == "predict":
        (files["folder"] / "model").mkdir()
        given = ["--model", files["folder"] / "model"]
    else:
        given = ["--dictionary", files["dictionary"]]
    done = call(verb, "--corpus", files["corpus"], *given, "--sources", files["sources"],
                "--out", files["folder"] / "out.parquet")  # fmt: skip
    assert done.exit_code in (1, 2)
    assert done.stderr.startswith("weaklabel: ")
    assert said in done.stderr
    assert "sources.toml:" in done.stderr
    assert isinstance(done.exception, SystemExit), done.exception


@pytest.mark.slow
def test_a_source_that_raises_is_told_of_once(files: dict[str, Path], logged: None) -> None:
    listed(files["folder"], LISTED + PICKY)
    done = label(files)
    told = " ".join((done.stdout + done.stderr).split())
    assert told.count("ValueError: ouch") == 1
    assert "lost 12 sentences failed (for example: source 'picky' failed on sentence" in told
    assert rows_of(label(files, "--json"))["picky"]["lost"] == {"sentences failed": 12}


@pytest.mark.slow
def test_on_a_dev_set_a_source_is_told_of_once_more_at_most(
    files: dict[str, Path], logged: None
) -> None:
    """What it loses of the dev set is said where it lost nothing of the corpus."""
    only_dev = (
        "def only_dev(sentence):\n    assert sentence.document_id < '112' or len(sentence) < 3\n"
    )
    (files["folder"] / "rules.py").write_text(RULES + only_dev)
    again = PICKY.replace("picky", "only_dev")
    listed(files["folder"], LISTED + PICKY + again)
    done = label(files, "--dev", files["dev"])
    assert "source 'only_dev' failed on all 12 sentences" in done.stderr
    only_dev = only_dev.replace("document_id < '112'", "document_id < '118'")
    (files["folder"] / "rules.py").write_text(RULES + only_dev)
    done = label(files, "--dev", files["dev"])
    assert done.exit_code == 0, done.output
    told = " ".join((done.stdout + done.stderr).split())
    assert told.count("ValueError: ouch") == 1
    assert done.stderr.count("source 'only_dev' lost: 3 sentences failed") == 1
    assert "only_dev" not in [
        line.split()[0] for line in done.stdout.splitlines() if "lost" in line
    ]


@pytest.mark.slow
def test_a_rerun_asks_a_model_only_for_what_is_missing(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    works = False

    def half(text: str, before: int) -> Reply:
        return Reply('{"spans": []}', status=200 if works or "Severe" in text else 400)

    with serving(half) as model:
        listed(
            files["folder"],
            f'[[source]]\nkind = "llm"\nendpoint = "{model.endpoint}"\nmodel = "tiny"\n'
            'types = { Disease = "a disease" }\nconcurrency = 1\ngive_up_after = 1000\n',
        )
        first = rows_of(label(files, "--json"))["llm"]
        asked, works = len(model.asked), True
        second = rows_of(label(files, "--json"))["llm"]
        missing = model.asked[asked:]
        third = rows_of(label(files, "--json"))["llm"]
    assert list(first["lost"].items()) == [("no answer: HTTP 400", 24)]  # type: ignore[attr-defined]
    assert not second["lost"]
    assert missing
    assert all("Severe" not in text for text in missing)
    assert len(model.asked) == asked + len(missing) == asked + len(set(missing))
    assert third == second


# ---- run and predict ------------------------------------------------------------------------
@pytest.mark.slow
def test_run_and_predict_with_sources_alone(files: dict[str, Path], logged: None) -> None:
    listed(files["folder"], LISTED + PICKY)
    folder = files["folder"] / "run"
    done = call(
        "run", "--corpus", files["corpus"], "--dev", files["dev"], "--sources", files["sources"],
        "--device", "cpu", "--out", folder, *tiny.FLAGS,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert (done.stdout + done.stderr).count("ValueError: ouch") == 1
    assert "source `picky` lost 12 sentences failed" in done.stdout
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    assert {row["source"] for row in analysis["sources"]} == {*MINE, "picky", *BUILT_IN}

    out = files["folder"] / "found.jsonl"
    predict = ["predict", "--model", folder, "--corpus", files["dev"], "--out", out]
    done = call(*predict)
    assert done.exit_code == 1
    assert "is a function of yours and was not saved" in done.stderr
    assert "--sources FILE" in done.stderr
    done = call(*predict, "--sources", files["sources"])
    assert done.exit_code == 0, done.output
    assert done.stderr.count("ValueError: ouch") == 1
    assert len(out.read_text(encoding="utf-8").splitlines()) == 4

    again = call("run", "--config", folder / "config.toml", "--out", folder, "--resume")
    assert again.exit_code == 0, again.output
    assert again.stdout.count("kept") == 5


@pytest.mark.slow
def test_a_run_repeated_elsewhere_asks_a_model_only_for_what_is_missing(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    works = False

    def half(text: str, before: int) -> Reply:
        return Reply('{"spans": []}', status=200 if works or "Severe" in text else 400)

    first, second = files["folder"] / "first", files["folder"] / "second"
    with serving(half) as model:
        listed(
            files["folder"],
            f'[[source]]\nkind = "llm"\nendpoint = "{model.endpoint}"\nmodel = "tiny"\n'
            'types = { Disease = "a disease" }\ngive_up_after = 1000\n',
        )
        done = call(*tiny.run_flags(files, first), "--sources", files["sources"])
        assert done.exit_code == 0, done.output
        assert "source `llm` lost 24 no answer: HTTP 400" in done.stdout
        asked, works = len(model.asked), True
        done = call("run", "--config", first / "config.toml", "--out", second)
        assert done.exit_code == 0, done.output
        missing = model.asked[asked:]
    assert missing
    assert all("Severe" not in text for text in missing)
    assert len(missing) == len(set(missing))
    assert "source `llm` lost" not in done.stdout
    assert Votes.load(second / "votes.parquet").is_applicable("llm").all()


@pytest.mark.slow
def test_a_changed_source_is_asked_again(files: dict[str, Path]) -> None:
    """Labelling and what follows it is redone where a file that a source names changed."""
    flags = [*tiny.run_flags(files, files["folder"] / "run"), "--sources", str(files["sources"])]
    assert call(*flags).exit_code == 0
    (files["folder"] / "doses.tsv").write_text("Dose\t\\d+ mg/kg\n")
    done = call(*flags, "--resume")
    assert done.exit_code == 0, done.output
    assert "labelling and what follows is redone" in done.stdout
    votes = Votes.load(files["folder"] / "run/votes.parquet")
    assert {(row.start, row.end) for row in votes.of_source("doses").rows()} == {(5, 9), (6, 10)}
