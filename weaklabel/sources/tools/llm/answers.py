"""Answers: kept on disk one a file, and read however carelessly the model wrote them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from weaklabel.ground.atomic import write_text


@dataclass(frozen=True)
class Answer:
    """What the model said to one request.

    Attributes:
        content: its text.
        finish: why it ended, as the server says: "length" where it was cut off.
        prompt_tokens: tokens read, as the server counts.
        completion_tokens: tokens written.
    """

    content: str
    finish: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class AnswerCache:
    """A folder of answers by the hash of what was asked. Each is whole or absent.

    One in which no list of mentions can be found lies there to be looked at, and is asked again.

    >>> import tempfile
    >>> cache = AnswerCache(Path(tempfile.mkdtemp()))
    >>> cache.put("ab12", Answer("[]"))
    >>> cache.get("ab12"), cache.get("ab13")
    (Answer(content='[]', finish='', prompt_tokens=0, completion_tokens=0), None)
    >>> cache.put("ab12", Answer("I cannot do that."))
    >>> cache.get("ab12")
    """

    folder: Path

    def get(self, key: str) -> Answer | None:
        """The answer kept under a key; None where there is none that can be read."""
        try:
            answer = Answer(**json.loads(self._path(key).read_text(encoding="utf-8")))
            return None if parse(answer.content).mentions is None else answer
        except (OSError, ValueError, TypeError):
            return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer."""
        write_text(self._path(key), json.dumps(asdict(answer)) + "\n")

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"


class Said(NamedTuple):
    """A mention as the model gave it.

    Attributes:
        text: its words.
        type: the type it names.
        occurrence: which of equal mentions is meant, from 1; 0 for all.
    """

    text: str
    type: str
    occurrence: int = 0


class Parsed(NamedTuple):
    """What could be read of an answer.

    Attributes:
        mentions: the mentions, in order; None where no list of mentions could be found.
        malformed: members of the list that were no mention.
    """

    mentions: tuple[Said, ...] | None
    malformed: int = 0


_LIST_KEYS = ("spans", "entities", "mentions")
_TYPE_KEYS = ("type", "label")
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_OPENING = re.compile(r"[\[{]")
_MAX_TRIES = 200


def parse(content: str) -> Parsed:
    r"""Read the mentions of an answer: the first JSON in it that looks like a list of them.

    Fences, thoughts, and words before and after are passed over.

    >>> parse('Here: ```json\n{"spans": [{"text": "MS", "type": "X"}]}\n``` [done]').mentions
    (Said(text='MS', type='X', occurrence=0),)
    >>> parse('{"spans": [{"text": "MS"').mentions is None
    True
    """
    for value in _values(_THOUGHT.sub("", content)):
        rows = _rows(value)
        if rows is not None:
            read = [_said(row) for row in rows]
            good = tuple(said for said in read if said is not None)
            return Parsed(good, len(read) - len(good))
    return Parsed(None)


def _values(content: str) -> Iterator[Any]:
    """The JSON values of a text, outermost first.

    An empty list inside something that broke off is part of the break, and no answer.
    """
    decoder = json.JSONDecoder()
    at, broken = 0, False
    for _ in range(_MAX_TRIES):
        opening = _OPENING.search(content, at)
        if opening is None:
            return
        try:
            value, at = decoder.raw_decode(content, opening.start())
        except (ValueError, RecursionError):
            at, broken = opening.end(), True
            continue
        if value != [] or not broken:
            yield value


def _rows(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        value = next((value[key] for key in _LIST_KEYS if key in value), None)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return None
    return value


def _said(row: dict[str, Any]) -> Said | None:
    text = row.get("text")
    kind = next((row[key] for key in _TYPE_KEYS if key in row), None)
    if not isinstance(text, str) or not text.strip() or not isinstance(kind, str):
        return None
    occurrence = row.get("occurrence", 0)
    return Said(text, kind, occurrence if type(occurrence) is int and occurrence > 0 else 0)
