"""Which model is asked, what about, and how patiently."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from weaklabel.errors import ConfigError
from weaklabel.text import OUTSIDE, UNKNOWN

_UNITS = ("sentence", "document")
_PATH = "/chat/completions"
_OURS = {"model", "messages", "temperature", "max_tokens", "stream", "n"}
"""Fields of a request that are set otherwise, or would make the reply another one."""


@dataclass(frozen=True)
class LLMOptions:
    """Settings of a source that asks a language model.

    Attributes:
        endpoint: the server, such as ``http://localhost:8000/v1``.
        model: the model's name there.
        types: type → what it is, in a sentence the model reads.
        name: how the source is listed.
        cache: the folder that keeps the answers; what lies there is not asked again.
        unit: what one request is about: a "sentence", or a "document" (in parts where it is long).
        max_characters: characters of the longest part of a document.
        instructions: more for the model to know, such as what not to mark.
        api_key_env: the environment variable that holds the key; empty for none.
        temperature: 0 for the likeliest answer.
        max_tokens: tokens of the longest answer.
        extra: more fields of the request, as the endpoint knows them: ``{ seed = 7 }``.
        timeout_seconds: patience for one reply, first to last byte.
        retries: further tries after a time-out, a lost connection, a 429 or a 5xx reply.
        backoff_seconds: pause before the first of them; doubles each time.
        concurrency: requests at a time.
        give_up_after: requests in a row without an answer after which no more are sent.
        prompt_price: money per million prompt tokens, for the account.
        completion_price: money per million completion tokens.
    """

    endpoint: str
    model: str
    types: dict[str, str]
    name: str = "llm"
    cache: str = "llm-answers"
    unit: str = "sentence"
    max_characters: int = 4000
    instructions: str = ""
    api_key_env: str = ""
    temperature: float = 0.0
    max_tokens: int = 1024
    extra: dict[str, Any] = field(default_factory=dict)
    timeout_seconds: float = 60.0
    retries: int = 3
    backoff_seconds: float = 1.0
    concurrency: int = 4
    give_up_after: int = 10
    prompt_price: float = 0.0
    completion_price: float = 0.0

    def __post_init__(self) -> None:
        if not self.endpoint.startswith(("http://", "https://")):
            raise ConfigError(
                f"endpoint must begin with http:// or https://, got {self.endpoint!r}"
            )
        if not self.types or {OUTSIDE, UNKNOWN, ""} & set(self.types):
            raise ConfigError(
                'types must name at least one type with its description, as in { Disease = "…" }'
            )
        if self.unit not in _UNITS:
            raise ConfigError(f'unit must be "sentence" or "document", got {self.unit!r}')
        ours = sorted(_OURS & set(self.extra))
        if ours:
            raise ConfigError(f"extra cannot set {ours[0]}: it is an option of its own, or fixed")
        try:
            json.dumps(self.extra, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"extra holds what JSON cannot: {error}") from None
        for name in ("max_characters", "max_tokens", "concurrency", "give_up_after"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("retries", "backoff_seconds", "temperature"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must be 0 or more, got {getattr(self, name)}")
        if self.timeout_seconds <= 0:
            raise ConfigError(f"timeout_seconds must be above 0, got {self.timeout_seconds}")

    @property
    def url(self) -> str:
        """The address requests go to.

        >>> LLMOptions("http://localhost:8000", "m", {"X": "a thing"}).url
        'http://localhost:8000/v1/chat/completions'
        """
        base = self.endpoint.rstrip("/")
        if base.endswith(_PATH):
            return base
        path = base.partition("://")[2].partition("/")[2]
        return base + ("" if path else "/v1") + _PATH

    def key(self) -> str | None:
        """The key of the endpoint, from the environment; it is never written anywhere.

        Raises:
            ConfigError: if the variable is named and not set.
        """
        if not self.api_key_env:
            return None
        found = os.environ.get(self.api_key_env)
        if not found:
            raise ConfigError(
                f"source {self.name!r}: the environment variable {self.api_key_env!r}, "
                f"which is to hold the endpoint's key, is not set"
            )
        return found
