"""sources.toml: what it may list, what is wrong with one, and what its fingerprint covers."""

from __future__ import annotations

import re
import sys
import typing
from pathlib import Path
from typing import Any

import pytest

from weaklabel.errors import ConfigError, FormatError, WeaklabelError
from weaklabel.sources import (
    AnySource,
    FunctionSource,
    SourceSet,
    apply_sources,
    default_plans,
    grow_sources,
    read_sources,
    sources_fingerprint,
)
from weaklabel.sources.kinds import SOURCES
from weaklabel.text import Corpus

RULES = """
from dataclasses import dataclass

from weaklabel import Span, source


@dataclass
class Helper:
    word: str = "mg"


@source(types=["Dose"], limit_seconds=3)
def dose(sentence):
    for found in sentence.finditer(Helper().word):
        yield found.span_as("Dose")


def bare(sentence):
    return [Span(0, 1, "First")]


NUMBER = 7
"""
FILES = {
    "doses.tsv": "Dose\t\\d+ mg\n",
    "rules.jsonl": '{"label": "Drug", "pattern": [{"LOWER": "aspirin"}], "id": "T:1"}\n',
    "my_rules.py": RULES,
}
LISTED = """
[[source]]
kind = "regex"
path = "doses.tsv"

[[source]]
kind = "spacy-patterns"
path = "rules.jsonl"
name = "drugs"

[[source]]
kind = "function"
module = "my_rules.py:dose"
name = "unit"
limit_seconds = 0

[[source]]
kind = "function"
module = "my_rules.py:bare"
"""
CORPUS = Corpus.from_texts(["Aspirin 5 mg."])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "sources.toml").write_text(LISTED, encoding="utf-8")
    return tmp_path


def test_sources_are_made_in_order_from_the_files_beside(folder: Path) -> None:
    sources = read_sources(folder / "sources.toml")
    assert [s.name for s in sources] == ["doses", "drugs", "unit", "bare"]
    unit = sources[2]
    assert isinstance(unit, FunctionSource)
    assert unit.types == ("Dose",)
    assert unit.limit_seconds is None
    votes = apply_sources(CORPUS, sources)
    assert {(r.source, r.start, r.end, r.label) for r in votes.rows()} == {
        ("bare", 0, 1, "First"),
        ("drugs", 0, 1, "Drug"),
        ("doses", 1, 3, "Dose"),
        ("unit", 2, 3, "Dose"),
    }


