"""Ask a labelling function about a corpus; what goes wrong in it is counted, and the run goes on.

A sentence on which the function fails is lost for this source alone: it says nothing there, and is
not applicable there, so that its silence is no evidence. Only a source that is plainly broken stops
the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Final

import numpy as np

from weaklabel.errors import SpanError, WeaklabelError
from weaklabel.ground.spans import Document
from weaklabel.sources.fitting import WIDENED
from weaklabel.sources.functions.labelling_function import (
    LIMIT_SECONDS,
    FunctionSource,
    Unit,
    complaint_of,
    failure,
    place,
    sentence_of,
)
from weaklabel.sources.functions.limits import OutOfTime, can_stop_regex, limited
from weaklabel.sources.losses import Losses
from weaklabel.sources.protocol import Source
from weaklabel.text import Corpus, Sentence
from weaklabel.votes import Vote, Votes

log = logging.getLogger(__name__)

FAILED: Final = "sentences failed"
OUT_OF_TIME: Final = "sentences out of time"
SET_ASIDE: Final = "sentences not asked any more"

FIRST = 100
"""A source that fails on more than half of the first so many askings is broken …"""
FEW = 3
"""… and so is one that fails on all, if it was asked so often."""
MOST_TIMEOUTS = 10
"""A source that ran out of time on so many documents is not asked about the rest."""
MOST_SPANS = 100_000
"""A function that yields more of one sentence or document does not end."""


def label_sentences(each: Source, corpus: Corpus, *, strict: bool = False) -> Votes:
    """Ask a function of sentences or documents about a corpus.

    Each distinct surface is an entry of its own.

    Args:
        each: yields spans; its ``types``, ``applies``, ``per`` and ``limit_seconds`` are heeded.
        corpus: what it is asked about.
        strict: raise at the first failure instead of counting it.

    Raises:
        WeaklabelError: if it fails on most of what it is asked about; if ``strict``, wherever it
            fails or runs out of time.
        SpanError: if ``strict`` and a span cannot be.
    """
    asking = _Asking(each, corpus, strict)
    warn_of_threads(each.name, asking.limit)
    for document in documents(corpus):
        asking.ask(document)
    return asking.votes()


def warn_of_threads(name: str, limit: float | None) -> None:
    """Say, once a source, where its limit will not be kept whatever happens.

    Args:
        name: of a source that runs here, and may match regular expressions.
        limit: seconds a document; ``None`` for none, and then nothing is said.
    """
    if limit is not None and not can_stop_regex():
        _warn(name)


@cache
def _warn(name: str) -> None:
    log.warning(
        "source %r is asked outside the main thread (or on Windows): its time limit stops Python "
        "code, but no regular expression that explodes inside it. A pattern in a file, as "
        '`kind = "regex"`, is stopped anywhere',
        name,
    )


def documents(corpus: Corpus) -> Iterator[Document]:
    """The documents of a corpus as views, in order."""
    sentences = iter(corpus)
    for row, count in enumerate(np.diff(corpus.sentence_splits).tolist()):
        mine = tuple(islice(sentences, count))
        text = mine[0].document_text if mine else corpus.document_text(row)
        yield Document(corpus.document_id(row), text, mine)


class _Asking:
    """One source, one corpus: what it said and what was lost so far."""

    def __init__(self, each: Source, corpus: Corpus, strict: bool) -> None:
        self.name = each.name
        self.function: Callable[[Any], Any] = (
            each.function if isinstance(each, FunctionSource) else each
        )
        self.types = getattr(each, "types", ())
        self.applies = getattr(each, "applies", None)
        self.per_document = getattr(each, "per", "sentence") == "document"
        self.limit = getattr(each, "limit_seconds", LIMIT_SECONDS)
        self.strict = strict
        self.losses = Losses(each.name)
        self.rows: list[Vote] = []
        self.applicable = np.ones(len(corpus), np.bool_)
        self.asked = self.failed = self.timeouts = 0

    def ask(self, document: Document) -> None:
        """Ask about one document, or each of its sentences, in limited time."""
        units: tuple[Unit, ...] = (document,) if self.per_document else document.sentences
        if self.timeouts >= MOST_TIMEOUTS:
            self._lose(units, SET_ASIDE, f"it ran out of time on {MOST_TIMEOUTS} documents")
            return
        at = 0
        try:
            with limited(self.limit, f"source {self.name!r}"):
                for at, unit in enumerate(units):  # noqa: B007 - read where time runs out
                    self._ask_one(unit)
        except OutOfTime:
            self.timeouts += 1
            note = f"{self.limit:g} s were over at {place(units[at])}"
            if self.strict:
                raise WeaklabelError(f"source {self.name!r} did not end: {note}") from None
            self._lose(units[at:], OUT_OF_TIME, note)
            self._count_failure()

    def _ask_one(self, unit: Unit) -> None:
        self.asked += 1
        try:
            if self.applies is not None and not self.applies(unit):
                self.asked -= 1
                self.applicable[_sentences(unit)] = False
                return
            found = list(islice(self.function(unit) or (), MOST_SPANS + 1))
            if len(found) > MOST_SPANS:
                raise SpanError(f"it yields more than {MOST_SPANS:,} spans")
        except (Exception, SystemExit) as error:
            message = failure(self.name, unit, error)
            if self.strict:
                kind = type(error) if isinstance(error, SpanError) else WeaklabelError
                raise kind(message) from error
            self._lose((unit,), FAILED, message)
            self._count_failure()
            return
        for given in found:
            self._take(given, unit)

    def _take(self, given: Any, unit: Unit) -> None:
        complaint = complaint_of(given, unit, self.name, self.types)
        if complaint is not None:
            reason, message = complaint
            if self.strict:
                raise SpanError(message)
            self.losses.add(reason, message)
            return
        sentence, span = sentence_of(given, unit)
        self.losses.used[WIDENED] += span.widened
        score = 1.0 if span.score is None else span.score
        entry = sentence.surface(span).casefold()
        self.rows.append(
            Vote(
                sentence.index,
                int(span.start),
                int(span.end),
                span.label,
                self.name,
                score,
                entry,
                tuple(span.concepts),
            )
        )

    def _lose(self, units: tuple[Unit, ...], reason: str, note: str) -> None:
        rows = [row for unit in units for row in _sentences(unit)]
        self.applicable[rows] = False
        self.losses.add(reason, note, count=len(rows))

    def _count_failure(self) -> None:
        self.failed += 1
        if self.asked <= FIRST and self.failed > FIRST // 2:
            self._broken(f"on {self.failed} of the first {self.asked}")

    def _broken(self, how: str) -> None:
        reason = FAILED if FAILED in self.losses.counts else OUT_OF_TIME
        what = "documents" if self.per_document else "sentences"
        raise WeaklabelError(
            f"source {self.name!r} failed {how} {what} it was asked about. "
            f"The first time: {self.losses.first(reason)}"
        )

    def votes(self) -> Votes:
        """All it said, with where it applies and what was lost."""
        if self.failed == self.asked >= FEW:
            self._broken(f"on all {self.asked}")
        self.losses.warn()
        return Votes.of(
            self.rows,
            n_sentences=len(self.applicable),
            sources=[self.name],
            types=self.types,
            applicable={} if self.applicable.all() else {self.name: self.applicable},
            accounts=self.losses.accounts(),
        )


def _sentences(unit: Unit) -> list[int]:
    """Rows of the sentences of a unit."""
    found = (unit,) if isinstance(unit, Sentence) else unit.sentences
    return [sentence.index for sentence in found]
