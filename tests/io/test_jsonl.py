"""JSONL: spans, tokens, Prodigy's keys, bad lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weaklabel.errors import FormatError
from weaklabel.io import read_gold
from weaklabel.io.reading import Reading


def read_rows(folder: Path, *rows: Any) -> Reading:
    path = folder / "dev.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_gold(path, format="jsonl")


TEXT = "Aspirin helps. Pain fell."
SPAN = {"start": 0, "end": 7, "label": "Chemical", "score": 0.5, "concepts": ["D001241"]}


def test_spans_with_scores_and_concepts(tmp_path):
    gold = read_rows(tmp_path, {"id": 26094, "text": TEXT, "spans": [SPAN]}).gold
    assert gold.corpus.document_id(0) == "26094"
    assert tuple(gold.annotations[0]) == (0, 0, 7, "Chemical", ("D001241",), 0.5)
    assert len(gold.corpus) == 2


@pytest.mark.parametrize("key", ["spans", "entities", "labels", "label"])
def test_spans_as_lists(key, tmp_path):
    gold = read_rows(tmp_path, {"text": TEXT, key: [[0, 7, "Chemical"]]}).gold
    assert gold.annotations.keys() == {(0, 0, 7, "Chemical")}


def test_prodigy(tmp_path):
    tokens = [{"text": "Aspirin", "start": 0, "end": 7, "id": 0, "ws": True}]
    tokens += [{"text": "helps.", "start": 8, "end": 14, "id": 1, "ws": False}]
    span = {"start": 0, "end": 7, "label": "C", "token_start": 0, "token_end": 0, "source": "x"}
    row = {"text": TEXT, "tokens": tokens, "spans": [span], "_task_hash": 1, "meta": {"id": "p1"}}
    reading = read_rows(
        tmp_path,
        row | {"answer": "accept"},
        row | {"answer": "reject"},
        row | {"answer": "ignore"},
    )
    assert reading.gold.corpus.document_ids.to_pylist() == ["p1"]
    assert [s.words for s in reading.gold.corpus] == [["Aspirin", "helps."]]
    assert reading.gold.annotations.keys() == {(0, 0, 7, "C")}
    assert "2 rejected or ignored examples were skipped" in reading.notes


@pytest.mark.parametrize(
    "tokens",
    [
        [[0, 7], [8, 14], [15, 19], [20, 25]],
        [[[0, 7], [8, 14]], [[15, 19], [20, 25]]],
        ["Aspirin", "helps.", "Pain", "fell."],
        ["Aspirin", " ", "helps.", "Pain", "fell."],
        [{"start": a, "end": b} for a, b in [(0, 7), (8, 14), (15, 19), (20, 25)]],
    ],
)
def test_tokens_of_the_files_own(tokens, tmp_path):
    corpus = read_rows(tmp_path, {"text": TEXT, "tokens": tokens}).gold.corpus
    assert [s.words for s in corpus] == [["Aspirin", "helps."], ["Pain", "fell."]]


def test_documents_without_id_are_called_by_their_line(tmp_path):
    reading = read_rows(tmp_path, {"text": "a"}, {"text": "b"})
    assert reading.gold.corpus.document_ids.to_pylist() == ["1", "2"]
    assert '2 documents have no "id"; they are called by their line' in reading.notes


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[1]", 'expected an object with "text"'),
        ('{"txt": "a"}', 'expected an object with "text"'),
        ('{"text": "a"', "not JSON: .* at column"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1}]}', "a span needs whole numbers"),
        ('{"text": "a", "spans": [{"start": 0.5, "end": 1, "label": "D"}]}', "a span needs whole"),
        ('{"text": "a", "spans": [[0, 1]]}', "expected a span"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "D", "score": "x"}]}', "score"),
        ('{"text": "a", "tokens": [[0, 2]]}', "leaves a text of 1 characters"),
        ('{"text": "ab", "tokens": [[0, 2], [1, 2]]}', "out of order"),
        ('{"text": "ab", "tokens": ["c"]}', "token 'c' is not in the text"),
        ('{"text": "ab", "tokens": [1]}', '"tokens" must hold'),
        ('{"text": "ab", "title_end": "x"}', '"title_end" must be'),
        ('{"text": "\\ud800"}', "half of a surrogate pair"),
        ('{"text": "a", "spans": [[0, 1, "\\ud800"]]}', "half of a surrogate pair"),
        ('{"text": "a", "spans": [[0, ' + "1" * 5_000 + ', "D"]]}', "not usable JSON"),
        ('{"text": "a", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "not usable JSON"),
    ],
)
def test_bad_lines(row, message, tmp_path):
    path = tmp_path / "dev.jsonl"
    path.write_text('{"text": "fine"}\n' + row + "\n")
    with pytest.raises(FormatError, match=r"dev\.jsonl:2: .*" + message):
        read_gold(path)


def test_one_id_for_two_documents(tmp_path):
    same, other = {"id": "x", "text": "a"}, {"id": "x", "text": "b"}
    assert read_rows(tmp_path, same, same).gold.corpus.n_documents == 1
    path = tmp_path / "dev.jsonl"
    with pytest.raises(FormatError, match=rf"{path}:2: document 'x' .* than at {path}:1"):
        read_rows(tmp_path, same, other)