def test_a_module_that_is_installed(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.syspath_prepend(str(folder))
    found = SOURCES.make("function", {"module": "my_rules:dose"}, Path("/nowhere"))
    assert found.name == "dose"
    assert found.limit_seconds == 3
    del sys.modules["my_rules"]


BAD = {
    "no file": (None, "no such file"),
    "not TOML": ("[[source]", "not valid TOML"),
    "empty": ("", "lists no [[source]]"),
    "another table": ("[[sources]]\nkind = 'regex'", "expected tables [[source]] alone"),
    "a table": ("[source]\nkind = 'regex'", "expected tables [[source]] alone"),
    "no kind": ("\n[[source]]\npath = 'doses.tsv'", ":2: a source needs a kind"),
    "unknown kind": ("[[source]]\nkind = 'regexp'", ":1: no source of kind 'regexp'. Did you mean"),
    "kind is a number": ("[[source]]\nkind = 1", ":1: a source needs a kind"),
    "unknown option": ("[[source]]\nkind = 'regex'\npth = 'x'", ":1: unknown option pth. Did you"),
    "option absent": ("[[source]]\nkind = 'regex'", ":1: a source of kind 'regex' needs"),
    "wrong type": ("[[source]]\nkind = 'regex'\npath = 3", ":1: path must be a text, got 3"),
    "limit": (
        "[[source]]\nkind = 'regex'\npath = 'doses.tsv'\nlimit_seconds = -2",
        ":1: limit_seconds must be 0 (no limit) or more",
    ),
    "one name twice": (
        "[[source]]\nkind='regex'\npath='doses.tsv'\n" * 2,
        ":4: another source is called 'doses'; give it a name",
    ),
    "a built-in name": (
        "[[source]]\nkind='regex'\npath='doses.tsv'\nname='dictionary'",
        ":1: a built-in source is called 'dictionary'",
    ),
    "no such module file": ("[[source]]\nkind='function'\nmodule='no.py:dose'", "no such file"),
    "no such module": (
        "[[source]]\nkind='function'\nmodule='no_such_module:dose'",
        ":1: no module 'no_such_module' is installed",
    ),
    "no module name": ("[[source]]\nkind='function'\nmodule=':dose'", ":1: "),
    "no function said": (
        "[[source]]\nkind='function'\nmodule='my_rules.py'",
        ":1: my_rules.py: say which function, as my_rules.py:NAME. It has: bare, dose.",
    ),
    "function misspelt": (
        "[[source]]\nkind='function'\nmodule='my_rules.py:dos'",
        ":1: my_rules.py has no source or function 'dos'. Did you mean dose?",
    ),
    "not a function": (
        "[[source]]\nkind='function'\nmodule='my_rules.py:NUMBER'",
        "has no source or function 'NUMBER'",
    ),
    "a class": ("[[source]]\nkind='function'\nmodule='my_rules.py:Helper'", "has no source or"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_list_that_cannot_be_read_says_where(
    folder: Path, text: str | None, message: str
) -> None:
    path = folder / "sources.toml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_sources(path)
    assert str(raised.value).startswith(str(path))
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\ndef (", ":2: not valid Python: "),
        ("x = 1\n\ny = 1 / 0", ":3: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", ":1: SystemExit: 3"),
        ("import no_such_module", ":1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise ValueError('no')", ":1: ValueError: no"),
    ],
)
def test_a_file_of_functions_that_fails_is_named_with_its_line(
    folder: Path, code: str, message: str
) -> None:
    (folder / "my_rules.py").write_text(code, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        read_sources(folder / "sources.toml")
    assert f"{folder / 'my_rules.py'}{message}" in str(raised.value)


def test_a_pattern_file_that_is_wrong_is_named_itself(folder: Path) -> None:
    (folder / "doses.tsv").write_text("Dose\t(", encoding="utf-8")
    with pytest.raises(FormatError, match=re.escape(f"{folder / 'doses.tsv'}:1: ")):
        read_sources(folder / "sources.toml")


# ---- what a run depends on ------------------------------------------------------------------
@pytest.mark.parametrize("name", [*FILES, "sources.toml"])
def test_a_change_in_any_file_changes_the_fingerprint(folder: Path, name: str) -> None:
    path = folder / "sources.toml"
    before = sources_fingerprint(path)
    assert sources_fingerprint(path) == before
    (folder / name).write_text((folder / name).read_text() + "\n# more\n", encoding="utf-8")
    assert sources_fingerprint(path) != before


def test_the_fingerprint_covers_folders_but_no_cache(folder: Path) -> None:
    path = folder / "sources.toml"
    path.write_text("[[source]]\nkind='x'\nmodel='weights'\ncache='answers'\nprompt='a\\nb'\n")
    for name in ("weights", "answers"):
        (folder / name / "deep").mkdir(parents=True)
        (folder / name / "deep" / "file").write_text("1")
    before = sources_fingerprint(path)
    (folder / "answers" / "deep" / "file").write_text("2")
    assert sources_fingerprint(path) == before
    (folder / "weights" / "deep" / "file").write_text("2")
    assert sources_fingerprint(path) != before


def test_the_fingerprint_does_not_depend_on_where_the_files_lie(folder: Path) -> None:
    moved = folder.parent / "moved"
    before = sources_fingerprint(folder / "sources.toml")
    folder.rename(moved)
    assert sources_fingerprint(moved / "sources.toml") == before


# ---- saved with a model ---------------------------------------------------------------------
def test_sources_of_files_are_saved_and_functions_asked_for(folder: Path, tmp_path: Path) -> None:
    from weaklabel.lexicon import Lexicon, Term

    own = read_sources(folder / "sources.toml")
    lexicon = Lexicon.of([Term("aspirin", ("Drug",))])

    def grown(*asked: AnySource) -> SourceSet:
        return grow_sources(default_plans(), lexicon, CORPUS, own=asked)

    grown(*own[:2]).save(tmp_path / "model")
    for name in FILES:
        (folder / name).unlink()
    loaded = SourceSet.load(tmp_path / "model")
    for mine, again in zip(own[:2], loaded.sources[1:3], strict=True):
        assert again == mine
    grown(*own).save(tmp_path / "model")
    with pytest.raises(FormatError, match="the source 'unit' is a function of yours"):
        SourceSet.load(tmp_path / "model")
    again = SourceSet.load(tmp_path / "model", {source.name: source for source in own})
    assert again.sources[1] is own[0]
    expected = apply_sources(CORPUS, grown(*own)).rows()
    assert apply_sources(CORPUS, again).rows() == expected


def test_a_kind_that_is_not_installed_any_more(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no source of kind 'gone'.*Is the package that brings"):
        SOURCES.restore("gone", {}, path=tmp_path)


# ---- packages that bring theirs -------------------------------------------------------------
PLUGIN = """
from dataclasses import dataclass
from pathlib import Path

from weaklabel.sources import FunctionSource


@dataclass(frozen=True)
class Options:
    word: str
    name: str = "word"


def from_options(options: Options, base: Path) -> FunctionSource:
    pattern = (base / options.word).read_text()

    def find(sentence):
        return [found.span_as("Word") for found in sentence.finditer(pattern)]

    return FunctionSource(find, options.name)
"""


def test_a_package_brings_a_kind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = folder / "site"
    about = site / "wordy-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "wordy.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: wordy\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[weaklabel.sources]\nword = wordy:from_options\nregex = wordy:from_options\n"
    )
    monkeypatch.syspath_prepend(str(site))
    assert SOURCES.kinds()["word"] == "wordy:from_options"
    assert SOURCES.kinds()["regex"] == SOURCES.built_in["regex"]  # ours are not replaced
    (folder / "w.txt").write_text("mg")
    (folder / "sources.toml").write_text("[[source]]\nkind = 'word'\nword = 'w.txt'\n")
    votes = apply_sources(CORPUS, read_sources(folder / "sources.toml"))
    assert [r[:4] for r in votes.rows()] == [(0, 2, 3, "Word")]
    (folder / "sources.toml").write_text("[[source]]\nkind = 'word'\nwords = 'w.txt'\n")
    with pytest.raises(ConfigError, match=r"unknown option words\. Did you mean word"):
        read_sources(folder / "sources.toml")


def test_a_package_that_is_broken_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = folder / "site"
    about = site / "oddly-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: oddly\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[weaklabel.sources]\nodd = no_such_package:make\n")
    monkeypatch.syspath_prepend(str(site))
    (folder / "sources.toml").write_text("[[source]]\nkind = 'odd'\n")
    with pytest.raises(WeaklabelError, match=r"source 'odd'.*no_such_package"):
        read_sources(folder / "sources.toml")


LISTED_KINDS = [kind for kind in SOURCES if not SOURCES.is_grown(kind)]


@pytest.mark.parametrize("kind", LISTED_KINDS)
def test_every_kind_says_what_it_takes(kind: str) -> None:
    with pytest.raises(ConfigError, match="unknown option no_such_option"):
        SOURCES.make(kind, {"no_such_option": 1}, Path())


@pytest.mark.parametrize("kind", LISTED_KINDS)
def test_kinds_with_a_description_can_be_restored(kind: str) -> None:
    found: Any = typing.get_type_hints(SOURCES.load(kind))["return"]
    assert hasattr(found, "from_description") == hasattr(found, "describe")


def test_what_grows_is_not_listed_and_what_is_listed_does_not_grow(folder: Path) -> None:
    (folder / "sources.toml").write_text("[[source]]\nkind = 'pattern'\n")
    with pytest.raises(ConfigError, match="grows of the run's dictionary"):
        read_sources(folder / "sources.toml")
    with pytest.raises(ConfigError, match=r"list it in a sources\.toml"):
        SOURCES.make("regex", {"path": "doses.tsv"})


def test_helpers_beside_listed_functions_count(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text("from helpers import W\ndef dose(s): return W\n")
    (tmp_path / "helpers.py").write_text("import deeper.words\nW = []\n")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "words.py").write_text("V = []\n")
    (tmp_path / "other.py").write_text("")
    listed = tmp_path / "sources.toml"
    listed.write_text('[[source]]\nkind = "function"\nmodule = "rules.py:dose"\n')
    found = [sources_fingerprint(listed)]
    for name in ("helpers.py", "deeper/words.py", "other.py"):
        (tmp_path / name).write_text("W = [1]\nimport deeper\n")
        found.append(sources_fingerprint(listed))
    assert len(set(found[:3])) == 3
    assert found[3] == found[2]  # nothing imports it
