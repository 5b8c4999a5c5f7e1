"""A spaCy pipeline over our tokens: what it finds comes back token for token."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from weaklabel.errors import ConfigError, WeaklabelError
from weaklabel.sources import is_described
from weaklabel.sources.fitting import NOT_MAPPED
from weaklabel.sources.tools.spacy_pipeline import (
    SpacyOptions,
    SpacyPipelineSource,
    from_options,
)
from weaklabel.text import Corpus

CORPUS = Corpus.from_texts(["Aspirin (β-blocker) helps. Renal failure is\nrare.", ""])
PATTERNS = [
    {"label": "DRUG", "pattern": "Aspirin"},
    {"label": "DISEASE", "pattern": [{"LOWER": "renal"}, {"LOWER": "failure"}], "id": "D7"},
]


@Language.component("weaklabel_test_group")
def group(doc: Doc) -> Doc:
    spans = [Span(doc, 0, 1, "FIRST"), Span(doc, 0, 2, "BOTH")]
    doc.spans["sc"] = SpanGroup(doc, spans=spans, attrs={"scores": [0.9, 0.2]})
    return doc


@Language.component("weaklabel_test_texts")
def texts(doc: Doc) -> Doc:
    SEEN.append((doc.text, [token.text for token in doc]))
    return doc


@Language.component("weaklabel_test_fails")
def fails(doc: Doc) -> Doc:
    raise RuntimeError("out of beans")


SEEN: list[tuple[str, list[str]]] = []


@pytest.fixture(scope="module", autouse=True)
def _once() -> None:
    """What spaCy reads when it is first used is no test's cost."""
    ruled()


def ruled(*pipes: str) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(PATTERNS)
    for pipe in pipes:
        nlp.add_pipe(pipe)
    return nlp


def test_entities_become_votes() -> None:
    votes = SpacyPipelineSource.of(ruled()).label(CORPUS)
    assert [(*row[:4], row.concepts) for row in votes.rows()] == [
        (0, 0, 1, "DRUG", ()),
        (1, 0, 2, "DISEASE", ("D7",)),
    ]
    assert not votes.accounts


def test_types_are_mapped_and_others_counted() -> None:
    votes = SpacyPipelineSource.of(ruled(), type_map={"DISEASE": "Disease"}).label(CORPUS)
    assert [row.label for row in votes.rows()] == ["Disease"]
    assert votes.accounts["spacy"].lost == {NOT_MAPPED: 1}


def test_the_pipeline_reads_our_tokens_and_spaces() -> None:
    SEEN.clear()
    SpacyPipelineSource.of(ruled("weaklabel_test_texts"), batch_size=1).label(CORPUS)
    assert [words for _, words in SEEN] == [sentence.words for sentence in CORPUS]
    assert [text for text, _ in SEEN] == [s.text.replace("\n", " ") for s in CORPUS]


def test_a_group_of_spans_with_scores() -> None:
    source = SpacyPipelineSource.of(ruled("weaklabel_test_group"), spans_key="sc", min_score=0.5)
    votes = source.label(CORPUS)
    assert {row.label for row in votes.rows()} == {"FIRST"}
    assert SpacyPipelineSource.of(ruled(), spans_key="sc").label(CORPUS).rows() == []


@pytest.mark.slow
def test_a_folder_is_loaded_and_named_relative_to_the_table(tmp_path: Path) -> None:
    ruled().to_disk(tmp_path / "pipe")
    source = from_options(SpacyOptions("pipe", name="mine"), tmp_path)
    first = source.label(CORPUS)
    again = SpacyPipelineSource.from_description(source.describe()).label(CORPUS)
    assert first.rows() == again.rows()
    assert first.sources == ("mine",)


def test_a_pipeline_that_is_none_is_said() -> None:
    with pytest.raises(ConfigError, match="'no_such_pipe' is no spaCy pipeline"):
        SpacyPipelineSource.of("no_such_pipe").label(CORPUS)
    assert not is_described(SpacyPipelineSource.of(ruled()))
    assert is_described(SpacyPipelineSource.of("no_such_pipe"))
    with pytest.raises(ConfigError, match="batch_size"):
        SpacyOptions("x", batch_size=0)


def test_a_failing_pipeline_is_named_with_the_text() -> None:
    with pytest.raises(WeaklabelError, match=r"'spacy'.*document '0'.*out of beans"):
        SpacyPipelineSource.of(ruled("weaklabel_test_fails")).label(CORPUS)
