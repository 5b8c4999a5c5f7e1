"""Corpora written as they are read, and mapped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel import corpus_file, io
from weaklabel.corpus_file import CorpusWriter
from weaklabel.errors import DataError, FormatError
from weaklabel.io.arrow import Spool
from weaklabel.io.reading import Document
from weaklabel.text import Annotations, Corpus

LINES = "Aspirin helps. So it does.\n\nIt is old.\nNaïve β-blockers\n"


@given(
    parts=st.lists(st.lists(st.text("aé. \n𝛼", max_size=12), max_size=4), max_size=4),
)
@settings(max_examples=20)
def test_parts_written_one_by_one_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("c") / "corpus.arrow"
    named = [[(f"{i}-{k}", text) for k, text in enumerate(part)] for i, part in enumerate(parts)]
    with CorpusWriter(path) as out:
        for part in named:
            texts, ids = [text for _, text in part], [name for name, _ in part]
            out.add(Corpus.from_texts(texts, ids=ids).columns)
    flat = [document for part in named for document in part]
    whole = Corpus.from_texts([text for _, text in flat], ids=[name for name, _ in flat])
    assert Corpus.load(path).fingerprint == whole.fingerprint
    assert list(path.parent.iterdir()) == [path]


def test_a_stream_of_documents_becomes_a_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_file, "PART", 10)
    documents = [(f"d{i}", f"Text {i}. And more.") for i in range(20)]
    made = Corpus.streamed(tmp_path / "x.arrow", iter(documents))
    names, texts = zip(*documents, strict=True)
    assert made.fingerprint == Corpus.from_texts(texts, ids=names).fingerprint


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.pubtator"])
def test_any_format_is_streamed_as_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("weaklabel.io.arrow.PART", 12)
    (tmp_path / "a.txt").write_text(LINES, encoding="utf-8")
    read = io.read_gold(tmp_path / "a.txt", format="lines").gold
    source = tmp_path / name
    if source.suffix != ".txt":
        io.write(source, read.corpus, read.annotations)
    made = io.stream(source, tmp_path / "out.arrow", format="lines" if name == "a.txt" else None)
    assert io.guess_format(tmp_path / "out.arrow") == "arrow"
    again = io.read_gold(tmp_path / "out.arrow")
    assert again.format == "arrow"
    assert again.gold.corpus.fingerprint == io.read(source, format=_kind(name)).fingerprint
    assert made.n_documents == read.corpus.n_documents == 3
    assert made.n_tokens == read.corpus.n_tokens


def _kind(name: str) -> str:
    return {".txt": "lines", ".jsonl": "jsonl", ".pubtator": "pubtator"}[Path(name).suffix]


def test_annotations_left_out_are_counted(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"id": "1", "text": "No pain.", "spans": [[3, 7, "D"]]}\n')
    made = io.stream(source, tmp_path / "a.arrow")
    assert made.notes == ("1 annotations were left out: a corpus file holds text alone",)


def test_an_id_used_twice_leaves_no_file(tmp_path: Path) -> None:
    target = tmp_path / "x.arrow"
    one = Corpus.from_texts(["a"], ids=["same"])

    def write() -> None:
        with CorpusWriter(target) as out:
            out.add(one.columns)
            out.add(one.columns)

    with pytest.raises(DataError, match="document 'same' occurs twice"):
        write()
    assert not list(tmp_path.iterdir())


def test_an_error_while_reading_leaves_the_old_file(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "a.arrow"
    target.write_bytes(b"old")
    source.write_text('{"id": "1", "text": "Fine."}\n{"id": "2", "text": 5}\n')
    with pytest.raises(FormatError, match=r"a\.jsonl:2"):
        io.stream(source, target)
    assert target.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "a.arrow"}


def test_nothing_to_write_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n")
    with pytest.raises(FormatError, match="corpus is empty"):
        io.stream(tmp_path / "a.txt", tmp_path / "a.arrow", format="lines")
    assert not (tmp_path / "a.arrow").exists()


@pytest.mark.parametrize("raw", [b"ARROW1", b"ARROW1" + b"\0" * 100])
def test_a_cut_file_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.arrow").write_bytes(raw)
    with pytest.raises(FormatError, match=r"a\.arrow.*not an Arrow file"):
        io.read(tmp_path / "a.arrow")


def test_another_arrow_file_is_named(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pa.table({"words": ["a"]})
    with (
        pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, table.schema) as writer,
    ):
        writer.write_table(table)
    with pytest.raises(FormatError, match="no corpus: its columns are words"):
        io.read(tmp_path / "a.arrow")


def test_annotations_cannot_be_written_into_one(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(["a"])
    with pytest.raises(FormatError, match="holds text alone"):
        io.write(tmp_path / "a.arrow", corpus, Annotations.of([]))


def test_half_a_surrogate_pair_is_named(tmp_path: Path) -> None:
    with CorpusWriter(tmp_path / "a.arrow") as out, pytest.raises(FormatError, match=r"b:7"):
        Spool(out).add(Path("b"), Document("1", "a\ud800", 7))
