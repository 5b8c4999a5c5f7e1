"""What explodes or hangs outside the main thread is stopped too, or said not to be."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weaklabel.errors import WeaklabelError
from weaklabel.ground.spans import Sentence
from weaklabel.sources import apply_sources, source
from weaklabel.sources.functions import ask as asking
from weaklabel.sources.functions import limits
from weaklabel.sources.functions.limits import OutOfTime, limited
from weaklabel.sources.patterns import regex as regex_module
from weaklabel.sources.patterns.regex import RegexSource
from weaklabel.sources.patterns.regex_patterns import Pattern
from weaklabel.sources.patterns.regex_worker import RegexWorker
from weaklabel.text import Corpus, Span
from weaklabel.votes import Votes

EXPLODES = re.compile(r"(a+)+$")
SLOW = "a" * 40 + "b"
PATTERNS = (Pattern("X", r"(a+)+$"), Pattern("Y", r"(b)|(then)", "i", "2"), Pattern("Z", "a+b"))
TEXTS = ["aa", SLOW, "Then aaa. Then b."]
GENEROUS = 60


@contextmanager
def guarded() -> Iterator[None]:
    """A hang ends as a failure."""
    with limited(GENEROUS):
        yield


@pytest.fixture
def nowhere_to_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in another thread, or on Windows."""
    monkeypatch.setattr(regex_module, "can_stop_regex", lambda: False)


def votes_of(patterns: tuple[Pattern, ...] = PATTERNS, seconds: float = 0.5) -> Votes:
    return RegexSource(patterns, limit_seconds=seconds).label(Corpus.from_texts(TEXTS))


@pytest.mark.slow
def test_found_and_lost_are_the_same(nowhere_to_ring: None) -> None:
    with guarded():
        elsewhere = votes_of()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regex_module, "can_stop_regex", lambda: True)
        here = votes_of()
    assert elsewhere.rows() == here.rows()
    assert elsewhere.accounts == here.accounts
    assert {row.label for row in here.rows()} == {"X", "Y", "Z"}
    assert here.accounts["regex"].lost == {"documents on which a pattern ran out of time": 1}


def test_the_process_is_kept_until_it_must_be_killed() -> None:
    with guarded(), RegexWorker() as worker:
        number = re.compile(r"(?P<n>\d+) mg")
        found = worker.spans(number, "n", ["5 mg", "\ud800 7 mg"], seconds=60)
        assert found == [[(0, 1)], [(2, 3)]]
        first: Any = worker._process
        worker.spans(number, 0, [], seconds=60)
        assert worker._process is first
        with pytest.raises(OutOfTime):
            worker.spans(EXPLODES, 0, [SLOW], seconds=0.2)
        assert first.poll() is not None
        assert worker.spans(EXPLODES, 0, ["aa"], seconds=60) == [[(0, 2)]]
        second: Any = worker._process
    assert second.poll() is not None


def test_a_process_that_ends_by_itself_is_said_and_replaced() -> None:
    with guarded(), RegexWorker() as worker:
        worker.spans(EXPLODES, 0, ["aa"], seconds=60)
        running: Any = worker._process
        running.kill()
        running.wait()
        with pytest.raises(WeaklabelError, match=r"ended by itself.*\(a\+\)\+"):
            worker.spans(EXPLODES, 0, ["aa"], seconds=60)
        assert worker.spans(EXPLODES, 0, ["aa"], seconds=60) == [[(0, 2)]]


@given(
    st.lists(st.text(alphabet="aAb 1\n\ud800é𝛼", max_size=30), max_size=4),
    st.sampled_from([r"a+b?", r"\d", r"(b)?\s+a", r"^a", r"\w*", "é|𝛼"]),
    st.sampled_from([0, re.I, re.M | re.A]),
)
@settings(max_examples=60, deadline=None)
def test_it_finds_what_re_finds(texts: list[str], pattern: str, flags: int) -> None:
    compiled = re.compile(pattern, flags)
    group = min(compiled.groups, 1)
    found = _shared().spans(compiled, group, texts, seconds=GENEROUS)
    assert found == [[m.span(group) for m in compiled.finditer(text)] for text in texts]


_kept: list[RegexWorker] = []


def _shared() -> RegexWorker:
    if not _kept:
        _kept.append(RegexWorker())
    return _kept[0]


