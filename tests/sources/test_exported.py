"""Files of other tools: found by id or by text, everything else counted."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from weaklabel.errors import ConfigError, FormatError
from weaklabel.sources.fitting import DIFFERS, OUTSIDE_TEXT
from weaklabel.sources.tools.exports import (
    NO_DOCUMENT,
    NOT_ACCEPTED,
    ExportedOptions,
    ExportedSource,
    from_options,
    read_exported,
)
from weaklabel.text import Corpus
from weaklabel.votes import Votes

TEXT = "Aspirin helps. Renal failure is rare."
CORPUS = Corpus.from_texts([TEXT, "No drug  here."], ids=["a", "b"])
FAILURE = (1, 0, 2, "Disease")


def labelled(tmp_path: Path, *rows: Any, corpus: Corpus = CORPUS, **options: Any) -> Votes:
    path = tmp_path / "spans.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return from_options(ExportedOptions("spans.jsonl", **options), tmp_path).label(corpus)


def spans(votes: Votes) -> list[tuple[int, int, int, str]]:
    return [row[:4] for row in votes.rows()]


PRODIGY = {
    "text": TEXT,
    "spans": [{"start": 15, "end": 28, "token_start": 3, "token_end": 4, "label": "Disease"}],
    "tokens": [{"text": "Aspirin", "start": 0, "end": 7, "id": 0}],
    "_task_hash": 1,
    "answer": "accept",
}
GLINER = {
    "id": "a",
    "entities": [
        {"start": 15, "end": 28, "text": "Renal failure", "label": "Disease", "score": 0.75}
    ],
}
DOCCANO = {"id": 17, "text": TEXT, "label": [[15, 28, "Disease"]]}
DOCCANO_RELATIONS = {
    "id": 17,
    "text": TEXT,
    "entities": [{"id": 3, "label": "Disease", "start_offset": 15, "end_offset": 28}],
}
GLINER_TRAINING = {
    "tokenized_text": ["Renal", "failure", "is", "rare", "."],
    "ner": [[0, 1, "Disease"]],
}
SENTENCE = {"text": "Renal failure is rare.", "spans": [[0, 13, "Disease"]]}
WRAPPED = {"text": "Aspirin helps.\nRenal  failure is rare.\n", "spans": [[15, 29, "Disease"]]}
PRODIGY_META = {"text": TEXT, "meta": {"id": "a"}, "spans": [[15, 28, "Disease"]]}


@pytest.mark.parametrize(
    "row",
    [PRODIGY, GLINER, DOCCANO, DOCCANO_RELATIONS, GLINER_TRAINING, SENTENCE, WRAPPED, PRODIGY_META],
    ids=["prodigy", "gliner", "doccano", "relations", "training", "sentence", "wrapped", "meta"],
)
def test_every_form_finds_its_span(tmp_path: Path, row: dict[str, Any]) -> None:
    votes = labelled(tmp_path, row)
    assert spans(votes) == [FAILURE]
    assert not votes.accounts


def test_scores_types_and_where_it_speaks(tmp_path: Path) -> None:
    votes = labelled(tmp_path, GLINER, type_map={"Disease": "Disorder"})
    assert [(row.label, row.score) for row in votes.rows()] == [("Disorder", 0.75)]
    assert votes.is_applicable("exported").tolist() == [True, True, False]
    assert not spans(labelled(tmp_path, GLINER, min_score=0.8))
    sentence = labelled(tmp_path, SENTENCE)
    assert sentence.is_applicable("exported").tolist() == [False, True, False]


def test_only_accepted_answers_count(tmp_path: Path) -> None:
    rejected, ignored = PRODIGY | {"answer": "reject"}, PRODIGY | {"answer": "ignore"}
    votes = labelled(tmp_path, rejected, ignored)
    assert not spans(votes)
    assert not votes.is_applicable("exported").any()
    assert votes.accounts["exported"].lost == {NOT_ACCEPTED: 2}


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    votes = labelled(
        tmp_path,
        {"id": "z", "spans": []},
        {"id": "a", "text": "Something else.", "spans": [[0, 9, "Disease"]]},
        {"text": "Renal failure is rare.", "spans": [[0, 90, "Disease"], [-3, 2, "Disease"]]},
        {"id": "b", "entities": [{"start": 3, "end": 7, "text": "word", "label": "Disease"}]},
    )
    assert not spans(votes)
    assert votes.accounts["exported"].lost == {NO_DOCUMENT: 1, DIFFERS: 2, OUTSIDE_TEXT: 2}


def test_an_id_of_another_numbering_gives_way_to_the_text(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(["No drug here.", TEXT], ids=["17", "18"])
    assert spans(labelled(tmp_path, DOCCANO, corpus=corpus)) == [(2, 0, 2, "Disease")]


def test_a_text_that_stands_twice_is_labelled_twice(tmp_path: Path) -> None:
    corpus = Corpus.from_texts([TEXT, TEXT])
    assert [s[0] for s in spans(labelled(tmp_path, PRODIGY, corpus=corpus))] == [1, 3]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "expected an object"),
        ('{"spans": []}', 'expected "id" or "text"'),
        ('{"id": 1, "spans": [[0, 1]]}', "expected a span"),
        ('{"id": 1, "spans": [[0, true, "X"]]}', "whole numbers"),
        ('{"id": 1, "spans": [{"start": 0, "end": 1, "label": "X", "score": "y"}]}', "number"),
        ('{"tokenized_text": ["a"], "ner": [[0, 1, "X"]]}', "does not fit 1 tokens"),
        ('{"text": 3}', "must be a text"),
        ('{"id": "a", "spans": [[0, ' + "1" * 5_000 + ', "X"]]}', "not usable JSON"),
        ('{"id": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "not usable JSON"),
        ('{"id": 1, "spans": [{"start": 0, "end": 1, "label": "X", "score": NaN}]}', "number"),
        ('{"id": 1, "spans": [[0, 1, "\\ud800"]]}', "half of a surrogate pair"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "a", "spans": []}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(FormatError, match=said) as caught:
        list(read_exported(path))
    assert f"{path}:3:" in str(caught.value)


def test_bad_files_and_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.jsonl.*No such file"):
        list(read_exported(tmp_path / "none.jsonl"))
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "caf\xe9"}\n')
    with pytest.raises(FormatError, match=r"latin\.jsonl:1: not UTF-8"):
        list(read_exported(tmp_path / "latin.jsonl"))
    with pytest.raises(ConfigError, match="min_score"):
        ExportedOptions("x", min_score=2)


def test_brought_back_without_its_file_it_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_text(json.dumps(GLINER) + "\n", encoding="utf-8")
    source = ExportedSource(ExportedOptions(str(path), name="mine"))
    about = source.describe()
    silent = ExportedSource.from_description(about)
    votes = silent.label(CORPUS)
    assert silent.name == "mine"
    assert silent.describe() == about
    assert not len(votes)
    assert not votes.is_applicable("mine").any()
    path.write_text(json.dumps(SENTENCE) + "\n", encoding="utf-8")
    assert source.describe() != about  # another file is another source


@given(strategies.corpora(), st.data())
def test_what_is_written_of_tokens_comes_back(corpus: Corpus, data: st.DataObject) -> None:
    """By id: every range of tokens, written as characters, is the same range again."""
    sentence = corpus[data.draw(st.integers(0, len(corpus) - 1))]
    start = data.draw(st.integers(0, len(sentence) - 1))
    end = data.draw(st.integers(start + 1, len(sentence)))
    first, last = sentence.offsets[start][0], sentence.offsets[end - 1][1]
    row = {"id": sentence.document_id, "spans": [[first, last, "X"]]}
    with tempfile.TemporaryDirectory() as folder:
        found = spans(labelled(Path(folder), row, corpus=corpus))
    assert found == [(sentence.index, start, end, "X")]
