"""Sources of dictionaries, raw text and trained taggers, as a table of sources.toml names them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.made import made_corpus, saved_tagger
from weaklabel.errors import ConfigError, FormatError
from weaklabel.sources import apply_sources, is_described
from weaklabel.sources.kinds import SOURCES
from weaklabel.sources.toml import read_sources
from weaklabel.tagger import Tagger
from weaklabel.text import UNKNOWN, Corpus

TEXT = Corpus.from_texts(["Severe ortostatic hypotension. Aspirin helps."])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that tables name: a dictionary, raw text, a tagger."""
    (tmp_path / "names.tsv").write_text("Disease\tOrthostatic hypotension\tT:1\n")
    (tmp_path / "more.txt").write_text("aspirin\n")
    texts = ["Severe orthostatic hypotension was seen.", "No orthostatic hypotension today."]
    (tmp_path / "raw").mkdir()
    for i in range(12):
        (tmp_path / "raw" / f"{i}.txt").write_text(f"{texts[i % 2]} Word{i} is new.")
    saved_tagger(tmp_path / "model")
    return tmp_path


TABLES = """
[[source]]
kind = "fuzzy"
dictionary = ["names.tsv"]
rules = { threshold = 0.9 }

[[source]]
kind = "phrases"
corpus = "raw"
dictionary = ["names.tsv"]
seed = 1
mining = { min_count = 5, trees = 20, max_words = 3, single_threshold = 1.0 }

[[source]]
kind = "tagger"
model = "model"
name = "teacher"

[[source]]
kind = "exported"
path = "spans.jsonl"

[[source]]
kind = "llm"
endpoint = "http://127.0.0.1:1"
model = "none"
types = { Disease = "a disease" }
"""


def test_a_file_of_tables_makes_them_all(folder: Path) -> None:
    (folder / "sources.toml").write_text(TABLES)
    (folder / "spans.jsonl").write_text('{"text": "Aspirin helps.", "spans": [[0, 7, "X"]]}\n')
    sources = read_sources(folder / "sources.toml")
    assert [source.name for source in sources] == ["fuzzy", "phrases", "teacher", "exported", "llm"]
    votes = apply_sources(TEXT, sources[:4])
    rows = {row.source: row[:4] for row in votes.rows() if row.source != "teacher"}
    assert rows["fuzzy"] == (0, 1, 3, "Disease")
    assert rows["exported"] == (1, 0, 1, "X")
    assert "teacher" in votes.sources
    raw = apply_sources(Corpus.from_texts(["Orthostatic hypotension."]), sources[1:2])
    assert [row[:4] for row in raw.rows()] == [(0, 0, 2, UNKNOWN)]
    for source in sources:
        assert is_described(source)
        about = json.loads(json.dumps(source.describe()))  # type: ignore[union-attr]
        again = SOURCES.restore(source.kind, about)  # type: ignore[union-attr]
        assert again.name == source.name
        if source.name not in ("llm", "exported"):
            assert apply_sources(TEXT, [again]).rows() == apply_sources(TEXT, [source]).rows()


def test_a_tagger_says_as_a_source_what_it_predicts(folder: Path) -> None:
    corpus = made_corpus(8, seed=5)
    source = SOURCES.make("tagger", {"model": "model"}, folder)
    predicted = Tagger.from_pretrained(folder / "model").predict(corpus)
    votes = source.label(corpus)
    assert len(predicted) > 0
    assert len(votes) == len(predicted)
    sure = SOURCES.make("tagger", {"model": "model", "min_score": 0.5}, folder).label(corpus)
    assert len(sure) == int((votes.score >= 0.5).sum())


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("fuzzy", {"dictionary": []}, "at least one file"),
        ("fuzzy", {"dictionary": ["names.tsv"], "rules": {"treshold": 0.9}}, "rules.threshold"),
        ("phrases", {"dictionary": ["names.tsv"]}, "needs the option 'corpus'"),
        ("tagger", {"model": "model", "min_score": 3}, "min_score must lie in"),
        ("spacy", {"pipeline": "none", "min_score": -0.1}, "min_score must lie in"),
        ("transformers", {"model": "none", "min_score": 1.5}, "min_score must lie in"),
        ("exported", {"path": "none.jsonl", "min_score": 2}, "min_score must lie in"),
    ],
)
def test_wrong_options_are_named(
    folder: Path, kind: str, options: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        SOURCES.make(kind, options, folder)


def test_missing_files_are_named(folder: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.tsv"):
        SOURCES.make("fuzzy", {"dictionary": ["none.tsv"]}, folder)
    with pytest.raises(FormatError, match="raw"):
        SOURCES.make("tagger", {"model": "raw"}, folder).label(TEXT)
    typed = SOURCES.make("fuzzy", {"dictionary": ["more.txt"], "type": "Chemical"}, folder)
    assert typed.lexicon.types == ("Chemical",)


@pytest.mark.parametrize("kind", [kind for kind in SOURCES if not SOURCES.is_grown(kind)])
def test_every_kind_can_be_imported(kind: str) -> None:
    with pytest.raises(ConfigError, match=r"needs the option|unknown option"):
        SOURCES.make(kind, {"no_such_option": 1}, Path())