@pytest.fixture(scope="module", autouse=True)
def _end_of_shared() -> Iterator[None]:
    yield
    while _kept:
        _kept.pop().stop()


# ---- in a real thread -----------------------------------------------------------------------
@pytest.mark.slow
def test_a_pattern_that_explodes_in_another_thread_loses_its_document() -> None:
    """In a process of its own: where it is not stopped, nothing else in its process runs."""
    code = (
        "import threading\n"
        "from tests.sources.test_regex_worker import votes_of\n"
        "thread = threading.Thread(target=lambda: print(votes_of().accounts['regex']))\n"
        "thread.start(); thread.join()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=GENEROUS, check=True
    )
    assert "{'documents on which a pattern ran out of time': 1}" in done.stdout
    assert "the pattern '(a+)+$' took over 0.5 s on document '1'" in done.stdout


def in_a_thread(work: Any) -> Any:
    """What a call returns in another thread; a hang of it is a failure, not a hang."""
    made: list[Any] = []
    thread = threading.Thread(target=lambda: made.append(work()), daemon=True)
    thread.start()
    thread.join(GENEROUS)
    assert not thread.is_alive()
    return made[0]


def test_a_function_that_hangs_in_another_thread_loses_its_sentence() -> None:
    @source(limit_seconds=0.2)
    def hangs(sentence: Sentence) -> Any:
        while sentence.index == 1:
            pass
        yield Span(0, 1, "X")

    corpus = Corpus.from_texts(["One.", "Two.", "Three."])
    votes = in_a_thread(lambda: apply_sources(corpus, [hangs]))
    assert votes.sentence.tolist() == [0, 2]
    assert votes.accounts["hangs"].lost == {"sentences out of time": 1}


@pytest.mark.slow
def test_what_cannot_be_interrupted_is_said_while_it_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", 0.2)
    goes_on = threading.Event()

    @source(limit_seconds=0.1)
    def waits(sentence: Sentence) -> Any:
        if sentence.index == 1:
            goes_on.wait(GENEROUS)
        yield Span(0, 1, "X")

    corpus = Corpus.from_texts(["One.", "Two.", "Three."])
    with caplog.at_level(logging.WARNING):
        made: list[Votes] = []
        thread = threading.Thread(target=lambda: made.append(apply_sources(corpus, [waits])))
        thread.start()
        until = time.monotonic() + GENEROUS
        while "goes on although its 0.1 s are over" not in caplog.text:
            assert time.monotonic() < until
            time.sleep(0.01)
        goes_on.set()
        thread.join(GENEROUS)
    assert "source 'waits' goes on although" in caplog.text
    assert made[0].accounts["waits"].lost == {"sentences out of time": 1}
    assert made[0].sentence.tolist() == [0, 2]


def test_outside_the_main_thread_a_function_is_warned_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asking._warn.cache_clear()

    @source
    def plain(sentence: Sentence) -> Any:
        yield Span(0, 1, "X")

    @source(limit_seconds=None)
    def unlimited(sentence: Sentence) -> Any:
        yield Span(0, 1, "X")

    corpus = Corpus.from_texts(["One."])
    with caplog.at_level(logging.WARNING):
        apply_sources(corpus, [plain])
        assert not caplog.records
        for _ in range(2):
            in_a_thread(lambda: apply_sources(corpus, [plain, unlimited]))
    assert len(caplog.records) == 1
    assert "source 'plain' is asked outside the main thread" in caplog.text


def test_token_patterns_with_regular_expressions_are_warned_of_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pytest.importorskip("spacy")
    from weaklabel.sources.patterns.spacy_patterns import SpacyPatternSource
    from weaklabel.sources.patterns.spacy_rules import TokenPattern

    asking._warn.cache_clear()
    plain = SpacyPatternSource((TokenPattern("X", [{"LOWER": "one"}]),), "plain")
    matching = SpacyPatternSource((TokenPattern("X", [{"TEXT": {"REGEX": "^O"}}]),), "matching")
    corpus = Corpus.from_texts(["One."])
    with caplog.at_level(logging.WARNING, logger="weaklabel"):
        votes = in_a_thread(lambda: apply_sources(corpus, [plain, matching]))
    assert len(votes) == 2
    assert [record.args for record in caplog.records] == [("matching",)]
