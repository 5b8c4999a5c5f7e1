"""A labelling function: a Python function that yields spans, with a name; and ``@source``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Final, Literal, NamedTuple, overload

import numpy as np

from weaklabel.errors import ConfigError, SpanError, WeaklabelError
from weaklabel.ground.spans import Document, Placed
from weaklabel.text import Sentence, Span

LIMIT_SECONDS = 20.0
"""How long a source may take over one document, if it does not say."""

Labeller = Callable[[Sentence], Iterable[Span] | None]
DocumentLabeller = Callable[[Document], Iterable[Placed | tuple[Any, Span]] | None]
Unit = Sentence | Document
"""What a function is asked about."""


@dataclass(frozen=True)
class FunctionSource:
    """A labelling function with a name; made by :func:`source`.

    Attributes:
        function: takes a sentence (or a document), yields spans; ``None`` is abstention too.
        name: how it is listed.
        types: the types it may yield; empty means any.
        applies: which sentences (or documents) it could speak about; silence elsewhere is no
            evidence.
        per: what it is asked about, ``"sentence"`` or ``"document"``. A function of documents
            yields pairs of a sentence and a span of it.
        cost: what asking it costs per 1,000 sentences; a number, or words ("2 EUR").
        limit_seconds: how long it may take over one document; ``None`` for ever.
    """

    function: Callable[[Any], Any]
    name: str
    types: tuple[str, ...] = ()
    applies: Callable[[Any], bool] | None = None
    per: Literal["sentence", "document"] = "sentence"
    cost: str | float = ""
    limit_seconds: float | None = LIMIT_SECONDS

    def __post_init__(self) -> None:
        if self.per not in ("sentence", "document"):
            raise ConfigError(
                f"source {self.name!r}: per must be 'sentence' or 'document', got {self.per!r}"
            )
        if self.limit_seconds is not None and self.limit_seconds <= 0:
            raise ConfigError(
                f"source {self.name!r}: limit_seconds must be more than 0 (None for no limit), "
                f"got {self.limit_seconds}"
            )

    def __call__(self, unit: Unit) -> Iterator[Any]:
        """What the function yields, checked; for asking it by hand.

        Raises:
            SpanError: if a span leaves its sentence, or has a type that was not announced.
            WeaklabelError: if the function fails; names it and the sentence.
        """
        try:
            for given in self.function(unit) or ():
                complaint = complaint_of(given, unit, self.name, self.types)
                if complaint:
                    raise SpanError(complaint.message)
                yield given
        except WeaklabelError:
            raise
        except Exception as error:
            raise WeaklabelError(failure(self.name, unit, error)) from error


@overload
def source(function: Labeller, /) -> FunctionSource: ...
@overload
def source(
    *,
    name: str | None = ...,
    types: Sequence[str] = ...,
    applies: Callable[[Sentence], bool] | None = ...,
    per: Literal["sentence"] = ...,
    cost: str | float = ...,
    limit_seconds: float | None = ...,
) -> Callable[[Labeller], FunctionSource]: ...
@overload
def source(
    *,
    per: Literal["document"],
    name: str | None = ...,
    types: Sequence[str] = ...,
    applies: Callable[[Document], bool] | None = ...,
    cost: str | float = ...,
    limit_seconds: float | None = ...,
) -> Callable[[DocumentLabeller], FunctionSource]: ...
def source(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    types: Sequence[str] = (),
    applies: Callable[[Any], bool] | None = None,
    per: Literal["sentence", "document"] = "sentence",
    cost: str | float = "",
    limit_seconds: float | None = LIMIT_SECONDS,
) -> FunctionSource | Callable[[Any], FunctionSource]:
    """Make a labelling source of a function that yields spans; bare or with options.

    Args:
        function: the function, where ``@source`` stands bare.
        name: how it is listed; the function's name if not given.
        types: the types it may yield; empty means any.
        applies: which sentences (or documents) it could speak about.
        per: what it is asked about, ``"sentence"`` or ``"document"``.
        cost: what asking it costs per 1,000 sentences; shown in tables.
        limit_seconds: how long it may take over one document; ``None`` for ever.

    Raises:
        ConfigError: if it is used in a way that cannot be meant.

    >>> from weaklabel.text import Corpus
    >>> @source
    ... def itis(sentence):
    ...     for i, word in enumerate(sentence.words):
    ...         if word.endswith("itis"):
    ...             yield Span(i, i + 1, "Disease")
    >>> itis.name
    'itis'
    >>> [s.start for s in itis(Corpus.from_texts(["Severe hepatitis."])[0])]
    [1]
    """
    if function is not None and not callable(function):
        raise ConfigError(
            f"@source stands bare or takes options by name, as @source(types=['Dose']); "
            f"got {function!r}"
        )
    if isinstance(types, str):
        raise ConfigError(f"@source: types must be a list, as [{types!r}]; got {types!r}")
    if function is not None:
        return FunctionSource(function, function.__name__)

    def named(wrapped: Any) -> FunctionSource:
        called = name or wrapped.__name__
        return FunctionSource(wrapped, called, tuple(types), applies, per, cost, limit_seconds)

    return named


# ---- what may be wrong with what a source yields ------------------------------------------------
class Complaint(NamedTuple):
    """Why something that a source yielded cannot be a vote.

    Attributes:
        reason: what it is counted under.
        message: what is said of it.
    """

    reason: str
    message: str


LEAVES: Final = "spans that leave their sentence"
NOT_ANNOUNCED: Final = "spans of a type not announced"
NO_SPAN: Final = "values that are no span"


def complaint_of(given: Any, unit: Unit, name: str, types: Sequence[str]) -> Complaint | None:
    """Why something that a source yielded cannot be a vote, or nothing.

    Args:
        given: what it yielded.
        unit: what it was asked about.
        name: of the source.
        types: it announced; empty means any.
    """
    sentence, span = unit if isinstance(unit, Sentence) else None, given
    if isinstance(unit, Document):
        sentence, span = _placed(given, unit)
    if not _is_span(span) or sentence is None:
        wanted = "spans" if isinstance(unit, Sentence) else "pairs of a sentence and a span of it"
        message = f"source {name!r} returned {_short(given)} for {place(unit)}; it must yield"
        return Complaint(NO_SPAN, f"{message} {wanted} (a match becomes one by span_as(TYPE))")
    if span.end > len(sentence):
        return Complaint(
            LEAVES,
            f"source {name!r} returned {span} for a sentence of {len(sentence)} tokens "
            f"(document {sentence.document_id!r}). Offsets count tokens, not characters, and "
            f"`end` is one past the last token.",
        )
    if types and span.label not in types:
        message = f"source {name!r} returned the type {span.label!r}; it announced "
        return Complaint(NOT_ANNOUNCED, message + ", ".join(types))
    return None


def sentence_of(given: Any, unit: Unit) -> tuple[Sentence, Span]:
    """The sentence and the span of something that has no complaint."""
    if isinstance(unit, Sentence):
        return unit, given
    sentence, span = _placed(given, unit)
    assert sentence is not None
    return sentence, span


def place(unit: Unit) -> str:
    """A sentence or document, for messages."""
    if isinstance(unit, Document):
        return f"document {unit.id!r}"
    return f"sentence {unit.index} of document {unit.document_id!r}"


def failure(name: str, unit: Unit, error: BaseException) -> str:
    """What to say of a function that raised."""
    return f"source {name!r} failed on {place(unit)}: {type(error).__name__}: {error}"


def _placed(given: Any, document: Document) -> tuple[Sentence | None, Any]:
    if not isinstance(given, tuple) or len(given) != 2:
        return None, given
    where, span = given
    row = where.index if isinstance(where, Sentence) else where
    first = document.sentences[0].index if document.sentences else 0
    if not isinstance(row, int | np.integer) or not 0 <= row - first < len(document):
        return None, span
    return document.sentences[row - first], span


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, Span)
        and all(isinstance(at, int | np.integer) for at in (span.start, span.end))
        and _is_text(span.label)
        and isinstance(span.concepts, tuple | list)
        and all(map(_is_text, span.concepts))
        and (span.score is None or (isinstance(span.score, Real) and 0 <= span.score <= 1))
    )


def _is_text(given: Any) -> bool:
    """Whether something is a text, not empty, that a file can hold: no half of a character."""
    if not isinstance(given, str) or not given:
        return False
    return given.isascii() or not any("\ud800" <= character <= "\udfff" for character in given)


def _short(given: Any) -> str:
    shown = repr(given)
    return shown if len(shown) < 100 else shown[:99] + "…"
