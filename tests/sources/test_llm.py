"""A language model as a source, against a server on this machine: every way it can fail."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.llm_server import Reply, serving
from weaklabel.errors import ConfigError
from weaklabel.sources.fitting import WIDENED
from weaklabel.sources.tools.llm import LLMOptions, LLMSource, from_options
from weaklabel.sources.tools.llm.answers import Answer, AnswerCache, Said, parse
from weaklabel.sources.tools.llm.client import (
    NOT_ASKED,
    NOT_COMPLETION,
    REFUSED,
    TIMED_OUT,
    Client,
    Failure,
    completion,
)
from weaklabel.sources.tools.llm.placing import occurrences
from weaklabel.sources.tools.llm.prompt import key_of, request, units
from weaklabel.sources.tools.llm.source import BROKEN, CUT_OFF, INVENTED, MALFORMED, UNANNOUNCED
from weaklabel.text import Corpus
from weaklabel.votes import Votes

TYPES = {"Chemical": "a drug or other substance", "Disease": "a disease or symptom"}
CORPUS = Corpus.from_texts(
    ["Aspirin helps. Renal failure is rare.", "Aspirin caused renal failure, not aspirin."]
)
NAMES = {"aspirin": "Chemical", "renal failure": "Disease"}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def said(*spans: dict[str, Any]) -> Reply:
    return Reply(json.dumps({"spans": list(spans)}))


def good(text: str, before: int = 0) -> Reply:
    """Marks the names of a small list, in lower case: offsets must be found again."""
    return said(*({"text": n, "type": t} for n, t in NAMES.items() if n in text.lower()))


def options(endpoint: str, folder: Path, **more: Any) -> LLMOptions:
    made: dict[str, Any] = {
        "types": TYPES,
        "cache": str(folder / "answers"),
        "backoff_seconds": 0.0,
        "timeout_seconds": 5.0,
        **more,
    }
    return LLMOptions(endpoint, "tiny", **made)


def labelled(
    say: Callable[[str, int], Reply], folder: Path, *, corpus: Corpus = CORPUS, **more: Any
) -> tuple[Votes, list[str]]:
    with serving(say) as model:
        votes = LLMSource(options(model.endpoint, folder, **more)).label(corpus)
    return votes, sorted(model.asked)


def spans(votes: Votes) -> list[tuple[int, int, int, str]]:
    return [row[:4] for row in votes.rows()]


EXPECTED = [
    (0, 0, 1, "Chemical"),
    (1, 0, 2, "Disease"),
    (2, 2, 4, "Disease"),
    (2, 6, 7, "Chemical"),
]
"""The model quotes "aspirin": where that stands as it is quoted, "Aspirin" is not meant."""


# ---- answers --------------------------------------------------------------------------------
def test_answers_become_votes_and_costs_are_told(tmp_path: Path) -> None:
    votes, asked = labelled(good, tmp_path, prompt_price=2.0, completion_price=10.0)
    assert spans(votes) == EXPECTED
    assert asked == sorted(s.text for s in CORPUS)
    assert votes.is_applicable("llm").all()
    assert votes.accounts["llm"].used == {
        "requests": 3,
        "prompt_tokens": 30,
        "completion_tokens": 9,
        "money": pytest.approx(30 * 2e-6 + 9 * 1e-5),
    }
    assert votes.accounts["llm"].lost == {}


def test_asked_again_it_asks_nothing_and_says_the_same(tmp_path: Path) -> None:
    first, _ = labelled(good, tmp_path)
    second, asked = labelled(lambda text, n: Reply(status=500), tmp_path)
    assert asked == []
    assert second.rows() == first.rows()
    assert second.accounts == first.accounts


def test_equal_sentences_are_asked_once(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(["Aspirin helps."] * 5)
    votes, asked = labelled(good, tmp_path, corpus=corpus)
    assert asked == ["Aspirin helps."]
    assert len(votes) == 5
    assert votes.accounts["llm"].used["requests"] == 1


def test_only_what_is_missing_is_asked_again(tmp_path: Path) -> None:
    def half(text: str, n: int) -> Reply:
        return good(text) if "caused" in text else Reply(status=400)

    first, _ = labelled(half, tmp_path)
    assert first.is_applicable("llm").tolist() == [False, False, True]
    assert first.accounts["llm"].lost == {"no answer: HTTP 400": 2}
    second, asked = labelled(good, tmp_path)
    assert asked == ["Aspirin helps.", "Renal failure is rare."]
    assert second.is_applicable("llm").all()
    assert second.accounts["llm"].used["requests"] == 3


def test_a_half_written_answer_is_asked_again(tmp_path: Path) -> None:
    labelled(good, tmp_path)
    kept = sorted((tmp_path / "answers").rglob("*.json"))
    assert len(kept) == 3
    kept[0].write_text('{"content": "[', encoding="utf-8")
    votes, asked = labelled(good, tmp_path)
    assert len(asked) == 1
    assert votes.is_applicable("llm").all()


# ---- failures -------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_busy_server_is_asked_again(tmp_path: Path, status: int) -> None:
    def busy(text: str, before: int) -> Reply:
        return Reply(status=status) if before < 2 else good(text)

    votes, asked = labelled(busy, tmp_path)
    assert len(asked) == 9
    assert votes.accounts["llm"].lost == {}
    assert votes.is_applicable("llm").all()


def test_pauses_grow_and_the_server_may_ask_for_longer(tmp_path: Path) -> None:
    pauses: list[float] = []

    def busy(text: str, before: int) -> Reply:
        return Reply(status=429, headers={"Retry-After": "7"} if before == 1 else {})

    with serving(busy) as model:
        patient = options(model.endpoint, tmp_path, backoff_seconds=1.0, retries=4)
        made = partial(Client, sleep=pauses.append)
        corpus = Corpus.from_texts(["Aspirin helps."])
        votes = LLMSource(patient, made).label(corpus)
    assert pauses == [1.0, 7.0, 4.0, 8.0]
    assert votes.accounts["llm"].lost == {"no answer: HTTP 429": 1}
    assert not votes.is_applicable("llm").any()


def test_a_time_out_is_counted_and_the_run_goes_on(tmp_path: Path) -> None:
    def slow(text: str, before: int) -> Reply:
        return Reply(wait=0.6) if "rare" in text else good(text)

    votes, _ = labelled(slow, tmp_path, timeout_seconds=0.25, retries=0)
    assert votes.accounts["llm"].lost == {TIMED_OUT: 1}
    assert votes.is_applicable("llm").tolist() == [True, False, True]
    assert {row.sentence for row in votes.rows()} == {0, 2}


def test_a_refused_connection_is_counted_and_given_up(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        corpus = Corpus.from_texts([f"Aspirin {i}." for i in range(20)])
        settings = options(endpoint, tmp_path, retries=1, give_up_after=3, concurrency=1)
        votes = LLMSource(settings).label(corpus)
    assert votes.accounts["llm"].lost == {REFUSED: 3, NOT_ASKED: 17}
    assert not votes.is_applicable("llm").any()
    assert not len(votes)


def test_a_wrong_key_ends_the_asking(tmp_path: Path) -> None:
    votes, asked = labelled(lambda text, n: Reply(status=401), tmp_path, concurrency=1)
    assert len(asked) == 1
    assert votes.accounts["llm"].lost == {"no answer: HTTP 401": 1, NOT_ASKED: 2}


def test_a_reply_that_is_no_completion(tmp_path: Path) -> None:
    votes, asked = labelled(lambda text, n: Reply(raw=b"<html>"), tmp_path, retries=1)
    assert len(asked) == 6
    assert votes.accounts["llm"].lost == {NOT_COMPLETION: 3}
    assert not list((tmp_path).rglob("*.json"))


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": null}]}', b"\xff",
     b'{"choices": [{"message": {"content": null}}]}', b"[" * 100_000,
     b'{"choices": [{"message": {"content": "[]"}}], "usage": {"prompt_tokens": 1e999}}'],
)  # fmt: skip
def test_no_reply_breaks_the_reader(raw: bytes) -> None:
    assert isinstance(completion(raw), Failure)


def test_broken_answers_are_counted_and_their_silence_is_no_evidence(tmp_path: Path) -> None:
    def broken(text: str, before: int) -> Reply:
        if "helps" in text:
            return Reply("I cannot do that.")
        if "rare" in text:
            return Reply('{"spans": [{"text": "Renal', finish="length")
        return good(text)

    votes, _ = labelled(broken, tmp_path)
    assert votes.accounts["llm"].lost == {BROKEN: 1, CUT_OFF: 1}
    assert votes.is_applicable("llm").tolist() == [False, False, True]
    assert any("I cannot do that" in note for note in votes.accounts["llm"].notes)


def test_a_broken_answer_is_not_kept_for_good(tmp_path: Path) -> None:
    def broken(text: str, before: int) -> Reply:
        return good(text) if "caused" in text else Reply('{"spans": [{"text": "Renal')

    first, _ = labelled(broken, tmp_path)
    assert first.accounts["llm"].lost == {BROKEN: 2}
    second, asked = labelled(good, tmp_path)
    assert asked == ["Aspirin helps.", "Renal failure is rare."]
    assert spans(second) == EXPECTED
    assert second.accounts["llm"].lost == {}
    third, asked = labelled(lambda text, n: Reply(status=500), tmp_path)
    assert asked == []
    assert third.rows() == second.rows()


def test_invented_spans_and_types_are_counted(tmp_path: Path) -> None:
    reply = said(
        {"text": "Ibuprofen", "type": "Chemical"},
        {"text": "Aspirin", "type": "Drug"},
        {"text": "Aspirin", "type": "chemical"},
        {"text": "Aspirin", "type": "Chemical", "occurrence": 4},
        {"type": "Chemical"},
        {"text": "Aspi", "type": "Disease"},
    )
    corpus = Corpus.from_texts(["Aspirin helps."])
    votes, _ = labelled(lambda text, n: reply, tmp_path, corpus=corpus)
    assert spans(votes) == [(0, 0, 1, "Chemical"), (0, 0, 1, "Disease")]
    account = votes.accounts["llm"]
    assert account.lost == {INVENTED: 2, UNANNOUNCED: 1, MALFORMED: 1}
    assert account.used[WIDENED] == 1
    assert any("'Ibuprofen'" in note for note in account.notes)


def test_one_of_equal_mentions_can_be_meant(tmp_path: Path) -> None:
    corpus = Corpus.from_texts(["MS or MS, in MS."])
    reply = said({"text": "MS", "type": "Disease", "occurrence": 2})
    votes, _ = labelled(lambda text, n: reply, tmp_path, corpus=corpus)
    assert spans(votes) == [(0, 2, 3, "Disease")]


# ---- what is asked --------------------------------------------------------------------------
def test_the_key_comes_from_the_environment_and_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEAKLABEL_TEST_KEY", "very-secret")
    with serving(good) as model:
        settings = options(model.endpoint, tmp_path, api_key_env="WEAKLABEL_TEST_KEY")
        source = LLMSource(settings)
        source.label(CORPUS)
    assert {h["Authorization"] for h in model.headers} == {"Bearer very-secret"}
    assert set(model.paths) == {"/v1/chat/completions"}
    written = "".join(p.read_text() for p in tmp_path.rglob("*.json"))
    assert "very-secret" not in written + json.dumps(source.describe())
    monkeypatch.delenv("WEAKLABEL_TEST_KEY")
    assert source.label(CORPUS).is_applicable("llm").all()  # all is known: no key is needed
    with pytest.raises(ConfigError, match=r"WEAKLABEL_TEST_KEY.*not set"):
        source.label(Corpus.from_texts(["Something new."]))


def test_documents_are_asked_about_whole_or_in_parts(tmp_path: Path) -> None:
    votes, asked = labelled(good, tmp_path, unit="document")
    assert asked == sorted(CORPUS.document_text(d) for d in range(2))
    assert {row.sentence for row in votes.rows()} == {0, 1, 2}
    parts = list(units(CORPUS, options("http://x", tmp_path, unit="document", max_characters=20)))
    assert [unit.text for unit in parts] == [sentence.text for sentence in CORPUS]
    assert [list(unit.sentences) for unit in parts] == [[0], [1], [2]]


def test_the_request_names_types_and_settings_change_its_key(tmp_path: Path) -> None:
    settings = options("http://one", tmp_path, instructions="Skip genes.")
    body = request("Aspirin.", settings)
    task = body["messages"][0]["content"]
    assert "- Disease: a disease or symptom" in task
    assert "Skip genes." in task
    other = options("http://two:1", tmp_path, instructions="Skip genes.")
    assert key_of(request("Aspirin.", other)) == key_of(body)
    for change in ({"instructions": ""}, {"temperature": 0.5}, {"types": {"X": "y"}}):
        changed = options("http://one", tmp_path, **{"instructions": "Skip genes.", **change})
        assert key_of(request("Aspirin.", changed)) != key_of(body)


def test_more_fields_of_the_request_can_be_set(tmp_path: Path) -> None:
    plain = options("http://one", tmp_path)
    seeded = options("http://one", tmp_path, extra={"seed": 7, "reasoning": {"effort": "low"}})
    body = request("Aspirin.", seeded)
    assert body == {**request("Aspirin.", plain), "seed": 7, "reasoning": {"effort": "low"}}
    assert key_of(body) != key_of(request("Aspirin.", plain))
    assert LLMSource.from_description(LLMSource(seeded).describe()).options == seeded


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"extra": {"stream": True}}, "extra cannot set stream"),
        ({"extra": {"stop": date(2026, 1, 1)}}, "extra holds what JSON cannot"),
        ({"types": {}}, "at least one type"),
        ({"types": {"O": "nothing"}}, "at least one type"),
        ({"unit": "page"}, "unit must be"),
        ({"concurrency": 0}, "concurrency must be 1"),
        ({"retries": -1}, "retries must be 0"),
        ({"timeout_seconds": 0.0}, "timeout_seconds"),
    ],
)
def test_impossible_settings_are_refused(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        options("http://x", tmp_path, **wrong)
    with pytest.raises(ConfigError, match="http://"):
        options("localhost:8000", tmp_path)


def test_a_table_puts_the_answers_beside_it_and_a_model_remembers(tmp_path: Path) -> None:
    source = from_options(LLMOptions("http://x", "m", TYPES), tmp_path)
    assert source.options.cache == str(tmp_path / "llm-answers")
    assert LLMSource.from_description(source.describe()).options == source.options


# ---- reading answers ------------------------------------------------------------------------
MS = (Said("MS", "X"),)
SPANS = '{"spans": [{"text": "MS", "type": "X"}]}'


@pytest.mark.parametrize(
    ("content", "mentions"),
    [
        (SPANS, MS),
        (f"```json\n{SPANS}\n```\nThat is all.", MS),
        (f"<think>maybe [] or {{}}</think>{SPANS}", MS),
        ('[{"text": "MS", "label": "X"}]', MS),
        ('Sure! {"entities": [{"text": "MS", "type": "X"}]} {"spans": []}', MS),
        ('{"spans": []}', ()),
        ("[]", ()),
        ("", None),
        ("none", None),
        ('{"found": []}', None),
        ('{"spans": [{"text": "MS", "also": []', None),
        ('{"spans": ["MS"]}', None),
        ("[" * 50_000, None),
    ],
)
def test_answers_are_read_as_models_write_them(
    content: str, mentions: tuple[Said, ...] | None
) -> None:
    assert parse(content).mentions == mentions


@given(st.text(alphabet='{}[]",: spantexye01', max_size=60))
def test_no_answer_breaks_the_reader(content: str) -> None:
    assert parse(content).malformed >= 0


@given(st.text(alphabet="aAb. -", min_size=1, max_size=30), st.data())
def test_what_is_quoted_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quoted = text[start:end].strip()
    found = occurrences(text, quoted)
    assert bool(found) == bool(quoted)
    assert all(text[a:b] == quoted for a, b in found)
    loose = occurrences(text, quoted.swapcase().replace(" ", "  "))
    assert all("".join(text[a:b].lower().split()) == "".join(quoted.lower().split())
               for a, b in loose)  # fmt: skip


def test_the_cache_survives_what_it_cannot_read(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path)
    cache.put("abcd", Answer("[]", "stop", 1, 2))
    assert cache.get("abcd") == Answer("[]", "stop", 1, 2)
    (tmp_path / "ab" / "abcd.json").write_text("[]")
    assert cache.get("abcd") is None
