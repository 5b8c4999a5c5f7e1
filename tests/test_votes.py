"""Votes: the table, its measures against a slow count, disk."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.agreement import overlap_matrix
from weaklabel.errors import DataError, FormatError, SpanError
from weaklabel.text import OUTSIDE, UNKNOWN, Corpus, Span
from weaklabel.votes import Vote, Votes, concat

LENGTHS = [5, 1, 8]
CORPUS = Corpus.from_texts([" ".join("w" * n) for n in LENGTHS])
SOURCES = ["dictionary", "pattern", "silent"]


@st.composite
def votes(draw: st.DrawFn, max_size: int = 10) -> Votes:
    rows = []
    for _ in range(draw(st.integers(0, max_size))):
        sentence = draw(st.integers(0, len(LENGTHS) - 1))
        start = draw(st.integers(0, LENGTHS[sentence] - 1))
        end = draw(st.integers(start + 1, LENGTHS[sentence]))
        entry = draw(st.sampled_from(["", "aspirin", "lead"]))
        rows.append(
            Vote(
                sentence,
                start,
                end,
                draw(st.sampled_from([OUTSIDE, UNKNOWN, "Chemical", "Disease"])),
                draw(st.sampled_from(SOURCES[:2])),
                draw(st.sampled_from([0.25, 0.5, 1.0])),
                entry,
                (f"id:{entry}", "x|y") if entry else (),
            )
        )
    mask = np.array(draw(st.lists(st.booleans(), min_size=3, max_size=3)))
    return Votes.of(
        rows, n_sentences=3, sources=SOURCES, types=["Gene"], applicable={"pattern": mask}
    )


@given(votes())
def test_rows_are_sorted_unique_and_come_back(table):
    rows = table.rows()
    assert rows == sorted(set(rows))
    again = Votes.of(
        reversed(rows),
        n_sentences=3,
        sources=SOURCES,
        types=["Gene"],
        applicable=dict(table.applicable),
    )
    assert again.rows() == rows
    assert table.labels[:2] == (OUTSIDE, UNKNOWN)
    assert "Gene" in table.labels
    assert table.sources == tuple(SOURCES)


@given(votes())
def test_spans_of_a_sentence(table):
    for sentence in range(3):
        expected = [
            Span(r.start, r.end, r.label, r.score, r.concepts)
            for r in table.rows()
            if r.sentence == sentence
        ]
        assert table.spans(sentence) == expected


@given(votes=votes())
def test_saving_is_deterministic_and_loading_gives_all_back(votes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("votes")
    votes.save(folder / "one.parquet")
    again = Votes.load(folder / "one.parquet")
    again.save(folder / "two.parquet")
    assert (folder / "one.parquet").read_bytes() == (folder / "two.parquet").read_bytes()
    assert again.rows() == votes.rows()
    for name in ("labels", "sources", "entries", "entry_concepts", "n_sentences"):
        assert getattr(again, name) == getattr(votes, name)
    for source in SOURCES:
        assert again.is_applicable(source).tolist() == votes.is_applicable(source).tolist()


def test_a_file_of_version_1_is_read(tmp_path):
    import pyarrow.parquet as pq

    rows = [
        Vote(0, 0, 1, "Disease", "dictionary", 1.0, "lead", ("id:1", "id:2")),
        Vote(0, 1, 2, "Disease", "dictionary", 1.0, "aspirin"),
    ]
    made = Votes.of(rows, n_sentences=1)
    made.save(tmp_path / "new.parquet")
    table = pq.read_table(tmp_path / "new.parquet")
    assert table.column("concepts").to_pylist() == [["id:1", "id:2"], []]
    about = json.loads(table.schema.metadata[b"weaklabel.votes"])
    about |= {"version": 1, "entry_concepts": ["|".join(ids) for ids in made.entry_concepts]}
    table = table.replace_schema_metadata({"weaklabel.votes": json.dumps(about)})
    pq.write_table(table, tmp_path / "old.parquet")
    assert Votes.load(tmp_path / "old.parquet").rows() == made.rows()


def test_a_foreign_parquet_file_is_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(FormatError, match="does not hold votes"):
        Votes.load(tmp_path / "x.parquet")


def agree(one: Vote, other: Vote) -> bool:
    """Same boundaries and the same label, or a type and one that is not named."""
    labels = {one.label, other.label}
    same = len(labels) == 1 or (UNKNOWN in labels and OUTSIDE not in labels)
    return same and one[1:3] == other[1:3]


@given(votes())
def test_the_summary_is_what_a_slow_count_gives(table):
    rows = table.rows()
    offset = np.cumsum([0, *LENGTHS])

    def touching(row: Vote) -> list[Vote]:
        return [
            other
            for other in rows
            if other.source != row.source
            and other.sentence == row.sentence
            and other.start < row.end
            and row.start < other.end
        ]

    for summary in table.summary(CORPUS):
        mine = [row for row in rows if row.source == summary["source"]]
        tokens = {offset[r.sentence] + i for r in mine for i in range(r.start, r.end)}
        met = [row for row in mine if touching(row)]
        disputed = [row for row in mine if not all(agree(o, row) for o in touching(row))]
        assert summary["spans"] == len(mine)
        assert summary["entries"] == len({r.entry for r in mine if r.entry})
        assert summary["coverage"] == pytest.approx(len(tokens) / sum(LENGTHS))
        assert summary["overlap"] == pytest.approx(len(met) / max(1, len(mine)))
        assert summary["conflict"] == pytest.approx(len(disputed) / max(1, len(mine)))
    pairs = [(a, b) for a in rows for b in touching(a) if a.source == "dictionary"]
    matrix = overlap_matrix(table)
    assert matrix[0, 1] == sum(agree(a, b) for a, b in pairs)
    assert matrix[1, 0] == sum(not agree(a, b) for a, b in pairs)
    assert matrix.diagonal().sum() == len(rows)


@given(votes(), votes())
def test_joining_and_taking_apart(a, b):
    both = concat([a, b])
    assert set(both.rows()) == {*a.rows(), *b.rows()}
    parts = [both.of_source(name) for name in SOURCES]
    assert sorted(row for part in parts for row in part.rows()) == both.rows()
    assert both.of_source(*SOURCES).rows() == both.rows()


def test_tables_of_different_corpora_cannot_be_joined():
    with pytest.raises(DataError, match=r"corpora of \[1, 2\] sentences"):
        concat([Votes.of([], n_sentences=1), Votes.of([], n_sentences=2)])


@pytest.mark.parametrize("row", [(0, 1, 1), (0, -1, 1), (3, 0, 1), (-1, 0, 1)])
def test_impossible_votes_are_refused(row):
    with pytest.raises(SpanError, match="source 'me' voted for an impossible span"):
        Votes.of([Vote(*row, "Disease", "me")], n_sentences=3)


def test_who_could_have_spoken():
    mask = np.array([True, False])
    table = Votes.of([], n_sentences=2, sources=["a", "b"], applicable={"a": mask})
    assert table.is_applicable("a").tolist() == [True, False]
    assert table.is_applicable("b").tolist() == [True, True]
