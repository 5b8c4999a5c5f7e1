"""Regular expressions as a source, from a file of them.

Patterns are matched in one sentence at a time. A match that cuts a token takes the whole token,
which is counted (``whole_tokens = true`` leaves it out instead, counted too).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Final

from weaklabel.ground.spans import Document, Span, touched
from weaklabel.sources.fitting import NO_TOKEN, WIDENED
from weaklabel.sources.functions.ask import MOST_TIMEOUTS, documents
from weaklabel.sources.functions.limits import OutOfTime, can_stop_regex, limit_of, limited
from weaklabel.sources.losses import Losses
from weaklabel.sources.patterns.regex_patterns import Pattern, read_patterns
from weaklabel.sources.patterns.regex_worker import Ranges, RegexWorker
from weaklabel.text import Corpus
from weaklabel.votes import Vote, Votes

OUT_OF_TIME: Final = "documents on which a pattern ran out of time"
SET_ASIDE: Final = "documents on which a slow pattern was not tried any more"
CUTS: Final = "matches that cut a token"
MATCHED_NOTHING: Final = "matches: " + NO_TOKEN


@dataclass(frozen=True)
class RegexSource:
    r"""Votes wherever one of its patterns matches.

    Attributes:
        patterns: in the order they are tried.
        name: how it is listed.
        limit_seconds: how long one pattern may take over one document; ``None`` for ever. What it
            matched there is lost then, and a pattern that is too slow for ten documents is not
            tried on the others; other patterns go on.
        whole_tokens: leave out matches that cut a token, instead of widening them to it.

    >>> corpus = Corpus.from_texts(["We gave 5 mg/kg daily."])
    >>> RegexSource((Pattern("Dose", r"(\d+) mg", group="1"),)).label(corpus).spans(0)
    [Span(start=2, end=3, label='Dose', score=1.0, concepts=())]
    """

    patterns: tuple[Pattern, ...]
    name: str = "regex"
    limit_seconds: float | None = 5.0
    whole_tokens: bool = False

    kind: ClassVar[str] = "regex"

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(pattern.compiled() for pattern in self.patterns)

    @property
    def types(self) -> tuple[str, ...]:
        """The types its patterns have."""
        return tuple(dict.fromkeys(pattern.type for pattern in self.patterns))

    def label(self, corpus: Corpus) -> Votes:
        """Its votes on a corpus, with what was lost.

        In the main thread a timer keeps the limit. Elsewhere, and on Windows, patterns are matched
        in a process that can be killed: what is found and lost is the same, each document takes a
        little longer.
        """
        losses = Losses(self.name)
        _ = self._compiled  # made before the clock runs
        slow: Counter[int] = Counter()
        with ExitStack() as stack:
            inside = self.limit_seconds is None or can_stop_regex()
            worker = None if inside else stack.enter_context(RegexWorker())
            rows = [
                vote
                for document in documents(corpus)
                for i in range(len(self.patterns))
                for vote in self._tried(i, document, losses, slow, worker)
            ]
        losses.warn()
        return Votes.of(
            rows,
            n_sentences=len(corpus),
            sources=[self.name],
            types=self.types,
            accounts=losses.accounts(),
        )

    def _tried(
        self,
        i: int,
        document: Document,
        losses: Losses,
        slow: Counter[int],
        worker: RegexWorker | None,
    ) -> list[Vote]:
        """One pattern on one document, in limited time."""
        shown = f"the pattern {self.patterns[i].pattern!r}"
        if slow[i] >= MOST_TIMEOUTS:
            losses.add(SET_ASIDE, f"{shown} was too slow for {MOST_TIMEOUTS} documents")
            return []
        try:
            ranges = self._ranges(i, [s.text for s in document.sentences], worker)
        except OutOfTime:
            slow[i] += 1
            seconds = f"{self.limit_seconds:g} s"
            losses.add(OUT_OF_TIME, f"{shown} took over {seconds} on document {document.id!r}")
            return []
        pattern = self.patterns[i]
        rows = []
        found = zip(document.sentences, ranges, strict=True)
        for sentence, first, last in ((s, *ends) for s, matched in found for ends in matched):
            if first < 0:  # its group took no part in the match
                continue
            start, end, cut = touched(
                sentence.offsets, first + sentence.start, last + sentence.start
            )
            if start == end:
                losses.add(MATCHED_NOTHING, f"{shown} in document {document.id!r}")
                continue
            surface = sentence.surface(Span(start, end, pattern.type)).casefold()
            if cut and self.whole_tokens:
                losses.add(CUTS, f"{shown} matched a part of {surface!r}")
                continue
            losses.used[WIDENED] += cut
            entry = pattern.name or surface
            rows.append(Vote(sentence.index, start, end, pattern.type, self.name, 1.0, entry))
        return rows

    def _ranges(self, i: int, texts: list[str], worker: RegexWorker | None) -> list[Ranges]:
        """First and last character of each match of a pattern, in each text.

        Raises:
            OutOfTime: if its time is up.
        """
        pattern, group = self._compiled[i], self.patterns[i].chosen
        if worker is not None and self.limit_seconds is not None:
            return worker.spans(pattern, group, texts, seconds=self.limit_seconds)
        with limited(self.limit_seconds):
            return [[match.span(group) for match in pattern.finditer(text)] for text in texts]

    # ---- in a saved model ------------------------------------------------------------------
    def describe(self) -> dict[str, Any]:
        """All it knows, as plain values."""
        return {**asdict(self), "patterns": [asdict(pattern) for pattern in self.patterns]}

    @classmethod
    def from_description(cls, about: Mapping[str, Any]) -> RegexSource:
        """What :meth:`describe` described."""
        patterns = tuple(Pattern(**pattern) for pattern in about["patterns"])
        return cls(**{**about, "patterns": patterns})


@dataclass(frozen=True, kw_only=True)
class RegexOptions:
    """Options of ``kind = "regex"``.

    Attributes:
        path: the file of patterns, ``.toml`` or tab-separated.
        name: how the source is listed; the file's name without its ending if not given.
        limit_seconds: how long one pattern may take over one document; 0 for ever.
        whole_tokens: leave out matches that cut a token, instead of widening them to it.
    """

    path: str
    name: str = ""
    limit_seconds: float = 5.0
    whole_tokens: bool = False

    def __post_init__(self) -> None:
        limit_of(self.limit_seconds)


def from_options(options: RegexOptions, base: Path) -> RegexSource:
    """The source of a table of ``sources.toml``.

    Raises:
        FormatError: if the file is not there, or a line of it is no pattern; names the line.
    """
    path = base / options.path
    return RegexSource(
        tuple(read_patterns(path)),
        options.name or path.stem,
        limit_of(options.limit_seconds),
        options.whole_tokens,
    )
