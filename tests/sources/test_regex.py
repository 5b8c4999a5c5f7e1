"""Regular expressions from a file: what they find, what is wrong with a file, what explodes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weaklabel.errors import FormatError, WeaklabelError
from weaklabel.sources import apply_sources
from weaklabel.sources.patterns import regex as regex_module
from weaklabel.sources.patterns.regex import RegexSource
from weaklabel.sources.patterns.regex_patterns import Pattern, read_patterns
from weaklabel.text import Corpus, Span
from weaklabel.votes import Votes

CORPUS = Corpus.from_texts(["We gave 5 mg/kg daily. None of 12 died.", "", "About 7MG/KG."])
TSV = """# doses by weight
type\tpattern\tflags\tgroup\tname
Dose\t\\d+\\s?mg/kg\ti

Number\t(\\d+)\\s\\w\t\t1\tnumber
"""
TOML = r"""
# doses by weight
[[pattern]]
type = "Dose"
pattern = '\d+\s?mg/kg'
flags = "i"

[[pattern]]
type = "Number"
name = "number"
group = 1
pattern = '(\d+)\s\w'
"""


def surfaces(votes: Votes, corpus: Corpus = CORPUS) -> list[tuple[str, str]]:
    return [
        (r.label, corpus[r.sentence].surface(Span(r.start, r.end, r.label))) for r in votes.rows()
    ]


def written(folder: Path, text: str | bytes, name: str = "p.tsv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(("text", "name"), [(TSV, "p.tsv"), (TOML, "p.toml")])
def test_a_file_of_patterns(tmp_path: Path, text: str, name: str) -> None:
    patterns = read_patterns(written(tmp_path, text.replace("# doses", "#", 1), name))
    assert patterns == [
        Pattern("Dose", r"\d+\s?mg/kg", "i"),
        Pattern("Number", r"(\d+)\s\w", "", "1", "number"),
    ]
    votes = apply_sources(CORPUS, [RegexSource(tuple(patterns))])
    assert surfaces(votes) == [
        ("Number", "5"), ("Dose", "5 mg/kg"), ("Number", "12"), ("Dose", "7MG/KG"),
    ]  # fmt: skip
    assert votes.entries == ("5 mg/kg", "7mg/kg", "number")
    assert votes.accounts == {}


def test_line_ends_and_a_byte_order_mark_are_no_part_of_a_pattern(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbfDose\t\\d+\r\nDose\ta\x0cb\r\n")
    assert [p.pattern for p in read_patterns(path)] == [r"\d+", "a\x0cb"]


BAD = {
    "no pattern": ("X\t(a", 1, "missing ), unterminated subpattern at character 1: ▸(a"),
    "in the middle": ("X\tab**c", 1, "multiple repeat at character 4: ab*▸*c"),
    "on its line": ("\n#\nX\ta\nX\t[z-a]", 4, "bad character range z-a at character 2"),
    "one column": ("Disease breast cancer", 1, 'expected "type<TAB>pattern"'),
    "six columns": ("X\ta\ti\t0\tn\tmore", 1, "got 6 columns"),
    "empty pattern": ("X\t\ti", 1, "the pattern of type 'X' is empty"),
    "empty type": ("\ta+", 1, "has no type"),
    "flag": ("X\ta\tq", 1, "unknown flag 'q'; known: a, i, m, s, x"),
    "flags that clash": ("X\t(?u)a\ta", 1, "is no regular expression"),
    "group number": ("X\t(a)\t\t2", 1, "has no group '2'"),
    "group name": ("X\t(?P<dose>a)\t\tdos", 1, "has no group 'dos'"),
    "lookbehind": ("X\t(?<=a+)b", 1, "look-behind requires fixed-width pattern"),
    "nested deep": ("X\t" + "(" * 5000 + ")" * 5000, 1, "too large"),
    "repeated too often": ("X\ta{99999999999}", 1, "too large"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), BAD.values(), ids=BAD)
def test_an_invalid_pattern_is_named_with_its_line_and_position(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FormatError) as raised:
        read_patterns(path)
    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert message in str(raised.value)


BAD_TOML = {
    "no pattern": ("[[pattern]]\ntype='X'\npattern='a'\n\n[[pattern]]\ntype='X'\npattern='('", 7),
    "unknown key": ("[[pattern]]\ntype='X'\npattern='a'\nflag='i'", 3),
    "absent": ("\n[[pattern]]\ntype='X'", 2),
    "not a text": ("[[pattern]]\ntype='X'\npattern=3", 3),
    "not TOML": ("[[pattern]\n", None),
    "another table": ("[[patterns]]\ntype='X'\npattern='a'", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("text", "line"), BAD_TOML.values(), ids=BAD_TOML)
def test_bad_toml_is_named_with_its_line(tmp_path: Path, text: str, line: int | None) -> None:
    path = written(tmp_path, text, "p.toml")
    with pytest.raises(FormatError) as raised:
        read_patterns(path)
    assert str(raised.value).startswith(f"{path}:{line}: " if line else f"{path}: ")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"# nothing\n", None])
def test_a_file_without_patterns(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "p.tsv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FormatError, match=re.escape(str(path))):
        read_patterns(path)


def test_a_match_in_a_token_is_widened_or_left_out_and_counted_either_way() -> None:
    patterns = (Pattern("Unit", r"mg|MG"), Pattern("Unit", r"\bdaily\b"))
    widened = apply_sources(CORPUS, [RegexSource(patterns)])
    assert [s for _, s in surfaces(widened)] == ["mg", "daily", "7MG"]
    assert widened.accounts["regex"].used == {"spans widened to whole tokens": 1}
    whole = apply_sources(CORPUS, [RegexSource(patterns, whole_tokens=True)])
    assert [s for _, s in surfaces(whole)] == ["mg", "daily"]
    assert whole.accounts["regex"].lost == {"matches that cut a token": 1}
    assert "'MG' of" not in whole.accounts["regex"].notes[0]


def test_matches_of_nothing_are_counted() -> None:
    votes = apply_sources(Corpus.from_texts(["a b"]), [RegexSource((Pattern("X", r"\s|b*"),))])
    assert [r[1:3] for r in votes.rows()] == [(1, 2)]
    assert votes.accounts["regex"].lost == {"matches: covers no token": 3}


@given(st.text(alphabet="ab 1.\n", max_size=40), st.sampled_from([r"a+b?", r"\d", r"b\s+a", r"^a"]))
def test_it_finds_what_a_function_with_the_same_pattern_finds(text: str, pattern: str) -> None:
    corpus = Corpus.from_texts([text, "a 1 b"])
    by_hand = [
        (s.index, *(m.span_as("X").start, m.span_as("X").end))
        for s in corpus
        for m in s.finditer(pattern)
    ]
    votes = apply_sources(corpus, [RegexSource((Pattern("X", pattern),))])
    assert [r[:3] for r in votes.rows()] == sorted(set(by_hand))


# ---- explosions -----------------------------------------------------------------------------
def test_an_exploding_pattern_loses_its_document_and_nothing_else() -> None:
    exploding = Pattern("X", r"(a+)+$")
    corpus = Corpus.from_texts(["aa", "a" * 40 + "b", "Then aaa"])
    other = Pattern("X", "a+b|Then")
    votes = apply_sources(corpus, [RegexSource((exploding, other), limit_seconds=0.4)])
    assert [s for _, s in surfaces(votes, corpus)] == ["aa", "a" * 40 + "b", "Then", "aaa"]
    told = votes.accounts["regex"]
    assert told.lost == {"documents on which a pattern ran out of time": 1}
    assert told.notes == ("the pattern '(a+)+$' took over 0.4 s on document '1'",)
    with pytest.raises(WeaklabelError, match=r"source 'regex' lost 1: the pattern '\(a\+\)\+\$'"):
        apply_sources(corpus, [RegexSource((exploding,), limit_seconds=0.05)], strict=True)


def test_a_pattern_that_explodes_often_is_not_tried_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(regex_module, "MOST_TIMEOUTS", 2)
    corpus = Corpus.from_texts(["a" * 40 + "b"] * 5)
    patterns = (Pattern("X", r"(a+)+$"), Pattern("X", "a+b"))
    votes = apply_sources(corpus, [RegexSource(patterns, limit_seconds=0.2)])
    assert len(votes) == 5
    assert votes.accounts["regex"].lost == {
        "documents on which a pattern ran out of time": 2,
        "documents on which a slow pattern was not tried any more": 3,
    }


def test_a_described_source_is_the_same_source() -> None:
    made = RegexSource((Pattern("X", "a", "i", "0", "n"),), "mine", None, True)
    assert RegexSource.from_description(json.loads(json.dumps(made.describe()))) == made
