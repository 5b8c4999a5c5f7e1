"""What takes too long is stopped, wherever it hangs; what stood around it goes on."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from weaklabel.errors import WeaklabelError
from weaklabel.ground.spans import Document, Sentence
from weaklabel.sources import apply_sources, source
from weaklabel.sources.functions import ask as asking
from weaklabel.sources.functions.limits import OutOfTime, limited
from weaklabel.text import Corpus, Span

EXPLODES = re.compile(r"(a+)+$")
SLOW = "a" * 40 + "b"
CORPUS = Corpus.from_texts(["One. Two.", f"Three. Then {SLOW}. Five.", "Six."])


def hang_in_python() -> None:
    while True:
        pass


def hang_in_regex() -> None:
    EXPLODES.search(SLOW)


def hang_in_sleep() -> None:
    time.sleep(60)


def hang_and_swallow() -> None:
    while True:
        with contextlib.suppress(Exception):
            time.sleep(60)


HANGS = [hang_in_python, hang_in_regex, hang_in_sleep, hang_and_swallow]


@pytest.mark.parametrize("hang", HANGS)
def test_the_main_thread_is_interrupted(hang: Callable[[], None]) -> None:
    with pytest.raises(OutOfTime), limited(0.02):
        hang()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_another_thread_is_interrupted() -> None:
    seen: list[Any] = []

    def work() -> None:
        try:
            with limited(0.02):
                hang_in_python()
        except OutOfTime:
            seen.append("stopped")
        with limited(60):
            seen.append("went on")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["stopped", "went on"]


def test_what_is_quick_is_left_alone_and_a_timer_before_goes_on() -> None:
    rung = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        with limited(60):
            pass
        with limited(None):
            pass
        signal.pause()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert rung == [1]


def test_a_function_of_sentences_loses_the_rest_of_its_document() -> None:
    @source(limit_seconds=0.2)
    def slow(sentence: Sentence) -> Any:
        yield Span(0, 1, "X")
        EXPLODES.search(sentence.text)

    @source
    def quick(sentence: Sentence) -> Any:
        yield Span(0, 1, "X")

    votes = apply_sources(CORPUS, [slow, quick])
    assert votes.of_source("slow").sentence.tolist() == [0, 1, 2, 5]
    assert votes.of_source("quick").sentence.tolist() == [0, 1, 2, 3, 4, 5]
    assert votes.accounts["slow"].lost == {"sentences out of time": 2}
    assert votes.accounts["slow"].notes == ("0.2 s were over at sentence 3 of document '1'",)
    assert votes.is_applicable("slow").tolist() == [True, True, True, False, False, True]


def test_a_function_of_documents_loses_its_document() -> None:
    @source(per="document", limit_seconds=0.2)
    def slow(document: Document) -> Any:
        if document.id == "1":
            hang_in_python()
        for sentence in document.sentences:
            yield sentence, Span(0, 1, "X")

    votes = apply_sources(CORPUS, [slow])
    assert votes.sentence.tolist() == [0, 1, 5]
    assert votes.accounts["slow"].lost == {"sentences out of time": 3}
    with pytest.raises(WeaklabelError, match=r"source 'slow' did not end: 0\.2 s were over at"):
        apply_sources(CORPUS, [slow], strict=True)


def test_a_source_that_hangs_often_is_not_asked_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_TIMEOUTS", 2)

    @source(limit_seconds=0.2)
    def slow(sentence: Sentence) -> Any:
        if sentence.index:
            hang_in_python()

    votes = apply_sources(Corpus.from_texts(["One."] * 6), [slow])
    assert votes.accounts["slow"].lost == {
        "sentences not asked any more": 3,
        "sentences out of time": 2,
    }


def test_a_source_that_always_hangs_ends_the_run() -> None:
    slow = source(limit_seconds=0.02)(lambda sentence: hang_in_python())
    with pytest.raises(WeaklabelError, match="failed on all 3 sentences"):
        apply_sources(Corpus.from_texts(["One."] * 3), [slow])
