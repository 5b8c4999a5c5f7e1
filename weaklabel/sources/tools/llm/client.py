"""Asking over HTTP: time limits, further tries with growing pauses, and giving up in time."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from weaklabel.ground.optional import require
from weaklabel.sources.tools.llm.answers import Answer
from weaklabel.sources.tools.llm.settings import LLMOptions

log = logging.getLogger(__name__)

TIMED_OUT = "no answer: time-out"
REFUSED = "no answer: connection refused or lost"
NOT_COMPLETION = "no answer: the reply is no chat completion"
NOT_ASKED = "no answer: not asked, the endpoint kept failing"

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_HOPELESS = frozenset({401, 403, 404, 405})
"""Replies that every other request would get too."""
MAX_PAUSE = 60.0
MAX_BYTES = 10_000_000


class Failure(NamedTuple):
    """Why a request got no answer.

    Attributes:
        reason: one of a few, to be counted.
        detail: what the server said.
        again: whether another try may help.
        hopeless: whether no other request can fare better.
        pause: seconds the server asks to wait.
    """

    reason: str
    detail: str = ""
    again: bool = False
    hopeless: bool = False
    pause: float = 0.0


Result = Answer | Failure


class Client:
    """Sends requests to one endpoint.

    Args:
        options: the endpoint, and how patiently it is asked.
        sleep: how to pause; tests do not wait.
    """

    def __init__(self, options: LLMOptions, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.options = options
        self._sleep = sleep
        self._failures = 0
        self._hopeless = False
        self._lock = threading.Lock()

    def ask_all(
        self, bodies: dict[str, dict[str, Any]], keep: Callable[[str, Answer], None]
    ) -> dict[str, Result]:
        """Send requests, a few at a time; each answer is kept as soon as it is there.

        Args:
            bodies: key → request.
            keep: called with the key and the answer, in no certain order.
        """
        httpx = require("httpx", extra="llm", what="A language model as a source")
        key = self.options.key()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limit = httpx.Timeout(self.options.timeout_seconds)
        pool = ThreadPoolExecutor(self.options.concurrency)
        with httpx.Client(headers=headers, timeout=limit) as http:

            def one(item: tuple[str, dict[str, Any]]) -> tuple[str, Result]:
                result = self._patiently(http, item[1])
                if isinstance(result, Answer):
                    keep(item[0], result)
                return item[0], result

            try:
                return dict(pool.map(one, bodies.items()))
            finally:
                pool.shutdown(cancel_futures=True)

    def _patiently(self, http: Any, body: dict[str, Any]) -> Result:
        """One request with its further tries."""
        pause = self.options.backoff_seconds
        for tried in range(self.options.retries + 1):
            if self._gave_up():
                return Failure(NOT_ASKED)
            result = self._once(http, body)
            last = tried == self.options.retries
            if isinstance(result, Answer) or not result.again or last:
                break
            self._sleep(min(max(pause, result.pause), MAX_PAUSE))
            pause *= 2
        self._note(result)
        return result

    def _gave_up(self) -> bool:
        with self._lock:
            return self._hopeless or self._failures >= self.options.give_up_after

    def _note(self, result: Result) -> None:
        with self._lock:
            if isinstance(result, Answer):
                self._failures = 0
                return
            self._failures += 1
            self._hopeless |= result.hopeless
        log.info("%s: %s", result.reason, result.detail)

    def _once(self, http: Any, body: dict[str, Any]) -> Result:
        import httpx

        until = time.monotonic() + self.options.timeout_seconds
        raw = b""
        try:
            with http.stream("POST", self.options.url, json=body) as reply:
                for part in reply.iter_bytes():
                    raw += part
                    if time.monotonic() > until:
                        return Failure(TIMED_OUT, "the reply went on too long", again=True)
                    if len(raw) > MAX_BYTES:
                        return Failure(NOT_COMPLETION, f"more than {MAX_BYTES:,} bytes")
        except httpx.TimeoutException as error:
            return Failure(TIMED_OUT, type(error).__name__, again=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Failure(REFUSED, str(error), again=True)
        if reply.status_code == 200:
            return completion(raw)
        return Failure(
            f"no answer: HTTP {reply.status_code}",
            raw[:200].decode("utf-8", "replace"),
            again=reply.status_code in _AGAIN,
            hopeless=reply.status_code in _HOPELESS,
            pause=_seconds(reply.headers.get("retry-after")),
        )


def completion(raw: bytes) -> Result:
    """The answer in the body of a reply.

    >>> completion(b'{"choices": [{"message": {"content": "[]"}}]}')
    Answer(content='[]', finish='', prompt_tokens=0, completion_tokens=0)
    """
    try:
        reply = json.loads(raw)
        choice = reply["choices"][0]
        content = choice["message"]["content"]
        usage = reply.get("usage") or {}
        tokens = [int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
    except (ArithmeticError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Failure(NOT_COMPLETION, raw[:200].decode("utf-8", "replace"), again=True)
    if not isinstance(content, str):
        return Failure(NOT_COMPLETION, raw[:200].decode("utf-8", "replace"), again=True)
    return Answer(content, str(choice.get("finish_reason") or ""), *tokens)


def _seconds(told: str | None) -> float:
    """A ``Retry-After`` header in seconds; 0 where it is a date, or none."""
    try:
        return max(0.0, float(told or 0))
    except ValueError:
        return 0.0
