"""spaCy's patterns over our tokens: as its EntityRuler finds them, and files that are none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from weaklabel.errors import ConfigError, FormatError
from weaklabel.sources import apply_sources
from weaklabel.sources.functions import limits
from weaklabel.sources.kinds import SOURCES
from weaklabel.sources.patterns import spacy_patterns
from weaklabel.sources.patterns.spacy_patterns import SpacyPatternSource
from weaklabel.text import Corpus, Span

ROWS: list[dict[str, Any]] = [
    {
        "label": "Disease",
        "pattern": [{"LOWER": "renal"}, {"LOWER": {"IN": ["failure", "injury"]}}],
        "id": "D051437",
    },
    {"label": "Disease", "pattern": "Parkinson's disease"},
    {"label": "Number", "pattern": [{"IS_DIGIT": True, "OP": "+"}]},
    {"label": "Finding", "pattern": [{"LOWER": "acute"}, {}, {"LOWER": "failure"}]},
    {"label": "Mouse", "pattern": [{"TEXT": {"REGEX": "^mice?$"}}]},
]
TEXTS = [
    "Renal failure and Parkinson's disease in 12 13 mic.",
    "Acute renal failure (renal injury). parkinson's disease!",
    "𝛼 😀 renal\u00a0failure חום renal\n\nfailure",
    "",
]


def written(folder: Path, rows: list[Any]) -> Path:
    path = folder / "rules.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path, **options: Any) -> SpacyPatternSource:
    source: SpacyPatternSource = SOURCES.make(
        "spacy-patterns", {"path": path.name, **options}, path.parent, where="sources.toml:1"
    )
    return source


def test_patterns_vote_with_their_concepts(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(TEXTS)
    votes = apply_sources(corpus, [read(written(tmp_path, ROWS))])
    found = [
        (r.label, corpus[r.sentence].surface(Span(r.start, r.end, r.label)), r.concepts)
        for r in votes.rows()
    ]
    assert found == [
        ("Disease", "Renal failure", ("D051437",)),
        ("Disease", "Parkinson's disease", ()),
        ("Number", "12 13", ()),
        ("Mouse", "mic", ()),
        ("Finding", "Acute renal failure", ()),  # the longest, as in an EntityRuler
        ("Disease", "renal injury", ("D051437",)),
        ("Disease", "renal\u00a0failure", ("D051437",)),
    ]
    assert votes.sources == ("rules",)


def test_it_finds_what_spacys_entity_ruler_finds(tmp_path: Path) -> None:
    import spacy
    from spacy.tokens import Doc

    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(  # type: ignore[attr-defined]
        # EntityRuler would tokenise this text by its own rules
        [r for r in ROWS if isinstance(r["pattern"], list)]
    )
    corpus = Corpus.from_texts(TEXTS)
    source = read(written(tmp_path, [r for r in ROWS if isinstance(r["pattern"], list)]))
    ours = {r[:4] for r in apply_sources(corpus, [source]).rows()}
    theirs = {
        (s.index, e.start, e.end, e.label_)
        for s in corpus
        for e in nlp.get_pipe("entity_ruler")(Doc(nlp.vocab, words=s.words)).ents
    }
    assert ours == theirs
    assert len(ours) == 6


def test_texts_may_be_compared_in_another_attribute(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(TEXTS)
    path = written(tmp_path, [ROWS[1]])
    assert len(apply_sources(corpus, [read(path)])) == 1
    assert len(apply_sources(corpus, [read(path, text_attribute="LOWER")])) == 2


BAD = {
    "not JSON": ("{", "not JSON: Expecting property name"),
    "a list": ("[]", 'expected {"label": …, "pattern": …}, got []'),
    "no label": ({"pattern": "x"}, "it has no label"),
    "no pattern": ({"label": "X"}, "its pattern must be a list or a text, got None"),
    "empty text": ({"label": "X", "pattern": " "}, "its text is empty"),
    "empty list": ({"label": "X", "pattern": []}, "zero tokens"),
    "unknown attribute": ({"label": "X", "pattern": [{"FOO": 1}]}, "[pattern -> 0 -> FOO]"),
    "wrong value": ({"label": "X", "pattern": [{"LOWER": 3}]}, "[pattern -> 0 -> LOWER"),
    "operator": ({"label": "X", "pattern": [{"OP": "q"}]}, "[pattern -> 0 -> OP"),
    "no description": ({"label": "X", "pattern": ["a"]}, "[pattern -> 0]"),
    "regex": ({"label": "X", "pattern": [{"TEXT": {"REGEX": "("}}]}, "unterminated subpattern"),
    "trained": ({"label": "X", "pattern": [{"pos": "NOUN"}]}, "only a trained pipeline sets"),
    "own attribute": ({"label": "X", "pattern": [{"_": {"a": 1}}]}, "only a trained pipeline"),
}


@pytest.mark.parametrize(("row", "message"), BAD.values(), ids=BAD)
def test_an_invalid_pattern_is_named_with_its_line(tmp_path: Path, row: Any, message: str) -> None:
    path = written(tmp_path, [ROWS[0], "", row, ROWS[1]])
    with pytest.raises(FormatError) as raised:
        read(path)
    assert str(raised.value).startswith(f"{path}:3: ")
    assert message in str(raised.value)


def test_a_file_without_patterns(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds no pattern"):
        read(written(tmp_path, []))
    with pytest.raises(FormatError, match="no such file"):
        read(tmp_path / "absent.jsonl")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "zzz"}, "sources.toml:1: spaCy has no language 'zzz'"),
        ({"text_attribute": "POS"}, "sources.toml:1: text_attribute must be one of ORTH"),
        ({"limit_seconds": -1}, "sources.toml:1: limit_seconds must be 0 (no limit) or more"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        read(written(tmp_path, ROWS), **options)


def test_a_regex_in_a_pattern_may_explode(tmp_path: Path) -> None:
    rows = [{"label": "X", "pattern": [{"TEXT": {"REGEX": "^(a+)+$"}}]}]
    corpus = Corpus.from_texts(["aa", "a" * 40 + "b", "aaa"])
    source = read(written(tmp_path, rows), limit_seconds=0.4)
    votes = apply_sources(corpus, [source])
    assert votes.sentence.tolist() == [0, 2]
    assert votes.accounts["rules"].lost == {"documents out of time": 1}
    assert votes.is_applicable("rules").tolist() == [True, False, True]


def test_one_that_is_often_too_slow_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spacy_patterns, "MOST_TIMEOUTS", 1)

    def late(self: Any, sentence: Any) -> Any:
        raise limits.OutOfTime

    monkeypatch.setattr(SpacyPatternSource, "_of", late)
    votes = apply_sources(Corpus.from_texts(["a", "b", "c"]), [read(written(tmp_path, ROWS))])
    assert votes.accounts["rules"].lost == {
        "documents not asked any more": 2,
        "documents out of time": 1,
    }


def test_a_described_source_is_the_same_source(tmp_path: Path) -> None:
    source = read(written(tmp_path, ROWS), name="mine", text_attribute="LOWER")
    again = SpacyPatternSource.from_description(json.loads(json.dumps(source.describe())))
    assert again == source
    corpus = Corpus.from_texts(TEXTS)
    assert apply_sources(corpus, [again]).rows() == apply_sources(corpus, [source]).rows()
